"""Vouchers and credits pay for sessions, with a card or alone, and get back what they paid."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from studio.booking import history, service, settlement
from studio.booking.codes import credit_of
from studio.booking.models import Booking
from studio.booking.service import Received
from studio.catalogue.models import BookingMode
from studio.db import db, transaction
from studio.domain.lifecycle import Action, BookingState
from studio.domain.money import Money
from studio.domain.terms import CalledOffBy, Figures
from studio.messaging.models import Message
from studio.payments import invoices, ledger, vouchers
from studio.payments.jobs import send_refunds
from studio.payments.models import EntryKind, LedgerEntry, Method
from studio.payments.promos import CodeRefused
from studio.payments.vouchers import Voucher
from tests import factories
from tests.booking.test_codes import ROBIN, a_voucher, again, due, last, left
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")


def test_29_a_voucher_that_pays_it_all_asks_for_no_card(gateway: FakeGateway) -> None:
    code = a_voucher(50000)
    booking = factories.a_hold()
    service.use_code(booking.id, code)
    assert due(booking) == 0
    assert service.check_out(booking.id, ROBIN) is None

    booking = again(booking)
    assert booking.state is BookingState.CONFIRMED
    assert service.owed(db.session(), booking).minor == 0
    assert left(code) == 10500
    assert gateway.asked == []
    kinds = db.session.scalars(select(LedgerEntry.kind)).all()
    assert kinds == [EntryKind.VOUCHER]


def test_30_a_rest_too_small_for_a_card_is_written_off() -> None:
    code = a_voucher(39480)
    booking = factories.a_hold(factories.a_bookable_package(deposit_percent=100))
    service.use_code(booking.id, code)
    service.check_out(booking.id, ROBIN)

    booking = again(booking)
    assert booking.state is BookingState.CONFIRMED
    assert service.owed(db.session(), booking).minor == 0
    entries = db.session.execute(select(LedgerEntry.kind, LedgerEntry.amount_minor)).all()
    assert dict(entries) == {EntryKind.VOUCHER: 39480, EntryKind.WRITE_OFF: 20}


def test_a_voucher_and_a_card_pay_together(gateway: FakeGateway) -> None:
    code = a_voucher(10000)
    booking = factories.a_hold()
    service.use_code(booking.id, code)
    service.check_out(booking.id, ROBIN)
    assert last(booking).amount_minor == 9750
    gateway.pay(str(last(booking).checkout_id))
    service.settle_now(booking.id)

    booking = again(booking)
    assert booking.state is BookingState.CONFIRMED
    assert ledger.paid(db.session(), booking.id, "GBP").minor == 19750
    assert service.owed(db.session(), booking).minor == 19750
    assert left(code) == 0


def test_31_what_a_hold_has_of_a_voucher_nobody_else_spends() -> None:
    code = a_voucher(10000)
    package = factories.a_bookable_package()
    first = factories.a_hold(package)
    second = factories.a_hold(package, factories.days_after(days=1))
    service.use_code(first.id, code)
    service.use_code(first.id, code)
    assert left(code) == 0
    with pytest.raises(CodeRefused, match="spent already"):
        service.use_code(second.id, code)

    service.release_hold(first.id, by="client")
    assert left(code) == 10000
    service.use_code(second.id, code)
    assert left(code) == 0


def test_paid_late_takes_the_voucher_once_more(clock: Clock, gateway: FakeGateway) -> None:
    code = a_voucher(10000)
    booking = factories.a_hold()
    service.use_code(booking.id, code)
    service.check_out(booking.id, ROBIN)
    page = str(last(booking).checkout_id)
    with transaction() as session:
        held = history.locked(session, booking.id)
        settlement.end(session, held, Action.EXPIRE, by=history.SYSTEM, now=clock.now())
    assert left(code) == 10000
    gateway.pay(page)
    settlement.settle_checkout(page)

    assert again(booking).state is BookingState.CONFIRMED
    assert left(code) == 0
    assert ledger.paid(db.session(), booking.id, "GBP").minor == 19750


def test_paid_late_when_the_voucher_was_spent_meanwhile_is_told(
    clock: Clock, gateway: FakeGateway
) -> None:
    code = a_voucher(10000)
    booking = factories.a_hold()
    service.use_code(booking.id, code)
    service.check_out(booking.id, ROBIN)
    page = str(last(booking).checkout_id)
    with transaction() as session:
        held = history.locked(session, booking.id)
        settlement.end(session, held, Action.EXPIRE, by=history.SYSTEM, now=clock.now())
        spent = vouchers.find(session, code)
        assert spent is not None
        vouchers.withdraw(session, spent, clock.now(), Money(6000, "GBP"))
    gateway.pay(page)
    settlement.settle_checkout(page)

    late = again(booking)
    assert late.state is BookingState.CONFIRMED
    assert late.attention == (
        "Paid late, and its voucher had been spent meanwhile: £60 of the deposit is missing."
    )
    assert service.owed(db.session(), late).minor == 6000 + 19750


def test_refunds_go_to_the_card_first_then_to_the_voucher(gateway: FakeGateway) -> None:
    code = a_voucher(10000)
    booking = factories.a_hold()
    service.use_code(booking.id, code)
    service.check_out(booking.id, ROBIN)
    gateway.pay(str(last(booking).checkout_id))
    service.settle_now(booking.id)
    request = service.Cancellation(
        called_off_by=CalledOffBy.STUDIO, reason="Ill", shown=Figures(19750), actor="Manager Person"
    )
    service.cancel_booking(booking.id, request)
    send_refunds()

    assert left(code) == 10000
    assert ledger.paid(db.session(), booking.id, "GBP").minor == 0
    assert [each.amount.minor for each in gateway.refunds] == [9750]


def entries(booking: Booking) -> list[tuple[EntryKind, int]]:
    db.session.rollback()
    return [(each.kind, each.amount_minor) for each in ledger.entries(db.session(), booking.id)]


def test_what_staff_give_back_of_a_voucher_goes_back_on_it() -> None:
    booking, code = factories.a_hold(), a_voucher(50000)
    service.use_code(booking.id, code)
    service.check_out(booking.id, ROBIN)
    assert service.returnable(db.session(), again(booking)).minor == 39500

    for minor in (5000, 2500):
        service.give_back(booking.id, Money(minor, "GBP"), reason="Kind", by="Manager Person")
    assert left(code) == 18000
    assert ledger.refunds(db.session(), booking.id) == []
    assert service.owed(db.session(), again(booking)).minor == 0
    with pytest.raises(service.NotReturnable):
        service.give_back(booking.id, Money(32001, "GBP"), reason="x", by="Manager Person")

    request = service.Cancellation(
        called_off_by=CalledOffBy.STUDIO, reason="ill", shown=Figures(32000), actor="Manager Person"
    )
    service.cancel_booking(booking.id, request)
    assert left(code) == 50000
    assert sum(minor for kind, minor in entries(booking) if kind is not EntryKind.WRITE_OFF) == 0


def test_what_staff_give_back_goes_to_the_card_first(gateway: FakeGateway) -> None:
    booking, code = factories.a_hold(), a_voucher(10000)
    service.use_code(booking.id, code)
    service.check_out(booking.id, ROBIN)
    gateway.pay(str(last(booking).checkout_id))
    service.settle_now(booking.id)
    assert service.returnable(db.session(), again(booking)).minor == 19750

    service.give_back(booking.id, Money(12000, "GBP"), reason="Kind", by="Manager Person")
    send_refunds()

    assert [each.amount.minor for each in gateway.refunds] == [9750]
    assert left(code) == 2250
    assert ledger.paid(db.session(), booking.id, "GBP").minor == 7750
    # It is not asked for again.
    assert service.owed(db.session(), again(booking)).minor == 19750


def test_what_a_hold_has_of_a_voucher_is_not_given_back(gateway: FakeGateway) -> None:
    booking, code = factories.a_hold(), a_voucher(10000)
    service.use_code(booking.id, code)
    service.check_out(booking.id, ROBIN)

    with pytest.raises(service.NotReturnable):
        service.give_back(booking.id, Money(100, "GBP"), reason="x", by="Manager Person")
    assert left(code) == 0


def test_a_credit_is_spent_on_another_session(gateway: FakeGateway) -> None:
    """Fourteen days ahead the deposit becomes a credit: a voucher, told in the letter."""
    package = factories.a_bookable_package()
    booking = factories.a_hold(package, factories.TEN_FIFTEEN + timedelta(days=28))
    service.check_out(booking.id, ROBIN)
    gateway.pay(str(last(booking).checkout_id))
    service.settle_now(booking.id)
    with transaction() as session:
        paid = session.get_one(Booking, booking.id)
        paid.confirmed_at = paid.created_at - timedelta(days=2)
    request = service.Cancellation(
        called_off_by=CalledOffBy.CLIENT, reason="", shown=Figures(0, credit=19750), actor="client"
    )
    service.cancel_booking(booking.id, request)

    with transaction() as session:
        voucher = credit_of(session, session.get_one(Booking, booking.id))
        assert voucher is not None
        code, until = voucher.shown, voucher.expires_on
    assert until == date(2027, 2, 21)
    assert left(code) == 19750
    letter = db.session.scalars(select(Message).where(Message.step == "cancellation")).one()
    assert f"type the code {code} when you book" in " ".join(letter.context["money"])
    # It is taken off the first session's paper, and can neither go back nor be spent besides.
    assert sum(each.total.minor for each in invoices.of_booking(db.session(), booking.id)) == 0
    assert not service.returnable(db.session(), again(booking))

    other = factories.a_hold(package)
    service.use_code(other.id, code)
    service.check_out(other.id, ROBIN)
    assert again(other).state is BookingState.CONFIRMED
    assert service.owed(db.session(), again(other)).minor == 19750


def test_an_expired_voucher_is_refused() -> None:
    code = a_voucher(10000, expires_on=date(2026, 11, 22))
    with pytest.raises(CodeRefused, match="expired"):
        service.use_code(factories.a_hold().id, code)


def test_a_withdrawn_voucher_pays_nothing(clock: Clock) -> None:
    code = a_voucher(10000)
    with transaction() as session:
        voucher = session.scalars(select(Voucher)).one()
        assert vouchers.withdraw(session, voucher, clock.now()).minor == 10000
    with pytest.raises(CodeRefused, match="spent already"):
        service.use_code(factories.a_hold().id, code)


def test_letters_ask_for_what_the_voucher_does_not_pay(gateway: FakeGateway) -> None:
    code = a_voucher(10000)
    booking = factories.a_hold()
    service.use_code(booking.id, code)
    service.check_out(booking.id, ROBIN)

    nudge = db.session.scalars(select(Message).where(Message.step == "payment")).one()
    assert nudge.context["amount"] == "£97.50"


def test_a_request_that_a_voucher_pays_is_booked_when_it_is_accepted() -> None:
    code = a_voucher(50000)
    booking = factories.a_hold(factories.a_bookable_package(mode=BookingMode.REQUEST))
    service.use_code(booking.id, code)
    service.check_out(booking.id, ROBIN)
    assert again(booking).state is BookingState.REQUESTED
    service.accept_request(booking.id, by="Manager Person")

    assert again(booking).state is BookingState.CONFIRMED
    assert service.owed(db.session(), again(booking)).minor == 0


def test_the_letter_of_a_cancelled_session_says_where_each_part_goes(
    gateway: FakeGateway,
) -> None:
    code = a_voucher(10000)
    booking = factories.a_hold()
    service.use_code(booking.id, code)
    service.check_out(booking.id, ROBIN)
    gateway.pay(str(last(booking).checkout_id))
    service.settle_now(booking.id)
    cash = Received(method=Method.CASH, amount=Money(5000, "GBP"), note="", by="Manager Person")
    service.record_payment(booking.id, cash)
    request = service.Cancellation(
        called_off_by=CalledOffBy.STUDIO, reason="Ill", shown=Figures(24750), actor="Manager Person"
    )

    assert service.cancel_booking(booking.id, request).minor == 24750
    letter = db.session.scalars(select(Message).where(Message.step == "cancellation")).one()
    assert letter.context["money"] == [
        "£97.50 goes back to the card it came from, within ten days.",
        "£50 did not come by card: we give it back to you ourselves.",
        "£100 is on your gift voucher again.",
    ]
