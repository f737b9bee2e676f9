"""From everything that is taken or closed to the starts that are left."""

from __future__ import annotations

from bisect import bisect_left
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from studio.domain.availability.grid import day_spans, grid
from studio.domain.availability.sessions import (
    Sessions,
    bearing,
    full_days,
    set_stands,
    short_of_kit,
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
    """Those of *starts*, which lie on *dates*, that keep every rule."""
    if any(units > studio.capacity[pool] for pool, units in needs.equipment.items()):
        return []
    days = day_spans(dates, studio.zone)
    if needs.max_per_day is not None:
        begins = [s.start for s in studio.taken if s.package_id == needs.package_id]
        starts = outside(starts, full_days(days, begins, needs.max_per_day))
    sessions = bearing(studio, needs)
    people = _free_people(studio, needs, sessions, days, starts)
    wanted = sorted({at for _, _, free in people for at in free})
    where: dict[int, tuple[int, ...]] = {}
    standing: dict[int, tuple[int, ...]] = {}
    for room, free in _free_rooms(studio, needs, sessions, wanted):
        for at in free:
            where[at] = (*where.get(at, ()), room)
        for at in inside(free, set_stands(sessions.left[room], days, needs.first_set), 0, 1):
            standing[at] = (*standing.get(at, ()), room)
    options = _options(people, where)
    return [Start(at, options[at], standing.get(at, ())) for at in wanted if options.get(at)]


def _options(
    people: Iterable[Spare], where: Mapping[int, tuple[int, ...]]
) -> dict[int, dict[int, tuple[int, ...]]]:
    """By start, who is free for which of the rooms that are free *where*; maybe for none."""
    options: dict[int, dict[int, tuple[int, ...]]] = {at: {} for at in where}
    for who, only, free in people:
        for at in free:
            rooms = where.get(at, ())
            if only is None and rooms:
                options[at][who] = rooms
            elif only in rooms:
                options[at][who] = (only,)
    return options


def _free_people(
    studio: Studio,
    needs: Needs,
    sessions: Sessions,
    days: Sequence[Sequence[Span]],
    starts: Sequence[int],
) -> list[Spare]:
    """When each photographer is free, in the order of *needs*, whatever room is."""
    at_work: dict[tuple[tuple[Span, ...], tuple[int, int]], list[int]] = {}
    found: list[Spare] = []
    for who in needs.photographers:
        reach = (0, needs.seconds) if who in studio.assisted else _padding(studio, needs)
        hours = studio.open.get(who, ())
        if (hours, reach) not in at_work:
            at_work[hours, reach] = inside(starts, hours, *reach)
        present = at_work[hours, reach]
        away = list(_meeting(studio.blocked.get(who, ()), *reach))
        if who in studio.max_per_photographer_day:
            away += full_days(days, sessions.begins[who], studio.max_per_photographer_day[who])
        own = sessions.own[who]
        free = outside(present, sorted(chain(away, *own.values())))
        found.append((who, None, free))
        if who in sessions.kept_set and who not in studio.assisted:
            shut = sorted(set(present).difference(free))
            for room in sessions.kept_set[who]:
                elsewhere = (spans for other, spans in own.items() if other != room)
                found.append((who, room, outside(shut, sorted(chain(away, *elsewhere)))))
    return found


def _free_rooms(
    studio: Studio, needs: Needs, sessions: Sessions, starts: Sequence[int]
) -> Iterator[tuple[int, list[int]]]:
    """When each room can be had, in the order of *needs*, whoever the photographer."""
    reach = _padding(studio, needs)
    lacking = short_of_kit(studio, needs, sessions.with_kit)
    for room in needs.rooms:
        closed = chain(studio.blocked.get(room, ()), lacking[room])
        spans = sorted(chain(sessions.in_room[room], _meeting(closed, *reach)))
        yield room, outside(inside(starts, studio.open.get(room, ()), *reach), spans)


def _padding(studio: Studio, needs: Needs) -> tuple[int, int]:
    """Seconds from the start back to the first building, and on to the last striking."""
    after = needs.seconds + needs.clear + studio.sets[needs.last_set].strike
    return studio.sets[needs.first_set].build, after


def _meeting(spans: Iterable[Span], before: int, after: int) -> Iterable[Span]:
    """The starts at which [start - before, start + after) meets one of *spans*.

    As in ``Sessions``: strictly between the two figures.
    """
    return ((begin - after, end + before) for begin, end in spans)
