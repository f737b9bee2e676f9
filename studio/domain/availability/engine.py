"""From everything that is taken or closed to the starts that are left."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from studio.domain.availability.grid import day_spans, grid
from studio.domain.availability.sessions import (
    Forbidden,
    forbidden,
    full_days,
    set_stands,
    short_of_kit,
)
from studio.domain.availability.values import Needs, Start, Studio
from studio.domain.intervals import Span, inside, outside
from studio.domain.wall_clock import local_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date


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
        begins = sorted(s.start for s in studio.taken if s.package_id == needs.package_id)
        starts = outside(starts, full_days(days, begins, needs.max_per_day))
    shut = forbidden(studio, needs)
    free = _free_rooms(studio, needs, shut, starts)
    where: dict[int, tuple[int, ...]] = {}
    standing: dict[int, tuple[int, ...]] = {}
    for room, room_starts in free.items():
        for at in room_starts:
            where[at] = (*where.get(at, ()), room)
        for at in inside(room_starts, set_stands(shut.left[room], days, needs.first_set), 0, 1):
            standing[at] = (*standing.get(at, ()), room)
    options = _options(studio, needs, days, shut, where)
    return [Start(at, options[at], standing.get(at, ())) for at in sorted(options)]


def _free_rooms(
    studio: Studio, needs: Needs, shut: Forbidden, starts: Sequence[int]
) -> dict[int, list[int]]:
    """The starts at which each room can be had, whoever the photographer."""
    before, after = _padding(studio, needs)
    lacking = short_of_kit(studio, needs)
    free = {}
    for room in needs.rooms:
        closed = chain(studio.blocked.get(room, ()), lacking[room])
        spans = sorted(chain(shut.in_room[room], _meeting(closed, before, after)))
        free[room] = outside(inside(starts, studio.open.get(room, ()), before, after), spans)
    return free


def _options(
    studio: Studio,
    needs: Needs,
    days: Sequence[Sequence[Span]],
    shut: Forbidden,
    where: dict[int, tuple[int, ...]],
) -> dict[int, dict[int, tuple[int, ...]]]:
    """By start, who is free for which of the rooms that are free *where*."""
    anywhere = sorted(where)
    at_work: dict[tuple[tuple[Span, ...], tuple[int, int]], list[int]] = {}
    options: defaultdict[int, dict[int, tuple[int, ...]]] = defaultdict(dict)
    for who in needs.photographers:
        reach = (0, needs.seconds) if who in studio.assisted else _padding(studio, needs)
        hours = studio.open.get(who, ())
        if (hours, reach) not in at_work:
            at_work[hours, reach] = inside(anywhere, hours, *reach)
        present = at_work[hours, reach]
        away = list(_meeting(studio.blocked.get(who, ()), *reach))
        if who in studio.max_per_photographer_day:
            begins = sorted(s.start for s in studio.taken if s.photographer == who)
            away += full_days(days, begins, studio.max_per_photographer_day[who])
        own = shut.own[who]
        for at in outside(present, sorted(chain(away, *own.values()))):
            options[at][who] = where[at]
        for room in shut.kept_set[who]:
            elsewhere = (spans for other, spans in own.items() if other != room)
            for at in outside(present, sorted(chain(away, *elsewhere))):
                if room in where[at]:
                    options[at].setdefault(who, (room,))
    return options


def _padding(studio: Studio, needs: Needs) -> tuple[int, int]:
    """Seconds from the start back to the first building, and on to the last striking."""
    after = needs.seconds + needs.clear + studio.sets[needs.last_set].strike
    return studio.sets[needs.first_set].build, after


def _meeting(spans: Iterable[Span], before: int, after: int) -> Iterable[Span]:
    """The starts at which [start - before, start + after) meets one of *spans*.

    As ``Forbidden``: strictly between the two figures.
    """
    return ((begin - after, end + before) for begin, end in spans)
