"""From everything that is taken or closed to the starts that are left."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from studio.domain.availability.grid import closed, day_spans, rota
from studio.domain.availability.rules import (
    after_step,
    can_be_had_on,
    in_any,
    light_on,
    never_enough,
    within_limits,
)
from studio.domain.availability.sessions import (
    Turnaround,
    below,
    carried_by,
    concerning,
    short_of_kit,
    still_standing,
)
from studio.domain.availability.values import STUDIO, Needs, Start, Studio
from studio.domain.intervals import Span, meeting, outside
from studio.domain.wall_clock import local_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from studio.domain.availability.grid import Shift
    from studio.domain.availability.values import Taken

Spare = tuple[int, int | None, list[int]]
"""A photographer, the one room they could be in (None: any), and the starts that are so."""


def open_starts(studio: Studio, needs: Needs, days: Iterable[date], now: int) -> list[Start]:
    """The starts open on the local dates *days*, in order.

    *studio* must hold what lies on ``wall_clock.around(days)``; *now* is in
    epoch seconds. Every start names only photographers and rooms that keep
    every rule, so one more session can take a start or an option away and
    never add one.
    """
    if never_enough(studio, needs):
        return []
    dates = tuple(sorted(set(days)))
    asked = _Search(studio, needs, dates, now)
    return asked.in_studio() if needs.place == STUDIO else asked.on_location()


def is_open(studio: Studio, needs: Needs, start: int, now: int) -> Start | None:
    """The open start at *start* (epoch seconds) as ``open_starts`` gives it, or None."""
    found = open_starts(studio, needs, [local_date(start, studio.zone)], now)
    return next((each for each in found if each.at == start), None)


class _Search:
    """What is asked for, and all that bears on it."""

    def __init__(self, studio: Studio, needs: Needs, dates: tuple[date, ...], now: int) -> None:
        self._studio, self._needs = studio, needs
        self._days = day_spans(dates, studio.zone)
        self._sessions = concerning(needs, studio.taken)
        self._turnaround = Turnaround(studio, needs)
        self._shifts: dict[int, Shift] = {
            who: (studio.open.get(who, ()), self._turnaround.presence(who))
            for who in needs.photographers
        }
        # By identity: to tell fifty people's hours apart by content would take longer.
        self._different = {
            (id(hours), reach): (hours, reach) for hours, reach in self._shifts.values()
        }
        self._anybody = self._rota(dates, now)

    def _rota(self, dates: tuple[date, ...], now: int) -> Sequence[int]:
        """The starts on *dates* within anybody's hours.

        That is the grid between the least notice and the horizon, in the light asked for.
        """
        studio, needs = self._studio, self._needs
        last = local_date(now, studio.zone) + timedelta(days=needs.horizon_days)
        days = tuple([day for day in can_be_had_on(needs, dates) if day <= last])
        light = None if needs.light is None else (needs.seconds, light_on(studio, needs, days))
        shifts = tuple(self._different.values())
        starts = rota(days, needs.step_minutes, studio.zone, light, shifts)
        return starts[bisect_left(starts, now + needs.lead) :]

    def _present(self, starts: Sequence[int]) -> dict[int, Sequence[int]]:
        """Those of *starts*, which are ``_anybody``'s, within each photographer's hours."""
        if len(self._different) == 1:
            return dict.fromkeys(self._shifts, starts)
        shared = {
            key: outside(starts, closed(hours, (), reach))
            for key, (hours, reach) in self._different.items()
        }
        return {who: shared[id(hours), reach] for who, (hours, reach) in self._shifts.items()}

    def in_studio(self) -> list[Start]:
        """The starts at which somebody and some room are free.

        Whoever is fewer, people or rooms, are asked first, and the others only about what these
        leave.
        """
        if few := len(self._needs.photographers) < len(self._needs.rooms):
            people = self._at_best_free(self._present(self._anybody))
            rooms = self._free_rooms(in_any(people.values()))
        else:
            rooms = self._free_rooms(self._anybody)
        somewhere = self._admitted(in_any(rooms.values()))
        if not somewhere:
            return []
        if few:
            kept = set(somewhere)
            people = {who: [at for at in free if at in kept] for who, free in people.items()}
        else:
            people = self._at_best_free(self._present(somewhere))
        return self._told(people, {room: set(free) for room, free in rooms.items()})

    def _told(
        self, people: Mapping[int, Sequence[int]], rooms: Mapping[int, set[int]]
    ) -> list[Start]:
        """The starts at which some of *people*, free at best then, are free in some of *rooms*."""
        spare = list(self._free_people(people, rooms))
        found = in_any(free for _, _, free in spare)
        where: dict[int, tuple[int, ...]] = dict.fromkeys(found, ())
        standing = dict(where)
        for room, free_at in rooms.items():
            open_at = [at for at in found if at in free_at]
            for at in open_at:
                where[at] += (room,)
            sessions, wanted = self._sessions.in_room[room], self._needs.first_set
            for at in still_standing(open_at, sessions, self._days, wanted):
                standing[at] += (room,)
        options: dict[int, dict[int, tuple[int, ...]]] = {at: {} for at in found}
        for who, only, free in spare:
            for at in free:
                options[at][who] = where[at] if only is None else (only,)
        return [Start(at, options[at], standing[at]) for at in found]

    def on_location(self) -> list[Start]:
        """The starts at which somebody can be at the place."""
        carried = [carried_by(who) for who in self._needs.photographers]
        lacking = short_of_kit(self._studio, self._needs, self._sessions.with_kit, carried)
        reach = self._turnaround.whole
        options: defaultdict[int, dict[int, tuple[int, ...]]] = defaultdict(dict)
        for who, present in self._present(self._anybody).items():
            shut = self._blocked(who)
            shut += self._turnaround.apart(who, self._sessions.of[who])
            shut += meeting(lacking[carried_by(who)], reach)
            for at in self._below_limit(who, outside(present, shut)):
                options[at][who] = ()
        return [Start(at, options[at], ()) for at in self._admitted(sorted(options))]

    def _admitted(self, starts: Sequence[int]) -> Sequence[int]:
        """Those of *starts* that limits and what comes before the session allow."""
        starts = within_limits(self._studio, self._needs, self._days, starts)
        for step in self._needs.before:
            starts = after_step(self._studio, step, self._sessions.with_kit, starts)
        return starts

    def _at_best_free(self, present: Mapping[int, Sequence[int]]) -> dict[int, Sequence[int]]:
        """When each photographer is free, if every set of theirs stood in the room wanted."""
        best: dict[int, Sequence[int]] = {}
        for who, starts in present.items():
            elsewhere = self._sessions.of[who]
            if here := self._here(who):
                elsewhere = [s for s in elsewhere if s.room not in self._sessions.in_room]
            shut = self._blocked(who)
            shut += self._turnaround.in_room(here)
            shut += self._turnaround.apart(who, elsewhere)
            best[who] = self._below_limit(who, outside(starts, shut))
        return best

    def _free_people(
        self, people: Mapping[int, Sequence[int]], rooms: Mapping[int, set[int]]
    ) -> Iterator[Spare]:
        """When each of *people*, free at best then, is free, and in which of *rooms*."""
        for who, present in people.items():
            here = self._here(who)
            shut = self._turnaround.alone(here)
            free = outside(present, shut)
            yield who, None, free
            if len(free) < len(present):
                left = set(present).difference(free)
                for room in {session.room for session in here}:
                    if maybe := rooms[room].intersection(left):
                        others = zip(here, shut, strict=True)
                        spans = [span for session, span in others if session.room != room]
                        yield who, room, outside(sorted(maybe), spans)

    def _here(self, who: int) -> list[Taken]:
        """Sessions of *who* for whom it matters in which of the wanted rooms a set stands."""
        return [] if who in self._studio.assisted else self._sessions.of_in_rooms[who]

    def _blocked(self, who: int) -> list[Span]:
        """What blocks forbid to a photographer."""
        return meeting(self._studio.blocked.get(who, ()), self._turnaround.presence(who))

    def _below_limit(self, who: int, starts: Sequence[int]) -> Sequence[int]:
        """Those of *starts* on days on which *who* has room for one more."""
        most = self._studio.max_per_photographer_day.get(who)
        if most is None or not starts:
            return starts
        begins = [session.start for session in self._sessions.of[who]]
        return below(starts, self._days, begins, most)

    def _free_rooms(self, starts: Sequence[int]) -> dict[int, list[int]]:
        """When each room can be had, in the order of *needs*, whoever the photographer."""
        studio, needs, reach = self._studio, self._needs, self._turnaround.whole
        lacking = short_of_kit(studio, needs, self._sessions.with_kit, needs.rooms)
        rooms = {}
        for room in needs.rooms:
            hours, blocks = studio.open.get(room, ()), studio.blocked.get(room, ())
            free = outside(starts, self._turnaround.in_room(self._sessions.in_room[room]))
            free = outside(free, closed(hours, blocks, reach))
            rooms[room] = outside(free, meeting(lacking[room], reach))
        return rooms
