"""What is open and who takes it: the same engine offers a start and accepts it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from studio.db import epoch, from_epoch, insert_if_new, refusal
from studio.domain import assignment, availability
from studio.domain.availability import (
    STUDIO,
    Gaps,
    Needs,
    Obstacle,
    Rule,
    Start,
    Step,
    Why,
)
from studio.domain.wall_clock import local_date
from studio.scheduling.house import House, house
from studio.scheduling.memory import changing, memory, recall, version, wait
from studio.scheduling.models import Allocation, CalendarLock
from studio.scheduling.queries import NOTHING, Reading, midnight, studio_of, taken, window

# A refusal looks this far on both sides for starts to offer instead.
_NEAR = timedelta(days=7)


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


class Openings(NamedTuple):
    """Some days as they stand, whatever the notice; shared, so nobody may change it.

    It holds until *reading.good_until*, when the first hold in it runs out.
    """

    starts: Sequence[Start]
    reading: Reading


def starts_on(
    session: Session,
    needs: Needs,
    days: Sequence[date],
    now: datetime,
    *,
    leaving_out: int | None = None,
) -> list[Start]:
    """The starts open on the local dates *days*, in order.

    With *leaving_out*, those open to that booking: what it takes itself is free to it.
    """
    if not days:
        return []
    found, second = _openings(session, needs, days, now, leaving_out), epoch(now)
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


def _openings(
    session: Session,
    needs: Needs,
    days: Sequence[date],
    now: datetime,
    leaving_out: int | None = None,
) -> Openings:
    known, second = known_house(session), epoch(now)
    if leaving_out is not None:
        return _open(session, known, needs, days, second, leaving_out)
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


def preferred(session: Session, needs: Needs, starts: Sequence[Start]) -> set[int]:
    """Which of *starts*, all of their days, the studio would rather sell, in epoch seconds.

    Those that leave no gap, where the package or else the studio prefers them; otherwise none.
    """
    if (needs.gaps or known_house(session).gaps) is not Gaps.PREFER:
        return set()
    return {each.at for each in availability.gap_free(starts, needs.step_minutes)}


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


def _open(
    session: Session,
    known: House,
    needs: Needs,
    days: Sequence[date],
    now: int,
    leaving_out: int | None = None,
) -> Openings:
    """The starts on *days*; read with the whole week where it is one day, to share work fairly."""
    reach = _week_of(days[0]) if len(days) == 1 else days
    reading = taken(session, known, *window(reach, known.zone), now, leaving_out)
    studio = studio_of(known, days, reading, _who_and_where(needs), needs.place)
    begin = midnight(local_date(now, known.zone), known.zone)
    starts = availability.open_starts(studio, replace(needs, lead=0), days, begin)
    if (needs.gaps or known.gaps) is Gaps.ONLY:
        starts = availability.gap_free(starts, needs.step_minutes)
    return Openings(starts, reading)


def _room(known: House, needs: Needs, days: Sequence[date], now: int) -> Mapping[date, int]:
    studio = studio_of(known, days, NOTHING, _who_and_where(needs), needs.place)
    begin = midnight(local_date(now, known.zone), known.zone)
    empty = replace(studio, blocked={})
    starts = availability.open_starts(empty, replace(needs, lead=0), days, begin)
    return Counter(local_date(each.at, known.zone) for each in starts)


def _key(needs: Needs) -> tuple[Hashable, ...]:
    """All that decides where *needs* fit, the notice aside."""
    return tuple(
        _hashable(getattr(needs, each.name)) for each in fields(needs) if each.name != "lead"
    )


def _hashable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted(value.items()))
    if isinstance(value, tuple):
        return tuple(_hashable(each) for each in value)
    if isinstance(value, Step):
        return value.begins, value.ends, value.artists, _hashable(value.equipment)
    return value


def known_house(session: Session) -> House:
    """The studio apart from its bookings, as this transaction sees it."""
    return recall(session, ("house", version(session).house), lambda: house(session))


def nearest(
    session: Session,
    needs: Needs,
    start: datetime,
    now: datetime,
    most: int = 3,
    *,
    leaving_out: int | None = None,
) -> list[Start]:
    """The open starts nearest to *start*, within a week before and after, in order of time."""
    zone = known_house(session).zone
    first = local_date(epoch(max(start - _NEAR, now)), zone)
    last = local_date(epoch(start + _NEAR), zone)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found = starts_on(session, needs, days, now, leaving_out=leaving_out)
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
    at, second = epoch(start), epoch(now)
    known = known_house(session)
    day = local_date(at, known.zone)
    openings = _openings(session, needs, [day], now, leaving_out)
    found = next((each for each in openings.starts if each.at == at), None)
    if found is None or at < second + needs.lead:
        raise StartNotOpen(start)
    if openings.reading.stale:
        _drop_expired(session, at - begins_before(needs), at + needs.seconds, second)
    before = _before(known, needs, openings.reading, at, day)
    if len(found.options) == 1:
        (who,) = found.options
        return Claim(needs, start, who, assignment.room_for(found, who), before)
    who, room = assignment.choose(
        found,
        *assignment.workload(openings.reading.taken, at, known.zone),
        {each: known.things[each].name for each in found.options},
    )
    return Claim(needs, start, who, room, before)


def _before(known: House, needs: Needs, reading: Reading, at: int, day: date) -> tuple[Part, ...]:
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


def why_not(
    session: Session,
    needs: Needs,
    start: datetime,
    now: datetime,
    *,
    leaving_out: int | None = None,
) -> list[Why]:
    """What is in the way of a session at *start*, for each photographer and room.

    Open are those without an obstacle. What the booking *leaving_out* takes is in nobody's way.
    """
    return _judged(session, needs, start, now, leaving_out)[0]


def claim_anyway(
    session: Session,
    needs: Needs,
    start: datetime,
    now: datetime,
    *,
    photographer_id: int,
    leaving_out: int | None = None,
) -> tuple[Claim, tuple[Obstacle, ...]]:
    """A start as staff take it for a photographer against the rules, and the rules it breaks.

    In the room where these are fewest.

    Raises:
        StartNotOpen: if there is something in the way that nobody can set aside.
    """
    queue(session)
    found, reading = _judged(session, needs, start, now, leaving_out)
    possible = [each for each in found if each.photographer == photographer_id and not each.hard]
    if not possible:
        raise StartNotOpen(start)
    best = min(possible, key=lambda each: len(each.obstacles))
    at, known = epoch(start), known_house(session)
    if reading.stale:
        _drop_expired(session, at - begins_before(needs), at + needs.seconds, epoch(now))
    before = _before(known, needs, reading, at, local_date(at, known.zone))
    return Claim(needs, start, photographer_id, best.room, before), best.obstacles


def _judged(
    session: Session, needs: Needs, start: datetime, now: datetime, leaving_out: int | None
) -> tuple[list[Why], Reading]:
    known, at, second = known_house(session), epoch(start), epoch(now)
    days = [local_date(at, known.zone)]
    reading = taken(session, known, *window(days, known.zone), second, leaving_out)
    studio = studio_of(known, days, reading, _who_and_where(needs), needs.place)
    found = availability.why_not(studio, needs, at, second)
    if (needs.gaps or known.gaps) is not Gaps.ONLY:
        return found, reading
    begin = midnight(local_date(second, known.zone), known.zone)
    starts = availability.open_starts(studio, replace(needs, lead=0), days, begin)
    kept = availability.gap_free(starts, needs.step_minutes)
    options = next((each.options for each in kept if each.at == at), {})
    return [
        each
        if each.obstacles or _among(options, each)
        else each._replace(obstacles=(Obstacle(rule=Rule.GAP),))
        for each in found
    ], reading


def _among(options: Mapping[int, tuple[int, ...]], why: Why) -> bool:
    rooms = options.get(why.photographer)
    return rooms is not None and (why.room is None or why.room in rooms)


def move(session: Session, needs: Needs, booking_id: int, start: datetime, now: datetime) -> Claim:
    """Take a new time for a booking, then give up the old; what it takes itself is free to it.

    An unpaid hold runs out when it would have.

    Raises:
        StartNotOpen: if it may not start then; it keeps the time it has.
    """
    found = claim(session, needs, start, now, leaving_out=booking_id)
    reallocate(session, found, booking_id)
    return found


def reallocate(session: Session, found: Claim, booking_id: int) -> None:
    """Let a booking take what *found* says in place of what it takes. The caller has the lock.

    Raises:
        StartNotOpen: if the database itself refuses; it keeps what it has.
    """
    mine = Allocation.booking_id == booking_id
    ends = session.scalars(select(Allocation.expires_at).where(mine).limit(1)).first()
    with session.begin_nested():
        session.execute(delete(Allocation).where(mine))
        allocate(session, found, booking_id, None if ends is None else from_epoch(ends))


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
    artists = [who for step in needs.before for who in step.artists]
    return [*needs.photographers, *needs.rooms, *artists]


def _week_of(day: date) -> list[date]:
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=n) for n in range(7)]
