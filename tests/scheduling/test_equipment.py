"""How many of each kind of equipment there are: no fewer than sets need or sessions use."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from studio.booking.models import Booking
from studio.booking.service import HoldRequest, hold_time
from studio.catalogue.models import Package
from studio.db import db, epoch
from studio.domain.lifecycle import BookingState
from studio.scheduling import equipment_service
from studio.scheduling.calendar import StartNotOpen
from studio.scheduling.equipment_service import InUse, SetNeeds
from studio.scheduling.memory import memory
from studio.scheduling.models import Allocation, Resource, ResourceKind, Set, SetEquipment
from tests import factories
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN

HOUR = timedelta(hours=1)


class Kit(NamedTuple):
    """Five lamps, a package that takes two of them, and three rooms and people for it."""

    lamps: int
    package: str
    people: tuple[str, ...]


@pytest.fixture
def kit(database: None) -> Kit:
    factories.a_studio()
    lamps = factories.a_resource(ResourceKind.POOL, name="Lamps", capacity=5)
    rooms = [factories.a_resource(name=f"Room {n}") for n in range(3)]
    grey = factories.a_set(rooms=rooms, equipment=[(lamps, 2)])
    package = factories.a_package(sets=[grey], deposit_percent=0)
    people = tuple(factories.a_photographer(f"Person {n}").slug for n in range(3))
    return Kit(lamps.id, package.slug, people)


def book(kit: Kit, who: int, starts_at: datetime = TEN_FIFTEEN) -> Booking:
    package = db.session.scalars(select(Package).where(Package.slug == kit.package)).one()
    return factories.a_confirmed_booking(package, starts_at, photographer=kit.people[who])


def capacity(kit: Kit) -> int:
    db.session.rollback()
    return db.session.get_one(Resource, kit.lamps).capacity


def refused(kit: Kit, wanted: int) -> tuple[datetime, int]:
    before = capacity(kit)
    with pytest.raises(InUse) as told:
        equipment_service.set_capacity(kit.lamps, wanted)
    assert capacity(kit) == before
    return told.value.at, told.value.units


def test_below_what_is_booked_at_once_is_refused_and_the_first_time_named(kit: Kit) -> None:
    book(kit, 0, TEN_FIFTEEN + 24 * HOUR)
    book(kit, 1, TEN_FIFTEEN + 24 * HOUR)
    book(kit, 2)

    # With the next day's two sets built, at ten.
    assert refused(kit, 3) == (TEN_FIFTEEN + 24 * HOUR - timedelta(minutes=15), 4)
    equipment_service.set_capacity(kit.lamps, 4)
    assert capacity(kit) == 4


def test_building_and_striking_count(kit: Kit) -> None:
    """The second begins in another room as the first ends, so both sets are out for a while."""
    book(kit, 0)
    book(kit, 1, TEN_FIFTEEN + HOUR)

    assert refused(kit, 3) == (TEN_FIFTEEN + HOUR - timedelta(minutes=15), 4)
    equipment_service.set_capacity(kit.lamps, 4)


def test_a_set_that_stays_is_counted_once(kit: Kit) -> None:
    book(kit, 0)
    book(kit, 1, TEN_FIFTEEN + HOUR + timedelta(minutes=15))
    assert len(set(db.session.scalars(select(Booking.room_id)))) == 1

    equipment_service.set_capacity(kit.lamps, 2)

    assert capacity(kit) == 2


def test_what_is_carried_along_is_out_for_the_way(kit: Kit) -> None:
    grey = db.session.scalars(select(SetEquipment)).one().set_id
    away = factories.a_package(
        sets=[db.session.get_one(Set, grey)],
        deposit_percent=0,
        place=factories.a_place(travel=30),
    )
    factories.a_confirmed_booking(away, photographer=kit.people[0])
    book(kit, 1, TEN_FIFTEEN + HOUR + timedelta(minutes=45))

    # The one comes back at 11:55, and the other builds from 11:45.
    assert refused(kit, 3) == (TEN_FIFTEEN + HOUR + timedelta(minutes=30), 4)


def test_below_what_a_set_takes_is_refused_unless_it_is_archived(kit: Kit, clock: Clock) -> None:
    with pytest.raises(SetNeeds) as told:
        equipment_service.set_capacity(kit.lamps, 1)
    assert (told.value.name, told.value.units) == ("Grey seamless", 2)

    db.session.execute(update(Set).values(archived_at=clock.now()))
    db.session.commit()
    equipment_service.set_capacity(kit.lamps, 1)
    assert capacity(kit) == 1


def test_a_live_hold_counts_and_one_that_ran_out_does_not(kit: Kit, clock: Clock) -> None:
    for who in (0, 1):
        hold_time(
            HoldRequest(package=kit.package, starts_at=TEN_FIFTEEN, photographer=kit.people[who])
        )
    assert refused(kit, 3) == (TEN_FIFTEEN - timedelta(minutes=15), 4)

    clock.advance(minutes=16)
    equipment_service.set_capacity(kit.lamps, 2)

    assert capacity(kit) == 2


def test_sessions_that_are_over_hold_nothing(kit: Kit, clock: Clock) -> None:
    for who in range(2):
        book(kit, who)
    clock.set(TEN_FIFTEEN + HOUR + timedelta(minutes=9))
    # Still being struck; in the database's own figures they are over.
    assert refused(kit, 3)[1] == 4

    clock.advance(minutes=1)
    equipment_service.set_capacity(kit.lamps, 2)

    assert capacity(kit) == 2
    assert len(db.session.scalars(select(Booking)).all()) == 2


def test_fewer_units_open_no_start_while_others_are_being_struck(kit: Kit, clock: Clock) -> None:
    white = factories.a_set(equipment=[(db.session.get_one(Resource, kit.lamps), 2)])
    elsewhere = factories.a_package(sets=[white], deposit_percent=0, lead_hours=0)
    for who in range(2):
        book(kit, who)
    ends = TEN_FIFTEEN + HOUR
    clock.set(ends + timedelta(minutes=1))

    equipment_service.set_capacity(kit.lamps, 4)

    # Its set is built from 11:15, and until 11:25 all four lamps are out.
    with pytest.raises(StartNotOpen):
        factories.a_hold(elsewhere, ends + timedelta(minutes=15), photographer=kit.people[2])
    factories.a_hold(elsewhere, ends + timedelta(minutes=30), photographer=kit.people[2])


def test_a_session_under_way_counts(kit: Kit, clock: Clock) -> None:
    for who in range(2):
        book(kit, who)
    clock.set(TEN_FIFTEEN + timedelta(minutes=30))

    assert refused(kit, 3) == (TEN_FIFTEEN - timedelta(minutes=15), 4)


def test_more_is_always_possible_and_offered_at_once(kit: Kit) -> None:
    book(kit, 0)
    book(kit, 1)
    with pytest.raises(StartNotOpen):
        book(kit, 2)

    equipment_service.set_capacity(kit.lamps, 6)

    assert book(kit, 2).state is BookingState.CONFIRMED


def test_only_equipment_is_counted(kit: Kit) -> None:
    room = db.session.scalars(select(Resource.id).where(Resource.kind == ResourceKind.ROOM)).first()
    assert room is not None
    with pytest.raises(ValueError, match="equipment"):
        equipment_service.set_capacity(room, 2)


quarters = st.integers(-4, 12).map(lambda n: TEN_FIFTEEN + timedelta(minutes=15 * n))


@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.integers(0, 2), quarters), max_size=4))
def test_refused_is_what_a_count_of_every_minute_says(
    kit: Kit, wanted: list[tuple[int, datetime]]
) -> None:
    _as_it_was(kit)
    for who, starts_at in wanted:
        with suppress(StartNotOpen):
            book(kit, who, starts_at)
    out = _out(kit)

    for units in (4, 3, 2):
        if above := [minute for minute, count in sorted(out.items()) if count > units]:
            at, told = refused(kit, units)
            assert (epoch(at) // 60, told) == (above[0], out[above[0]])
        else:
            equipment_service.set_capacity(kit.lamps, units)
            assert capacity(kit) == units


def _as_it_was(kit: Kit) -> None:
    db.session.execute(delete(Allocation))
    db.session.get_one(Resource, kit.lamps).capacity = 5
    db.session.commit()
    memory().forget()


def _out(kit: Kit) -> dict[int, int]:
    """Units out by minute: in a room, sessions from building to striking share what stands."""
    in_rooms = db.session.execute(
        select(Allocation.booking_id, Allocation.resource_id)
        .join(Resource, Resource.id == Allocation.resource_id)
        .where(Resource.kind == ResourceKind.ROOM)
    )
    rooms = {each.booking_id: each.resource_id for each in in_rooms}
    standing: defaultdict[int, set[int]] = defaultdict(set)
    for row in db.session.scalars(select(Allocation).where(Allocation.resource_id == kit.lamps)):
        for minute in range(row.busy_from // 60 - 15, row.busy_to // 60 + 10):
            standing[minute].add(rooms[row.booking_id])
    return {minute: 2 * len(there) for minute, there in standing.items()}
