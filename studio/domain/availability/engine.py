"""From everything that is taken or closed to the starts that are left."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from studio.domain.availability.grid import day_spans, grid
from studio.domain.availability.rules import (
    after_step,
    can_be_had_on,
    in_any,
    light_on,
    meeting,
    never_enough,
    padding,
    presence,
    within_limits,
)
from studio.domain.availability.sessions import (
    Sessions,
    Turnaround,
    carried_by,
    concerning,
    full_days,
    short_of_kit,
    still_standing,
)
from studio.domain.availability.values import STUDIO, Needs, Start, Studio
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
    """The grid of *dates* between the least notice and the horizon, in the light asked for."""
    last = local_date(now, studio.zone) + timedelta(days=needs.horizon_days)
    days = tuple(day for day in dates if day <= last and can_be_had_on(needs, day))
    starts = grid(days, needs.step_minutes, studio.zone)
    starts = starts[bisect_left(starts, now + needs.lead) :]
    if needs.light is None:
        return starts
    light = [light_on(studio, needs, day) for day in days]
    return inside(starts, [each for each in light if each], 0, needs.seconds)


def _open(
    studio: Studio, needs: Needs, dates: tuple[date, ...], starts: Sequence[int]
) -> list[Start]:
    """Those of *starts*, which lie on *dates*, that keep every rule."""
    if never_enough(studio, needs):
        return []
    days = day_spans(dates, studio.zone)
    turnaround = Turnaround(studio, needs)
    sessions = concerning(needs, studio.taken)
    at_work = _at_work(studio, needs, turnaround, starts)
    if needs.before or {needs.max_per_day, studio.max_per_day} != {None}:
        starts = within_limits(studio, needs, days, in_any(at_work.values()))
        for step in needs.before:
            starts = after_step(studio, step, sessions.with_kit, starts)
        at_work = _at_work(studio, needs, turnaround, starts)
    away = _away(studio, needs, sessions, turnaround, days)
    if needs.place != STUDIO:
        return _on_location(studio, needs, sessions, turnaround, at_work, away)
    return _in_studio(studio, needs, sessions, turnaround, at_work, away, days)


def _in_studio(
    studio: Studio,
    needs: Needs,
    sessions: Sessions,
    turnaround: Turnaround,
    at_work: dict[int, list[int]],
    away: Mapping[int, list[Span]],
    days: Sequence[Sequence[Span]],
) -> list[Start]:
    """Of the starts at which people are *at_work*, those that some room has, and is free.

    Rooms come before people where they are no more than these: a photographer
    need only be asked about the starts at which some room is free. Fewer
    people than rooms are asked first, and again only if some set can stay.
    """
    kept_set = turnaround.keeping_set(sessions.in_room)
    if few := len(needs.photographers) < len(needs.rooms):
        at_work = _at_best_free(studio, sessions, turnaround, at_work, away, kept_set)
    free_rooms = _free_rooms(studio, needs, sessions, turnaround, in_any(at_work.values()))
    rooms = {room: set(free) for room, free in free_rooms.items()}
    somewhere = in_any(free_rooms.values())
    people: list[Spare]
    if few:
        at_work = {who: sorted(set(somewhere).intersection(at)) for who, at in at_work.items()}
    else:
        at_work = _at_work(studio, needs, turnaround, somewhere)
    if few and not kept_set:
        people = [(who, None, free) for who, free in at_work.items()]
    else:
        people = list(_free_people(studio, sessions, turnaround, at_work, away, kept_set, rooms))
    found = in_any(free for _, _, free in people)
    where = {at: tuple([room for room, free in rooms.items() if at in free]) for at in found}
    options: dict[int, dict[int, tuple[int, ...]]] = {at: {} for at in found}
    for who, only, free in people:
        for at in free:
            options[at][who] = where[at] if only is None else (only,)
    standing = {
        room: still_standing([at for at in found if at in free], there, days, needs.first_set)
        for room, free in rooms.items()
        if (there := sessions.in_room[room])
    }
    if not any(standing.values()):
        return [Start(at, options[at], ()) for at in found]
    return [
        Start(at, options[at], tuple([r for r in where[at] if at in standing.get(r, ())]))
        for at in found
    ]


def _on_location(
    studio: Studio,
    needs: Needs,
    sessions: Sessions,
    turnaround: Turnaround,
    at_work: Mapping[int, list[int]],
    away: Mapping[int, list[Span]],
) -> list[Start]:
    """Of the starts at which people are *at_work*, those at which somebody can be at the place."""
    carried = [carried_by(who) for who in needs.photographers]
    lacking = short_of_kit(studio, needs, sessions.with_kit, carried)
    reach = padding(studio, needs, turnaround)
    options: defaultdict[int, dict[int, tuple[int, ...]]] = defaultdict(dict)
    for who, present in at_work.items():
        own = sessions.of[who]
        shut = turnaround.assisted(own) if who in studio.assisted else turnaround.alone(own)
        short = meeting(lacking[carried_by(who)], *reach)
        for at in outside(present, sorted(away[who] + shut + short)):
            options[at][who] = ()
    return [Start(at, options[at], ()) for at in sorted(options)]


def _at_work(
    studio: Studio, needs: Needs, turnaround: Turnaround, starts: Sequence[int]
) -> dict[int, list[int]]:
    """The starts within each photographer's hours; equal hours share one list."""
    shifts = {}
    at_work = {}
    for who in needs.photographers:
        reach = presence(studio, needs, turnaround, who)
        hours = studio.open.get(who, ())
        shift = id(hours), reach  # to hash hours would cost as much as to look them through
        if shift not in shifts:
            shifts[shift] = inside(starts, hours, *reach)
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
    studio: Studio,
    needs: Needs,
    sessions: Sessions,
    turnaround: Turnaround,
    days: Sequence[Sequence[Span]],
) -> dict[int, list[Span]]:
    """What blocks and the daily limit forbid to each photographer."""
    away = {}
    for who in needs.photographers:
        reach = presence(studio, needs, turnaround, who)
        away[who] = meeting(studio.blocked.get(who, ()), *reach)
        if (most := studio.max_per_photographer_day.get(who)) is not None:
            away[who] += full_days(days, [s.start for s in sessions.of[who]], most)
    return away


def _free_rooms(
    studio: Studio, needs: Needs, sessions: Sessions, turnaround: Turnaround, starts: Sequence[int]
) -> dict[int, list[int]]:
    """When each room can be had, in the order of *needs*, whoever the photographer.

    Rooms that lack equipment at the same times share one walk along these.
    """
    reach = padding(studio, needs, turnaround)
    lacking = short_of_kit(studio, needs, sessions.with_kit, needs.rooms)
    equipped: dict[tuple[Span, ...], list[int]] = {}
    rooms = {}
    for room in needs.rooms:
        short = lacking[room]
        if short not in equipped:
            equipped[short] = outside(starts, sorted(meeting(short, *reach)))
        spans = turnaround.in_room(sessions.in_room[room])
        spans += meeting(studio.blocked.get(room, ()), *reach)
        spans.sort()
        rooms[room] = outside(inside(equipped[short], studio.open.get(room, ()), *reach), spans)
    return rooms
