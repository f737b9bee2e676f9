"""A press that comes twice at once: one answer, one letter, one note."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.booking.coming.models import Attendance
from studio.booking.coming.service import confirm_attendance, say_on_my_way
from studio.booking.models import Booking, BookingEvent
from studio.booking.releases.models import Level, Release, Sitter
from studio.booking.releases.service import (
    NewSitter,
    Signature,
    answer_release,
    name_sitter,
    withdraw_release,
)
from studio.db import db
from studio.messaging.models import Message
from tests import factories
from tests.clock import Clock
from tests.concurrency.test_claim import race
from tests.factories import TEN_FIFTEEN

pytestmark = pytest.mark.concurrency

RIVALS = 8


@pytest.fixture
def booked(committed: Flask) -> int:
    with committed.app_context():
        factories.a_release_text()
        booking_id: int = factories.a_confirmed_booking().id
        return booking_id


def counted(app: Flask, model: type[Attendance | Release | Sitter], kind: str) -> tuple[int, int]:
    """Rows of *model*, and lines of the history of this *kind*."""
    with app.app_context():
        rows = db.session.scalars(select(func.count()).select_from(model)).one()
        lines = db.session.scalars(
            select(func.count(BookingEvent.id)).where(BookingEvent.kind == kind)
        ).one()
        return rows, lines


def letters(app: Flask, template: str) -> int:
    with app.app_context():
        wanted = select(func.count(Message.id)).where(Message.template == template)
        return db.session.scalars(wanted).one()


def test_many_presses_on_one_release_are_one_answer(committed: Flask, booked: int) -> None:
    assert race(committed, [lambda: name_sitter(booked, NewSitter(name="Robin Ash"))] * RIVALS) == {
        "held": RIVALS
    }
    with committed.app_context():
        sitter = db.session.scalars(select(Sitter.id)).one()
    yes = Signature(level=Level.PORTFOLIO, name="Robin Ash", version=1, address="::1")
    race(committed, [lambda: answer_release(booked, sitter, yes)] * RIVALS)

    assert counted(committed, Release, "release answered") == (1, 1)

    race(committed, [lambda: withdraw_release(booked, sitter)] * RIVALS)

    assert counted(committed, Release, "release withdrawn") == (1, 1)
    assert letters(committed, "staff_release") == 1


def test_many_presses_say_once_that_somebody_comes(
    committed: Flask, booked: int, clock: Clock
) -> None:
    clock.set(TEN_FIFTEEN - timedelta(hours=2))
    race(committed, [lambda: confirm_attendance(booked)] * RIVALS)

    assert counted(committed, Attendance, "coming") == (1, 1)

    race(committed, [lambda: say_on_my_way(booked)] * RIVALS)

    assert counted(committed, Attendance, "on my way") == (2, 1)
    assert letters(committed, "staff_coming") == 1
    with committed.app_context():
        assert db.session.get_one(Booking, booked).state.value == "confirmed"
