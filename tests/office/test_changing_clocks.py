"""The nights on which London's clocks change: a session lasts as long as it was sold for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking.models import Booking
from studio.db import db, epoch
from studio.office.overriding import told
from studio.payments import ledger
from studio.payments.models import Purpose
from studio.scheduling.models import Allocation
from tests import factories, people
from tests.browsing import Browser

# The clock jumps from 01:00 to 02:00; it goes back from 02:00 to 01:00.
SPRING, AUTUMN = "2027-03-28", "2027-10-31"
# What it reads, and which instant that is.
HALF_PAST_MIDNIGHT = [
    (SPRING, datetime(2027, 3, 28, 0, 30, tzinfo=UTC)),
    (AUTUMN, datetime(2027, 10, 30, 23, 30, tzinfo=UTC)),
]
ALL_NIGHT: dict[str, Any] = {"hours": ((0, 360), (540, 1080)), "weekdays": range(1, 8)}


@pytest.fixture
def package(app: Flask, rolled_back: None) -> str:
    """Two hours, half of it due when booking and half twelve hours before, day and night."""
    with app.app_context():
        factories.a_studio()
        factories.a_photographer(**ALL_NIGHT)
        room = factories.a_resource(**ALL_NIGHT)
        return factories.a_package(
            sets=[factories.a_set(rooms=[room], build=0, strike=0)],
            minutes=120, horizon_days=400, balance_hours_before=12,
        ).slug  # fmt: skip


@pytest.fixture
def manager(app: Flask, rolled_back: None) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def lasts_two_hours_from(starts_at: datetime) -> None:
    booking = db.session.scalars(select(Booking)).one()
    due = {each.purpose: each.due_at for each in ledger.dues(db.session(), booking.id)}
    taken = db.session.execute(select(Allocation.busy_from, Allocation.busy_to)).all()

    assert booking.starts_at == starts_at
    assert booking.ends_at == starts_at + timedelta(hours=2)
    assert {tuple(each) for each in taken} == {(epoch(starts_at), epoch(booking.ends_at))}
    assert booking.arrive_at == starts_at - timedelta(minutes=10)
    assert due[Purpose.BALANCE] == starts_at - timedelta(hours=12)


@pytest.mark.parametrize(("night", "starts_at"), HALF_PAST_MIDNIGHT)
def test_what_the_desk_books_lasts_as_long_as_it_was_sold_for(
    app: Flask, package: str, manager: Browser, night: str, starts_at: datetime
) -> None:
    given = {
        "package": package, "at": f"{night}T00:30",
        "name": "Robin Ash", "email": "robin@client.example",
    }  # fmt: skip
    manager.submit(manager.get("/office/desk"), given)

    with app.app_context():
        lasts_two_hours_from(starts_at)


@pytest.mark.parametrize("reason", ["", "They fly at dawn"])
@pytest.mark.parametrize(("night", "starts_at"), HALF_PAST_MIDNIGHT)
def test_what_is_moved_lasts_as_long_as_before(
    app: Flask, package: str, manager: Browser, night: str, starts_at: datetime, reason: str
) -> None:
    given = {
        "package": package, "at": f"{night}T15:00",
        "name": "Robin Ash", "email": "robin@client.example",
    }  # fmt: skip
    booked = manager.submit(manager.get("/office/desk"), given).location

    at = {"at": f"{night}T00:30", "reason": reason}
    manager.submit(manager.get(f"{booked}/move"), at)

    with app.app_context():
        lasts_two_hours_from(starts_at)


def test_a_time_that_the_clocks_skip_is_no_time(app: Flask, package: str, manager: Browser) -> None:
    """Half past one in spring, which Python would take for half past two."""
    skipped = {"at": f"{SPRING}T01:30"}
    given = {"package": package, "name": "Robin Ash", "email": "robin@client.example"}
    booked = manager.submit(manager.get("/office/desk"), given | {"at": f"{SPRING}T15:00"}).location

    pages = [
        manager.get("/office/why", 422, query_string={"package": package, **skipped}),
        manager.submit(manager.get("/office/desk"), given | skipped, status=422),
        manager.submit(manager.get(f"{booked}/move"), skipped, status=422),
    ]

    for page in pages:
        assert "The clocks skip that time" in page.one("#at-error").text
    with app.app_context(), pytest.raises(ValueError, match="skipped by the clocks"):
        told(package, skipped["at"], photographer=None, add_ons=(), people=None, place=None)
    with app.app_context():
        assert len(db.session.scalars(select(Booking)).all()) == 1


REPEATED = f"{AUTUMN}T01:30"
PASSES = [
    ("first", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    ("second", datetime(2027, 10, 31, 1, 30, tzinfo=UTC)),
]


def test_a_time_that_the_clocks_repeat_is_asked_about(
    app: Flask, package: str, manager: Browser
) -> None:
    """Half past one in autumn, which Python would take for the first of the two."""
    given = {"package": package, "name": "Robin Ash", "email": "robin@client.example"}
    booked = manager.submit(manager.get("/office/desk"), given | {"at": f"{AUTUMN}T15:00"}).location
    repeated = {"at": REPEATED}

    pages = [
        manager.get("/office/why", 422, query_string={"package": package, **repeated}),
        manager.submit(manager.get("/office/desk"), given | repeated, status=422),
        manager.submit(manager.get(f"{booked}/move"), repeated, status=422),
    ]

    for page in pages:
        assert "read 01:30 twice" in page.one("#which-error").text
        assert [each["value"] for each in page.all("#which option")] == ["", "first", "second"]
    with app.app_context(), pytest.raises(ValueError, match=r"01:30:00\+01:00 and then .*\+00:00"):
        told(package, REPEATED, photographer=None, add_ons=(), people=None, place=None)
    with app.app_context():
        assert len(db.session.scalars(select(Booking)).all()) == 1


@pytest.mark.parametrize(("which", "starts_at"), PASSES)
def test_each_of_two_equal_times_can_be_booked_moved_to_and_asked_about(
    app: Flask, package: str, manager: Browser, which: str, starts_at: datetime
) -> None:
    given = {"package": package, "name": "Robin Ash", "email": "robin@client.example"}
    repeated = {"at": REPEATED, "which": which}
    asked = {"package": package, **repeated}
    assert manager.get("/office/why", query_string=asked).one("#answer").text == "It is open"
    desk = manager.submit(manager.get("/office/desk"), given | {"at": REPEATED}, status=422)
    manager.submit(desk, {"which": which})
    with app.app_context():
        lasts_two_hours_from(starts_at)
    assert manager.get("/office/why", query_string=asked).one("#answer").text != "It is open"

    booking = db_id(app)
    manager.submit(manager.get(f"/office/sessions/{booking}/move"), {"at": f"{AUTUMN}T15:00"})
    manager.submit(manager.get(f"/office/sessions/{booking}/move"), repeated)
    with app.app_context():
        lasts_two_hours_from(starts_at)
    shown = manager.get(f"/office/sessions/{booking}/move")
    assert shown.one("#at")["value"] == REPEATED
    assert bool(shown.all("#which option[selected]")) == (which == "second")


def db_id(app: Flask) -> int:
    with app.app_context():
        return db.session.scalars(select(Booking.id)).one()
