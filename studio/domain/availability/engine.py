"""From everything that is taken or closed to the starts that are left."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from studio.domain.availability.grid import day_spans, grid
from studio.domain.availability.sessions import (
    Sessions,
    Turnaround,
    concerning,
    full_days,
    short_of_kit,
    still_standing,
)
from studio.domain.availability.values import Needs, Start, Studio
from studio.domain.intervals import Span, inside, outside
from studio.domain.wall_clock import local_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

Spare = tuple[int, int | None, list[int]]
"""A photographer, the one room they could be in (None: any), and the starts that are so."""


def open_starts(studio: Studio, needs: Needs, days: Iterable[date], now: int) -> list[Start]:
    """The starts open on the local dates *days*, in order.

    *studio* must hold what lies on ``wall_clock.around(days)``; *now* is in
    epoch seconds. Every start names only photographers and rooms that keep
    every rule, so one more session can take a start or an option away and
    never add one.
    """
    dates = tuple(sorted(set(days)))
    return _open(studio, needs, dates, _candidates(studio, needs, dates, now))


def is_open(studio: Studio, needs: Needs, start: int, now: int) -> Start | None:
    """The open start at *start* (epoch seconds) as ``open_starts`` gives it, or None."""
    dates = (local_date(start, studio.zone),)
    if start not in _candidates(studio, needs, dates, now):
        return None
    return next(iter(_open(studio, needs, dates, [start])), None)


def _candidates(studio: Studio, needs: Needs, dates: tuple[date, ...], now: int) -> Sequence[int]:
    """The grid of *dates* between the least notice and the horizon."""
    last = local_date(now, studio.zone) + timedelta(days=needs.horizon_days)
    starts = grid(tuple(day for day in dates if day <= last), needs.step_minutes, studio.zone)
    return starts[bisect_left(starts, now + needs.lead) :]


def _open(
    studio: Studio, needs: Needs, dates: tuple[date, ...], starts: Sequence[int]
) -> list[Start]:
    """Those of *starts*, which lie on *dates*, that keep every rule.

    Rooms come before people: they are few, and a photographer need only be
    asked about the starts at which some room is free.
    """
    if any(units > studio.capacity[pool] for pool, units in needs.equipment.items()):
        return []
    days = day_spans(dates, studio.zone)
    if needs.max_per_day is not None:
        begins = [s.start for s in studio.taken if s.package_id == needs.package_id]
        starts = outside(starts, full_days(days, begins, needs.max_per_day))
    sessions = concerning(needs, studio.taken)
    turnaround = Turnaround(studio, needs)
    somebody = _either(_at_work(studio, needs, starts).values())
    free_rooms = _free_rooms(studio, needs, sessions, turnaround, somebody)
    at_work = _at_work(studio, needs, _either(free_rooms.values()))
    rooms = {room: set(free) for room, free in free_rooms.items()}
    people = list(_free_people(studio, needs, sessions, turnaround, days, at_work, rooms))
    found = _either(free for _, _, free in people)
    where = {at: tuple([room for room, free in rooms.items() if at in free]) for at in found}
    options: dict[int, dict[int, tuple[int, ...]]] = {at: {} for at in found}
    for who, only, free in people:
        for at in free:
            options[at][who] = where[at] if only is None else (only,)
    standing = {
        room: still_standing(
            [at for at in found if at in free], sessions.in_room[room], days, needs.first_set
        )
        for room, free in rooms.items()
    }
    return [
        Start(at, options[at], tuple([room for room in where[at] if at in standing[room]]))
        for at in found
    ]


def _either(several: Iterable[Iterable[int]]) -> list[int]:
    """The starts that are in one of *several* or in more, in order."""
    return sorted(dict.fromkeys(chain.from_iterable(several)))


def _at_work(studio: Studio, needs: Needs, starts: Sequence[int]) -> dict[int, list[int]]:
    """The starts within each photographer's hours; equal hours share one list."""
    shifts = {}
    at_work = {}
    for who in needs.photographers:
        reach = (0, needs.seconds) if who in studio.assisted else _padding(studio, needs)
        shift = studio.open.get(who, ()), reach
        if shift not in shifts:
            shifts[shift] = inside(starts, shift[0], *reach)
        at_work[who] = shifts[shift]
    return at_work


def _free_people(
    studio: Studio,
    needs: Needs,
    sessions: Sessions,
    turnaround: Turnaround,
    days: Sequence[Sequence[Span]],
    at_work: dict[int, list[int]],
    rooms: Mapping[int, set[int]],
) -> Iterator[Spare]:
    """When each photographer is free, in the order of *needs*, and in which of *rooms*."""
    kept_set: defaultdict[int, set[int]] = defaultdict(set)
    for room in rooms:
        for who in turnaround.keeping_set(sessions.in_room[room]):
            kept_set[who].add(room)
    for who in needs.photographers:
        helped = who in studio.assisted
        reach = (0, needs.seconds) if helped else _padding(studio, needs)
        own = sessions.of[who]
        away = _meeting(studio.blocked.get(who, ()), *reach)
        if who in studio.max_per_photographer_day:
            away += full_days(days, [s.start for s in own], studio.max_per_photographer_day[who])
        shut = turnaround.assisted(own) if helped else turnaround.alone(own)
        present = at_work[who]
        free = outside(present, sorted(away + shut))
        yield who, None, free
        for room in () if helped else kept_set[who]:
            if maybe := rooms[room].intersection(present).difference(free):
                elsewhere = [span for s, span in zip(own, shut, strict=True) if s.room != room]
                yield who, room, outside(sorted(maybe), sorted(away + elsewhere))


def _free_rooms(
    studio: Studio, needs: Needs, sessions: Sessions, turnaround: Turnaround, starts: Sequence[int]
) -> dict[int, list[int]]:
    """When each room can be had, in the order of *needs*, whoever the photographer."""
    reach = _padding(studio, needs)
    lacking = short_of_kit(studio, needs, sessions.with_kit)
    rooms = {}
    for room in needs.rooms:
        spans = turnaround.in_room(sessions.in_room[room])
        spans += _meeting(chain(studio.blocked.get(room, ()), lacking[room]), *reach)
        spans.sort()
        rooms[room] = outside(inside(starts, studio.open.get(room, ()), *reach), spans)
    return rooms


def _padding(studio: Studio, needs: Needs) -> tuple[int, int]:
    """Seconds from the start back to the first building, and on to the last striking."""
    after = needs.seconds + needs.clear + studio.sets[needs.last_set].strike
    return studio.sets[needs.first_set].build, after


def _meeting(spans: Iterable[Span], before: int, after: int) -> list[Span]:
    """The starts at which [start - before, start + after) meets one of *spans*.

    As in ``Turnaround``: strictly between the two figures.
    """
    return [(begin - after, end + before) for begin, end in spans]
