"""Longer building, or one pair of hands less, and the sessions booked one after the other."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from studio.booking.models import Booking
from studio.db import db
from studio.scheduling.models import Photographer, Resource, Set
from tests import factories
from tests.browsing import Browser
from tests.office.hours.house import House, agree


def build_minutes(app: Flask, set_id: int) -> int:
    with app.app_context():
        return db.session.get_one(Set, set_id).build_minutes


def test_sessions_that_a_set_leaves_too_little_time_between_are_shown_first(
    app: Flask, office: Browser, house: House
) -> None:
    """Two sets in one room, one session after the other with just the time to turn over."""
    with app.app_context():
        room = db.session.get_one(Resource, house.room)
        low_key = factories.a_set(rooms=[room], build=20, name="Low-key")
        # Grey takes ten minutes to strike, so that it is half past eleven and a quarter more.
        later = factories.TEN_FIFTEEN + timedelta(minutes=90)
        package = factories.a_package(sets=[low_key], deposit_percent=0)
        factories.a_confirmed_booking(package, later, name="Kim Holt")
        number = low_key.id
    page = office.get(f"/office/studio/sets/{number}")

    page = office.submit(page, {"build_minutes": "25"}, status=200)

    assert page.one("h1").text == "What this does"
    assert "Low-key takes 25 minutes to build and 10 to strike." in page.words
    assert "1 booked session would not fit" in page.words
    assert "Kim Holt" in page.words
    assert "too little time after the session before" in page.words
    assert build_minutes(app, number) == 20
    back = office.submit(page, {"back": "yes"}, status=200)
    assert back.fields(back.form())["build_minutes"] == "25"

    assert "1 booked session does not fit" in agree(office, page).words
    assert build_minutes(app, number) == 25
    with app.app_context():
        assert db.session.scalar(select(func.count(Booking.id))) == 2


def test_an_assistant_is_not_taken_away_from_what_is_booked_unseen(
    app: Flask, office: Browser, house: House
) -> None:
    """In two rooms, a quarter of an hour apart: alone she would have 25 minutes to work."""
    with app.app_context():
        package = factories.a_package(deposit_percent=0)
        later = factories.TEN_FIFTEEN + timedelta(minutes=75)
        amara = db.session.get_one(Photographer, house.amara)
        factories.a_confirmed_booking(package, later, name="Kim Holt", photographer=amara.slug)
    path = f"/office/studio/people/photographers/{house.amara}"
    page = office.get(path)
    fields = {**page.fields(page.form()), "has_assistant": []}

    page = office.submit(page, fields, status=200)

    assert "Amara Vale works without an assistant." in page.words
    assert "Amara Vale has too little time after the session before" in page.words
    agree(office, page)
    with app.app_context():
        assert not db.session.get_one(Photographer, house.amara).has_assistant
