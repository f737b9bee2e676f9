"""Promo codes and gift vouchers on a hold: rows 29 to 32 of the failure table, and their edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from studio.booking import history, jobs, service, settlement
from studio.booking.models import Booking
from studio.booking.service import Details
from studio.db import db, transaction
from studio.domain.lifecycle import Action, BookingState
from studio.domain.money import Money
from studio.messaging.models import Message
from studio.payments import ledger, vouchers
from studio.payments.models import Payment
from studio.payments.promos import CodeRefused, PromoCode, PromoUse, uses
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
