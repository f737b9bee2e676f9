"""Promo codes and gift vouchers on a hold: rows 29 to 32 of the failure table, and their edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from studio.booking import history, jobs, service, settlement
from studio.booking.codes import credit_of
from studio.booking.models import Booking
from studio.booking.service import Details, Received
from studio.catalogue.models import BookingMode
from studio.db import db, transaction
from studio.domain.lifecycle import Action, BookingState
from studio.domain.money import Money
from studio.domain.terms import CalledOffBy, Figures
from studio.messaging.models import Message
from studio.payments import invoices, ledger, vouchers
from studio.payments.jobs import send_refunds
from studio.payments.models import EntryKind, LedgerEntry, Method, Payment
from studio.payments.promos import CodeRefused, PromoCode, PromoUse, uses
from studio.payments.vouchers import Voucher
from tests import factories
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")

ROBIN = Details(name="Robin Ash", email="robin@client.example", phone="", notes="")


def a_promo(code: str = "SPRING", **changes: Any) -> PromoCode:
    given = {"percent": 10} | changes
    return factories.kept(PromoCode(code=code, label=f"Code {code}", currency="GBP", **given))


def a_voucher(
    minor: int = 10000, expires_on: date | None = None, clock: Clock | None = None
) -> str:
    with transaction() as session:
        made = vouchers.issue(
            session, Money(minor, "GBP"), recipient="Robin", note="", expires_on=expires_on,
            by="Manager Person", now=factories.TEN_FIFTEEN - timedelta(days=15),
        )  # fmt: skip
        return made.shown


def left(code: str) -> int:
    db.session.rollback()
    found = vouchers.find(db.session(), code)
    assert found is not None
    return vouchers.left(db.session(), found).minor


def again(booking: Booking) -> Booking:
    return factories.booking_of(booking.reference)


def due(booking: Booking) -> int:
    return service.due_now(db.session(), again(booking)).minor


def last(booking: Booking) -> Payment:
    db.session.rollback()
    return ledger.payments(db.session(), booking.id)[-1]


def test_a_promo_code_is_a_line_and_lowers_the_deposit() -> None:
    a_promo()
    booking = factories.a_hold()
    service.use_code(booking.id, " spring ")
    service.use_code(booking.id, "Spring")

    booking = again(booking)
    assert [(line.label, line.total_minor) for line in booking.lines] == [
        ("Standard headshot", 39500),
        ("Code SPRING", -3950),
    ]
    assert booking.price_minor == 35550
    assert due(booking) == 17775
    assert len(db.session.scalars(select(PromoUse)).all()) == 1


def test_another_code_takes_its_place_and_none_is_as_before() -> None:
    a_promo()
    a_promo("FIFTY", percent=0, amount_minor=5000)
    booking = factories.a_hold()
    service.use_code(booking.id, "SPRING")
    service.use_code(booking.id, "FIFTY")
    assert again(booking).price_minor == 34500

    service.leave_codes_out(booking.id)
    booking = again(booking)
    assert [line.label for line in booking.lines] == ["Standard headshot"]
    assert (booking.price_minor, due(booking)) == (39500, 19750)


def test_the_deposit_that_is_paid_is_that_of_the_lower_price(gateway: FakeGateway) -> None:
    a_promo()
    booking = factories.a_hold()
    service.use_code(booking.id, "SPRING")
    service.check_out(booking.id, ROBIN)
    assert last(booking).amount_minor == 17775
    gateway.pay(str(last(booking).checkout_id))
    service.settle_now(booking.id)

    assert again(booking).state is BookingState.CONFIRMED
    assert service.owed(db.session(), again(booking)).minor == 17775


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"first_on": date(2026, 12, 1)}, "holds from Tuesday 1 December"),
        ({"last_on": date(2026, 11, 22)}, "expired"),
        ({"archived_at": factories.TEN_FIFTEEN}, "do not know"),
    ],
)
def test_a_code_that_does_not_hold_says_why(changes: dict[str, Any], says: str) -> None:
    a_promo(**changes)
    booking = factories.a_hold()
    with pytest.raises(CodeRefused, match=says):
        service.use_code(booking.id, "SPRING")

    assert again(booking).price_minor == 39500


@pytest.mark.parametrize("code", ["", "NOBODY", "spr\x00", "'; --", "x" * 10_000])
def test_codes_that_nobody_made_are_refused(code: str) -> None:
    a_promo()
    with pytest.raises(CodeRefused, match="do not know"):
        service.use_code(factories.a_hold().id, code)


def test_a_code_of_other_packages_is_refused() -> None:
    promo = a_promo()
    other = factories.a_package()
    db.session.execute(
        PromoCode.metadata.tables["promo_packages"].insert(),
        [{"promo_id": promo.id, "package_id": other.id}],
    )
    db.session.commit()
    with pytest.raises(CodeRefused, match="does not go with this session"):
        service.use_code(factories.a_hold().id, "SPRING")


def test_32_the_last_use_is_gone_for_others_until_the_hold_ends(clock: Clock) -> None:
    promo = a_promo(most_uses=1)
    package = factories.a_bookable_package()
    factories.a_photographer("Bo Lind")
    first = factories.a_hold(package)
    second = factories.a_hold(package, factories.days_after(days=1))
    service.use_code(first.id, "SPRING")
    with pytest.raises(CodeRefused, match="as often as it may be"):
        service.use_code(second.id, "SPRING")

    service.release_hold(first.id, by="client")
    service.use_code(second.id, "SPRING")
    assert uses(db.session(), promo.id) == 1


def test_a_code_for_first_bookings_tells_nobody_who_has_booked_but_the_staff() -> None:
    a_promo(first_booking_only=True)
    package = factories.a_bookable_package(deposit_percent=0)
    factories.a_confirmed_booking(package, email="Robin@Client.example")
    known, new = (factories.a_hold(package, factories.days_after(days=n)) for n in (1, 2))
    service.use_code(known.id, "SPRING")
    service.use_code(new.id, "SPRING")

    # Whoever types an address is answered the same, whether it is a client's or not.
    assert service.check_out(known.id, ROBIN) is None
    assert service.check_out(new.id, replace(ROBIN, email="new@client.example")) is None

    assert again(known).state is again(new).state is BookingState.CONFIRMED
    assert again(known).attention == (
        "Its code is for a first booking, and this address has booked before."
    )
    assert again(new).attention == ""


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


def test_a_hold_that_runs_out_gives_its_codes_back(clock: Clock) -> None:
    promo, code = a_promo(), a_voucher(10000)
    booking = factories.a_hold()
    service.use_code(booking.id, "SPRING")
    service.use_code(booking.id, code)
    clock.advance(minutes=16)
    jobs.expire_holds()

    assert again(booking).state is BookingState.EXPIRED
    assert left(code) == 10000
    assert uses(db.session(), promo.id) == 0


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


def test_codes_are_refused_once_it_went_to_payment() -> None:
    a_promo()
    booking = factories.a_hold()
    service.check_out(booking.id, ROBIN)
    with pytest.raises(CodeRefused, match="before you go to the payment page"):
        service.use_code(booking.id, "SPRING")
    with pytest.raises(CodeRefused, match="before you go to the payment page"):
        service.leave_codes_out(booking.id)


def test_a_promo_after_a_voucher_leaves_more_on_the_voucher() -> None:
    a_promo(percent=20)
    code = a_voucher(50000)
    booking = factories.a_hold()
    service.use_code(booking.id, code)
    assert left(code) == 10500
    service.use_code(booking.id, "SPRING")
    assert left(code) == 18400
    service.check_out(booking.id, ROBIN)

    assert ledger.paid(db.session(), booking.id, "GBP").minor == 31600
    assert service.owed(db.session(), again(booking)).minor == 0


def test_what_was_left_out_is_not_taken_again_when_paid_late(
    clock: Clock, gateway: FakeGateway
) -> None:
    promo, code = a_promo(), a_voucher(10000)
    booking = factories.a_hold()
    service.use_code(booking.id, code)
    service.use_code(booking.id, "SPRING")
    service.leave_codes_out(booking.id)
    service.check_out(booking.id, ROBIN)
    page = str(last(booking).checkout_id)
    with transaction() as session:
        held = history.locked(session, booking.id)
        settlement.end(session, held, Action.EXPIRE, by=history.SYSTEM, now=clock.now())
    gateway.pay(page)
    settlement.settle_checkout(page)

    assert again(booking).state is BookingState.CONFIRMED
    assert left(code) == 10000
    assert uses(db.session(), promo.id) == 0
    assert ledger.paid(db.session(), booking.id, "GBP").minor == 19750


def test_a_code_for_first_bookings_used_twice_is_told_when_the_second_is_sold() -> None:
    a_promo(first_booking_only=True)
    package = factories.a_bookable_package(deposit_percent=0)
    first, second = (
        factories.a_hold(package, factories.days_after(days=n), held_by=str(n)) for n in (0, 1)
    )
    for each in (first, second):
        service.use_code(each.id, "SPRING")
    for each in (first, second):
        service.check_out(each.id, ROBIN)

    assert again(first).attention == ""
    assert "booked before" in again(second).attention


def test_a_promo_that_leaves_too_little_for_a_card_leaves_nothing() -> None:
    a_promo(percent=0, amount_minor=39480)
    booking = factories.a_hold()
    service.use_code(booking.id, "SPRING")
    assert due(booking) == 0
    service.check_out(booking.id, ROBIN)

    booking = again(booking)
    assert booking.state is BookingState.CONFIRMED
    assert service.owed(db.session(), booking).minor == 0
    assert ledger.paid(db.session(), booking.id, "GBP").minor == 0
    steps = set(db.session.scalars(select(Message.step)))
    assert not steps & {"balance", "overdue"}


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
