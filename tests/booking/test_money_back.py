"""Money that goes back without us, and comes back after all: rows 39 and 40, and the comparison."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from studio.booking import disputed, history, jobs, money_back, service
from studio.booking.differences import differences
from studio.booking.models import Booking
from studio.booking.service import Details, Received
from studio.db import db, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.domain.terms import CalledOffBy, Figures
from studio.payments import ledger
from studio.payments.jobs import send_refunds
from studio.payments.models import Method, Payment, Refund, RefundState
from studio.payments.service import StillDisputed, keep_event, note_given_back, send_again
from studio.ports.payment_gateway import GatewayUnavailable
from studio.ports.payment_gateway import RefundState as GatewayState
from tests import factories
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")

ROBIN = Details(name="Robin Ash", email="robin@client.example", phone="", notes="")


@pytest.fixture
def paid(gateway: FakeGateway) -> Booking:
    booking = factories.a_hold()
    service.check_out(booking.id, ROBIN)
    gateway.pay(str(payment_of(booking).checkout_id))
    service.settle_now(booking.id)
    return factories.booking_of(booking.reference)


def payment_of(booking: Booking) -> Payment:
    db.session.rollback()
    return ledger.payments(db.session(), booking.id)[-1]


def intent(booking: Booking) -> str:
    return str(payment_of(booking).intent_id)


def net(booking: Booking) -> int:
    db.session.rollback()
    return ledger.paid(db.session(), booking.id, "GBP").minor


def attention(booking: Booking) -> str:
    return factories.booking_of(booking.reference).attention


def compared(gateway: FakeGateway, clock: Clock) -> list[str]:
    since = clock.now() - timedelta(days=30)
    found = differences(gateway, since, clock.now())
    return [each.sentence for each in found]


def test_39_a_refund_in_the_dashboard_is_booked_and_the_session_stands(
    paid: Booking, gateway: FakeGateway
) -> None:
    made = gateway.refund_elsewhere(intent(paid), 5000)
    body, mark = gateway.notice("refund.created", made.id, intent(paid))
    for _ in range(2):
        keep_event(gateway.event_from(body, mark))
        jobs.settle_events()
        money_back.settle_refunds(intent(paid))

    assert net(paid) == 14750
    assert factories.booking_of(paid.reference).state is BookingState.CONFIRMED
    assert "£50 was given back in Stripe's dashboard" in attention(paid)
    (row,) = db.session.scalars(select(Refund)).all()
    assert (row.state, row.requested_by) == (RefundState.DONE, "Stripe's dashboard")
    # Somebody gave it back on purpose: it is not asked for again.
    assert service.owed(db.session(), paid).minor == 19750
    assert ledger.came_in(db.session(), paid.id, "GBP").minor == 19750


@pytest.mark.parametrize("ends", ["done", "failed"])
def test_39b_a_refund_that_is_pending_in_the_dashboard_is_not_sent_again(
    paid: Booking, gateway: FakeGateway, ends: str
) -> None:
    made = gateway.refund_elsewhere(intent(paid), 5000, GatewayState.PENDING)
    money_back.settle_refunds(intent(paid))
    send_refunds()

    assert [each.id for each in gateway.refunds] == [made.id]
    assert net(paid) == 19750
    # It is on its way: neither given back again nor asked for again.
    assert service.returnable(db.session(), paid).minor == 14750
    assert service.owed(db.session(), paid).minor == 19750

    if ends == "done":
        gateway.finish_refund(made.id)
    else:
        gateway.fail_refund(made.id)
    for _ in range(2):
        money_back.settle_refunds(intent(paid))
    assert net(paid) == (14750 if ends == "done" else 19750)
    assert service.owed(db.session(), paid).minor == 19750


def test_37_what_went_back_elsewhere_is_not_given_back_again(
    paid: Booking, gateway: FakeGateway
) -> None:
    gateway.refund_elsewhere(intent(paid), 5000)
    money_back.settle_refunds(intent(paid))
    request = service.Cancellation(
        called_off_by=CalledOffBy.STUDIO, reason="Ill", shown=Figures(14750), actor="Manager Person"
    )
    service.cancel_booking(paid.id, request)
    send_refunds()

    assert net(paid) == 0
    assert sum(each.amount.minor for each in gateway.refunds) == 19750


def test_40_a_refund_that_fails_later_is_taken_back_and_told(
    paid: Booking, gateway: FakeGateway
) -> None:
    request = service.Cancellation(
        called_off_by=CalledOffBy.STUDIO, reason="Ill", shown=Figures(19750), actor="Manager Person"
    )
    service.cancel_booking(paid.id, request)
    send_refunds()
    assert net(paid) == 0
    gateway.fail_refund(gateway.refunds[0].id)
    for _ in range(2):
        money_back.settle_refunds(intent(paid))

    assert net(paid) == 19750
    assert ledger.came_in(db.session(), paid.id, "GBP").minor == 19750
    assert "£197.50 failed" in attention(paid)
    (row,) = db.session.scalars(select(Refund)).all()
    assert row.state is RefundState.FAILED

    # People find another way, and write that down.
    assert note_given_back(row.id) == row.payment_id
    assert net(paid) == 0
    send_refunds()
    assert net(paid) == 0


@pytest.fixture
def failed(paid: Booking, gateway: FakeGateway) -> Refund:
    """All that was paid for a cancelled session, which the bank did not take."""
    request = service.Cancellation(
        called_off_by=CalledOffBy.STUDIO, reason="Ill", shown=Figures(19750), actor="Manager Person"
    )
    service.cancel_booking(paid.id, request)
    send_refunds()
    gateway.fail_refund(gateway.refunds[0].id)
    money_back.settle_refunds(intent(paid))
    return db.session.scalars(select(Refund)).one()


def test_40b_what_people_gave_back_instead_is_not_asked_of_them_again(
    paid: Booking, failed: Refund
) -> None:
    note_given_back(failed.id)
    service.clear_attention(paid.id, seen=attention(paid), by="Manager Person")
    money_back.settle_refunds(intent(paid))

    assert (db.session.scalars(select(Refund)).one().state, attention(paid)) == ("done", "")
    assert net(paid) == 0
    assert service.returnable(db.session(), paid).minor == 0


def test_history_notes_what_was_seen_to_and_not_what_was_sent(
    paid: Booking, failed: Refund
) -> None:
    true = attention(paid)
    with transaction() as session:
        known = history.locked(session, paid.id)
        history.flag(session, known, "Somebody called.", now=known.created_at)
    left = service.clear_attention(paid.id, seen=f"{true}\nLong ago\n" + "x" * 9999, by="Bo")

    assert (left, attention(paid)) == (False, "Somebody called.")
    assert service.clear_attention(paid.id, seen=f"{true}\nSomebody called.", by="Bo")
    noted = [e for e in factories.booking_of(paid.reference).events if e.kind == "seen to"]
    assert [each.detail["why"] for each in noted] == [true, "Somebody called."]


def test_40c_a_refund_that_failed_is_sent_again_once(
    paid: Booking, failed: Refund, gateway: FakeGateway
) -> None:
    made = send_again(failed.id, by="Manager Person")
    assert made is not None
    assert send_again(failed.id, by="Manager Person") is None
    send_refunds()
    for _ in range(2):
        money_back.settle_refunds(intent(paid))

    assert [each.refund_id for each in gateway.refunds] == [failed.id, made.id]
    assert net(paid) == 0
    states = [each.state for each in db.session.scalars(select(Refund).order_by(Refund.id))]
    assert states == [RefundState.WITHDRAWN, RefundState.DONE]


@pytest.mark.parametrize("by_hand", [True, False])
def test_40d_a_refund_that_failed_is_closed_where_another_went_instead(
    paid: Booking, failed: Refund, *, by_hand: bool
) -> None:
    service.give_back(paid.id, Money(19750, "GBP"), reason="Ill", by="Manager Person")
    if by_hand:
        note_given_back(failed.id)
    else:
        send_again(failed.id, by="Manager Person")
    send_refunds()

    assert net(paid) == 0
    states = [each.state for each in db.session.scalars(select(Refund).order_by(Refund.id))]
    assert states == [RefundState.WITHDRAWN, RefundState.DONE]


def test_40e_nothing_is_sent_again_while_a_bank_disputes_the_payment(
    paid: Booking, failed: Refund, gateway: FakeGateway
) -> None:
    gateway.dispute(intent(paid))
    disputed.settle_disputes(intent(paid))
    with pytest.raises(StillDisputed):
        send_again(failed.id, by="Manager Person")

    assert db.session.scalars(select(Refund)).one().state is RefundState.FAILED


def test_38_a_refund_of_ours_is_booked_once_whoever_tells_of_it(
    paid: Booking, gateway: FakeGateway
) -> None:
    request = service.Cancellation(
        called_off_by=CalledOffBy.STUDIO, reason="Ill", shown=Figures(19750), actor="Manager Person"
    )
    service.cancel_booking(paid.id, request)
    gateway.lost_answers = 1
    send_refunds()
    money_back.settle_refunds(intent(paid))
    send_refunds()

    assert net(paid) == 0
    assert len(gateway.refunds) == 1
    assert attention(paid) == ""


def test_nobody_answers_and_nothing_changes(paid: Booking, gateway: FakeGateway) -> None:
    gateway.refund_elsewhere(intent(paid), 5000)
    gateway.trouble = GatewayUnavailable("down")
    with pytest.raises(GatewayUnavailable):
        money_back.settle_refunds(intent(paid))

    assert net(paid) == 19750


def test_a_refund_of_a_payment_that_is_not_ours_is_nobodys(paid: Booking) -> None:
    money_back.settle_refunds("pi_elsewhere")

    assert net(paid) == 19750


def test_when_all_is_well_nothing_differs(
    paid: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    cash = Received(method=Method.CASH, amount=Money(1000, "GBP"), note="", by="Manager Person")
    service.record_payment(paid.id, cash)

    assert compared(gateway, clock) == []


def test_each_thing_that_differs_is_a_sentence(
    paid: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    gateway.refund_elsewhere(intent(paid), 5000)
    assert compared(gateway, clock) == ["Stripe gave £50 back, and our ledger does not have it."]
    money_back.settle_refunds(intent(paid))
    assert compared(gateway, clock) == []

    gateway.fail_refund(gateway.refunds[0].id)
    assert compared(gateway, clock) == ["We have £50 given back, and Stripe has not."]
    money_back.settle_refunds(intent(paid))
    assert compared(gateway, clock) == []

    page = next(iter(gateway.pages.values()))
    page.shown = replace(page.shown, amount=Money(1, "GBP"))
    assert compared(gateway, clock) == ["Stripe took £0.01; we have £197.50."]


def test_what_we_do_not_have_is_told(gateway: FakeGateway, clock: Clock) -> None:
    booking = factories.a_hold()
    service.check_out(booking.id, ROBIN)
    gateway.pay(str(payment_of(booking).checkout_id))

    assert compared(gateway, clock) == ["Stripe took £197.50, and our ledger does not have it."]
    service.settle_now(booking.id)
    assert compared(gateway, clock) == []


def test_what_stripe_does_not_have_is_told(
    paid: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    gateway.pages.clear()

    assert compared(gateway, clock) == [
        "£197.50 stands in our ledger, and Stripe does not have it."
    ]


def test_a_payment_begun_before_the_stretch_is_no_difference(
    paid: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    begun: datetime = next(iter(gateway.pages.values())).made_at
    found = differences(
        gateway, begun + timedelta(microseconds=1), clock.now() + timedelta(hours=1)
    )

    assert [each.sentence for each in found] == []


def a_stretch(gateway: FakeGateway, clock: Clock) -> list[str]:
    """What differs in a stretch that begins after the payment was made and written down."""
    found = differences(gateway, clock.now() - timedelta(days=30), clock.now())
    return [each.sentence for each in found]


def test_what_goes_back_of_an_older_payment_is_compared(
    paid: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    clock.advance(days=60)
    assert a_stretch(gateway, clock) == []
    made = gateway.refund_elsewhere(intent(paid), 5000)

    assert a_stretch(gateway, clock) == ["Stripe gave £50 back, and our ledger does not have it."]
    money_back.settle_refunds(intent(paid))
    assert a_stretch(gateway, clock) == []
    gateway.refunds.clear()
    assert a_stretch(gateway, clock) == ["We have £50 given back, and Stripe has not."]

    # Made before the stretch and written down within it: no difference.
    gateway.refunds.append(replace(made, created_at=clock.now() - timedelta(days=31)))
    assert a_stretch(gateway, clock) == []


def test_what_goes_back_of_money_that_is_not_ours_is_no_difference(
    paid: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    made = gateway.refund_elsewhere(intent(paid), 5000)
    gateway.refunds[:] = [replace(made, intent_id="pi_of_a_shop")]

    assert a_stretch(gateway, clock) == []


def test_a_refund_elsewhere_that_fails_is_owed_as_before(
    paid: Booking, gateway: FakeGateway
) -> None:
    gateway.refund_elsewhere(intent(paid), 5000)
    money_back.settle_refunds(intent(paid))
    gateway.fail_refund(gateway.refunds[0].id)
    money_back.settle_refunds(intent(paid))

    assert net(paid) == 19750
    assert service.owed(db.session(), paid).minor == 19750
