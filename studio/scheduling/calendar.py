"""What is open and who takes it: the same engine offers a start and accepts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, case, delete, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from studio.db import epoch, refusal
from studio.domain import assignment, availability
from studio.domain.availability import (
    STUDIO,
    Needs,
)
from studio.domain.wall_clock import local_date
from studio.inserts import insert_if_new
from studio.scheduling.fairness import workload
from studio.scheduling.house import House
from studio.scheduling.memory import COUNTS, changing, wait
from studio.scheduling.models import Allocation, CalendarLock
from studio.scheduling.openings import known_house, openings
from studio.scheduling.queries import Reading, studio_of

_counts: Any = CalendarLock.__table__
_WAIT = COUNTS.with_for_update()
_HOUSE_CHANGED = update(_counts).values(version=_counts.c.version + 1)
_TAKEN_CHANGED = update(_counts).values(taken=_counts.c.taken + 1)


class StartNotOpen(Exception):
    """The start is not open, or no longer; *starts_at* is what was asked for."""

    def __init__(self, starts_at: datetime) -> None:
        super().__init__(f"no such session may start at {starts_at.isoformat()}")
        self.starts_at = starts_at


class Part(NamedTuple):
    """What a booking takes of one resource, in epoch seconds."""

    resource_id: int
    since: int
    until: int
    units: int = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """A start that was open under the lock, and who takes it where.

    Without a room it is on location. *before* is what comes before the session.
    """

    needs: Needs
    starts_at: datetime
    photographer_id: int
    room_id: int | None
    before: tuple[Part, ...] = ()

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(seconds=self.needs.seconds)


def queue(session: Session) -> None:
    """Wait for whoever is claiming now; once a transaction. On SQLite that itself is the queue."""
    wait(session, _WAIT)


def lock(session: Session) -> None:
    """Before any change of hours, blocks, capacities, sets, people, places, packages or facts.

    Claims queue behind it, so what they check is what is written, and what processes keep in
    memory ends with it.
    """
    queue(session)
    changing(session)
    session.execute(_HOUSE_CHANGED)


def claim(
    session: Session,
    needs: Needs,
    start: datetime,
    now: datetime,
    *,
    leaving_out: int | None = None,
) -> Claim:
    """Find, under the lock, who shoots a session at *start* and where.

    `needs.photographers` are those who may: one, if the client asked for one. Among several
    the least busy is taken. `allocate` writes it down once there is a booking. What the booking
    *leaving_out* takes itself is free to it.

    Raises:
        StartNotOpen: if no session like this may start then.
    """
    queue(session)
    # In a zone of its own Python would count the minutes on the wall clock.
    start, at, second = start.astimezone(UTC), epoch(start), epoch(now)
    known = known_house(session)
    day = local_date(at, known.zone)
    found_open = openings(session, needs, [day], now, leaving_out)
    found = next((each for each in found_open.starts if each.at == at), None)
    if found is None or at < second + needs.lead:
        raise StartNotOpen(start)
    if found_open.reading.stale:
        drop_expired(session, at - begins_before(needs), at + needs.seconds, second)
    before = before_session(known, needs, found_open.reading, at, day)
    if len(found.options) == 1:
        (who,) = found.options
        return Claim(needs, start, who, assignment.room_for(found, who), before)
    who, room = assignment.choose(
        found,
        *workload(session, found.options, day, known.zone, now=second, leaving_out=leaving_out),
        {each: known.things[each].name for each in found.options},
    )
    return Claim(needs, start, who, room, before)


def before_session(
    known: House, needs: Needs, reading: Reading, at: int, day: date
) -> tuple[Part, ...]:
    """Who and what comes before a session at *at*, which is open."""
    if not needs.before:
        return ()
    studio = studio_of(known, [day], reading, {a for step in needs.before for a in step.artists})
    parts = []
    for step in needs.before:
        since, until = at - step.begins, at - step.ends
        parts += [Part(pool, since, until, units) for pool, units in step.equipment.items()]
        free = [who for who in step.artists if availability.artist_free(studio, step, who, [at])]
        # Staff may have set aside that nobody has hours then: somebody without other work does it.
        spare = [
            who
            for who in step.artists
            if not any(a < until and since < b for a, b in reading.engaged.get(who, ()))
        ]
        parts += [Part(who, since, until) for who in (free or spare)[:1]]
    return tuple(parts)


def begins_before(needs: Needs) -> int:
    """Seconds from the first thing that comes before a session to its start."""
    return max((step.begins for step in needs.before), default=0)


def move(session: Session, needs: Needs, booking_id: int, start: datetime, now: datetime) -> Claim:
    """Take a new time for a session in place of the old; what it takes itself is free to it.

    Raises:
        StartNotOpen: if it may not start then; it keeps the time it has.
    """
    found = claim(session, needs, start, now, leaving_out=booking_id)
    reallocate(session, found, booking_id)
    return found


def reallocate(session: Session, found: Claim, booking_id: int) -> None:
    """Let a session take what *found* says in place of what it takes. The caller has the lock.

    Raises:
        StartNotOpen: if the database itself refuses; it keeps what it has.
    """
    with session.begin_nested():
        session.execute(delete(Allocation).where(Allocation.booking_id == booking_id))
        allocate(session, found, booking_id, None)


def allocate(session: Session, found: Claim, booking_id: int, expires_at: datetime | None) -> None:
    """Write down what *booking_id* takes; an unpaid hold until *expires_at*, else for good.

    Raises:
        StartNotOpen: if the database itself refuses, which the lock makes needless.
    """
    rows = rows_of(found, booking_id, expires_at)
    try:
        written = insert_if_new(session, Allocation, rows)
    except DBAPIError as error:
        if refusal(error) == "taken":
            raise StartNotOpen(found.starts_at) from error
        raise
    if len(written) < len(rows):
        raise StartNotOpen(found.starts_at)
    _taken_changed(session)


def rows_of(found: Claim, booking_id: int, expires_at: datetime | None) -> list[dict[str, object]]:
    """The allocations that a claim is written down as, in the order every writer keeps."""
    needs, since, until = found.needs, epoch(found.starts_at), epoch(found.ends_at)
    common: dict[str, object] = {
        "booking_id": booking_id,
        "expires_at": epoch(expires_at) if expires_at else None,
        "package_id": needs.package_id,
        "first_set_id": needs.first_set,
        "last_set_id": needs.last_set,
        "same_minutes": needs.same // 60,
        "clear_minutes": needs.clear // 60,
        "place_id": None if needs.place == STUDIO else needs.place,
    }
    one_of_a_kind = {found.photographer_id, found.room_id}
    pools = {*needs.equipment, *(pool for step in needs.before for pool in step.equipment)}
    parts = [
        *(Part(each, since, until) for each in one_of_a_kind if each is not None),
        *(Part(pool, since, until, units) for pool, units in needs.equipment.items()),
        *found.before,
    ]
    return [
        {
            **common,
            "resource_id": part.resource_id,
            "exclusive": part.resource_id not in pools,
            "quantity": part.units,
            "busy_from": part.since,
            "busy_to": part.until,
        }
        for part in sorted(parts)
    ]


def release(session: Session, booking_id: int) -> None:
    """Give back all that a booking takes. The caller has the calendar's lock."""
    _taken_changed(session)
    session.execute(delete(Allocation).where(Allocation.booking_id == booking_id))


