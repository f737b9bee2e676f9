"""Notices: in Stripe's order, signed, tried until heard, and late or twice on request."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import stripe
from stripe.checkout import Session

from studio.sandbox.stripe.server import Sandbox
from tests.sandbox.conftest import SECRET
from tests.sandbox.driving import Ear, send, submit, verb

PAID = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
]


@pytest.fixture
def pay(a_page: Callable[..., Session]) -> Callable[..., str]:
    def make(card: str = "4242424242424242") -> str:
        made = a_page()
        submit(made.url or "", card=card)
        return made.id

    return make


def wait_for(ready: Callable[[], object]) -> None:
    until = time.monotonic() + 10
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_held_notices_wait_for_a_flush(sandbox: Sandbox, ear: Ear, pay: Callable[..., str]) -> None:
    pay()
    assert ear.heard == []

    assert verb(sandbox, "flush", n=1) == {"delivered": 1, "failed": 0, "queued": 3}
    assert verb(sandbox, "flush") == {"delivered": 3, "failed": 0, "queued": 0}

    assert ear.types == PAID


def test_automatic_notices_come_by_themselves(
    sandbox: Sandbox, ear: Ear, pay: Callable[..., str]
) -> None:
    verb(sandbox, "config", delivery="auto")

    pay()

    wait_for(lambda: len(ear.heard) == 4)
    assert ear.types == PAID


def test_stripes_own_check_accepts_the_signature(
    sandbox: Sandbox, ear: Ear, client: stripe.StripeClient, pay: Callable[..., str]
) -> None:
    session_id = pay()
    verb(sandbox, "advance", seconds=1200)  # the stamp stays the machine's own time
    verb(sandbox, "config", secrets=["whsec_the_new_one", SECRET])
    verb(sandbox, "flush")

    for body, header in ear.heard:
        assert stripe.Webhook.construct_event(body, header, SECRET).object == "event"
    event = client.construct_event(*ear.heard[-1], "whsec_the_new_one")
    assert event.type == "checkout.session.completed"
    assert event.data.object.id == session_id
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(*ear.heard[-1], "whsec_of_somebody_else")


def test_each_story_is_told_in_order(
    sandbox: Sandbox, client: stripe.StripeClient, pay: Callable[..., str]
) -> None:
    def told_by(happening: Callable[[], object]) -> list[str]:
        before = len(sandbox.core.world.events)
        happening()
        return [event["type"] for event in sandbox.core.world.events[before:]]

    session_id = pay()
    intent = client.v1.checkout.sessions.retrieve(session_id).payment_intent
    assert isinstance(intent, str)

    assert told_by(lambda: pay("4000000000000002")) == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]
    assert told_by(lambda: pay("4000000000003220")) == [
        "payment_intent.created",
        "payment_intent.requires_action",
    ]
    assert told_by(lambda: client.v1.refunds.create({"payment_intent": intent, "amount": 5})) == [
        "refund.created",
        "charge.refunded",
    ]
    assert told_by(lambda: verb(sandbox, "dispute", payment_intent=intent)) == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ]
    dispute = client.v1.disputes.list({"payment_intent": intent}).data[0].id
    assert told_by(lambda: verb(sandbox, "dispute/close", dispute=dispute, won=True)) == [
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    ]
    assert (
        told_by(lambda: verb(sandbox, "advance", seconds=3600))
        == [
            "payment_intent.canceled",
            "checkout.session.expired",
        ]
        * 2
    )


def test_a_notice_shows_its_object_as_it_was(
    sandbox: Sandbox, client: stripe.StripeClient, pay: Callable[..., str]
) -> None:
    pay("4000000000000002")
    verb(sandbox, "advance", seconds=3600)

    first = client.v1.events.list({"type": "payment_intent.created"}).data[0]

    assert first.data.object["status"] == "requires_payment_method"
    assert client.v1.payment_intents.list().data[0].status == "canceled"


def test_what_is_not_heard_is_tried_again(
    sandbox: Sandbox, ear: Ear, client: stripe.StripeClient, pay: Callable[..., str]
) -> None:
    ear.statuses += [500, 302, 204, 503]
    pay()

    assert verb(sandbox, "flush") == {"delivered": 1, "failed": 3, "queued": 3}
    missed = client.v1.events.list({"delivery_success": False}).data
    assert [event.type for event in missed] == [PAID[3], PAID[1], PAID[0]]

    assert verb(sandbox, "flush") == {"delivered": 3, "failed": 0, "queued": 0}
    assert client.v1.events.list({"delivery_success": False}).data == []
    assert len(client.v1.events.list({"delivery_success": True}).data) == 4


def test_automatic_notices_are_tried_again_when_their_time_comes(
    sandbox: Sandbox, ear: Ear, pay: Callable[..., str]
) -> None:
    ear.statuses += [500] * 4
    verb(sandbox, "config", delivery="auto")
    pay()
    wait_for(lambda: len(ear.heard) == 4)

    verb(sandbox, "advance", seconds=2)

    wait_for(lambda: len(ear.heard) == 8)
    assert ear.types == PAID * 2


def test_after_three_days_nobody_tries_any_more(
    sandbox: Sandbox, ear: Ear, pay: Callable[..., str]
) -> None:
    pay()
    ear.statuses += [500] * 4
    verb(sandbox, "advance", seconds=3 * 24 * 3600)
    # What the page's time brought with it is younger.
    assert verb(sandbox, "flush") == {"delivered": 0, "failed": 4, "queued": 0}


def test_dropped_notices_never_come_but_are_on_record(
    sandbox: Sandbox, ear: Ear, client: stripe.StripeClient, pay: Callable[..., str]
) -> None:
    verb(sandbox, "config", drop=["checkout.session.completed"])
    pay()

    verb(sandbox, "flush")

    assert ear.types == PAID[:3]
    missed = client.v1.events.list(
        {"delivery_success": False, "types": ["checkout.session.completed", "refund.created"]}
    )
    assert [event.type for event in missed.data] == ["checkout.session.completed"]
    assert client.v1.events.retrieve(missed.data[0].id).pending_webhooks == 1


def test_notices_come_more_than_once_on_request(
    sandbox: Sandbox, ear: Ear, client: stripe.StripeClient, pay: Callable[..., str]
) -> None:
    verb(sandbox, "config", duplicate=2)
    pay()

    verb(sandbox, "flush")

    assert ear.types == [kind for kind in PAID for _ in range(3)]
    assert len({body for body, _ in ear.heard[:3]}) <= 2  # only pending_webhooks may differ
    assert len(client.v1.events.list({"delivery_success": True}).data) == 4


def test_shuffled_notices_come_in_any_order(
    sandbox: Sandbox, ear: Ear, pay: Callable[..., str]
) -> None:
    verb(sandbox, "config", shuffle=True)
    for _ in range(5):
        pay()

    verb(sandbox, "flush")

    assert sorted(ear.types) == sorted(PAID * 5)
    assert ear.types != PAID * 5


def test_every_address_hears_of_it(sandbox: Sandbox, ear: Ear, pay: Callable[..., str]) -> None:
    other = Ear()
    verb(sandbox, "config", webhooks=[ear.url, other.url])
    pay()

    verb(sandbox, "flush")
    other.close()

    assert ear.types == other.types == PAID


@pytest.mark.parametrize(
    "told",
    ['{"delivery": "never"}', '{"speed": 3}', '{"faults": [{"kind": "500"}]}', "[]", "{"],
)
def test_a_setting_that_is_not_understood_changes_nothing(sandbox: Sandbox, told: str) -> None:
    answer = send("POST", f"{sandbox.url}/_test/config", told)

    assert answer.status == 400
    assert verb(sandbox, "config")["delivery"] == "held"
