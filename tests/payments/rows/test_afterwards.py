"""Rows 17 to 45 of the table of failures: late money, refunds and disputes, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from studio.adapters.stripe_gateway import StripeGateway
from studio.app import _guarded
from studio.booking import settlement
from studio.booking.differences import differences
from studio.booking.links import own_token
from studio.booking.models import Booking, TokenPurpose
from studio.db import transaction
from studio.domain.lifecycle import Action
from studio.payments.models import Payment, PaymentState
from studio.ports import ports
from tests.browsing import Browser
from tests.payments.rows.conftest import DEPOSIT, SECRET, Till


def cancel(till: Till, by: str = "studio") -> None:
    manager = till.staff()
    page = manager.get(f"{till.session_path()}/cancel")
    manager.submit(page, {"called_off_by": by, "reason": "Ill"}, form="")


def agrees(till: Till) -> None:
    """Our ledger and the stand-in's account are the same."""
    with till.app.app_context():
        gateway = ports().gateway
        assert gateway is not None
        now = till.clock.now()
        assert differences(gateway, now - timedelta(days=30), now) == []
    assert till.net == till.stripe_net()


def test_17_of_two_pages_that_were_paid_one_goes_back(till: Till) -> None:
    page = till.hold()
    first = till.go_to_payment(page)
    # Thought to be over while it was open, as by a database put back from yesterday.
    with till.app.app_context(), transaction() as session:
        session.execute(update(Payment).values(state=PaymentState.EXPIRED))
    second = till.go_to_payment(page)
    assert second != first
    till.card(second)
    till.card(first)
    till.deliver(times=2, backwards=True)
    till.work()

    assert (till.state, till.confirmations()) == ("confirmed", 1)
    assert "Paid twice: the second payment goes back." in till.booking().attention
    assert till.steps().count("returned") == 1
    agrees(till)
    assert till.net == DEPOSIT


def test_19_late_money_goes_back_when_the_time_is_gone(till: Till) -> None:
    url = till.go_to_payment()
    till.card(url)
    till.lose()
    # Ended without asking Stripe, as by a database put back from yesterday.
    with till.app.app_context(), transaction() as session:
        booking = session.scalars(select(Booking)).one()
        settlement.end(session, booking, Action.EXPIRE, by="system", now=till.clock.now())
    till.hold(Browser(till.app))
    till.clock.advance(minutes=4)
    till.work()

    assert (till.state, till.net, till.stripe_net()) == ("expired", 0, 0)
    assert "all of it goes back" in till.booking().attention
    assert "returned" in till.steps()


def test_20_paid_after_cancelling_goes_back(till: Till) -> None:
    till.paid()
    with till.app.app_context():
        own = own_token(TokenPurpose.BOOKING, till.booking().reference)
    url = till.client.submit(till.client.get(f"/booking/{own}/pay"), form="").location
    till.fault("POST", "/v1/checkout/sessions/*", "500", times=9)
    cancel(till)
    till.verb("config", faults=[])
    assert till.state == "cancelled"

    till.card(url)
    till.deliver()
    till.work()

    assert (till.state, till.net, till.stripe_net()) == ("cancelled", 0, 0)
    assert "Paid after the booking was cancelled" in till.booking().attention


def test_26_27_used_but_not_paid_is_held_and_flagged(till: Till) -> None:
    till.go_to_payment()
    (page,) = till.sandbox.core.world.all("checkout.session")
    till.verb("delayed", session=page["id"])
    till.deliver()
    till.clock.advance(minutes=36)
    till.work()
    assert (till.state, till.booking().attention) == ("held", "Stripe says used, but not paid.")

    till.verb("delayed", session=page["id"], ok=True)
    till.deliver()
    till.work()
    assert (till.state, till.net) == ("confirmed", DEPOSIT)


def test_28_another_amount_is_flagged_and_not_confirmed(till: Till) -> None:
    till.card(till.go_to_payment())
    (page,) = till.sandbox.core.world.all("checkout.session")
    page["amount_total"] = 100
    till.deliver()
    till.work()

    assert (till.state, till.net) == ("held", 100)
    assert "Asked for 197.5" in till.booking().attention
    manager = till.staff()
    assert "Asked for 197.5" in manager.get("/office/").words
    manager.submit(manager.get(f"{till.session_path()}/accept"), {"reason": "Rung up"})
    till.work()
    assert (till.state, till.net) == ("confirmed", 100)


