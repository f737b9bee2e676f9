"""A client changes plans while others do: one of them wins, and nothing is lost between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.booking import history, service
from studio.booking.models import Booking
from studio.booking.service import Cancellation, HoldRequest, MoveRequest
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.domain.terms import CalledOffBy, Figures
from studio.payments.models import Due, Purpose
from studio.scheduling.models import Allocation
from tests import factories
from tests.clock import Clock
from tests.concurrency.test_claim import overfull, race
from tests.factories import TEN_FIFTEEN

pytestmark = pytest.mark.concurrency

LATER = TEN_FIFTEEN + timedelta(days=1)
RIVALS = 8


@pytest.fixture
def booked(committed: Flask) -> Iterator[Booking]:
    with committed.app_context():
        yield factories.a_confirmed_booking(
            factories.a_bookable_package(deposit_percent=0, lead_hours=0)
        )


def moves(booking_id: int, fee: int = 0) -> Callable[[], object]:
    return lambda: service.move_own_session(
        booking_id, starts_at=LATER, away_from=TEN_FIFTEEN, fee_shown=fee
    )


def cancels(booking_id: int) -> Callable[[], object]:
    request = Cancellation(
        called_off_by=CalledOffBy.CLIENT,
        reason="",
        shown=Figures(0),
        actor=history.CLIENT,
        of=TEN_FIFTEEN,
    )
    return lambda: service.cancel_booking(booking_id, request)


def allocations() -> set[int]:
    return set(db.session.scalars(select(Allocation.busy_from)))


def test_a_client_cancels_while_staff_move(committed: Flask, booked: Booking) -> None:
    move = MoveRequest(starts_at=LATER, photographer=None, by="Dev")
    outcomes = race(
        committed,
        [cancels(booked.id), lambda: service.move_booking(booked.id, move)],
    )

    with committed.app_context():
        found = factories.booking_of(booked.reference)
        if found.state is BookingState.CANCELLED:
            assert outcomes == {"held": 1, "CannotMove": 1}
            assert allocations() == set()
        else:
            # The page had another time: it is shown again, and the move stands.
            assert outcomes == {"held": 1, "RefundChanged": 1}
            assert (found.starts_at, allocations()) == (LATER, {int(LATER.timestamp())})


def test_a_client_moves_to_a_time_that_others_take(committed: Flask, booked: Booking) -> None:
    slug = booked.package.slug
    wanted = HoldRequest(package=slug, starts_at=LATER)
    outcomes = race(
        committed,
        [moves(booked.id), *(lambda: service.hold_time(wanted) for _ in range(RIVALS))],
    )

    assert outcomes == {"held": 1, "refused": RIVALS}
    with committed.app_context():
        assert overfull() == []
        moved = factories.booking_of(booked.reference).starts_at
        kept = {int(TEN_FIFTEEN.timestamp())} if moved == TEN_FIFTEEN else set()
        assert allocations() == kept | {int(LATER.timestamp())}


def many_presses(app: Flask, clock: Clock, booked: Booking) -> int:
    """How many fees are asked for after the same move was asked for many times at once."""
    clock.set(TEN_FIFTEEN - timedelta(hours=71))
    race(app, [moves(booked.id, fee=6500) for _ in range(RIVALS)])
    with app.app_context():
        assert factories.booking_of(booked.reference).starts_at == LATER
        fees = select(func.count(Due.id)).where(Due.purpose == Purpose.FEE)
        return db.session.scalars(fees).one()


def test_pressed_many_times_it_costs_once(committed: Flask, booked: Booking, clock: Clock) -> None:
    assert many_presses(committed, clock, booked) == 1