def expire_at(session: Session, booking_id: int, instant: datetime | None) -> bool:
    """Let a booking's allocations run out at *instant*, or never. The caller has the lock.

    False if it has none any more: its hold ran out and somebody else may have the time.
    """
    _taken_changed(session)
    changed = session.scalars(
        update(Allocation)
        .where(Allocation.booking_id == booking_id)
        .values(expires_at=epoch(instant) if instant else None)
        .returning(Allocation.id)
    )
    return changed.first() is not None


def lasting(booking_id: Any) -> ScalarSelect[int | None]:
    """1 if all that a booking takes is its for good, 0 if some runs out, NULL if it takes nothing.

    To be read with the booking, of which *booking_id* is the column.
    """
    stays = case((Allocation.expires_at.is_(None), 1), else_=0)
    return select(func.min(stays)).where(Allocation.booking_id == booking_id).scalar_subquery()


def _taken_changed(session: Session) -> None:
    changing(session)
    session.connection().execute(_TAKEN_CHANGED)


def drop_expired(session: Session, since: int, until: int, now: int) -> None:
    """Holds that ran out block nobody, but the database's guard still sees their rows."""
    session.execute(
        delete(Allocation).where(
            Allocation.expires_at <= now,
            Allocation.busy_from < until,
            Allocation.busy_to > since,
        )
    )
