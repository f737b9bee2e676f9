"""Places, people, make-up, open days, light and gaps: sold, booked, and not sold twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import links, sale, service
from studio.booking.models import Booking, TokenPurpose
from studio.booking.reaching import NotReached
from studio.booking.sale import NotOffered
from studio.booking.service import Details, HoldRequest, MoveRequest
from studio.catalogue.models import OpenDays, Package
from studio.db import db, epoch, from_epoch
from studio.domain.availability import Gaps
from studio.domain.lifecycle import BookingState
from studio.messaging.models import Message
from studio.ports import ports
from studio.scheduling import judgement, openings
from studio.scheduling.calendar import StartNotOpen
from studio.scheduling.models import Allocation, ResourceKind
from studio.scheduling.places import PlaceTravel
from tests import factories
from tests.browsing import Browser
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

    with pytest.raises(NotReached):
        service.check_out(booking.id, ROBIN)
    service.check_out(booking.id, replace(ROBIN, address="4 Mill Lane\nLondon"))

    confirmed = factories.booking_of(booking.reference)
    assert confirmed.state is BookingState.CONFIRMED
    assert confirmed.address == "4 Mill Lane\nLondon"


@pytest.mark.parametrize(("build", "minutes"), [(0, 10), (25, 25), (60, 30)])
def test_at_the_clients_we_are_early_enough_to_build(build: int, minutes: int) -> None:
    office = factories.a_place("At your office", at_client=True, travel=0)
    package = factories.a_bookable_package(
        place=office, sets=[factories.a_set(build=build)], deposit_percent=0
    )
    booking = hold(package, TEN_FIFTEEN + timedelta(hours=1))
    assert booking.starts_at - booking.arrive_at == minutes * MINUTE

    service.check_out(booking.id, replace(ROBIN, address="4 Mill Lane\nLondon"))
    later = TEN_FIFTEEN + timedelta(hours=2)
    service.move_booking(booking.id, MoveRequest(starts_at=later, photographer=None, by="Dev"))

    booking = factories.booking_of(booking.reference)
    assert booking.starts_at - booking.arrive_at == minutes * MINUTE


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


def test_the_clients_page_says_arrival_make_up_and_shooting_in_that_order(app: Flask) -> None:
    artist = factories.a_resource(ResourceKind.ARTIST, name="Lena Moor")
    make_up = factories.make_up(artist, minutes=45)
    package = factories.a_bookable_package(deposit_percent=0, add_ons=[make_up])
    booking = factories.a_confirmed_booking(package, add_ons=[make_up.slug])
    token = links.own_token(TokenPurpose.BOOKING, booking.reference)

    words = Browser(app).get(f"/booking/{token}").words

    said = ("come at 09:20", "make-up from 09:30", "we shoot from 10:15 to 11:15")
    places = [words.find(each) for each in said]
    assert -1 not in places
    assert places == sorted(places)


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


def test_the_first_free_artist_in_the_studios_order_is_taken() -> None:
    artists = [factories.a_resource(ResourceKind.ARTIST) for _ in range(2)]
    artists[0].position, artists[1].position = artists[1].position, artists[0].position
    make_up = factories.make_up(*artists)
    package = factories.a_bookable_package(add_ons=[make_up])

    taken = allocations(hold(package, TEN_FIFTEEN, add_ons=(make_up.slug,)))
    assert [each.id for each in artists if each.id in taken] == [artists[1].id]


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

    preferred = openings.preferred(db.session(), wanted, found, ports().now())
    assert len(found) > len(preferred) == 2
    hold(package)


@pytest.mark.parametrize("gaps", [Gaps.ONLY, Gaps.PREFER])
def test_midnight_makes_no_gap_and_fills_none(gaps: Gaps) -> None:
    """A month, one of its days, why not, and taking a time all know the same."""
    evening: dict[str, Any] = {"hours": ((18 * 60, 2 * 60),)}
    factories.a_photographer(**evening)
    standing = factories.a_set(rooms=[factories.a_resource(**evening)], build=0, strike=0)
    package = factories.a_package(sets=[standing], gaps=gaps)
    wanted, now = sale.sale_of(session(), package.slug).needs, ports().now()
    days = [DAY + timedelta(days=n) for n in range(-1, 2)]
    any_time = openings.starts_on(db.session(), replace(wanted, gaps=Gaps.ANY), days, now)

    def kept(asked: list[date]) -> set[int]:
        found = openings.starts_on(db.session(), wanted, asked, now)
        if gaps is Gaps.ONLY:
            return {each.at for each in found}
        return openings.preferred(db.session(), wanted, found, now)

    ends = {(18, 0), (1, 0)}
    month = kept(days)
    assert {(t.hour, t.minute) for t in map(from_epoch, month)} == ends
    assert month == {at for day in days for at in kept([day])}
    if gaps is Gaps.ONLY:
        for each in any_time:
            whys = judgement.why_not(db.session(), wanted, from_epoch(each.at), now)
            assert any(not why.obstacles for why in whys) == (each.at in month)
        with pytest.raises(StartNotOpen):
            hold(package, datetime(2026, 12, 8, 0, 0, tzinfo=UTC))


def test_late_money_takes_the_same_place_and_make_up_again() -> None:
    artist = factories.a_resource(ResourceKind.ARTIST)
    make_up = factories.make_up(artist)
    package = factories.a_bookable_package(place=factories.a_place(), add_ons=[make_up])
    booking = hold(package, TEN_FIFTEEN + timedelta(hours=2), add_ons=(make_up.slug,))

    needs = sale.needs_again(session(), factories.booking_of(booking.reference))

    assert needs.place == booking.place_id
    assert [step.artists for step in needs.before] == [(artist.id,)]
    assert needs.seconds == 3600


def test_a_session_keeps_the_length_of_what_was_sold_before_it() -> None:
    artist = factories.a_resource(ResourceKind.ARTIST)
    make_up, hair = factories.make_up(artist), factories.make_up(artist, minutes=15)
    package = factories.a_bookable_package(add_ons=[make_up, hair], deposit_percent=0)
    at = TEN_FIFTEEN + timedelta(hours=2)
    booking = hold(package, at, add_ons=(make_up.slug, hair.slug))
    service.check_out(booking.id, ROBIN)
    make_up.before_minutes = 105
    factories.kept(make_up)

    later = at + timedelta(hours=1)
    service.move_booking(booking.id, MoveRequest(starts_at=later, photographer=None, by="Dev"))

    moved = factories.booking_of(booking.reference)
    assert moved.first_at == later - timedelta(hours=1)
    rows = session().scalars(select(Allocation).where(Allocation.resource_id == artist.id)).all()
    assert min(row.busy_from for row in rows) == epoch(moved.first_at)
    assert max(row.busy_to for row in rows) == epoch(later)


def test_a_session_keeps_its_sets_and_its_clearing_when_its_package_is_shot_on_others() -> None:
    kit = factories.a_resource(ResourceKind.POOL)
    mine, theirs = factories.a_resource(), factories.a_resource()
    grey = factories.a_set(rooms=[mine], name="Grey")
    low_key = factories.a_set(rooms=[theirs], name="Low-key", equipment=[(kit, 1)])
    package = factories.a_bookable_package(sets=[grey], clear_minutes=5, deposit_percent=0)
    booking = hold(package)
    service.check_out(booking.id, ROBIN)
    package.package_sets[0].set_id = low_key.id
    package.same_minutes, package.clear_minutes = 40, 50
    factories.kept(package)

    later = TEN_FIFTEEN + timedelta(hours=1)
    service.move_booking(booking.id, MoveRequest(starts_at=later, photographer=None, by="Dev"))

    rows = session().scalars(select(Allocation)).all()
    assert {row.resource_id for row in rows} == {booking.photographer_id, mine.id}
    assert {
        (row.first_set_id, row.last_set_id, row.same_minutes, row.clear_minutes) for row in rows
    } == {(grey.id, grey.id, 10, 5)}
    assert factories.booking_of(booking.reference).room_id == mine.id


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
