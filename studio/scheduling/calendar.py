"""What is open and who takes it: the same engine offers a start and accepts it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from studio.db import epoch, insert_if_new, refusal
from studio.domain import assignment, availability
from studio.domain.availability import Needs, Start
from studio.domain.wall_clock import local_date
from studio.scheduling.house import House, house
from studio.scheduling.memory import changing, memory, recall, version, wait
from studio.scheduling.models import Allocation, CalendarLock
from studio.scheduling.queries import Reading, midnight, studio_of, taken, window

# A refusal looks this far on both sides for starts to offer instead.
_NEAR = timedelta(days=7)


class StartNotOpen(Exception):
    """The start is not open, or no longer; *starts_at* is what was asked for."""

    def __init__(self, starts_at: datetime) -> None:
        super().__init__(f"no such session may start at {starts_at.isoformat()}")
        self.starts_at = starts_at


@dataclass(frozen=True, slots=True)
class Claim:
    """A start that was open under the lock, and who takes it where."""

    needs: Needs
    starts_at: datetime
    photographer_id: int
    room_id: int

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(seconds=self.needs.seconds)


class Openings(NamedTuple):
    """Some days as they stand, whatever the notice; shared, so nobody may change it.

    It holds until *reading.good_until*, when the first hold in it runs out.
    """

    starts: Sequence[Start]
    reading: Reading


def starts_on(session: Session, needs: Needs, days: Sequence[date], now: datetime) -> list[Start]:
    """The starts open on the local dates *days*, in order."""
    if not days:
        return []
    found, second = _openings(session, needs, days, now), epoch(now)
    # The notice moves by the second, so it is taken off last.
    earliest = bisect_left(found.starts, second + needs.lead, key=lambda start: start.at)
    return list(found.starts[earliest:])


def room_on(
    session: Session, needs: Needs, days: Sequence[date], now: datetime
) -> Mapping[date, int]:
    """How many starts each of *days* would have if nothing were taken or blocked."""
    known, second = known_house(session), epoch(now)
    today = local_date(second, known.zone)
    key = ("room", version(session).house, *_key(needs), days[0], days[-1], len(days), today)
    return recall(session, key, lambda: _room(known, needs, days, second))


def _openings(session: Session, needs: Needs, days: Sequence[date], now: datetime) -> Openings:
    known, second = known_house(session), epoch(now)
    key = _openings_key(session, known, needs, days, second)
    found = recall(session, key, lambda: _open(session, known, needs, days, second))
    if found.reading.good_until <= second:
        found = _open(session, known, needs, days, second)
    return found


def _openings_key(
    session: Session, known: House, needs: Needs, days: Sequence[date], now: int
) -> tuple[Hashable, ...]:
    today = local_date(now, known.zone)
    return ("starts", version(session), *_key(needs), days[0], days[-1], len(days), today)


def surely_gone(session: Session, needs: Needs, start: datetime, now: datetime) -> bool:
    """Whether somebody has found out already that no session may start at *start*.

    It costs next to nothing, so those who lose a race need not queue to hear it.
    """
    known, at, second = known_house(session), epoch(start), epoch(now)
    days = [local_date(at, known.zone)]
    found = memory().peek(_openings_key(session, known, needs, days, second))
    if not isinstance(found, Openings) or found.reading.good_until <= second:
        return False
    return at < second + needs.lead or all(each.at != at for each in found.starts)


def _open(session: Session, known: House, needs: Needs, days: Sequence[date], now: int) -> Openings:
    """The starts on *days*; read with the whole week where it is one day, to share work fairly."""
    reach = _week_of(days[0]) if len(days) == 1 else days
    reading = taken(session, known, *window(reach, known.zone), now)
    studio = studio_of(known, days, reading.taken, _who_and_where(needs))
    begin = midnight(local_date(now, known.zone), known.zone)
    return Openings(availability.open_starts(studio, replace(needs, lead=0), days, begin), reading)


def _room(known: House, needs: Needs, days: Sequence[date], now: int) -> Mapping[date, int]:
    empty = replace(studio_of(known, days, [], _who_and_where(needs)), blocked={})
    begin = midnight(local_date(now, known.zone), known.zone)
    starts = availability.open_starts(empty, replace(needs, lead=0), days, begin)
    return Counter(local_date(each.at, known.zone) for each in starts)


def _key(needs: Needs) -> tuple[Hashable, ...]:
    """All that decides where *needs* fit, the notice aside."""
    return (
        needs.package_id,
        needs.seconds,
        needs.first_set,
        needs.last_set,
        needs.same,
        needs.clear,
        tuple(sorted(needs.equipment.items())),
        needs.photographers,
        needs.rooms,
        needs.step_minutes,
        needs.horizon_days,
        needs.max_per_day,
    )


def known_house(session: Session) -> House:
    """The studio apart from its bookings, as this transaction sees it."""
    return recall(session, ("house", version(session).house), lambda: house(session))


def nearest(
    session: Session, needs: Needs, start: datetime, now: datetime, most: int = 3
) -> list[Start]:
    """The open starts nearest to *start*, within a week before and after, in order of time."""
    zone = known_house(session).zone
    first = local_date(epoch(max(start - _NEAR, now)), zone)
    last = local_date(epoch(start + _NEAR), zone)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found = starts_on(session, needs, days, now)
    wanted = epoch(start)
    return sorted(sorted(found, key=lambda each: abs(each.at - wanted))[:most])


def queue(session: Session) -> None:
    """Wait for whoever is claiming now; once a transaction. On SQLite that itself is the queue."""
    wait(session, select(CalendarLock.version, CalendarLock.taken).with_for_update())


def lock(session: Session) -> None:
    """Before any change of hours, blocks, capacities, sets, people or packages.

    Claims queue behind it, so what they check is what is written, and what processes keep in
    memory ends with it.
    """
    queue(session)
    changing(session)
    session.execute(update(CalendarLock).values(version=CalendarLock.version + 1))


def claim(session: Session, needs: Needs, start: datetime, now: datetime) -> Claim:
    """Find, under the lock, who shoots a session at *start* and where.

    `needs.photographers` are those who may: one, if the client asked for one. Among several
    the least busy is taken. `allocate` writes it down once there is a booking.

    Raises:
        StartNotOpen: if no session like this may start then.
    """
    queue(session)
    at, second = epoch(start), epoch(now)
    known = known_house(session)
    day = local_date(at, known.zone)
    openings = _openings(session, needs, [day], now)
    found = next((each for each in openings.starts if each.at == at), None)
    if found is None or at < second + needs.lead:
        raise StartNotOpen(start)
    if openings.reading.stale:
        _drop_expired(session, at, at + needs.seconds, second)
    if len(found.options) == 1:
        (who,) = found.options
        return Claim(needs, start, who, assignment.room_for(found, who))
    who, room = assignment.choose(
        found,
        *assignment.workload(openings.reading.taken, at, known.zone),
        {each: known.things[each].name for each in found.options},
    )
    return Claim(needs, start, who, room)


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
    needs = found.needs
    common: dict[str, object] = {
        "booking_id": booking_id,
        "busy_from": epoch(found.starts_at),
        "busy_to": epoch(found.ends_at),
        "expires_at": epoch(expires_at) if expires_at else None,
        "package_id": needs.package_id,
        "first_set_id": needs.first_set,
        "last_set_id": needs.last_set,
        "same_minutes": needs.same // 60,
        "clear_minutes": needs.clear // 60,
    }
    one_of_a_kind = {found.photographer_id: 1, found.room_id: 1}
    return [
        {**common, "resource_id": each, "exclusive": each in one_of_a_kind, "quantity": units}
        for each, units in sorted({**one_of_a_kind, **needs.equipment}.items())
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


def _taken_changed(session: Session) -> None:
    changing(session)
    session.execute(update(CalendarLock).values(taken=CalendarLock.taken + 1))


def _drop_expired(session: Session, since: int, until: int, now: int) -> None:
    """Holds that ran out block nobody, but the database's guard still sees their rows."""
    session.execute(
        delete(Allocation).where(
            Allocation.expires_at <= now,
            Allocation.busy_from < until,
            Allocation.busy_to > since,
        )
    )


def _who_and_where(needs: Needs) -> list[int]:
    return [*needs.photographers, *needs.rooms]


def _week_of(day: date) -> list[date]:
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=n) for n in range(7)]
