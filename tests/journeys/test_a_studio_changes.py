"""A studio takes on somebody, a room and a set; clients book them; then they go again."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from studio.accounts.permissions import Role
from studio.booking.models import Booking
from studio.db import db
from studio.domain.lifecycle import BookingState
from tests import factories, people
from tests.browsing import Browser, Page

STUDIO = "/office/studio"
ROBIN = {"name": "Robin Ash", "email": "robin@client.example", "accept_policy": "y"}


@pytest.fixture
def package(app: Flask, rolled_back: None) -> str:
    """A package that Amara shoots on grey, in the one room, which closes at noon."""
    with app.app_context():
        factories.a_photographer("Amara Vale", hours=((9 * 60, 15 * 60),))
        room = factories.a_resource(name="Room A", hours=((9 * 60, 12 * 60),))
        return factories.a_package(
            sets=[factories.a_set(rooms=[room])], deposit_percent=0, name="Headshot"
        ).slug


@pytest.fixture
def manager(app: Flask, package: str) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def offered(app: Flask, package: str) -> Page:
    return Browser(app).get(f"/book/{package}?day=2026-12-08")


def last(page: Page) -> str:
    return str(page.all("input[name=starts_at]")[-1]["value"])


def book_the_last(app: Flask, package: str, who: str) -> Booking:
    client = Browser(app)
    page = client.get(f"/book/{package}?day=2026-12-08&photographer={who}")
    page = client.follow(client.submit(page, {"starts_at": last(page)}, form="/hold"))
    client.submit(page, ROBIN, form="/checkout/")
    return booking(app)


def booking(app: Flask) -> Booking:
    with app.app_context():
        return db.session.scalars(
            select(Booking).options(joinedload(Booking.photographer), joinedload(Booking.room))
        ).one()


def add(manager: Browser, path: str, fields: dict[str, str]) -> str:
    """Add somebody or something that works from noon to eight on Tuesdays; its number."""
    hours = manager.follow(manager.submit(manager.get(f"{STUDIO}/{path}"), fields))
    assert hours.fields(hours.form())["monday"].startswith("09:00-1")
    manager.submit(hours, {"tuesday": "12:00-20:00"})
    return hours.path.rpartition("/")[2]


def test_somebody_new_is_booked_and_goes_again(app: Flask, manager: Browser, package: str) -> None:
    assert last(offered(app, package))[11:16] == "10:45"
    attic = add(manager, "rooms/new", {"name": "Attic"})
    cleo = add(manager, "people/photographers/new", {"name": "Cleo Hart", "bio": "New and quick."})
    canvas = {
        "name": "Canvas",
        "summary": "Warm and painted.",
        "build_minutes": "15",
        "strike_minutes": "10",
        "room_ids": attic,
    }
    manager.submit(manager.get(f"{STUDIO}/sets/new"), canvas)

    # The attic and the evening are on offer once a package is shot on the set that fits there.
    assert last(offered(app, package))[11:16] == "10:45"
    editor = manager.get(str(manager.get("/office/packages").one("td a")["href"]))
    (option,) = (each for each in editor.all("#set_1 option") if each.text == "Canvas")
    manager.submit(editor, {"set_1": str(option["value"])}, form="")
    page = offered(app, package)
    assert last(page)[11:16] == "18:45"
    assert "Cleo" in page.words

    booked = book_the_last(app, package, "cleo-hart")
    assert booked.photographer.name == "Cleo Hart"
    assert booked.room
    assert booked.room.name == "Attic"

    asked = manager.submit(
        manager.get(f"{STUDIO}/people/photographers/{cleo}"), form="/archive", status=200
    )
    assert "1 booked session needs Cleo Hart" in asked.words
    assert "Robin Ash" in asked.words
    manager.submit(asked)

    page = offered(app, package)
    assert "Cleo" not in page.words
    assert last(page)[11:16] == "14:00"  # Amara's afternoon
    Browser(app).get(f"/book/{package}?photographer=cleo-hart", 422)
    kept = booking(app)
    assert kept.state is BookingState.CONFIRMED
    assert (kept.starts_at, kept.photographer_id) == (booked.starts_at, booked.photographer_id)
    assert "Robin Ash" in manager.get("/office/calendar?day=2026-12-08").words
    assert "Cleo Hart is archived" in manager.get(STUDIO).words
