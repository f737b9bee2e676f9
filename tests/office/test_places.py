"""The office's pages of places outside the studio, and of the way to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.accounts.permissions import Role
from studio.booking.models import Booking
from studio.catalogue.models import Package
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.office.places import service
from studio.office.places.service import PlaceEdit, StillSold
from studio.scheduling.effects import NotAgreed
from studio.scheduling.models import CalendarLock
from studio.scheduling.places import Place, PlaceTravel
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN
from tests.office.counting import questions

PATH = "/office/studio/places"


class Map(NamedTuple):
    """Two places, half an hour from the studio each, and a package that is shot at either."""

    park: int
    pier: int
    package: int


@pytest.fixture
def places(app: Flask, rolled_back: None) -> Map:
    with app.app_context():
        park, pier = factories.a_place("Canal Park"), factories.a_place("Old Pier")
        bare = factories.a_set(build=0, strike=0)
        factories.a_photographer(has_assistant=False)
        package = factories.a_package(
            sets=[bare], package_places=factories.at(park, pier), deposit_percent=0
        )
        return Map(park.id, pier.id, package.id)


@pytest.fixture
def office(app: Flask, places: Map) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def add(office: Browser, status: int = 303, /, **fields: Any) -> Page:
    wanted: dict[str, Any] = {
        "name": "The Heath",
        "address": "Main gate\nLondon NW3",
        "directions": "By the bandstand.",
        "coordinates": "51.56, -0.16",
        "travel_minutes": "45",
    }
    return office.submit(office.get(f"{PATH}/new"), wanted | fields, status=status)


def change(office: Browser, place: int, status: int = 303, /, **fields: Any) -> Page:
    return office.submit(office.get(f"{PATH}/{place}"), fields, status=status)


def without(office: Browser, place: int, box: str, status: int = 303) -> Page:
    """The place's form with *box* unticked."""
    page = office.get(f"{PATH}/{place}")
    fields = page.fields(page.form())
    del fields[box]
    return office.post(page.path, fields, status)


def stored(app: Flask, place: int) -> dict[str, Any]:
    with app.app_context():
        row = db.session.get_one(Place, place)
        return {column.name: getattr(row, column.name) for column in Place.__table__.columns}


def newest(app: Flask) -> int:
    with app.app_context():
        return db.session.scalars(select(Place.id).order_by(Place.id.desc())).first() or 0


def ways(app: Flask) -> dict[tuple[int, int], int]:
    with app.app_context():
        return {
            (each.one_id, each.other_id): each.minutes
            for each in db.session.scalars(select(PlaceTravel))
        }


def two_sessions(app: Flask, places: Map, between: timedelta = timedelta(hours=1)) -> None:
    """One in the park, an hour long, and *between* them and the next one on the pier."""
    with app.app_context():
        park, pier = (db.session.get_one(Place, each).slug for each in (places.park, places.pier))
        known = db.session.get_one(Package, places.package)
        factories.a_confirmed_booking(known, place=park)
        later = TEN_FIFTEEN + timedelta(hours=1) + between
        factories.a_confirmed_booking(
            known, later, place=pier, name="Kim Vale", email="kim@client.example"
        )


def test_a_place_is_added_and_found_again(app: Flask, office: Browser, places: Map) -> None:
    page = office.follow(add(office, fee="25.50", **{f"way_{places.park}": "15"}))

    assert "The Heath is saved." in page.words
    assert "Main gate, London NW3 45 minutes Canal Park 15 minutes £25.50" in page.words
    found, place = stored(app, newest(app)), newest(app)
    assert found == found | {
        "slug": "the-heath",
        "name": "The Heath",
        "address": "Main gate\nLondon NW3",
        "directions": "By the bandstand.",
        "latitude": 51.56,
        "longitude": -0.16,
        "travel_minutes": 45,
        "at_client": False,
        "remote": False,
        "fee_minor": 2550,
        "currency": "GBP",
        "archived_at": None,
    }
    assert ways(app) == {(places.park, place): 15}
    assert found["position"] > stored(app, places.pier)["position"]


def test_saving_unchanged_changes_nothing(app: Flask, office: Browser, places: Map) -> None:
    add(office, **{f"way_{places.pier}": "0"})
    before, laid = stored(app, newest(app)), ways(app)

    change(office, newest(app))
    change(office, places.pier)

    assert stored(app, newest(app)) == before
    assert ways(app) == laid == {(places.pier, newest(app)): 0}


