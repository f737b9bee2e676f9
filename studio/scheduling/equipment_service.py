"""What kinds of equipment there are, and how many units of each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    column,
    delete,
    exists,
    func,
    or_,
    select,
    table,
)
from sqlalchemy.orm import Session, aliased

from studio.db import epoch, from_epoch, retried, transaction
from studio.domain.availability.sessions import in_use
from studio.domain.wall_clock import local_date
from studio.ports import ports
from studio.scheduling import calendar, roster
from studio.scheduling.models import (
    Allocation,
    Photographer,
    Resource,
    ResourceKind,
    Set,
    SetEquipment,
)
from studio.scheduling.openings import known_house
from studio.scheduling.places import Place
from studio.scheduling.queries import studio_of, taken, window

# By the names of their tables: add-ons stand above the calendar.
_ADD_ONS = table("add_ons", column("id"), column("name"), column("archived_at"))
_TAKEN = table("add_on_resources", column("add_on_id"), column("resource_id"), column("quantity"))

# Later than anything that can be booked.
_END_OF_TIME = 2**40


class InUse(Exception):
    """At *at*, *units* are booked: more than there would be."""

    def __init__(self, at: datetime, units: int) -> None:
        super().__init__(f"{units} are booked at {at.isoformat()}")
        self.at = at
        self.units = units


class Needed(Exception):
    """*name* takes *units*: more than there would be, so it could never be booked."""

    def __init__(self, name: str, units: int) -> None:
        super().__init__(f"{name} takes {units}")
        self.name = name
        self.units = units


class SetNeeds(Needed):
    """It is a set in use."""


class AddOnNeeds(Needed):
    """It is an add-on on sale, which comes before sessions."""


@retried
def add_pool(name: str, capacity: int) -> None:
    """One more kind of equipment, of which there are *capacity* units.

    Raises:
        roster.NameTaken: if another kind has the name.
    """
    with transaction() as session:
        calendar.lock(session)
        roster.add(session, ResourceKind.POOL, name, capacity=capacity)


@retried
def set_capacity(pool_id: int, capacity: int, *, name: str | None = None) -> None:
    """There are *capacity* units of a pool from now on, which is called *name* if that is given.

    Raises:
        ValueError: if it is no pool.
        roster.NameTaken: if another kind has the name.
        SetNeeds: if a set in use takes more.
        AddOnNeeds: if an add-on on sale takes more.
        InUse: if more are booked at once, from building to striking; it names the first time.
    """
    with transaction() as session:
        calendar.lock(session)
        now = ports().now()
        pool = session.get_one(Resource, pool_id)
        if pool.kind is not ResourceKind.POOL:
            raise ValueError("only equipment is counted")
        if capacity < pool.capacity:
            _refuse_what_sets_need(session, pool_id, capacity)
            _refuse_what_add_ons_need(session, pool_id, capacity)
            _refuse_what_is_booked(session, pool_id, capacity, now)
            _give_back(session, pool_id, now)
        pool.capacity = capacity
        if name is not None:
            roster.rename(session, pool, name)


def _refuse_what_sets_need(session: Session, pool_id: int, capacity: int) -> None:
    needing = session.execute(
        select(Set.name, SetEquipment.quantity)
        .join(SetEquipment, SetEquipment.set_id == Set.id)
        .where(
            SetEquipment.resource_id == pool_id,
            SetEquipment.quantity > capacity,
            Set.archived_at.is_(None),
        )
        .order_by(SetEquipment.quantity.desc(), Set.name)
    ).first()
    if needing:
        raise SetNeeds(*needing)


def _refuse_what_add_ons_need(session: Session, pool_id: int, capacity: int) -> None:
    needing = session.execute(
        select(_ADD_ONS.c.name, _TAKEN.c.quantity)
        .join(_TAKEN, _TAKEN.c.add_on_id == _ADD_ONS.c.id)
        .where(
            _TAKEN.c.resource_id == pool_id,
            _TAKEN.c.quantity > capacity,
            _ADD_ONS.c.archived_at.is_(None),
        )
        .order_by(_TAKEN.c.quantity.desc(), _ADD_ONS.c.name)
    ).first()
    if needing:
        raise AddOnNeeds(*needing)


def _refuse_what_is_booked(session: Session, pool_id: int, capacity: int, now: datetime) -> None:
    """As the engine counts: sessions that share a standing set share its equipment."""
    known, second = known_house(session), epoch(now)
    today = [local_date(second, known.zone)]
    # What is over may still be struck.
    since, _ = window(today, known.zone)
    reading = taken(session, known, since, _END_OF_TIME, second)
    studio = studio_of(known, today, reading, ())
    for begin, end, units in in_use(studio, pool_id):
        if units > capacity and end > second:
            raise InUse(from_epoch(begin), units)


def _give_back(session: Session, pool_id: int, now: datetime) -> None:
    """What sessions that are over took is back; the database's guard would count it for ever.

    While their sets are struck it is not.
    """
    second, own = epoch(now), aliased(Allocation)
    calendar.drop_expired(session, 0, _END_OF_TIME, second)
    comes_before = ~exists().where(
        own.booking_id == Allocation.booking_id,
        own.busy_to == Allocation.busy_to,
        own.resource_id == Photographer.id,
    )
    striking = select(Set.strike_minutes).where(Set.id == Allocation.last_set_id)
    way = select(Place.travel_minutes).where(Place.id == Allocation.place_id)
    after = Allocation.clear_minutes + _figure(striking) + func.coalesce(_figure(way), 0)
    session.execute(
        delete(Allocation).where(
            Allocation.resource_id == pool_id,
            Allocation.busy_to <= second,
            or_(comes_before, Allocation.busy_to + after * 60 <= second),
        )
    )


def _figure(wanted: Select[int]) -> ColumnElement[int]:
    return wanted.correlate(Allocation).scalar_subquery()
