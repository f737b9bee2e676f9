"""What the sessions and holds of a studio forbid to one more session."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from studio.domain.availability.pools import short
from studio.domain.turnaround import changeover, rebuild

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from studio.domain.availability.values import Needs, Studio, Taken
    from studio.domain.intervals import Span

_LEFT = attrgetter("end", "start", "last_set")


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions that concern a wanted one.

    Attributes:
        of: by photographer wanted.
        in_room: by room wanted.
        with_kit: those anywhere that use some pool.
    """

    of: dict[int, list[Taken]]
    in_room: dict[int, list[Taken]]
    with_kit: list[Taken]


def concerning(needs: Needs, taken: Iterable[Taken]) -> Sessions:
    """Look through all that is *taken*, once."""
    of: dict[int, list[Taken]] = {who: [] for who in needs.photographers}
    in_room: dict[int, list[Taken]] = {room: [] for room in needs.rooms}
    with_kit: list[Taken] = []
    for session in taken:
        if (who := session.photographer) in of:
            of[who].append(session)
        if (room := session.room) in in_room:
            in_room[room].append(session)
        if session.equipment:
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

    def in_room(self, sessions: Iterable[Taken]) -> list[Span]:
        """What *sessions* of a room forbid there, whoever the photographer."""
        before, after, wanted = self._before, self._after_in_room, self._needs.last_set
        kept = {
            same: self._ahead + changeover(self._sets, wanted, wanted, same)
            for same in {session.same for session in sessions}
        }
        return [
            (
                s.start - (kept[s.same] if s.first_set == wanted else before[s.first_set]),
                s.end + s.clear + after[s.last_set],
            )
            for s in sessions
        ]

    def alone(self, sessions: Iterable[Taken]) -> list[Span]:
        """What *sessions* of a photographer without an assistant forbid to them in other rooms."""
        before, after = self._before, self._after
        return [
            (s.start - before[s.first_set], s.end + s.clear + after[s.last_set]) for s in sessions
        ]

    def assisted(self, sessions: Iterable[Taken]) -> list[Span]:
        """What *sessions* of a photographer with an assistant forbid to them, wherever."""
        seconds = self._needs.seconds
        return [(session.start - seconds, session.end) for session in sessions]

    def keeping_set(self, in_room: Mapping[int, Iterable[Taken]]) -> dict[int, set[int]]:
        """Whom sessions of theirs forbid less in their own room than in others, and which rooms."""
        first, last = self._needs.first_set, self._needs.last_set
        kept: defaultdict[int, set[int]] = defaultdict(set)
        for room, sessions in in_room.items():
            for s in sessions:
                if s.first_set == last or s.last_set == first:
                    kept[s.photographer].add(room)
        return kept


def short_of_kit(
    studio: Studio, needs: Needs, users: Iterable[Taken]
) -> dict[int, tuple[Span, ...]]:
    """By room, the spans in which *users* leave too little of some pool for the wanted session."""
    build = {each: times.build for each, times in studio.sets.items()}
    strike = {each: times.strike for each, times in studio.sets.items()}
    lacking: dict[int, list[Span]] = {room: [] for room in needs.rooms}
    for pool, need in needs.equipment.items():
        uses = [
            (start - build[first], end + clear + strike[last], room, kit[pool])
            for _, _, room, start, end, first, last, _, clear, kit, _ in users
            if pool in kit
        ]
        for room, spans in short(uses, needs.rooms, need, studio.capacity[pool]).items():
            lacking[room] += spans
    return {room: tuple(spans) for room, spans in lacking.items()}


def full_days(days: Iterable[Sequence[Span]], begins: Iterable[int], most: int) -> list[Span]:
    """The starts of *days* on which *most* of *begins* lie, forbidden as in ``Turnaround``."""
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


def still_standing(
    starts: Iterable[int], sessions: Sequence[Taken], days: Iterable[Sequence[Span]], wanted: int
) -> set[int]:
    """Those of *starts* at which the set *wanted* stands, left by the last session that day.

    *sessions* are all those in the room, and the *starts* lie on *days*.
    """
    if not sessions:
        return set()
    midnights = sorted(since for day in days for since, _ in day)
    left = sorted(map(_LEFT, sessions))
    standing = set()
    for at in starts:
        before = bisect_left(left, (at + 1,)) - 1
        if before >= 0 and left[before][2] == wanted:
            end = left[before][0]
            if bisect_right(midnights, end) == bisect_right(midnights, at):
                standing.add(at)
    return standing
