"""A client's bank asks the money back: rows 42 to 44, and what is around them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from studio.booking import disputed, jobs, service
from studio.booking.codes import credit_of
from studio.booking.differences import differences
from studio.booking.models import Booking
from studio.booking.service import NotReturnable, Received
from studio.db import db, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.domain.terms import CalledOffBy, Figures
from studio.payments import by_hand, disputes, invoices, vouchers
from studio.payments.jobs import send_refunds
from studio.payments.models import Dispute, DisputeState, Method, Refund, RefundState
from studio.payments.service import keep_event
from tests import factories
from tests.booking.test_money_back import (
    ROBIN,
    attention,
    compared,
    intent,
    net,
    paid,
    payment_of,
)
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")

__all__ = ["paid"]


def tell(gateway: FakeGateway, booking: Booking, kind: str, dispute_id: str) -> None:
    """Let the notice come, and have it settled."""
    body, mark = gateway.notice(f"charge.dispute.{kind}", dispute_id, intent(booking))
    keep_event(gateway.event_from(body, mark))
    jobs.settle_events()


def the_dispute() -> Dispute:
    db.session.rollback()
    return db.session.scalars(select(Dispute)).one()


def the_net() -> int:
    return disputes.net(db.session(), the_dispute()).minor


def owed(booking: Booking) -> int:
    return service.owed(db.session(), booking).minor


def test_42_a_dispute_takes_the_money_and_the_session_stands(
    paid: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    made = gateway.dispute(intent(paid))
    for kind in ("created", "funds_withdrawn", "updated"):
        tell(gateway, paid, kind, made.id)

    assert net(paid) == 0
    assert factories.booking_of(paid.reference).state is BookingState.CONFIRMED
    ours = the_dispute()
    assert (ours.state, ours.due_at, ours.fee_minor) == (DisputeState.OPEN, made.answer_by, 2000)
    assert "has taken £197.50" in attention(paid)
    assert "The session stands" in attention(paid)
    # The client is not asked for it again, and no paper says that it was given back.
    assert owed(paid) == 19750
    assert [each.kind.value for each in invoices.of_booking(db.session(), paid.id)] == ["part"]
    assert compared(gateway, clock) == []


def test_42_nothing_can_be_given_back_meanwhile(paid: Booking, gateway: FakeGateway) -> None:
    gateway.dispute(intent(paid), 5000)
    disputed.settle_disputes(intent(paid))

    assert service.returnable(db.session(), paid).minor == 0
    with pytest.raises(NotReturnable) as refused:
        service.give_back(paid.id, Money(100, "GBP"), reason="Kind", by="Manager Person")
    assert refused.value.disputed
    shown = service.proposal(
        db.session(), paid, CalledOffBy.STUDIO, factories.TEN_FIFTEEN - timedelta(days=9)
    )
    assert shown.refund.minor == 0
    db.session.rollback()
    assert db.session.scalars(select(Refund)).all() == []


def test_42_no_paper_takes_back_what_a_bank_has_not_decided_about(
    paid: Booking, gateway: FakeGateway
) -> None:
    gateway.dispute(intent(paid))
    disputed.settle_disputes(intent(paid))
    cash = Received(method=Method.CASH, amount=Money(10000, "GBP"), note="", by="Manager Person")
    service.record_payment(paid.id, cash)

    issued = [
        (each.kind.value, each.total_minor) for each in invoices.of_booking(db.session(), paid.id)
    ]
    assert issued == [("part", 19750), ("part", 10000)]


def test_42_a_refund_that_was_planned_waits_and_goes_when_it_is_won(
    paid: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    service.give_back(paid.id, Money(5000, "GBP"), reason="Kind", by="Manager Person")
    made = gateway.dispute(intent(paid), 10000)
    send_refunds()
    (row,) = db.session.scalars(select(Refund)).all()
    assert (row.state, "disputed" in row.error) == (RefundState.REQUESTED, True)

    gateway.close_dispute(made.id, won=True)
    disputed.settle_disputes(intent(paid))
    clock.advance(hours=7)
    send_refunds()

    assert net(paid) == 14750
    assert sum(each.amount.minor for each in gateway.refunds) == 5000
    assert owed(paid) == 19750


def test_43_a_lost_dispute_after_a_partial_refund_is_not_counted_twice(
    paid: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    service.give_back(paid.id, Money(5000, "GBP"), reason="Kind", by="Manager Person")
    send_refunds()
    # The client asks for all of it; only what is left can go.
    made = gateway.dispute(intent(paid), 19750)
    tell(gateway, paid, "created", made.id)
    gateway.close_dispute(made.id, won=False)
    for _ in range(2):
        tell(gateway, paid, "closed", made.id)

    assert net(paid) == 0
    assert (the_dispute().state, the_net()) == (DisputeState.LOST, -14750)
    assert "is lost: £147.50 is gone, and Stripe's fee of £20" in attention(paid)
    assert owed(paid) == 19750
    kinds = [each.kind.value for each in invoices.of_booking(db.session(), paid.id)]
    assert kinds == ["part", "credit", "credit"]
    assert compared(gateway, clock) == []


def test_43_a_refund_that_waited_is_withdrawn_when_the_dispute_is_lost(
    paid: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    service.give_back(paid.id, Money(5000, "GBP"), reason="Kind", by="Manager Person")
    made = gateway.dispute(intent(paid))
    send_refunds()
    gateway.close_dispute(made.id, won=False)
    disputed.settle_disputes(intent(paid))
    clock.advance(hours=7)
    send_refunds()

    (row,) = db.session.scalars(select(Refund)).all()
    assert row.state is RefundState.WITHDRAWN
    assert "The refund of £50 that waited is withdrawn" in attention(paid)
    assert (net(paid), gateway.refunds) == (0, [])
    assert by_hand.refunds(db.session(), paid.id) == set()


def test_44_a_dispute_that_is_won_brings_the_money_back(
    paid: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    made = gateway.dispute(intent(paid))
    tell(gateway, paid, "created", made.id)
    gateway.close_dispute(made.id, won=True)
    for kind in ("closed", "funds_reinstated"):
        tell(gateway, paid, kind, made.id)

    assert (net(paid), the_net()) == (19750, 0)
    assert the_dispute().state is DisputeState.WON
    assert "is won: the money is back" in attention(paid)
    assert owed(paid) == 19750
    assert service.returnable(db.session(), paid).minor == 19750
    assert [each.kind.value for each in invoices.of_booking(db.session(), paid.id)] == ["part"]
    assert compared(gateway, clock) == []


@pytest.fixture
def credited(gateway: FakeGateway) -> Booking:
    """Called off four weeks ahead: its deposit of 197.50 became a voucher."""
    starts_at = factories.TEN_FIFTEEN + timedelta(days=28)
    booking = factories.a_hold(factories.a_bookable_package(), starts_at)
    service.check_out(booking.id, ROBIN)
    gateway.pay(str(payment_of(booking).checkout_id))
    service.settle_now(booking.id)
    with transaction() as session:
        sold = session.get_one(Booking, booking.id)
        sold.confirmed_at = sold.created_at - timedelta(days=2)
    request = service.Cancellation(
        called_off_by=CalledOffBy.CLIENT, reason="", shown=Figures(0, credit=19750), actor="client"
    )
    service.cancel_booking(booking.id, request)
    return factories.booking_of(booking.reference)


def credit_left(booking: Booking) -> int:
    db.session.rollback()
    voucher = credit_of(db.session(), booking)
    assert voucher
    return vouchers.left(db.session(), voucher).minor


@pytest.mark.parametrize("won", [True, False])
def test_42_a_credit_is_spendable_as_far_as_the_bank_has_left_its_money(
    credited: Booking, gateway: FakeGateway, won: bool
) -> None:
    assert credit_left(credited) == 19750
    made = gateway.dispute(intent(credited), 5000)
    for kind in ("created", "funds_withdrawn"):
        tell(gateway, credited, kind, made.id)

    assert credit_left(credited) == 14750
    assert net(credited) == 0
    voucher = credit_of(db.session(), credited)
    assert voucher
    said = f"£50 is taken off the credit, code {voucher.shown}: £147.50 is left."
    assert said in attention(credited)

    gateway.close_dispute(made.id, won=won)
    tell(gateway, credited, "closed", made.id)
    # Once: the end of it takes nothing more, and puts nothing back.
    assert credit_left(credited) == 14750
    # What came back is the booking's: nobody has a code for it.
    assert net(credited) == (5000 if won else 0)
    most = service.returnable(db.session(), factories.booking_of(credited.reference))
    assert most.minor == (5000 if won else 0)
    assert ("What was taken off its credit is not." in attention(credited)) is won


def test_42_a_credit_that_was_spent_is_told(
    credited: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    with transaction() as session:
        voucher = credit_of(session, credited)
        assert voucher
        vouchers.withdraw(session, voucher, clock.now())
    made = gateway.dispute(intent(credited))
    gateway.close_dispute(made.id, won=False)
    disputed.settle_disputes(intent(credited))

    assert "is lost: £197.50 is gone" in attention(credited)
    assert f"code {voucher.shown}, nothing was left" in attention(credited)


def test_an_inquiry_moves_nothing_and_may_become_a_dispute(
    paid: Booking, gateway: FakeGateway
) -> None:
    made = gateway.dispute(intent(paid), inquiry=True)
    tell(gateway, paid, "created", made.id)
    assert (the_dispute().state, the_net(), net(paid)) == (DisputeState.INQUIRY, 0, 19750)
    assert service.returnable(db.session(), paid).minor == 19750

    gateway.escalate(made.id)
    tell(gateway, paid, "updated", made.id)
    assert (the_dispute().state, the_net(), net(paid)) == (DisputeState.OPEN, -19750, 0)


def test_an_answer_from_before_opens_nothing_that_has_ended(
    paid: Booking, gateway: FakeGateway
) -> None:
    made = gateway.dispute(intent(paid))
    gateway.close_dispute(made.id, won=True)
    disputed.settle_disputes(intent(paid))

    gateway.quarrels = [made]
    disputed.settle_disputes(intent(paid))

    assert (the_dispute().state, the_dispute().refundable) == (DisputeState.WON, True)


def test_what_differs_about_a_dispute_is_a_sentence(
    paid: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    gateway.dispute(intent(paid))
    assert compared(gateway, clock) == [
        "A dispute moved -£197.50, and our ledger does not have it."
    ]
    disputed.settle_disputes(intent(paid))
    assert compared(gateway, clock) == []

    gateway.quarrels = []
    assert compared(gateway, clock) == ["We have -£197.50 moved by a dispute, and Stripe has not."]
    assert differences(gateway, clock.now() + timedelta(hours=1), clock.now()) == []


def test_a_dispute_of_a_payment_that_is_not_ours_is_nobodys(
    paid: Booking, gateway: FakeGateway
) -> None:
    made = gateway.dispute(intent(paid))
    gateway.quarrels = [made]
    disputed.settle_disputes("pi_elsewhere")

    db.session.rollback()
    assert db.session.scalars(select(Dispute)).all() == []
