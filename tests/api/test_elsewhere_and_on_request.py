"""What is shot elsewhere, with more people, after make-up, or on request, sold to programs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.booking.models import Booking
from studio.catalogue.models import BookingMode
from studio.db import db
from studio.scheduling.models import Allocation, ResourceKind
from tests import factories
from tests.api.calling import ROBIN, Caller, Sold
from tests.factories import TEN_FIFTEEN

DAY = {"from": "2026-12-08", "to": "2026-12-08"}


@pytest.fixture
def park_or_office(app: Flask, rolled_back: None) -> tuple[str, str, str]:
    """A package half an hour away in the park or, better, two hours away at the client's."""
    with app.app_context():
        park = factories.a_place(travel=30)
        office = factories.a_place("At your office", at_client=True, travel=120)
        package = factories.a_bookable_package(
            package_places=factories.at(park, office), deposit_percent=0
        )
        return package.slug, park.slug, office.slug


def wanted(package: str, **more: object) -> dict[str, object]:
    return {"package": package, "starts_at": TEN_FIFTEEN.isoformat(), **more}


def test_packages_say_where_and_how_they_are_booked(
    api: Caller, park_or_office: tuple[str, str, str]
) -> None:
    _, park, office = park_or_office

    (offer,) = api.get("/packages")["packages"]

    assert offer["booking"] == "instant"
    assert offer["places"] == [
        {"slug": park, "name": "Canal Park", "at_client": False, "remote": False},
        {"slug": office, "name": "At your office", "at_client": True, "remote": False},
    ]


def test_a_place_far_away_has_fewer_slots(
    api: Caller, park_or_office: tuple[str, str, str]
) -> None:
    package, park, office = park_or_office

    def slots(**asked: str) -> list[object]:
        found: list[object] = api.get(f"/packages/{package}/slots", query={**DAY, **asked})["slots"]
        return found

    assert slots() == slots(place=park)
    assert 0 < len(slots(place=office)) < len(slots(place=park))


@pytest.mark.parametrize("place", ["elsewhere", "canal-park"])
def test_a_place_that_is_not_the_packages_is_named(
    api: Caller, park_or_office: tuple[str, str, str], place: str
) -> None:
    package = park_or_office[0]

    listed = api.get(f"/packages/{package}/slots", 422, {**DAY, "place": place})
    refused = api.post("/holds", wanted(package, place=place), 422)

    assert listed["errors"]["place"] == refused["errors"]["place"]
    assert refused["errors"]["place"] == ["This session is not shot there."]


def test_where_the_client_is_has_to_be_said(
    app: Flask, api: Caller, park_or_office: tuple[str, str, str]
) -> None:
    package, _, office = park_or_office
    at_noon = (TEN_FIFTEEN + timedelta(hours=2)).isoformat()
    token = api.hold(wanted(package, place=office, starts_at=at_noon))["token"]

    refused = api.post(f"/holds/{token}/confirm", ROBIN, 422)
    assert refused["errors"] == {"address": ["Please tell us where to come."]}
    there = {**ROBIN, "address": "4 Mill Lane\nLondon"}
    assert api.post(f"/holds/{token}/confirm", there)["state"] == "confirmed"

    with app.app_context():
        booking = db.session.scalars(select(Booking)).one()
        assert booking.address == "4 Mill Lane\nLondon"
        assert booking.comes_to_client


def test_an_address_for_a_session_in_the_studio_is_not_kept(
    app: Flask, api: Caller, sold: Sold
) -> None:
    token = api.hold(sold.at())["token"]

    api.post(f"/holds/{token}/confirm", {**ROBIN, "address": "4 Mill Lane"})

    with app.app_context():
        assert db.session.scalars(select(Booking.address)).one() == ""


def test_on_request_the_studio_is_asked_and_no_time_taken(app: Flask, api: Caller) -> None:
    with app.app_context():
        package = factories.a_bookable_package(mode=BookingMode.REQUEST).slug
    (offer,) = api.get("/packages")["packages"]
    assert offer["booking"] == "request"
    token = api.hold(wanted(package))["token"]

    answer = api.post(f"/holds/{token}/confirm", ROBIN)

    assert answer["state"] == "requested"
    assert answer["booking_url"].startswith("http://127.0.0.1:8000/booking/")
    assert api.post(f"/holds/{token}/confirm", ROBIN) == answer, "a repeat asks nothing more"
    with app.app_context():
        assert db.session.scalar(select(func.count(Allocation.id))) == 0
    again = api.get(f"/packages/{package}/slots", query=DAY)["slots"]
    assert TEN_FIFTEEN in [datetime.fromisoformat(each["starts_at"]) for each in again]


def test_a_request_can_be_taken_back(app: Flask, api: Caller) -> None:
    with app.app_context():
        package = factories.a_bookable_package(mode=BookingMode.REQUEST).slug
    token = api.hold(wanted(package))["token"]
    api.post(f"/holds/{token}/confirm", ROBIN)

    api.delete(f"/holds/{token}")

    with app.app_context():
        assert db.session.scalars(select(Booking.state)).one() == "cancelled"


def test_more_people_take_longer_and_cost_more(app: Flask, api: Caller) -> None:
    with app.app_context():
        package = factories.a_bookable_package(
            people_max=4, people_included=1, minutes_per_extra=15, price_per_extra_minor=5000
        ).slug
    (offer,) = api.get("/packages")["packages"]
    assert offer["people"] == {
        "min": 1,
        "max": 4,
        "included": 1,
        "extra_minutes": 15,
        "extra_price": {"amount": 5000, "currency": "GBP"},
    }

    slot = api.get(f"/packages/{package}/slots", query={**DAY, "people": "3"})["slots"][0]
    held = api.hold(wanted(package, people=3))

    for each in (slot, held):
        begins, ends = (datetime.fromisoformat(each[at]) for at in ("starts_at", "ends_at"))
        assert ends - begins == timedelta(minutes=90)
    assert held["price"] == {"amount": 49500, "currency": "GBP"}


def test_what_comes_before_is_in_the_arrival(app: Flask, api: Caller) -> None:
    with app.app_context():
        make_up = factories.make_up(factories.a_resource(ResourceKind.ARTIST))
        package = factories.a_bookable_package(add_ons=[make_up]).slug
        extra = make_up.slug
    (offer,) = api.get("/packages")["packages"]
    assert [(each["minutes"], each["before_minutes"]) for each in offer["add_ons"]] == [(0, 45)]

    starts_at = (TEN_FIFTEEN + timedelta(hours=1)).isoformat()
    held = api.hold(wanted(package, add_ons=[extra], starts_at=starts_at))

    assert datetime.fromisoformat(held["arrive_at"]) == TEN_FIFTEEN + timedelta(minutes=5)
    assert datetime.fromisoformat(held["starts_at"]) == TEN_FIFTEEN + timedelta(hours=1)
