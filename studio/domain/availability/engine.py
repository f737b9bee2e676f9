"""From everything that is taken or closed to the starts that are left."""

from __future__ import annotations

from bisect import bisect_left
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

    Rooms come before people where they are no more than these: a photographer
    need only be asked about the starts at which some room is free. Fewer
    people than rooms are asked first, and again only if some set can stay.
    """
    if any(units > studio.capacity[pool] for pool, units in needs.equipment.items()):
        return []
    days = day_spans(dates, studio.zone)
    if needs.max_per_day is not None:
        begins = [s.start for s in studio.taken if s.package_id == needs.package_id]
        starts = outside(starts, full_days(days, begins, needs.max_per_day))
    sessions = concerning(needs, studio.taken)
    turnaround = Turnaround(studio, needs)
    away = _away(studio, needs, sessions, days)
    kept_set = turnaround.keeping_set(sessions.in_room)
    at_work = _at_work(studio, needs, starts)
    if few := len(needs.photographers) < len(needs.rooms):
        at_work = _at_best_free(studio, sessions, turnaround, at_work, away, kept_set)
    free_rooms = _free_rooms(studio, needs, sessions, turnaround, _either(at_work.values()))
    rooms = {room: set(free) for room, free in free_rooms.items()}
    somewhere = _either(free_rooms.values())
    people: list[Spare]
    if few:
        at_work = {who: sorted(set(somewhere).intersection(at)) for who, at in at_work.items()}
    else:
        at_work = _at_work(studio, needs, somewhere)
    if few and not kept_set:
        people = [(who, None, free) for who, free in at_work.items()]
    else:
        people = list(_free_people(studio, sessions, turnaround, at_work, away, kept_set, rooms))
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
        reach = _reach(studio, needs, who)
        shift = studio.open.get(who, ()), reach
        if shift not in shifts:
            shifts[shift] = inside(starts, shift[0], *reach)
        at_work[who] = shifts[shift]
    return at_work


def _at_best_free(
    studio: Studio,
    sessions: Sessions,
    turnaround: Turnaround,
    at_work: Mapping[int, list[int]],
    away: Mapping[int, list[Span]],
    kept_set: Mapping[int, set[int]],
) -> dict[int, list[int]]:
    """When each photographer is free; who has a *kept_set*, as if it stood in every room."""
    free = {}
    for who, present in at_work.items():
        own = sessions.of[who]
        if who in studio.assisted:
            shut = turnaround.assisted(own)
        elif who in kept_set:
            shut = turnaround.in_room(own)
        else:
            shut = turnaround.alone(own)
        free[who] = outside(present, sorted(away[who] + shut))
    return free


def _free_people(
    studio: Studio,
    sessions: Sessions,
    turnaround: Turnaround,
    at_work: Mapping[int, list[int]],
    away: Mapping[int, list[Span]],
    kept_set: Mapping[int, set[int]],
    rooms: Mapping[int, set[int]],
) -> Iterator[Spare]:
    """When each photographer is free, in the order of *at_work*, and in which of *rooms*."""
    for who, present in at_work.items():
        helped = who in studio.assisted
        own = sessions.of[who]
        shut = turnaround.assisted(own) if helped else turnaround.alone(own)
        free = outside(present, sorted(away[who] + shut))
        yield who, None, free
        for room in () if helped else kept_set.get(who, ()):
            if maybe := rooms[room].intersection(present).difference(free):
                elsewhere = [span for s, span in zip(own, shut, strict=True) if s.room != room]
                yield who, room, outside(sorted(maybe), sorted(away[who] + elsewhere))


def _away(
    studio: Studio, needs: Needs, sessions: Sessions, days: Sequence[Sequence[Span]]
) -> dict[int, list[Span]]:
    """What blocks and the daily limit forbid to each photographer."""
    away = {}
    for who in needs.photographers:
        away[who] = _meeting(studio.blocked.get(who, ()), *_reach(studio, needs, who))
        if (most := studio.max_per_photographer_day.get(who)) is not None:
            away[who] += full_days(days, [s.start for s in sessions.of[who]], most)
    return away


def _free_rooms(
    studio: Studio, needs: Needs, sessions: Sessions, turnaround: Turnaround, starts: Sequence[int]
) -> dict[int, list[int]]:
    """When each room can be had, in the order of *needs*, whoever the photographer.

    Rooms that lack equipment at the same times share one walk along these.
    """
    reach = _padding(studio, needs)
    lacking = short_of_kit(studio, needs, sessions.with_kit)
    equipped: dict[tuple[Span, ...], list[int]] = {}
    rooms = {}
    for room in needs.rooms:
        short = lacking[room]
        if short not in equipped:
            equipped[short] = outside(starts, sorted(_meeting(short, *reach)))
        spans = turnaround.in_room(sessions.in_room[room])
        spans += _meeting(studio.blocked.get(room, ()), *reach)
        spans.sort()
        rooms[room] = outside(inside(equipped[short], studio.open.get(room, ()), *reach), spans)
    return rooms


def _reach(studio: Studio, needs: Needs, who: int) -> tuple[int, int]:
    """Seconds that *who* is busy before the start, and after it."""
    return (0, needs.seconds) if who in studio.assisted else _padding(studio, needs)


def _padding(studio: Studio, needs: Needs) -> tuple[int, int]:
    """Seconds from the start back to the first building, and on to the last striking."""
    after = needs.seconds + needs.clear + studio.sets[needs.last_set].strike
    return studio.sets[needs.first_set].build, after


def _meeting(spans: Iterable[Span], before: int, after: int) -> list[Span]:
    """The starts at which [start - before, start + after) meets one of *spans*.

    As in ``Turnaround``: strictly between the two figures.
    """
    return [(begin - after, end + before) for begin, end in spans]
