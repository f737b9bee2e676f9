"""A client moves their own session: what it costs, whom it gets, what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from studio.booking import service
from studio.booking.account import dated
from studio.booking.models import Booking
from studio.booking.service import CannotMove, CostChanged, Details, MoveRequest
from studio.catalogue.models import BookingMode
from studio.db import db, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.domain.terms import CalledOffBy, Figures
from studio.messaging.models import Message
from studio.payments import invoices, ledger
from studio.payments.models import Method, Purpose
from studio.scheduling.calendar import StartNotOpen
from studio.scheduling.models import Allocation
from tests import factories
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")

LATER = TEN_FIFTEEN + timedelta(days=7)
ROBIN = Details(name="Robin Ash", email="robin@client.example")


@pytest.fixture
def sold(gateway: FakeGateway) -> Booking:
    """A session of 395 pounds on 8 December, whose deposit of 197.50 is paid."""
    factories.a_photographer("Amara Vale", email="amara@studio.example")
    booking = factories.a_hold(factories.a_package())
    service.check_out(booking.id, ROBIN)
    db.session.rollback()
    gateway.pay(str(ledger.payments(db.session(), booking.id)[-1].checkout_id))
    service.settle_now(booking.id)
    return factories.booking_of(booking.reference)


def again(booking: Booking) -> Booking:
    return factories.booking_of(booking.reference)


def move(
    booking: Booking, to: datetime = LATER, away_from: datetime = TEN_FIFTEEN, fee: int = 0
) -> None:
    service.move_own_session(booking.id, starts_at=to, away_from=away_from, fee_shown=fee)


def ahead(clock: Clock, **before: float) -> None:
    """Let it be so long before the session."""
    clock.set(TEN_FIFTEEN - timedelta(**before))


def dues(booking: Booking) -> list[tuple[Purpose, int]]:
    db.session.rollback()
    return [(each.purpose, each.amount_minor) for each in ledger.dues(db.session(), booking.id)]


def steps(booking: Booking) -> list[str]:
    db.session.rollback()
    found = select(Message.step).where(Message.booking_id == booking.id, Message.state == "planned")
    return sorted(set(db.session.scalars(found)) & {"moved", "charged", "staff_moved"})


def taken_at(booking: Booking) -> set[int]:
    db.session.rollback()
    found = select(Allocation.busy_from).where(Allocation.booking_id == booking.id)
    return set(db.session.scalars(found))


def a_day_before(booking: Booking) -> None:
    """Say that its confirmation was sent, as it is by then."""
    with transaction() as session:
        for each in session.scalars(select(Message).where(Message.step == "confirmation")):
            each.state = "sent"  # type: ignore[assignment]


def test_early_it_is_free_and_the_deposit_goes_along(sold: Booking) -> None:
    move(sold)

    moved = again(sold)
    assert (moved.starts_at, moved.state) == (LATER, BookingState.CONFIRMED)
    assert taken_at(sold) == {int(LATER.timestamp())}
    assert dues(sold) == [(Purpose.DEPOSIT, 19750), (Purpose.BALANCE, 19750)]
    assert ledger.paid(db.session(), sold.id, "GBP").minor == 19750


def test_later_its_fee_is_a_due_of_its_own_and_both_letters_go(sold: Booking, clock: Clock) -> None:
    a_day_before(sold)
    ahead(clock, hours=71)
    move(sold, fee=6500)

    (fee,) = [each for each in ledger.dues(db.session(), sold.id) if each.purpose is Purpose.FEE]
    assert (fee.amount_minor, fee.label) == (6500, "Moving the session")
    assert fee.due_at == clock.now() + timedelta(days=7)
    assert again(sold).price_minor == 39500 + 6500
    assert service.owed(db.session(), sold).minor == 19750 + 6500
    assert steps(sold) == ["charged", "moved", "staff_moved"]
    (charged,) = db.session.scalars(select(Message).where(Message.step == "charged"))
    assert charged.context["link_to"] == "pay"


def test_on_the_last_day_the_deposit_is_due_anew(sold: Booking, clock: Clock) -> None:
    ahead(clock, hours=23)
    move(sold, fee=19750)

    assert (Purpose.FEE, 19750) in dues(sold)
    assert again(sold).starts_at == LATER


def paid_by_link(booking: Booking, gateway: FakeGateway) -> None:
    service.pay_dues(booking.id)
    db.session.rollback()
    gateway.pay(str(ledger.payments(db.session(), booking.id)[-1].checkout_id))
    service.settle_now(booking.id)


def missing(booking: Booking) -> list[tuple[Purpose, int]]:
    db.session.rollback()
    found = ledger.missing(db.session(), booking.id, "GBP")
    return [(each.due.purpose, each.amount.minor) for each in found]


def test_paid_in_full_and_moved_on_the_last_day_only_the_new_deposit_is_asked_for(
    sold: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    paid_by_link(sold, gateway)
    ahead(clock, hours=23)
    # The fee is due before the balance that was paid, and yet it is the fee that is missing.
    move(sold, to=TEN_FIFTEEN + timedelta(days=28), fee=19750)

    assert missing(sold) == [(Purpose.FEE, 19750)]
    with transaction() as session:
        booking = session.get_one(Booking, sold.id)
        agreed = service.proposal(session, booking, CalledOffBy.CLIENT, clock.now())
    # The first deposit is gone, the second is credited, and all of the balance is used for it.
    assert agreed.figures == Figures(refund=0, credit=19750, kept=19750)

    paid_by_link(sold, gateway)
    assert missing(sold) == []
    assert ledger.paid(db.session(), sold.id, "GBP").minor == 39500 + 19750
    papers = invoices.of_booking(db.session(), sold.id)
    assert sum(each.total.minor for each in papers) == 39500 + 19750
    with transaction() as session:
        booking = session.get_one(Booking, sold.id)
        agreed = service.proposal(session, booking, CalledOffBy.CLIENT, clock.now())
    assert agreed.figures == Figures(refund=19750, credit=19750, kept=19750)
    with transaction() as session:
        booking = session.get_one(Booking, sold.id)
        agreed = service.proposal(session, booking, CalledOffBy.STUDIO, clock.now())
    assert agreed.refund.minor == 39500 + 19750


def test_what_is_paid_for_the_fee_is_no_balance(sold: Booking, clock: Clock) -> None:
    ahead(clock, hours=71)
    move(sold, to=TEN_FIFTEEN + timedelta(days=28), fee=6500)
    received = service.Received(
        method=Method.CASH, amount=Money(6500, "GBP"), note="", by="Manager Person"
    )
    service.record_payment(sold.id, received)

    assert missing(sold) == [(Purpose.BALANCE, 19750)]


def test_a_fee_is_what_was_shown_also_where_tax_comes_on_top(
    clock: Clock, gateway: FakeGateway
) -> None:
    factories.a_studio(tax_included=False)
    factories.a_photographer()
    booking = factories.a_confirmed_booking(factories.a_package(deposit_percent=0))
    ahead(clock, hours=71)
    move(booking, fee=6500)

    assert (Purpose.FEE, 6500) in dues(booking)
    line = again(booking).lines[-1]
    assert (line.total_minor, line.tax_minor, line.tax_included) == (6500, 1083, True)


def test_a_fee_that_has_changed_is_shown_again_first(sold: Booking, clock: Clock) -> None:
    ahead(clock, hours=71)
    with pytest.raises(CostChanged):
        move(sold, fee=0)

    assert again(sold).starts_at == TEN_FIFTEEN
    assert (Purpose.FEE, 6500) not in dues(sold)


def test_another_tab_of_before_a_move_moves_nothing(sold: Booking) -> None:
    move(sold)

    with pytest.raises(CostChanged):
        move(sold, to=LATER + timedelta(days=1), fee=5000)
    assert again(sold).starts_at == LATER


def test_asked_twice_it_moves_and_costs_once(sold: Booking, clock: Clock) -> None:
    ahead(clock, hours=71)
    move(sold, fee=6500)
    move(sold, fee=6500)

    assert dues(sold).count((Purpose.FEE, 6500)) == 1
    assert [each.kind for each in again(sold).events].count("moved") == 1


def test_a_client_moves_it_only_so_often_and_the_studio_as_often_as_it_likes(
    sold: Booking,
) -> None:
    by_us = LATER + timedelta(hours=1)
    service.move_booking(sold.id, MoveRequest(starts_at=by_us, photographer=None, by="Dev"))
    at = by_us
    for n, fee in enumerate((0, 5000, 5000), 1):
        move(sold, to=LATER + timedelta(days=n), away_from=at, fee=fee)
        at = LATER + timedelta(days=n)

    with pytest.raises(CannotMove):
        move(sold, to=LATER, away_from=at, fee=5000)
    assert again(sold).starts_at == at


def test_a_time_that_is_taken_leaves_it_its_own(sold: Booking) -> None:
    package = again(sold).package
    factories.a_confirmed_booking(package, LATER, email="other@client.example")

    with pytest.raises(StartNotOpen):
        move(sold, to=LATER + timedelta(minutes=15))
    assert again(sold).starts_at == TEN_FIFTEEN
    assert taken_at(sold) == {int(TEN_FIFTEEN.timestamp())}


def test_half_an_hour_later_is_open_to_the_session_itself(sold: Booking) -> None:
    to = TEN_FIFTEEN + timedelta(minutes=30)
    move(sold, to=to)

    assert again(sold).starts_at == to


def test_whoever_was_not_asked_for_by_name_may_be_replaced(sold: Booking) -> None:
    amara = sold.photographer.slug
    jonas = factories.a_photographer("Jonas Reed")
    elsewhere = factories.a_package(deposit_percent=0)
    factories.a_confirmed_booking(elsewhere, LATER, photographer=amara)
    move(sold, to=LATER)

    assert again(sold).photographer_id == jonas.id
    move(sold, to=LATER + timedelta(days=1), away_from=LATER, fee=5000)
    assert again(sold).photographer_id == jonas.id, "who has it keeps it"


def test_whoever_was_asked_for_by_name_is_not_replaced(clock: Clock) -> None:
    amara = factories.a_photographer("Amara Vale")
    factories.a_photographer("Jonas Reed")
    package = factories.a_package(deposit_percent=0)
    booking = factories.a_confirmed_booking(package, photographer=amara.slug)
    factories.a_confirmed_booking(package, LATER, photographer=amara.slug)

    with pytest.raises(StartNotOpen):
        move(booking)


def test_what_is_booked_on_request_is_moved_by_the_studio_only(clock: Clock) -> None:
    factories.a_photographer()
    package = factories.a_package(deposit_percent=0)
    booking = factories.a_confirmed_booking(package)
    with transaction() as session:
        session.get_one(type(package), package.id).mode = BookingMode.REQUEST

    with pytest.raises(CannotMove):
        move(booking)


@pytest.mark.parametrize("minutes", [0, 30, 90])
def test_once_it_has_begun_it_stays(sold: Booking, clock: Clock, minutes: int) -> None:
    clock.set(TEN_FIFTEEN + timedelta(minutes=minutes))
    with pytest.raises(CannotMove):
        move(sold)


def test_cancelled_it_stays(sold: Booking) -> None:
    service.cancel_booking(
        sold.id,
        service.Cancellation(
            called_off_by=CalledOffBy.STUDIO, reason="x", shown=Figures(19750), actor="Dev"
        ),
    )
    with pytest.raises(CannotMove):
        move(sold)


def test_moving_a_session_far_away_opens_no_cooling_off(sold: Booking, clock: Clock) -> None:
    # Booked two days ahead, when cancelling cost the deposit.
    ahead(clock, days=2)
    with transaction() as session:
        session.get_one(Booking, sold.id).confirmed_at = clock.now()
    clock.advance(hours=1)
    with transaction() as session:
        booking = session.get_one(Booking, sold.id)
        fee = service.cost_of_moving(session, booking, clock.now()).fee.minor
    move(sold, to=TEN_FIFTEEN + timedelta(days=28), fee=fee)
    with transaction() as session:
        booking = session.get_one(Booking, sold.id)
        agreed = service.proposal(session, booking, CalledOffBy.CLIENT, clock.now())
        said = list(dated(session, booking).cancelling(clock.now()))

    assert (agreed.refund.minor, agreed.credit.minor) == (0, 19750)
    assert not any("everything back" in each for each in said)
    letter = db.session.scalars(
        select(Message.context).where(Message.step == "confirmation").order_by(Message.id.desc())
    ).first()
    assert letter is not None
    assert "everything back" not in str(letter)


def test_what_moving_cost_is_not_given_back_by_cancelling(sold: Booking, clock: Clock) -> None:
    ahead(clock, hours=71)
    move(sold, to=TEN_FIFTEEN + timedelta(days=42), fee=6500)
    with transaction() as session:
        booking = session.get_one(Booking, sold.id)
        agreed = service.proposal(session, booking, CalledOffBy.CLIENT, clock.now())

    # Nothing but the deposit was paid, and of that nothing covers the fee.
    assert agreed.figures == Figures(refund=0, credit=19750, kept=0)
    assert agreed.owed.minor == 6500
