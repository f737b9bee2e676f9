"""What counts as a notice of the gateway's, for the fake and for the Stripe adapter alike."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from studio.ports.payment_gateway import (
    BadSignature,
)
from tests.contracts.gateways import NEW, OLD, Rig

BODY = json.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "checkout.session.completed",
        "created": 1_795_000_000,
        "livemode": False,
        "data": {
            "object": {"id": "cs_test_1", "object": "checkout.session", "payment_intent": "pi_1"}
        },
    }
).encode()


def signed(body: bytes, secret: str, at: float, scheme: str = "v1") -> str:
    stamp = int(at)
    mark = hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
    return f"t={stamp},{scheme}={mark}"


@pytest.mark.parametrize("secret", [NEW, OLD])
@pytest.mark.parametrize("seconds", [-295, 0, 295])
def test_a_notice_signed_by_any_of_our_secrets_is_read(rig: Rig, secret: str, seconds: int) -> None:
    event = rig.gateway.event_from(BODY, signed(BODY, secret, time.time() + seconds))

    assert (event.id, event.type, event.object_id, event.intent_id) == (
        "evt_1",
        "checkout.session.completed",
        "cs_test_1",
        "pi_1",
    )
    assert event.created_at == datetime.fromtimestamp(1_795_000_000, UTC)
    assert not event.livemode


@pytest.mark.parametrize(
    ("body", "header"),
    [
        pytest.param(BODY, lambda _: "", id="no header"),
        pytest.param(BODY, lambda at: signed(BODY, "whsec_of_somebody_else", at), id="stranger"),
        pytest.param(BODY, lambda at: signed(BODY, "", at), id="empty secret"),
        pytest.param(BODY, lambda at: signed(BODY, NEW, at - 310), id="old"),
        pytest.param(BODY, lambda at: signed(BODY, NEW, at + 310), id="future"),
        pytest.param(BODY, lambda at: signed(BODY, NEW, at, "v0"), id="v0 only"),
        pytest.param(BODY + b" ", lambda at: signed(BODY, NEW, at), id="tampered"),
        pytest.param(BODY, lambda at: signed(BODY, NEW, at).split(",")[1], id="no stamp"),
        pytest.param(BODY, lambda at: signed(BODY, NEW, at).split(",")[0], id="no mark"),
        pytest.param(BODY, lambda _: "t=now,v1=00", id="stamp is a word"),
        pytest.param(BODY, lambda at: f"t={int(at)},v1=é", id="mark is no ASCII"),
        pytest.param(BODY, lambda _: "rubbish", id="rubbish"),
        pytest.param(b"{", lambda at: signed(b"{", NEW, at), id="no JSON"),
        pytest.param(b"[]", lambda at: signed(b"[]", NEW, at), id="a list"),
        pytest.param(b"{}", lambda at: signed(b"{}", NEW, at), id="no event"),
        pytest.param(b"\xff", lambda at: signed(b"\xff", NEW, at), id="no text"),
    ],
)
def test_anything_else_is_a_bad_signature(
    rig: Rig, body: bytes, header: Callable[[float], str]
) -> None:
    with pytest.raises(BadSignature):
        rig.gateway.event_from(body, header(time.time()))