def test_everything_can_be_changed_but_its_address(
    app: Flask, office: Browser, places: Map
) -> None:
    before = stored(app, places.park)

    page = change(
        office, places.park, name="River Park", address="East gate", directions="", fee="1",
        coordinates="-33.9 151.2", travel_minutes="20",
    )  # fmt: skip

    assert "River Park is saved." in office.follow(page).words
    assert stored(app, places.park) == before | {
        "name": "River Park",
        "address": "East gate",
        "directions": "",
        "latitude": -33.9,
        "longitude": 151.2,
        "travel_minutes": 20,
        "fee_minor": 100,
        "currency": "GBP",
    }


def test_the_way_between_two_is_one_whichever_page_it_is_said_on(
    app: Flask, office: Browser, places: Map
) -> None:
    page = office.get(f"{PATH}/{places.park}")
    assert "Empty is by way of the studio: 60 minutes." in page.words
    change(office, places.park, **{f"way_{places.pier}": "10"})
    page = office.get(f"{PATH}/{places.pier}")
    assert page.fields(page.form())[f"way_{places.park}"] == "10"

    change(office, places.pier, **{f"way_{places.park}": "12"})
    assert ways(app) == {(places.park, places.pier): 12}
    assert "Old Pier 12 minutes" in office.get(PATH).words

    change(office, places.park, **{f"way_{places.pier}": ""})
    assert ways(app) == {}
    assert "by way of the studio" in office.get(PATH).words


def test_where_the_client_is_needs_no_address(app: Flask, office: Browser, places: Map) -> None:
    add(office, name="At your office", at_client="y", address="", coordinates="")

    before = stored(app, newest(app))
    assert before["at_client"]
    page = office.get(f"{PATH}/{newest(app)}")
    assert page.fields(page.form())["coordinates"] == ""
    office.submit(page, {})
    assert stored(app, newest(app)) == before


def test_where_nobody_goes_no_way_leads(app: Flask, office: Browser, places: Map) -> None:
    add(office, name="By telephone", remote="y", address="", coordinates="", travel_minutes="0")

    before = stored(app, newest(app))
    assert (before["remote"], before["at_client"]) == (True, True)
    page = change(office, newest(app), 422, travel_minutes="5")
    assert "Who rings does not travel" in page.words
    assert stored(app, newest(app)) == before
    assert "by telephone" in office.get(PATH).words


BAD: list[tuple[str, str]] = [
    ("name", ""),
    ("name", "x" * 81),
    ("name", "two\nlines"),
    ("name", "turned\u202earound"),
    ("address", ""),
    ("address", "x" * 301),
    ("directions", "x" * 2001),
    ("coordinates", ""),
    ("coordinates", "51.5"),
    ("coordinates", "51.5,"),
    ("coordinates", "51,5"),
    ("coordinates", "51,5; -0,12"),
    ("coordinates", "51.5, -0.12, 3"),
    ("coordinates", "here"),
    ("coordinates", "nan, nan"),
    ("coordinates", "1e2, 5"),
    ("coordinates", "\uff15\uff11.5, 0.1"),
    ("coordinates", "151.2, -33.9"),
    ("coordinates", "51.5, 180.1"),
    ("coordinates", "51\u00b030'N 0\u00b07'W"),
    ("travel_minutes", ""),
    ("travel_minutes", "721"),
    ("travel_minutes", "-5"),
    ("travel_minutes", "half an hour"),
    ("fee", "free"),
    ("fee", "1.005"),
]


def test_bad_input_is_refused_beside_the_field_and_nothing_typed_is_lost(
    app: Flask, office: Browser, places: Map
) -> None:
    before = stored(app, places.park)
    for field, typed in [*BAD, (f"way_{places.pier}", "721"), (f"way_{places.pier}", "soon")]:
        fields = {"name": "Renamed", field: typed}
        page = change(office, places.park, 422, **fields)
        assert page.one(f"#{field}-error").text.strip(), (field, typed)
        shown = page.fields(page.form())
        assert shown[field].lstrip("\r\n") == typed.replace("\u202e", ""), (field, typed)
        if field != "name":
            assert shown["name"] == "Renamed", (field, typed)
        add(office, 422, **fields)
    assert stored(app, places.park) == before
    assert newest(app) == places.pier


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("151.2, -33.9", "are the two in order?"),
        ("51,5", "Please give two numbers with points"),
        ("0, 181", "East goes from -180 to 180."),
    ],
)
def test_wrong_coordinates_are_explained(office: Browser, typed: str, said: str) -> None:
    assert said in add(office, 422, coordinates=typed).one("#coordinates-error").text


