"""Changing a set: what would make a package impossible is refused, and what is booked stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import pytest
from sqlalchemy import select

from studio.booking import sale
from studio.booking.models import Booking
from studio.catalogue import set_service
from studio.catalogue.models import Package
from studio.catalogue.set_service import NoRoomLeft, SetEdit, TooLong, TooMuch
from studio.db import db, from_epoch
from studio.ports import ports
from studio.scheduling import openings
from studio.scheduling.models import Allocation, ResourceKind, Set
from tests import factories
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN

pytestmark = pytest.mark.usefixtures("database")


class Known(NamedTuple):
    """A grey set that fits rooms A and B and takes a lamp of three, in a package of an hour."""

    grey: int
    rooms: tuple[int, int]
    lamps: int
    package: int


@pytest.fixture
def known(database: None) -> Known:
    factories.a_studio()
    rooms = [factories.a_resource(name=f"Room {letter}") for letter in "AB"]
    lamps = factories.a_resource(ResourceKind.POOL, name="Lamps", capacity=3)
    grey = factories.a_set(rooms=rooms, equipment=[(lamps, 1)])
    package = factories.a_bookable_package(sets=[grey], deposit_percent=0)
    return Known(grey.id, (rooms[0].id, rooms[1].id), lamps.id, package.id)


def change(
    known: Known,
    *,
    build: int = 15,
    strike: int = 10,
    rooms: tuple[int, ...] | None = None,
    equipment: Mapping[int, int] | None = None,
) -> None:
    set_service.edit_set(
        known.grey,
        SetEdit(
            name="Grey paper",
            summary="Plain.",
            build_minutes=build,
            strike_minutes=strike,
            rooms=known.rooms if rooms is None else rooms,
            equipment={known.lamps: 1} if equipment is None else equipment,
        ),
    )


def the_set(known: Known) -> Set:
    db.session.rollback()
    return db.session.get_one(Set, known.grey)


def unchanged(known: Known) -> bool:
    found = the_set(known)
    return (
        found.name == "Grey seamless"
        and (found.build_minutes, found.strike_minutes) == (15, 10)
        and {each.id for each in found.rooms} == set(known.rooms)
        and [(each.resource_id, each.quantity) for each in found.equipment] == [(known.lamps, 1)]
    )


def book(known: Known, minutes: int = 0) -> Booking:
    package = db.session.get_one(Package, known.package)
    return factories.a_confirmed_booking(package, TEN_FIFTEEN + timedelta(minutes=minutes))


def test_all_of_a_set_is_changed(known: Known) -> None:
    change(known, build=20, strike=5, rooms=known.rooms[1:], equipment={known.lamps: 3})

    found = the_set(known)
    assert (found.name, found.summary) == ("Grey paper", "Plain.")
    assert (found.build_minutes, found.strike_minutes) == (20, 5)
    assert [each.id for each in found.rooms] == [known.rooms[1]]
    assert [(each.resource_id, each.quantity) for each in found.equipment] == [(known.lamps, 3)]
    assert book(known).room_id == known.rooms[1]


def test_a_package_without_a_room_is_named(known: Known) -> None:
    with pytest.raises(NoRoomLeft) as refused:
        change(known, rooms=())

    assert refused.value.package == "Standard headshot"
    assert unchanged(known)


def test_sets_of_one_package_have_to_share_a_room(known: Known) -> None:
    only_a = factories.a_set(rooms=[the_set(known).rooms[0]], name="Low key")
    factories.a_package(sets=[the_set(known), only_a], name="Two looks")

    with pytest.raises(NoRoomLeft) as refused:
        change(known, rooms=known.rooms[1:])

    assert refused.value.package == "Two looks"
    change(known, rooms=known.rooms[:1])


def test_on_location_no_room_is_needed(known: Known) -> None:
    package = db.session.get_one(Package, known.package)
    package.package_places = factories.at(factories.a_place())
    factories.kept(package)

    change(known, rooms=())

    assert the_set(known).rooms == []


def test_what_is_not_on_sale_needs_no_room(known: Known, clock: Clock) -> None:
    db.session.get_one(Package, known.package).archived_at = clock.now()
    db.session.commit()

    change(known, rooms=(), build=1440)

    assert the_set(known).build_minutes == 1440


def test_longer_than_the_day_is_refused_with_the_minutes(known: Known) -> None:
    """Nine hours are open: an hour's session leaves eight for building and striking."""
    with pytest.raises(TooLong) as refused:
        change(known, build=240, strike=241)

    assert refused.value.package == "Standard headshot"
    assert "541 minutes" in refused.value.sentence
    assert unchanged(known)
    change(known, build=240, strike=240)


def test_a_package_that_did_not_fit_before_is_no_reason(known: Known) -> None:
    package = db.session.get_one(Package, known.package)
    package.minutes = 600
    factories.kept(package)

    change(known, build=20)

    assert the_set(known).build_minutes == 20


def test_more_than_there_is_is_refused(known: Known) -> None:
    with pytest.raises(TooMuch) as refused:
        change(known, equipment={known.lamps: 4})

    assert (refused.value.pool_id, refused.value.capacity) == (known.lamps, 3)
    assert unchanged(known)
    change(known, equipment={})
    assert the_set(known).equipment == []


def test_what_comes_before_sessions_has_equipment_of_its_own(known: Known) -> None:
    chair = factories.a_resource(ResourceKind.POOL, name="Chair")
    factories.make_up(factories.a_resource(ResourceKind.ARTIST), chair)

    assert [each.id for each in set_service.free_pools(db.session())] == [known.lamps]
    with pytest.raises(ValueError, match="no equipment"):
        change(known, equipment={chair.id: 1})
    assert unchanged(known)


def test_what_is_booked_keeps_its_room_and_its_equipment(known: Known) -> None:
    booking = book(known)
    before = _taken(booking)
    assert len(before) == 3

    change(known, rooms=known.rooms[1:], equipment={known.lamps: 3}, build=45)

    assert _taken(booking) == before
    assert factories.booking_of(booking.reference).room_id == known.rooms[0]


def test_what_is_booked_next_is_built_as_the_set_is_now(known: Known) -> None:
    package = db.session.get_one(Package, known.package)
    for build, opens in ((45, 45), (0, 0)):
        change(known, build=build)
        needs = sale.sale_of(db.session(), package.slug).needs
        first = openings.starts_on(db.session(), needs, [factories.DAY], ports().now())[0]
        assert from_epoch(first.at) == TEN_FIFTEEN.replace(hour=9, minute=opens)


def _taken(booking: Booking) -> list[tuple[int, int, int, int]]:
    db.session.rollback()
    rows = db.session.scalars(
        select(Allocation)
        .where(Allocation.booking_id == booking.id)
        .order_by(Allocation.resource_id)
    )
    return [(row.resource_id, row.quantity, row.busy_from, row.busy_to) for row in rows]
