"""What takes time in the drawn calendar, read with a fixed number of questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from studio.booking.models import Booking
from studio.catalogue.models import Genre
from studio.db import epoch
from studio.domain.lifecycle import BookingState
from studio.domain.turnaround import SetTimes
from studio.domain.wall_clock import local_date
from studio.office.queries import STANDING, with_people
from studio.office.turnarounds import OnSpot, Turnaround, turnarounds
from studio.scheduling.models import Allocation, Block, Set
from studio.scheduling.outside.models import OutsideBusy
from studio.scheduling.queries import LONGEST


@dataclass(frozen=True, slots=True)
class Slot:
    """A session or a live hold in the calendar, with what its set needs around it."""

    booking: Booking
    first_set: str
    last_set: str
    turnaround: Turnaround

    @property
    def sets(self) -> str:
        if self.first_set == self.last_set:
            return self.first_set
        return f"{self.first_set}, then {self.last_set}"

    @property
    def held(self) -> bool:
        return self.booking.state is BookingState.HELD

    @property
    def genre(self) -> Genre:
        return self.booking.package.session_type.genre


@dataclass(frozen=True, slots=True)
class Closed:
    """A stretch, in epoch seconds, for which a resource has time off, or is busy elsewhere."""

    resource_id: int
    busy_from: int
    busy_to: int
    why: str


@dataclass(frozen=True, slots=True)
class Before:
    """When an artist is at work, in epoch seconds, and for which booking's session."""

    resource_id: int
    busy_from: int
    busy_to: int
    booking_id: int


def slots(
    session: Session,
    since: datetime,
    until: datetime,
    now: datetime,
    *,
    zone: ZoneInfo,
    photographer_id: int | None,
) -> list[Slot]:
    """What takes time between two midnights of *zone*, of one photographer or of all, in order."""
    # Everybody's are read: who else is in the room decides what has to be built.
    rows = session.execute(
        select(
            Booking,
            Allocation.first_set_id,
            Allocation.last_set_id,
            Allocation.same_minutes,
            Allocation.clear_minutes,
        )
        .join(
            Allocation,
            and_(
                Allocation.booking_id == Booking.id,
                Allocation.resource_id == Booking.photographer_id,
            ),
        )
        .where(*_live_between(since, until, now))
        .options(*with_people())
        .order_by(Booking.starts_at, Booking.id)
    ).all()
    names, times = _sets(session)
    around = turnarounds(
        (OnSpot(each.id, _spot(each), each.starts_at, each.ends_at, *rest) for each, *rest in rows),
        times,
        zone,
    )
    return [
        Slot(each, names[first], names[last], around[each.id])
        for each, first, last, *_ in rows
        if photographer_id in {None, each.photographer_id}
    ]


def closed(
    session: Session, since: datetime, until: datetime, resources: Collection[int]
) -> list[Closed]:
    """Time off, and what calendars elsewhere say, between two instants, in order."""
    off = select(Block.resource_id, Block.busy_from, Block.busy_to, Block.note).where(
        Block.resource_id.in_(resources),
        Block.busy_from < epoch(until),
        Block.busy_to > epoch(since),
    )
    elsewhere = select(
        OutsideBusy.resource_id,
        OutsideBusy.busy_from,
        OutsideBusy.busy_to,
        literal("Busy elsewhere"),
    ).where(
        OutsideBusy.resource_id.in_(resources),
        OutsideBusy.busy_from < epoch(until),
        OutsideBusy.busy_to > epoch(since),
    )
    rows = session.execute(off.union_all(elsewhere)).all()
    return sorted(
        (Closed(row[0], row[1], row[2], row[3] or "Time off") for row in rows),
        key=lambda each: (each.busy_from, each.busy_to),
    )


def before(
    session: Session,
    since: datetime,
    until: datetime,
    now: datetime,
    artists: Collection[int],
) -> list[Before]:
    """When *artists* are at work between two instants, in order."""
    rows = session.execute(
        select(
            Allocation.resource_id,
            Allocation.busy_from,
            Allocation.busy_to,
            Allocation.booking_id,
        )
        .where(Allocation.resource_id.in_(artists), *_live_between(since, until, now))
        .order_by(Allocation.busy_from)
    )
    return [Before(*row) for row in rows]


def sessions_by_day(
    session: Session, since: datetime, until: datetime, resources: Collection[int], zone: ZoneInfo
) -> Counter[tuple[int, date]]:
    """How many agreed sessions take each of *resources*, by the day on which they begin to."""
    rows = session.execute(
        select(Allocation.resource_id, Allocation.booking_id, Allocation.busy_from)
        .join(Booking, Booking.id == Allocation.booking_id)
        .where(
            Booking.state.in_(STANDING),
            Allocation.resource_id.in_(resources),
            Allocation.busy_from >= epoch(since),
            Allocation.busy_from < epoch(until),
        )
    )
    # An artist may have several parts of one session.
    parts = {(resource, booking, local_date(at, zone)) for resource, booking, at in rows}
    return Counter((resource, day) for resource, _, day in parts)


def next_session(session: Session, now: datetime, photographer_id: int) -> datetime | None:
    """When the first session of a photographer begins that is not over."""
    return session.scalars(
        select(func.min(Booking.starts_at)).where(
            Booking.photographer_id == photographer_id,
            Booking.state.in_(STANDING),
            Booking.ends_at > now,
        )
    ).one()


def _live_between(
    since: datetime, until: datetime, now: datetime
) -> tuple[ColumnElement[bool], ...]:
    return (
        Allocation.busy_from > epoch(since) - LONGEST,
        Allocation.busy_from < epoch(until),
        Allocation.busy_to > epoch(since),
        or_(Allocation.expires_at.is_(None), Allocation.expires_at > epoch(now)),
    )


def _spot(booking: Booking) -> tuple[int, int]:
    """Where its set stands: a room is everybody's, on location each photographer builds anew."""
    if booking.place_id is None:
        return 0, booking.room_id or 0
    if booking.comes_to_client:
        return -1, booking.id
    return booking.photographer_id, booking.place_id


def _sets(session: Session) -> tuple[dict[int, str], dict[int, SetTimes]]:
    """The names of all sets, and how long they take, by their ids."""
    rows = session.execute(select(Set.id, Set.name, Set.build_minutes, Set.strike_minutes)).all()
    return (
        {each: name for each, name, *_ in rows},
        {each: SetTimes(build * 60, strike * 60) for each, _, build, strike in rows},
    )
