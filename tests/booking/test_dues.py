"""What a session still owes, in process: each row of the failure table that is about it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from studio.booking import jobs, service, settlement
from studio.booking.models import Booking
from studio.booking.service import Charge, Details, NothingDue, NotOwed, NotReversible, Received
from studio.db import db
from studio.domain.lifecycle import BookingState, IllegalMove
from studio.domain.money import Money
from studio.domain.pricing import LineKind
from studio.domain.terms import CalledOffBy, Figures
from studio.messaging.models import Message, MessageState
from studio.payments import ledger
from studio.payments.jobs import send_refunds
from studio.payments.models import Due, Method, Payment, PaymentDue, PaymentState, Purpose, Refund
from studio.payments.promos import PromoCode
from studio.payments.service import note_given_back
from studio.ports.payment_gateway import GatewayUnavailable
from tests import factories
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")

ROBIN = Details(name="Robin Ash", email="robin@client.example", phone="", notes="")


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


@pytest.fixture
def session_of_395(gateway: FakeGateway) -> Booking:
    """A confirmed session whose deposit of 197.50 is paid; as much is due a day before."""
    booking = factories.a_hold()
    service.check_out(booking.id, ROBIN)
    gateway.pay(str(last(booking).checkout_id))
    service.settle_now(booking.id)
    return factories.booking_of(booking.reference)


def last(booking: Booking) -> Payment:
    db.session.rollback()
    return ledger.payments(db.session(), booking.id)[-1]


def owed(booking: Booking) -> int:
    return service.owed(db.session(), factories.booking_of(booking.reference)).minor


def net(booking: Booking) -> int:
    db.session.rollback()
    return ledger.paid(db.session(), booking.id, "GBP").minor


def letters(booking: Booking, step: str) -> list[Message]:
    db.session.rollback()
    wanted = select(Message).where(Message.booking_id == booking.id, Message.step == step)
    return list(db.session.scalars(wanted.order_by(Message.id)))


def extra(clock: Clock, minor: int = 4500, kind: LineKind = LineKind.EXTRA) -> Charge:
    return Charge(
        label="One more picture",
        amount=gbp(minor),
        kind=kind,
        due_at=clock.now() + timedelta(days=7),
        by="Manager Person",
    )


def in_cash(minor: int) -> Received:
    return Received(method=Method.CASH, amount=gbp(minor), note="at the desk", by="Manager Person")


def test_the_balance_is_paid_by_card(session_of_395: Booking, gateway: FakeGateway) -> None:
    address = service.pay_dues(session_of_395.id)
    assert service.pay_dues(session_of_395.id) == address  # 16: twice is the same page
    assert not last(session_of_395).confirms

    gateway.pay(str(last(session_of_395).checkout_id))
    service.settle_now(session_of_395.id)

    assert net(session_of_395) == 39500
    assert owed(session_of_395) == 0
    assert len(letters(session_of_395, "received")) == 1
    assert {each.state for each in letters(session_of_395, "balance")} == {MessageState.CANCELLED}
    with pytest.raises(NothingDue):
        service.pay_dues(session_of_395.id)


def test_5_the_balance_is_settled_without_anybody_coming_back(
    session_of_395: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    service.pay_dues(session_of_395.id)
    gateway.pay(str(last(session_of_395).checkout_id))
    clock.advance(minutes=4)
    jobs.reconcile()

    assert owed(session_of_395) == 0


def test_everything_that_is_owed_is_paid_at_once(
    session_of_395: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    service.add_charge(session_of_395.id, extra(clock))
    service.pay_dues(session_of_395.id)
    payment = last(session_of_395)

    assert payment.amount_minor == 19750 + 4500
    parts = db.session.execute(
        select(Due.purpose, PaymentDue.amount_minor)
        .join(PaymentDue, PaymentDue.due_id == Due.id)
        .where(PaymentDue.payment_id == payment.id)
    ).all()
    assert dict(parts) == {Purpose.BALANCE: 19750, Purpose.EXTRA: 4500}
    gateway.pay(str(payment.checkout_id))
    service.settle_now(session_of_395.id)
    assert (net(session_of_395), owed(session_of_395)) == (44000, 0)


def test_33_a_page_for_an_old_amount_is_closed_before_another_opens(
    session_of_395: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    service.pay_dues(session_of_395.id)
    old = last(session_of_395)
    service.add_charge(session_of_395.id, extra(clock))
    service.pay_dues(session_of_395.id)

    assert last(session_of_395).amount_minor == 24250
    assert db.session.get_one(Payment, old.id).state is PaymentState.EXPIRED
    assert len(ledger.payable(db.session(), session_of_395.id)) == 1


def test_4_a_page_that_ran_out_is_followed_by_another_at_once(
    session_of_395: Booking, clock: Clock
) -> None:
    service.pay_dues(session_of_395.id)
    old = last(session_of_395)
    # Nobody has told us yet that it is over.
    clock.advance(minutes=32)
    address = service.pay_dues(session_of_395.id)

    new = last(session_of_395)
    assert (new.state, new.checkout_url) == (PaymentState.OPEN, address)
    assert new.id != old.id
    assert db.session.get_one(Payment, old.id).state is PaymentState.EXPIRED


def test_a_page_that_stripe_knows_no_more_keeps_nobody_from_paying(
    session_of_395: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    service.pay_dues(session_of_395.id)
    old = last(session_of_395)
    del gateway.pages[str(old.checkout_id)]
    clock.advance(minutes=10)
    assert jobs.reconcile() == 0
    assert last(session_of_395).state is PaymentState.OPEN  # another key may be put right again
    clock.advance(minutes=30)
    assert jobs.reconcile() == 1

    service.pay_dues(session_of_395.id)
    assert last(session_of_395).id != old.id
    gateway.pay(str(last(session_of_395).checkout_id))
    service.settle_now(session_of_395.id)
    assert owed(session_of_395) == 0


def test_36_paid_in_cash_while_the_page_was_open_the_card_goes_back(
    session_of_395: Booking, gateway: FakeGateway
) -> None:
    service.pay_dues(session_of_395.id)
    page = str(last(session_of_395).checkout_id)
    service.record_payment(session_of_395.id, in_cash(19750))
    gateway.pay(page)
    settlement.settle_checkout(page)
    send_refunds()

    assert net(session_of_395) == 39500
    assert factories.booking_of(session_of_395.reference).attention.startswith("Paid twice")


def test_20_paid_after_cancelling_goes_back(session_of_395: Booking, gateway: FakeGateway) -> None:
    service.pay_dues(session_of_395.id)
    page = str(last(session_of_395).checkout_id)
    gateway.trouble = GatewayUnavailable("down")
    request = service.Cancellation(
        called_off_by=CalledOffBy.STUDIO, reason="Ill", shown=Figures(19750), actor="Manager Person"
    )
    service.cancel_booking(session_of_395.id, request)
    gateway.trouble = None
    gateway.pay(page)
    settlement.settle_checkout(page)
    send_refunds()

    assert net(session_of_395) == 0


def test_cancelling_closes_the_payment_page(session_of_395: Booking, gateway: FakeGateway) -> None:
    service.pay_dues(session_of_395.id)
    request = service.Cancellation(
        called_off_by=CalledOffBy.STUDIO, reason="Ill", shown=Figures(19750), actor="Manager Person"
    )
    service.cancel_booking(session_of_395.id, request)

    assert last(session_of_395).state is PaymentState.EXPIRED


def test_what_cannot_be_cancelled_keeps_its_payment_page(gateway: FakeGateway) -> None:
    hold = factories.a_hold()
    service.check_out(hold.id, ROBIN)
    request = service.Cancellation(
        called_off_by=CalledOffBy.STUDIO, reason="Ill", shown=Figures(0), actor="Manager Person"
    )

    with pytest.raises(IllegalMove):
        service.cancel_booking(hold.id, request)

    assert last(hold).state is PaymentState.OPEN
    assert factories.booking_of(hold.reference).state is BookingState.HELD


def test_21_an_unreachable_page_leaves_the_session_as_it_was(
    session_of_395: Booking, gateway: FakeGateway
) -> None:
    gateway.trouble = GatewayUnavailable("down")
    with pytest.raises(service.PaymentUnreachable):
        service.pay_dues(session_of_395.id)
    gateway.trouble = None

    assert service.pay_dues(session_of_395.id)
    assert len(ledger.payable(db.session(), session_of_395.id)) == 1


def test_23_an_attempt_whose_page_was_never_made_is_made_anew(
    session_of_395: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    gateway.trouble = GatewayUnavailable("down")
    with pytest.raises(service.PaymentUnreachable):
        service.pay_dues(session_of_395.id)
    gateway.trouble = None
    lost = last(session_of_395)
    clock.advance(minutes=5)

    assert service.pay_dues(session_of_395.id)
    assert last(session_of_395).id != lost.id
    assert db.session.get_one(Payment, lost.id).state is PaymentState.EXPIRED


def test_17_what_was_paid_twice_goes_back_though_something_was_given_back(
    session_of_395: Booking, gateway: FakeGateway
) -> None:
    service.give_back(session_of_395.id, gbp(5000), reason="We ran late", by="Manager Person")
    service.record_payment(session_of_395.id, in_cash(15000))
    service.pay_dues(session_of_395.id)
    page = str(last(session_of_395).checkout_id)
    service.record_payment(session_of_395.id, in_cash(4750))
    assert owed(session_of_395) == 0
    gateway.pay(page)
    settlement.settle_checkout(page)

    asked = [each.amount_minor for each in ledger.refunds(db.session(), session_of_395.id)]
    assert asked == [5000, 4750]


def test_a_charge_is_a_line_a_due_and_a_letter(session_of_395: Booking, clock: Clock) -> None:
    service.add_charge(session_of_395.id, extra(clock, kind=LineKind.FEE))
    booking = factories.booking_of(session_of_395.reference)

    assert booking.price_minor == 44000
    line = booking.lines[-1]
    assert (line.label, line.total_minor, line.tax_minor, line.revision) == (
        "One more picture",
        4500,
        750,
        2,
    )
    (due,) = [each for each in ledger.dues(db.session(), booking.id) if each.label]
    assert (due.purpose, due.label, due.amount_minor) == (Purpose.FEE, "One more picture", 4500)
    (letter,) = letters(booking, "charged")
    assert letter.context["link_to"] == "pay"


@pytest.mark.parametrize("amount", [gbp(0), gbp(-100), Money(100, "EUR")])
def test_what_is_no_charge_is_refused(session_of_395: Booking, clock: Clock, amount: Money) -> None:
    wrong = Charge(
        label="x", amount=amount, kind=LineKind.EXTRA, due_at=clock.now(), by="Manager Person"
    )
    with pytest.raises(ValueError, match=r"more than nothing|one currency"):
        service.add_charge(session_of_395.id, wrong)

    assert factories.booking_of(session_of_395.reference).price_minor == 39500


def test_a_hold_takes_no_charges_and_no_cash(clock: Clock) -> None:
    held = factories.a_hold()
    with pytest.raises(NothingDue):
        service.add_charge(held.id, extra(clock))
    with pytest.raises(NotOwed):
        service.record_payment(held.id, in_cash(100))
    with pytest.raises(NothingDue):
        service.pay_dues(held.id)


def test_cash_is_written_down_and_taken_back(session_of_395: Booking) -> None:
    service.record_payment(session_of_395.id, in_cash(10000))
    assert (net(session_of_395), owed(session_of_395)) == (29750, 9750)
    payment = last(session_of_395)
    assert (payment.method, payment.recorded_by) == (Method.CASH, "Manager Person")

    service.reverse_payment(payment.id, reason="Another client", by="Owner Person")

    assert (net(session_of_395), owed(session_of_395)) == (19750, 19750)
    assert last(session_of_395).state is PaymentState.REVERSED
    with pytest.raises(NotReversible):
        service.reverse_payment(payment.id, reason="again", by="Owner Person")
    assert net(session_of_395) == 19750
    planned = [each for each in letters(session_of_395, "balance") if each.state == "planned"]
    assert [each.context["amount"] for each in planned] == ["£197.50"]


@pytest.mark.parametrize("minor", [0, -1, 19751, 10**9])
def test_no_more_is_written_down_than_is_owed(session_of_395: Booking, minor: int) -> None:
    with pytest.raises(NotOwed) as refused:
        service.record_payment(session_of_395.id, in_cash(minor))

    assert refused.value.owed == gbp(19750)
    assert net(session_of_395) == 19750


def test_a_card_payment_is_never_taken_back_by_hand(session_of_395: Booking) -> None:
    with pytest.raises(NotReversible):
        service.reverse_payment(last(session_of_395).id, reason="x", by="Owner Person")
    by_card = Received(method=Method.CARD, amount=gbp(100), note="", by="Owner Person")
    with pytest.raises(ValueError, match="processor"):
        service.record_payment(session_of_395.id, by_card)


def test_cash_goes_back_by_hand_and_the_card_by_itself(
    session_of_395: Booking, gateway: FakeGateway
) -> None:
    service.record_payment(session_of_395.id, in_cash(19750))
    request = service.Cancellation(
        called_off_by=CalledOffBy.STUDIO, reason="Ill", shown=Figures(39500), actor="Manager Person"
    )
    service.cancel_booking(session_of_395.id, request)
    send_refunds()
    assert net(session_of_395) == 19750  # the cash is still here

    by_hand = db.session.scalars(
        select(Refund)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.method == Method.CASH)
    ).one()
    for _ in range(2):
        assert note_given_back(by_hand.id) == by_hand.payment_id
    assert net(session_of_395) == 0
    by_card = db.session.scalars(select(Refund.id).where(Refund.id != by_hand.id)).one()
    assert note_given_back(by_card) is None
    assert note_given_back(10**6) is None


def test_what_is_owed_is_asked_for_before_it_is_due_and_once_after(
    session_of_395: Booking,
) -> None:
    due_at = session_of_395.starts_at - timedelta(hours=24)
    (before,), (after,) = letters(session_of_395, "balance"), letters(session_of_395, "overdue")

    assert before.due_at == due_at - timedelta(days=3)
    assert after.due_at == due_at + timedelta(hours=6)
    assert {before.use_by, after.use_by} == {session_of_395.starts_at}


def test_a_moved_session_is_asked_at_its_own_time(session_of_395: Booking) -> None:
    later = session_of_395.starts_at + timedelta(days=7)
    move = service.MoveRequest(starts_at=later, photographer=None, by="Manager Person")
    service.move_booking(session_of_395.id, move)

    planned = [each for each in letters(session_of_395, "balance") if each.state == "planned"]
    assert [each.due_at for each in planned] == [later - timedelta(days=4)]


def test_less_than_a_card_can_pay_is_not_asked_of_one(session_of_395: Booking) -> None:
    service.record_payment(session_of_395.id, in_cash(19725))

    with pytest.raises(NothingDue):
        service.pay_dues(session_of_395.id)


def test_a_completed_session_may_still_be_paid(
    session_of_395: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    clock.set(session_of_395.ends_at + timedelta(hours=1))
    jobs.complete_past_sessions()
    assert factories.booking_of(session_of_395.reference).state is BookingState.COMPLETED

    service.pay_dues(session_of_395.id)
    gateway.pay(str(last(session_of_395).checkout_id))
    service.settle_now(session_of_395.id)
    assert owed(session_of_395) == 0


def the_package_wants_it_all_a_week_ahead(booking: Booking) -> None:
    package = factories.booking_of(booking.reference).package
    package.deposit_percent, package.balance_hours_before = 100, 7 * 24
    factories.kept(package)


def when_due(booking: Booking) -> dict[Purpose, tuple[int, datetime]]:
    db.session.rollback()
    found = ledger.dues(db.session(), booking.id)
    return {each.purpose: (each.amount_minor, each.due_at) for each in found}


def test_a_session_that_moves_pays_when_it_was_agreed_to() -> None:
    booking = factories.a_confirmed_booking(factories.a_bookable_package(deposit_percent=0))
    the_package_wants_it_all_a_week_ahead(booking)
    to = factories.TEN_FIFTEEN + timedelta(days=7)

    service.move_booking(
        booking.id, service.MoveRequest(starts_at=to, photographer=None, by="Manager Person")
    )

    assert when_due(booking) == {Purpose.BALANCE: (39500, to - timedelta(hours=24))}


def test_a_code_asks_for_the_deposit_that_was_shown() -> None:
    booking = factories.a_hold()
    factories.kept(PromoCode(code="SPRING", label="Spring", currency="GBP", percent=10))
    the_package_wants_it_all_a_week_ahead(booking)

    service.use_code(booking.id, "spring")

    deposit, balance = (when_due(booking)[each] for each in (Purpose.DEPOSIT, Purpose.BALANCE))
    assert (deposit[0], balance[0]) == (17775, 17775)
    assert balance[1] == factories.TEN_FIFTEEN - timedelta(hours=24)


def test_cash_that_became_a_credit_is_not_taken_back(clock: Clock) -> None:
    """It is on a voucher by now, which pays another session."""
    package = factories.a_bookable_package()
    starts_at = factories.TEN_FIFTEEN + timedelta(days=28)
    request = service.DeskRequest(
        package=package.slug, starts_at=starts_at, details=ROBIN, by="Manager Person",
        key="0" * 32, deposit_due_at=clock.now(),
    )  # fmt: skip
    booking_id = service.book_at_desk(request)
    service.record_payment(booking_id, in_cash(19750))
    clock.advance(days=2)
    off = service.Cancellation(
        called_off_by=CalledOffBy.CLIENT, reason="", shown=Figures(0, credit=19750), actor="client"
    )
    service.cancel_booking(booking_id, off)
    db.session.rollback()
    (cash,) = ledger.payments(db.session(), booking_id)

    with pytest.raises(NotReversible):
        service.reverse_payment(cash.id, reason="A slip", by="Manager Person")
