"""Places, people, make-up, open days, light and gaps: sold, booked, and not sold twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import sale, service
from studio.booking.models import Booking
from studio.booking.sale import NotOffered
from studio.booking.service import Details, HoldRequest
from studio.catalogue.models import OpenDays, Package
from studio.db import db, epoch
from studio.domain.availability import Gaps
from studio.domain.lifecycle import BookingState
from studio.messaging.models import Message
from studio.ports import ports
from studio.scheduling import openings
from studio.scheduling.calendar import StartNotOpen
from studio.scheduling.models import Allocation, ResourceKind
from studio.scheduling.places import PlaceTravel
from tests import factories
from tests.factories import DAY, TEN_FIFTEEN

pytestmark = pytest.mark.usefixtures("database")

ROBIN = Details(name="Robin Ash", email="robin@client.example")
MINUTE = timedelta(minutes=1)


def session() -> Session:
    db.session.rollback()
    return db.session()


def starts(package: Package, *, day: date = DAY, **asked: Any) -> list[datetime]:
    wanted = sale.sale_of(session(), package.slug, **asked)
    found = openings.starts_on(db.session(), wanted.needs, [day], ports().now())
    return [datetime.fromtimestamp(each.at, TEN_FIFTEEN.tzinfo) for each in found]


def clocks(package: Package, **asked: Any) -> str:
    return " ".join(f"{each:%H:%M}" for each in starts(package, **asked))


def hold(package: Package, at: datetime = TEN_FIFTEEN, **asked: Any) -> Booking:
    held = service.hold_time(HoldRequest(package=package.slug, starts_at=at, **asked))
    return factories.booking_of(held.reference)


def allocations(booking: Booking) -> dict[int, tuple[int, int]]:
    rows = session().scalars(select(Allocation).where(Allocation.booking_id == booking.id))
    return {row.resource_id: (row.busy_from, row.busy_to) for row in rows}


def on_location(travel: int = 30, **changes: Any) -> Package:
    """Shot in a park by somebody without an assistant."""
    factories.a_photographer(has_assistant=False)
    return factories.a_package(place=factories.a_place(travel=travel), step_minutes=30, **changes)


def test_on_location_no_room_is_taken_and_the_way_is_kept_free() -> None:
    package = on_location()

    # 30 minutes of way and 15 of building after nine; an hour, 10 of striking and the way back.
    assert clocks(package).startswith("10:00")
    assert clocks(package).endswith("16:00")
    booking = hold(package, TEN_FIFTEEN.replace(hour=12, minute=0))
    assert booking.room_id is None
    assert booking.where == "Canal Park"
    assert booking.address == "West gate\nLondon E9 0ZZ"
    assert set(allocations(booking)) == {booking.photographer_id}
    # Ends at 13:00; the set stays on the spot, ten minutes.
    assert "13:30" in clocks(package)
    assert "13:00" not in clocks(package)


def test_between_two_places_lies_their_own_way_or_the_studio() -> None:
    park, pier = factories.a_place("Park", travel=30), factories.a_place("Pier", travel=30)
    photographer = factories.a_photographer(has_assistant=False)
    bare: dict[str, Any] = {"sets": [factories.a_set(build=0, strike=0)], "step_minutes": 30}
    one = factories.a_package(place=park, **bare)
    other = factories.a_package(place=pier, **bare)
    hold(one, TEN_FIFTEEN.replace(hour=10, minute=0))

    assert "11:30" not in clocks(other)
    assert "12:00" in clocks(other)
    factories.kept(PlaceTravel(one_id=park.id, other_id=pier.id, minutes=10))
    assert "11:30" in clocks(other)
    assert photographer.id


def test_where_the_client_is_has_to_be_said() -> None:
    office = factories.a_place("At your office", at_client=True, travel=40)
    package = factories.a_bookable_package(place=office, deposit_percent=0)
    booking = hold(package)

    with pytest.raises(service.AddressNeeded):
        service.check_out(booking.id, ROBIN)
    service.check_out(booking.id, replace(ROBIN, address="4 Mill Lane\nLondon"))

    confirmed = factories.booking_of(booking.reference)
    assert confirmed.state is BookingState.CONFIRMED
    assert confirmed.address == "4 Mill Lane\nLondon"


def test_a_place_that_is_not_the_packages_is_not_sold() -> None:
    package, elsewhere = on_location(), factories.a_place("Elsewhere")

    with pytest.raises(NotOffered) as refused:
        sale.sale_of(session(), package.slug, place=elsewhere.slug)
    assert refused.value.field == "place"


def test_more_people_take_longer_and_cost_more() -> None:
    package = factories.a_bookable_package(
        people_min=2, people_max=6, minutes=45, minutes_per_extra=15, price_per_extra_minor=12500
    )
    package.people_included = 2
    factories.kept(package)

    booking = hold(package, people=4)

    assert booking.ends_at - booking.starts_at == timedelta(minutes=75)
    assert booking.minutes == 75
    assert booking.price_minor == 39500 + 2 * 12500
    assert [(each.label, each.quantity, each.total.minor) for each in booking.lines] == [
        ("Standard headshot", 1, 39500),
        ("2 more people", 2, 25000),
    ]


def test_make_up_comes_before_the_session_and_takes_artist_and_chair() -> None:
    artist = factories.a_resource(ResourceKind.ARTIST, name="Lena Moor", hours=((600, 1080),))
    chair = factories.a_resource(ResourceKind.POOL, capacity=1)
    make_up = factories.make_up(artist, chair)
    package = factories.a_bookable_package(add_ons=[make_up], step_minutes=15)

    # Lena comes at ten.
    assert starts(package, add_ons=[make_up.slug])[0] == TEN_FIFTEEN + 30 * MINUTE
    at = TEN_FIFTEEN + timedelta(hours=1)
    booking = hold(package, at, add_ons=(make_up.slug,))
    assert booking.arrive_at == at - 55 * MINUTE
    assert allocations(booking)[artist.id] == (epoch(at - 45 * MINUTE), epoch(at))
    assert allocations(booking)[chair.id] == (epoch(at - 45 * MINUTE), epoch(at))
    assert allocations(booking)[booking.photographer_id] == (epoch(at), epoch(booking.ends_at))


def test_one_artist_works_on_one_client_at_a_time() -> None:
    artist = factories.a_resource(ResourceKind.ARTIST, name="Lena Moor")
    make_up = factories.make_up(artist)
    package = factories.a_bookable_package(add_ons=[make_up])
    factories.a_photographer("Ben Oak")
    hold(package, TEN_FIFTEEN + timedelta(hours=2), add_ons=(make_up.slug,))

    with_make_up = starts(package, add_ons=[make_up.slug])
    assert TEN_FIFTEEN + timedelta(hours=2, minutes=30) not in with_make_up
    assert TEN_FIFTEEN + timedelta(hours=2, minutes=45) not in with_make_up
    # Lena is free again from 12:15, and the room from 13:25.
    assert TEN_FIFTEEN + timedelta(hours=3, minutes=15) in with_make_up


def test_make_up_asks_for_its_own_notice() -> None:
    artist = factories.a_resource(ResourceKind.ARTIST)
    make_up = factories.make_up(artist)
    make_up.lead_hours = 24 * 20
    factories.kept(make_up)
    package = factories.a_bookable_package(add_ons=[make_up])

    assert starts(package)
    assert not starts(package, add_ons=[make_up.slug])


def test_a_mini_day_is_sold_on_its_dates_only() -> None:
    package = factories.a_bookable_package()
    factories.kept(OpenDays(package_id=package.id, first_on=DAY, last_on=DAY, label="Minis"))

    assert starts(package)
    assert not starts(package, day=DAY + timedelta(days=1))
    with pytest.raises(StartNotOpen):
        hold(package, TEN_FIFTEEN + timedelta(days=1))


def test_golden_hour_lies_between_the_light_and_sunset() -> None:
    package = on_location(
        travel=0,
        sets=[factories.a_set(build=0, strike=0)],
        light_before_minutes=90,
        light_after_minutes=0,
    )

    # The sun sets at 15:51 in London on 8 December; the hour begins after 14:21.
    assert clocks(package) == "14:30"


def test_where_the_sun_does_not_set_nothing_is_sold() -> None:
    tromso = factories.a_place("Tromso", latitude=69.65, longitude=18.96, travel=0)
    package = factories.a_bookable_package(
        place=tromso, light_before_minutes=90, light_after_minutes=0
    )

    assert starts(package) == []


def test_a_day_takes_so_many_sessions_of_the_whole_studio() -> None:
    studio = factories.a_studio(max_per_day=1)
    package = factories.a_bookable_package()
    hold(package)

    assert studio.max_per_day == 1
    assert starts(package) == []
    assert starts(package, day=DAY + timedelta(days=1))


def test_only_times_without_a_gap_are_sold_where_the_studio_says_so() -> None:
    package = factories.a_bookable_package(gaps=Gaps.ONLY)

    assert clocks(package) == "09:15 16:45"
    with pytest.raises(StartNotOpen):
        hold(package)
    hold(package, TEN_FIFTEEN - timedelta(hours=1))
    # The set stays, ten minutes.
    assert clocks(package).startswith("10:30")


def test_what_the_studio_prefers_is_marked_and_the_rest_is_sold() -> None:
    package = factories.a_bookable_package(gaps=Gaps.PREFER)
    wanted = sale.sale_of(session(), package.slug).needs
    found = openings.starts_on(db.session(), wanted, [DAY], ports().now())

    preferred = openings.preferred(db.session(), wanted, found)
    assert len(found) > len(preferred) == 2
    hold(package)


def test_late_money_takes_the_same_place_and_make_up_again() -> None:
    artist = factories.a_resource(ResourceKind.ARTIST)
    make_up = factories.make_up(artist)
    package = factories.a_bookable_package(place=factories.a_place(), add_ons=[make_up])
    booking = hold(package, TEN_FIFTEEN + timedelta(hours=2), add_ons=(make_up.slug,))

    needs = sale.needs_again(session(), factories.booking_of(booking.reference))

    assert needs.place == booking.place_id
    assert [step.artists for step in needs.before] == [(artist.id,)]
    assert needs.seconds == 3600


def test_the_letters_say_where_and_when_make_up_begins() -> None:
    artist = factories.a_resource(ResourceKind.ARTIST)
    make_up = factories.make_up(artist)
    package = factories.a_bookable_package(
        place=factories.a_place(), add_ons=[make_up], deposit_percent=0
    )
    booking = hold(package, TEN_FIFTEEN + timedelta(hours=2), add_ons=(make_up.slug,))
    service.check_out(booking.id, ROBIN)

    letter = session().scalars(select(Message).where(Message.template == "confirmation")).one()
    assert ["Make-up", "11:30"] in letter.context["when"]
    assert ["Please come at", "11:20, London time"] in letter.context["when"]
    assert letter.context["place"].startswith("Canal Park\nWest gate")
    assert "LOCATION:Canal Park" in letter.context["calendar"]["text"]