@pytest.mark.parametrize(
    "typed",
    ["51.5,-0.12", " 51.5 -0.12 ", "(51.5, \u22120.12)", "51.5\u00b0, -0.12\u00b0", "51.5; -0.12"],
)
def test_coordinates_may_be_pasted(app: Flask, office: Browser, typed: str) -> None:
    add(office, coordinates=typed)
    found = stored(app, newest(app))
    assert (found["latitude"], found["longitude"]) == (51.5, -0.12)


def test_a_place_that_is_sold_stays_in_use(app: Flask, office: Browser, places: Map) -> None:
    page = without(office, places.park, "in_use", 422)

    assert "Standard headshot is shot there" in page.one("#in_use-error").text
    assert stored(app, places.park)["archived_at"] is None


def test_a_place_nobody_sells_goes_and_comes_back(
    app: Flask, office: Browser, places: Map, clock: Clock
) -> None:
    with app.app_context():
        factories.a_place("Spare", slug="spare")
    spare = newest(app)
    without(office, spare, "in_use")
    left = stored(app, spare)["archived_at"]
    assert "Not in use" in office.get(PATH).words
    assert not office.get(f"{PATH}/{places.park}").all(f"[name=way_{spare}]")
    clock.advance(minutes=1)
    change(office, spare, name="Spared")
    assert stored(app, spare)["archived_at"] == left is not None

    change(office, spare, in_use="y")
    assert stored(app, spare)["archived_at"] is None


def test_a_package_does_not_go_on_sale_at_a_place_that_is_out_of_use(
    app: Flask, office: Browser, places: Map
) -> None:
    page = office.get(f"/office/packages/{places.package}")
    fields = page.fields(page.form())
    del fields["on_sale"]
    office.post(page.path, fields, 303)
    without(office, places.park, "in_use")

    page = office.submit(page, {"on_sale": "y"}, status=422)
    assert "Canal Park is no longer in use" in page.one("#place_ids-error").text
    office.submit(page, {"on_sale": "y", "place_ids": [str(places.pier)]})


def test_what_is_sold_by_its_sunset_has_one_spot(app: Flask, office: Browser, places: Map) -> None:
    with app.app_context():
        known = db.session.get_one(Package, places.package)
        known.light_before_minutes, known.light_after_minutes = 90, 0
        factories.kept(known)

    page = change(office, places.park, 422, at_client="y")

    assert "Standard headshot is sold by the sunset" in page.one("#at_client-error").text
    assert not stored(app, places.park)["at_client"]


def test_whose_place_it_is_stays_once_sessions_are_booked_there(
    app: Flask, office: Browser, places: Map
) -> None:
    with app.app_context():
        factories.a_confirmed_booking(db.session.get_one(Package, places.package))

    page = change(office, places.park, 422, at_client="y")
    assert "Sessions are booked there" in page.one("#at_client-error").text
    change(office, places.pier, at_client="y")


def test_a_session_keeps_the_address_it_was_told(app: Flask, office: Browser, places: Map) -> None:
    with app.app_context():
        factories.a_confirmed_booking(db.session.get_one(Package, places.package))

    change(office, places.park, address="Somewhere else")

    with app.app_context():
        assert db.session.scalars(select(Booking.address)).one() == "West gate\nLondon E9 0ZZ"


@pytest.mark.parametrize(
    ("coordinates", "said"),
    [
        ("78.2, 15.6", "The sun does not set there on"),
        ("90, 0", "The sun does not set there, so Standard headshot can be booked on no day."),
        ("51.5, -0.1", ""),
    ],
)
def test_golden_hour_where_the_sun_does_not_set_is_saved_and_said(
    app: Flask, office: Browser, places: Map, coordinates: str, said: str
) -> None:
    with app.app_context():
        known = db.session.get_one(Package, places.package)
        known.light_before_minutes, known.light_after_minutes = 90, 0
        # From the polar night into the spring.
        known.horizon_days = 120
        factories.kept(known)

    page = office.follow(change(office, places.park, coordinates=coordinates))

    assert "Canal Park is saved." in page.words
    assert said in page.words
    assert ("sun does not set" in page.words) == bool(said)


def test_a_way_that_takes_too_long_is_shown_before_it_is_saved(
    app: Flask, office: Browser, places: Map
) -> None:
    two_sessions(app, places)

    asked = change(office, places.park, 200, travel_minutes="31")

    assert asked.one("h1").text == "What this does"
    assert "Canal Park: 31 minutes from the studio." in asked.words
    assert "1 booked session would not fit" in asked.words
    assert "Kim Vale" in asked.words
    assert "Robin Ash" not in asked.words
    assert "has no time then for the way from the session before" in asked.words
    assert stored(app, places.park)["travel_minutes"] == 30

    page = office.follow(office.submit(asked))
    assert stored(app, places.park)["travel_minutes"] == 31
    assert "Canal Park is saved." in page.words
    # It is listed until it is resolved, also with the session itself.
    assert "Kim Vale" in office.get("/office/studio").words
    with app.app_context():
        later = db.session.scalars(select(Booking).order_by(Booking.starts_at.desc())).first()
        assert later is not None
        assert later.state is BookingState.CONFIRMED
        kims = later.id
    assert "has no time then for the way" in office.get(f"/office/sessions/{kims}").words
    # The direct way is short, and then all is well.
    page = office.follow(change(office, places.park, **{f"way_{places.pier}": "60"}))
    assert page.path == PATH
    assert "Kim Vale" not in office.get("/office/studio").words


