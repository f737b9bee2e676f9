"""What the sessions and holds of a studio forbid to one more session."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from studio.domain.availability.pools import short
from studio.domain.turnaround import changeover, rebuild

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from studio.domain.availability.values import Needs, Studio
    from studio.domain.intervals import Span

Session = tuple[int, int, int, int, int, int, int, int, int, "Mapping[int, int]"]
"""The figures of ``Taken``. A plain tuple comes apart five times as fast as one of a class."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions there are, by whom and what they concern.

    Attributes:
        of: by photographer.
        in_room: by room.
        with_kit: those that use some pool.
    """

    of: defaultdict[int, list[Session]]
    in_room: defaultdict[int, list[Session]]
    with_kit: list[Session]


def grouped(taken: Iterable[Session]) -> Sessions:
    """Look through all that is *taken* once."""
    of: defaultdict[int, list[Session]] = defaultdict(list)
    in_room: defaultdict[int, list[Session]] = defaultdict(list)
    with_kit: list[Session] = []
    for session in map(tuple, taken):
        of[session[1]].append(session)
        in_room[session[2]].append(session)
        if session[9]:
            with_kit.append(session)
    return Sessions(of, in_room, with_kit)


class Turnaround:
    """The starts that single sessions forbid to the one wanted.

    Pairwise, with every session there is and not only with neighbours: a
    session in between could otherwise stand in for a longer turnaround, and
    open a start by coming. A start is forbidden strictly between the two
    figures of a span.
    """

    def __init__(self, studio: Studio, needs: Needs) -> None:
        sets, self._needs, self._sets = studio.sets, needs, studio.sets
        self._ahead = needs.seconds + needs.clear
        self._before = {each: self._ahead + rebuild(sets, needs.last_set, each) for each in sets}
        self._after = {each: rebuild(sets, each, needs.first_set) for each in sets}
        self._after_in_room = {
            each: changeover(sets, each, needs.first_set, needs.same) for each in sets
        }

    def in_room(self, sessions: Iterable[Session]) -> list[Span]:
        """What *sessions* of a room forbid there, whoever the photographer."""
        before, after, wanted = self._before, self._after_in_room, self._needs.last_set
        kept = {
            same: self._ahead + changeover(self._sets, wanted, wanted, same)
            for same in {session[7] for session in sessions}
        }
        return [
            (
                start - (kept[same] if first == wanted else before[first]),
                end + clear + after[last],
            )
            for _, _, _, start, end, first, last, same, clear, _ in sessions
        ]

    def alone(self, sessions: Iterable[Session]) -> list[Span]:
        """What *sessions* of a photographer without an assistant forbid to them in other rooms."""
        before, after = self._before, self._after
        return [
            (start - before[first], end + clear + after[last])
            for _, _, _, start, end, first, last, _, clear, _ in sessions
        ]

    def assisted(self, sessions: Iterable[Session]) -> list[Span]:
        """What *sessions* of a photographer with an assistant forbid to them, wherever."""
        seconds = self._needs.seconds
        return [(session[3] - seconds, session[4]) for session in sessions]

    def keeping_set(self, sessions: Iterable[Session]) -> set[int]:
        """The rooms in which one of *sessions* forbids less than elsewhere: its set can stay."""
        first, last = self._needs.first_set, self._needs.last_set
        return {s[2] for s in sessions if s[5] == last or s[6] == first}


def short_of_kit(studio: Studio, needs: Needs, users: Iterable[Session]) -> dict[int, list[Span]]:
    """By room, the spans in which *users* leave too little of some pool for the wanted session."""
    build = {each: times.build for each, times in studio.sets.items()}
    strike = {each: times.strike for each, times in studio.sets.items()}
    lacking: dict[int, list[Span]] = {room: [] for room in needs.rooms}
    for pool, need in needs.equipment.items():
        uses = [
            (start - build[first], end + clear + strike[last], room, kit[pool])
            for _, _, room, start, end, first, last, _, clear, kit in users
            if pool in kit
        ]
        for room, spans in short(uses, needs.rooms, need, studio.capacity[pool]).items():
            lacking[room] += spans
    return lacking


def full_days(days: Iterable[Sequence[Span]], begins: Iterable[int], most: int) -> list[Span]:
    """The starts of those *days* on which *most* of *begins* lie, forbidden as in ``Turnaround``."""
    ordered = sorted(begins)
    full = []
    for day in days:
        held = 0
        for since, until in day:
            first = bisect_left(ordered, since)
            held += bisect_left(ordered, until, first) - first
        if held >= most:
            full += [(since - 1, until) for since, until in day]
    return full


def set_stands(
    sessions: Iterable[Session], days: Iterable[Sequence[Span]], wanted: int
) -> list[Span]:
    """The instants when the set *wanted* stands in a room, left by the last session that day.

    *sessions* are all those in the room; the spans are half-open and in order.
    """
    pieces = sorted(piece for day in days for piece in day)
    ordered = sorted((session[4], session[3], session[6]) for session in sessions)
    spans = []
    for (end, _, last), following in zip_longest(ordered, ordered[1:]):
        if last == wanted:
            day = bisect_left(pieces, (end + 1,)) - 1
            if day >= 0:
                until = pieces[day][1]
                spans.append((end, min(following[0], until) if following else until))
    return spans
