"""What only the Stripe adapter can be asked."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stripe

from studio.adapters import stripe_answers, stripe_gateway
from studio.adapters.stripe_gateway import StripeGateway
from studio.ports.payment_gateway import (
    Checkout,
    CheckoutState,
    GatewayRefused,
)
from studio.sandbox.stripe import server
from tests.contracts.gateways import NEW, a_request
from tests.sandbox.driving import Ear, submit, verb


def test_the_readme_names_the_notices_that_are_acted_on() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()

    named = re.findall(
        r"`([a-z_]+\.[a-z_.]+[a-z])`", readme.split("webhook endpoint")[1].split("\n")[0]
    )
    assert sorted(named) == sorted(stripe_gateway.EVENT_TYPES)
    assert all(
        each.startswith(("checkout.session.", "refund.", "charge.dispute."))
        for each in stripe_gateway.EVENT_TYPES
    )


def test_going_live_names_the_same_notices_and_the_packages_own_version() -> None:
    import stripe

    told = (Path(__file__).parents[2] / "docs" / "going-live.md").read_text()

    assert sorted(re.findall(r"^  - `(.+)`$", told, re.MULTILINE)) == sorted(
        stripe_gateway.EVENT_TYPES
    )
    assert f"API version `{stripe.api_version}`" in told


def test_notices_that_did_not_reach_us_are_listed_oldest_first() -> None:
    sandbox = server.start(webhooks=["http://127.0.0.1:9/"], secret=NEW)
    verb(sandbox, "config", delivery="held")
    gateway = StripeGateway("sk_test_only_for_tests", [NEW], sandbox.url)
    opened = [
        gateway.open_checkout(
            a_request(payment_id, expires_at=datetime.now(UTC) + timedelta(minutes=31))
        )
        for payment_id in (1, 2)
    ]
    submit(opened[0].url or "", card="4242424242424242")
    gateway.close_checkout(opened[1].id)

    missed = gateway.missed_events(datetime.now(UTC) - timedelta(hours=1))

    assert [(event.type, event.object_id) for event in missed] == [
        ("checkout.session.completed", opened[0].id),
        ("checkout.session.expired", opened[1].id),
    ]
    assert missed[0].intent_id == gateway.checkout(opened[0].id).intent_id
    assert gateway.missed_events(datetime.now(UTC) + timedelta(minutes=1)) == []
    sandbox.close()


def test_a_notice_that_was_heard_was_not_missed() -> None:
    ear = Ear()
    sandbox = server.start(webhooks=[ear.url], secret=NEW)
    verb(sandbox, "config", delivery="held")
    gateway = StripeGateway("sk_test_only_for_tests", [NEW], sandbox.url)
    soon = datetime.now(UTC) + timedelta(minutes=31)
    gateway.close_checkout(gateway.open_checkout(a_request(1, expires_at=soon)).id)
    verb(sandbox, "flush")

    assert gateway.missed_events(datetime.now(UTC) - timedelta(hours=1)) == []
    assert gateway.event_from(*ear.heard[0]).type == "checkout.session.expired"
    sandbox.close()
    ear.close()


def test_of_several_pages_the_one_that_counts_is_found() -> None:
    sandbox = server.start()
    gateway = StripeGateway("sk_test_only_for_tests", [NEW], sandbox.url)
    began = datetime.now(UTC)

    def opened() -> Checkout:
        now = datetime.fromtimestamp(sandbox.core.world.now(), UTC)
        return gateway.open_checkout(a_request(17, expires_at=now + timedelta(hours=24)))

    def found() -> str | None:
        made = gateway.find_checkout(17, since=began - timedelta(minutes=1))
        return made.id if made else None

    first = opened()
    verb(sandbox, "advance", seconds=23 * 3600)
    submit(first.url or "", card="4242424242424242")
    verb(sandbox, "advance", seconds=3600)  # the key is forgotten now
    second = opened()
    assert second.id != first.id
    assert found() == first.id  # paid
    verb(sandbox, "advance", seconds=24 * 3600)
    third = opened()
    assert found() == first.id
    newer = gateway.find_checkout(17, since=began + timedelta(hours=1))
    assert newer is not None
    assert newer.id == third.id  # open, before the one that ran out
    sandbox.close()


def test_a_page_that_cannot_be_closed_and_is_still_open_is_no_closed_page() -> None:
    sandbox = server.start()
    gateway = StripeGateway("sk_test_only_for_tests", [NEW], sandbox.url)
    opened = gateway.open_checkout(
        a_request(17, expires_at=datetime.now(UTC) + timedelta(minutes=31))
    )
    path = "/v1/checkout/sessions/*/expire"
    verb(sandbox, "config", faults=[{"method": "POST", "path": path, "kind": "400"}])

    with pytest.raises(GatewayRefused):
        gateway.close_checkout(opened.id)

    assert gateway.close_checkout(opened.id).state is CheckoutState.EXPIRED
    sandbox.close()


def test_starting_does_not_load_the_package() -> None:
    loaded = "import sys, studio.adapters.stripe_gateway; sys.exit('stripe' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0


SOURCE = Path(stripe_gateway.__file__).read_text()


def test_the_adapter_uses_nothing_that_is_unsafe_or_gone() -> None:
    assert "construct_event_without_verification" not in SOURCE
    assert not re.search(r"(?<!allowed_)payment_method_types", SOURCE)
    assert "float" not in SOURCE


def test_every_call_that_moves_money_carries_its_row_as_key() -> None:
    calls = re.findall(r"\.(?:create|confirm|capture)\((.*?)\n {12,16}\)", SOURCE, re.DOTALL)

    assert len(calls) == len(re.findall(r"\.(?:create|confirm|capture)\(", SOURCE)) == 4
    assert all('options={"idempotency_key": f"' in call for call in calls)


@pytest.mark.parametrize(("written", "read"), [("17", 17), ("9" * 20, None), ("-1", None)])
def test_a_note_of_somebody_else_s_is_none_of_ours(written: str, read: int | None) -> None:
    made = stripe.Refund.construct_from({"metadata": {"refund_id": written}}, "key")
    assert stripe_answers.note(made, "refund_id") == read
