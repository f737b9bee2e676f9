"""A session is changed while others change it, move it, call it off, or want what it is to take."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.booking import history, service
from studio.booking.models import Booking
from studio.booking.service import (
    AlterRequest,
    Cancellation,
    HoldRequest,
    MoveRequest,
    NotAgreed,
    Wish,
)
from studio.catalogue.models import AddOn
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.domain.terms import CalledOffBy, Figures
from studio.payments.models import Due
from studio.scheduling import calendar
from studio.scheduling.models import Allocation
from tests import factories
from tests.concurrency.test_claim import overfull, race, without_the_lock
from tests.factories import TEN_FIFTEEN

pytestmark = pytest.mark.concurrency

LATER = TEN_FIFTEEN + timedelta(days=1)
RIVALS = 8
LOOK, PRINT = "look", "print"


@pytest.fixture
def booked(committed: Flask) -> Iterator[Booking]:
    """An hour that a look of 20 minutes would lengthen, and a print would not."""
    with committed.app_context():
        extras = [
            factories.an_add_on(),
            factories.an_add_on(name="Print", minutes=0, price=2500),
        ]
        yield factories.a_confirmed_booking(
            factories.a_bookable_package(
                deposit_percent=0, lead_hours=0, step_minutes=5, add_ons=extras
            )
        )


def slugs() -> dict[str, str]:
    rows = db.session.execute(select(AddOn.minutes, AddOn.slug)).all()
    return {LOOK if minutes else PRINT: slug for minutes, slug in rows}


def altered(
    booking: Booking, add_ons: Mapping[str, int], agreed: str | None = None
) -> Callable[[], object]:
    known = slugs()
    wish = Wish(
        package=booking.package.slug,
        people=1,
        add_ons={known[name]: number for name, number in add_ons.items()},
    )
    request = AlterRequest(wish=wish, by="Dev", agreed=agreed)
    return lambda: service.alter_booking(booking.id, request)


def shown(booking: Booking, add_ons: Mapping[str, int]) -> str:
    """The seal of what it would do, as a page carries it."""
    with pytest.raises(NotAgreed) as asked:
        altered(booking, add_ons, agreed="")()
    return asked.value.effect.seal


def spans(booking: Booking) -> set[tuple[int, int]]:
    rows = select(Allocation.busy_from, Allocation.busy_to).where(
        Allocation.booking_id == booking.id
    )
    return {(begin, end) for begin, end in db.session.execute(rows)}


def adds_up(booking: Booking) -> Booking:
    """The booking, whose lines, dues and time fit one another whoever came first."""
    found = factories.booking_of(booking.reference)
    asked = db.session.scalars(
        select(func.sum(Due.amount_minor)).where(Due.booking_id == found.id)
    ).one()
    assert sum(each.total_minor for each in found.lines) == found.price_minor == asked
    assert found.ends_at - found.starts_at == timedelta(minutes=found.minutes)
    if found.state is BookingState.CONFIRMED:
        span = int(found.starts_at.timestamp()), int(found.ends_at.timestamp())
        assert spans(found) == {span}
    else:
        assert spans(found) == set()
    assert overfull() == []
    return found


def test_of_two_who_saw_the_same_one_is_shown_what_the_other_did(
    committed: Flask, booked: Booking
) -> None:
    one, other = {PRINT: 1}, {PRINT: 4}
    tries = [altered(booked, each, agreed=shown(booked, each)) for each in (one, other)]
    outcomes = race(committed, tries)

    assert outcomes == {"held": 1, "NotAgreed": 1}
    with committed.app_context():
        assert [each.kind for each in adds_up(booked).events].count("altered") == 1


def test_a_move_meanwhile_takes_along_what_was_changed(committed: Flask, booked: Booking) -> None:
    move = MoveRequest(starts_at=LATER, photographer=None, by="Dev")
    outcomes = race(
        committed,
        [altered(booked, {LOOK: 1}), lambda: service.move_booking(booked.id, move)],
    )

    assert outcomes == {"held": 2}
    with committed.app_context():
        found = adds_up(booked)
        assert (found.starts_at, found.minutes) == (LATER, 80)


def test_it_is_called_off_or_changed_and_nothing_of_it_stays_taken(
    committed: Flask, booked: Booking
) -> None:
    off = Cancellation(
        called_off_by=CalledOffBy.STUDIO, reason="", shown=Figures(0), actor=history.CLIENT
    )
    outcomes = race(
        committed,
        [altered(booked, {LOOK: 1}), lambda: service.cancel_booking(booked.id, off)],
    )

    with committed.app_context():
        assert adds_up(booked).state is BookingState.CANCELLED
    assert outcomes in ({"held": 2}, {"held": 1, "CannotMove": 1})


def lengthened_among_strangers(app: Flask, booked: Booking, strangers: int) -> Mapping[str, int]:
    """The session is to last as long as what others hold at this moment begins."""
    wanted = HoldRequest(package=booked.package.slug, starts_at=TEN_FIFTEEN + timedelta(minutes=85))
    return race(
        app,
        [
            altered(booked, {LOOK: 1}),
            *(lambda: service.hold_time(wanted) for _ in range(strangers)),
        ],
    )


def test_what_strangers_hold_is_not_taken_from_them(committed: Flask, booked: Booking) -> None:
    outcomes = lengthened_among_strangers(committed, booked, RIVALS)

    with committed.app_context():
        found = adds_up(booked)
        held = db.session.scalars(select(func.count(Booking.id))).one() - 1
        assert outcomes == {"held": 1, "refused": RIVALS}
        assert (found.minutes, held) in {(80, 0), (60, 1)}


@contextmanager
def both_look_first(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Between the check and the write each waits for the other: the race is certain."""
    real, gate = calendar.claim, threading.Barrier(2)

    def claim(*args: Any, **kwargs: Any) -> calendar.Claim:
        found = real(*args, **kwargs)
        gate.wait(timeout=20)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(calendar, "claim", claim)
        yield


def test_control_without_the_lock_nobody_has_time_to_clear_up_between(
    committed: Flask, booked: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The turnaround between the two is in nobody's row: the lock alone keeps it."""
    if db.engine.dialect.name == "sqlite":
        # SQLite has one writer at a time: BEGIN IMMEDIATE is the lock, and cannot be waited in.
        with without_the_lock(monkeypatch):
            outcomes = lengthened_among_strangers(committed, booked, 1)
        assert outcomes["held"] == 1
    else:
        with without_the_lock(monkeypatch), both_look_first(monkeypatch):
            outcomes = lengthened_among_strangers(committed, booked, 1)
        assert outcomes == {"held": 2}


def test_pressed_many_times_an_extra_costs_once(committed: Flask, booked: Booking) -> None:
    with committed.app_context():
        printed = slugs()[PRINT]
    outcomes = race(
        committed,
        [
            lambda: service.add_own_extra(booked.id, printed, price_shown=2500)
            for _ in range(RIVALS)
        ],
    )

    assert outcomes == {"held": RIVALS}
    with committed.app_context():
        found = adds_up(booked)
        assert [each.quantity for each in found.lines] == [1, 1]