def test_37_38_a_refund_is_made_once_whatever_is_lost(till: Till) -> None:
    till.paid()
    manager = till.staff()
    form, another = (manager.get(f"{till.session_path()}/give-back") for _ in range(2))
    manager.submit(form, {"amount": "150", "reason": "Kind"})
    manager.submit(form, {"amount": "150", "reason": "Kind"})
    refused = manager.submit(another, {"amount": "150", "reason": "Kind"}, status=422)
    assert "no more than £47.50" in refused.words

    till.fault("POST", "/v1/refunds", "lost")
    till.work()
    till.clock.advance(minutes=5)
    till.deliver()
    till.work()

    assert till.net == DEPOSIT - 15000
    agrees(till)


def test_39_a_refund_in_the_dashboard_is_booked(till: Till) -> None:
    intent = till.paid()
    till.verb("refund", payment_intent=intent, amount=5000)
    till.deliver(times=2)
    till.work()

    assert (till.state, till.net, till.owed) == ("confirmed", DEPOSIT - 5000, 19750)
    assert "£50 was given back in Stripe's dashboard" in till.staff().get("/office/").words
    agrees(till)


def test_40_a_refund_that_fails_later_is_a_task(till: Till) -> None:
    till.paid()
    cancel(till)
    till.work()
    assert (till.net, till.stripe_net()) == (0, 0)
    (made,) = till.sandbox.core.world.all("refund")
    till.verb("refund/fail", refund=made["id"])
    till.deliver()
    till.work()

    assert till.net == till.stripe_net() == DEPOSIT
    manager = till.staff()
    assert "1 refund was refused by the bank" in manager.get("/office/").words
    page = manager.get(till.session_path())
    manager.submit(page, form="/given-back")
    assert "refused by the bank" not in manager.get("/office/").words
    assert till.net == 0


def test_41_too_little_to_refund_waits_and_is_told(till: Till) -> None:
    till.paid()
    cancel(till)
    till.fault("POST", "/v1/refunds", "400", code="balance_insufficient")
    till.work()
    assert till.net == DEPOSIT
    assert "1 refund could not be sent yet" in till.staff().get("/office/").words

    till.clock.advance(hours=1)
    till.work()
    assert (till.net, till.stripe_net()) == (0, 0)


def test_42_43_a_dispute_is_followed_and_lost(till: Till) -> None:
    intent = till.paid()
    till.verb("refund", payment_intent=intent, amount=5000)
    made = till.verb("dispute", payment_intent=intent, amount=DEPOSIT)
    till.deliver(times=2, backwards=True)
    till.work()

    assert (till.state, till.net, till.owed) == ("confirmed", 0, 19750)
    manager = till.staff()
    assert "has to be answered by" in manager.get("/office/").words
    form = manager.get(f"{till.session_path()}/give-back")
    refused = manager.submit(form, {"amount": "1", "reason": "Kind"}, status=422)
    assert "bank disputes the payment" in refused.words

    till.verb("dispute/close", dispute=made["id"], won=False)
    till.deliver()
    till.work()
    assert (till.state, till.net) == ("confirmed", 0)
    assert "is lost: £147.50 is gone" in till.booking().attention
    agrees(till)


def test_44_a_dispute_that_is_won(till: Till) -> None:
    intent = till.paid()
    made = till.verb("dispute", payment_intent=intent)
    till.deliver()
    till.work()
    assert till.net == 0
    till.verb("dispute/close", dispute=made["id"], won=True)
    till.deliver()
    till.work()

    assert till.net == DEPOSIT
    assert "is won" in till.booking().attention
    agrees(till)


def test_45_while_a_secret_is_replaced_either_counts(
    till: Till, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = StripeGateway(
        "sk_test_x", ["whsec_new_only_for_tests_01234", SECRET], till.sandbox.url
    )
    till.app.extensions["ports"] = _guarded(replace(till.app.extensions["ports"], gateway=gateway))
    till.card(till.go_to_payment())
    with caplog.at_level("INFO"):
        assert set(till.deliver()) == {204}
    till.work()

    assert till.state == "confirmed"
    assert "signed by secret 2 of 2" in caplog.text


def test_49_a_hold_lasts_as_long_where_the_clock_goes_back(till: Till) -> None:
    till.clock.set(datetime(2026, 10, 25, 0, 50, tzinfo=UTC))
    page = till.hold()
    assert "01:05" in page.words  # the clock has gone back meanwhile
    till.clock.advance(minutes=14)
    till.work()
    assert till.state == "held"
    till.clock.advance(minutes=2)
    till.work()
    assert till.state == "expired"