def test_the_way_can_be_taken_back_with_all_that_was_typed(
    app: Flask, office: Browser, places: Map
) -> None:
    two_sessions(app, places)
    asked = change(office, places.park, 200, travel_minutes="40", name="Renamed")

    page = office.submit(asked, {"back": "yes"}, status=200)

    shown = page.fields(page.form())
    assert (shown["travel_minutes"], shown["name"]) == ("40", "Renamed")
    assert stored(app, places.park)["name"] == "Canal Park"


def test_a_longer_way_between_two_places_is_weighed_too(
    app: Flask, office: Browser, places: Map
) -> None:
    two_sessions(app, places)
    page = change(office, places.pier, **{f"way_{places.park}": "60"})
    assert office.follow(page).path == PATH

    asked = change(office, places.pier, 200, **{f"way_{places.park}": "61"})
    assert "1 booked session would not fit" in asked.words


def wanted(place: Place, **changes: Any) -> PlaceEdit:
    """The place as it is, for the use case."""
    edit = PlaceEdit(
        name=place.name,
        address=place.address,
        directions=place.directions,
        coordinates=(place.latitude, place.longitude),
        travel_minutes=place.travel_minutes,
        at_client=place.at_client,
        remote=place.remote,
        fee=Money(0, "GBP"),
        ways={},
        in_use=True,
    )
    return replace(edit, **changes)


def test_what_was_agreed_to_is_what_is_done(app: Flask, places: Map) -> None:
    two_sessions(app, places)
    with app.app_context():
        longer = wanted(db.session.get_one(Place, places.park), travel_minutes=31)
        with pytest.raises(NotAgreed):
            service.change_place(places.park, longer, "another seal")
        with pytest.raises(NotAgreed) as refused:
            service.change_place(places.park, longer)
        done = service.change_place(places.park, longer, refused.value.effect.seal)
        assert len(done.caused) == 1


def test_each_change_queues_behind_claims(app: Flask, places: Map) -> None:
    with app.app_context():

        def version() -> int:
            return db.session.scalars(select(CalendarLock.version)).one()

        before = version()
        edit = wanted(db.session.get_one(Place, places.park))
        new = service.add_place(edit)
        service.change_place(new, replace(edit, ways={places.park: 5}))
        db.session.rollback()
        assert version() == before + 2


def test_a_change_that_is_refused_changes_nothing(app: Flask, places: Map) -> None:
    before = stored(app, places.park)
    with app.app_context():
        known = db.session.get_one(Place, places.park)
        other = wanted(known, name="Other", ways={places.pier: 5})
        with pytest.raises(StillSold):
            service.change_place(places.park, replace(other, in_use=False))
        with pytest.raises(ValueError, match="currency"):
            service.change_place(places.park, replace(other, fee=Money(1, "JPY")))
        assert db.session.scalar(select(func.count()).select_from(PlaceTravel)) == 0
    assert stored(app, places.park) == before


def test_a_changed_way_is_what_is_offered_by_next(app: Flask, office: Browser, places: Map) -> None:
    with app.app_context():
        address = f"/book/{db.session.get_one(Package, places.package).slug}?day=2026-12-08"
    assert "09:30" in Browser(app).get(address).words

    change(office, places.park, travel_minutes="45")

    words = Browser(app).get(address).words
    assert "09:30" not in words
    assert "09:45" in words


@pytest.mark.parametrize("path", ["0", str(2**63), "park"])
def test_nobodys_place_is_not_found(office: Browser, path: str) -> None:
    office.get(f"{PATH}/{path}", 404)


def test_the_list_asks_a_fixed_number_of_questions(app: Flask, office: Browser) -> None:
    office.get(PATH)  # what is kept in memory is read
    with questions() as few:
        office.get(PATH)
    with app.app_context():
        for _ in range(4):
            factories.a_place()
    office.get(PATH)  # what is kept in memory is read again
    with questions() as many:
        office.get(PATH)

    assert len(many) == len(few)
