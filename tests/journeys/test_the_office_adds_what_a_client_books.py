"""A place and make-up that the office has just added are offered to clients, and booked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking.models import Booking
from studio.db import db, epoch
from studio.scheduling.models import Allocation, ResourceKind
from tests import factories, people
from tests.browsing import Browser
from tests.factories import DAY, TEN_FIFTEEN

ROBIN = {"name": "Robin Ash", "email": "robin@client.example", "accept_policy": "y"}


def test_a_new_place_and_new_make_up_are_booked(app: Flask, browser: Browser) -> None:
    with app.app_context():
        package = factories.a_bookable_package(deposit_percent=0, lead_hours=0)
        which, address = package.id, f"/book/{package.slug}?day={DAY}"
        artist = factories.a_resource(ResourceKind.ARTIST, name="Lena Moor").id
        chair = factories.a_resource(ResourceKind.POOL, name="Make-up chair").id
    before = browser.get(address).words
    assert "Make-up" not in before
    assert "The Heath" not in before

    office = people.signed_in(app, Role.MANAGER)
    heath: dict[str, Any] = {
        "name": "The Heath",
        "address": "Main gate\nLondon NW3",
        "directions": "By the bandstand.",
        "coordinates": "51.56, -0.16",
        "travel_minutes": "30",
        "fee": "25",
    }
    office.submit(office.get("/office/studio/places/new"), heath)
    page = office.get(f"/office/packages/{which}")
    (box,) = page.all("[name=place_ids]")
    office.submit(page, {"place_ids": [str(box["value"])]})
    make_up: dict[str, Any] = {
        "name": "Make-up",
        "summary": "In the chair, before we begin.",
        "price": "85",
        "before_minutes": "45",
        "artist_ids": [str(artist)],
        f"pool_{chair}": "1",
        "package_ids": [str(which)],
    }
    office.submit(office.get("/office/packages/add-ons/new"), make_up)

    page = browser.get(f"{address}&add_on=make-up")
    assert "The Heath" in page.words
    assert "Make-up, £85, 45 minutes before the session" in page.words
    # Half an hour of way and a quarter of building after nine.
    times = [str(each["value"]) for each in page.all("[name=starts_at]")]
    assert times[0] == TEN_FIFTEEN.replace(hour=9, minute=45).isoformat()
    chosen = {"starts_at": TEN_FIFTEEN.isoformat()}
    page = browser.follow(browser.submit(page, chosen, form="/hold"))
    assert "Come at 09:20 Make-up 09:30 We begin at 10:15" in page.words
    page = browser.follow(browser.submit(page, ROBIN, form="/checkout/"))

    assert "You are booked, Robin" in page.words
    assert "The Heath" in page.words
    with app.app_context():
        booking = db.session.scalars(select(Booking)).one()
        assert booking.price_minor == 39500 + 8500 + 2500
        assert booking.address == "Main gate\nLondon NW3"
        taken = {
            row.resource_id: (row.busy_from, row.busy_to)
            for row in db.session.scalars(select(Allocation))
        }
        ahead = (epoch(TEN_FIFTEEN - timedelta(minutes=45)), epoch(TEN_FIFTEEN))
        assert taken == {
            artist: ahead,
            chair: ahead,
            booking.photographer_id: (epoch(TEN_FIFTEEN), epoch(booking.ends_at)),
        }
    # Lena works on one client at a time.
    words = browser.get(f"{address}&add_on=make-up").words
    assert "10:15" not in words
