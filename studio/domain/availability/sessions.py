"""What the sessions and holds of a studio forbid to one more session."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from studio.domain.availability.pools import Use, short
from studio.domain.availability.values import STUDIO
from studio.domain.turnaround import changeover, rebuild

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from studio.domain.availability.values import Needs, Studio, Taken
    from studio.domain.intervals import Span

_LEFT = attrgetter("end", "start", "last_set")

# Below every photographer's number: what is used before a session is used nowhere else.
_APART = -(1 << 62)


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

    Attributes:
        home: seconds from the place wanted to the studio.
    """

    def __init__(self, studio: Studio, needs: Needs) -> None:
        sets, self._needs, self._sets = studio.sets, needs, studio.sets
        here = needs.place
        self._way = {one: away for (one, other), away in studio.travel.items() if other == here}
        self.home = self._way[STUDIO] if here != STUDIO else 0
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

    def alone(self, sessions: Sequence[Taken]) -> list[Span]:
        """What *sessions* of a photographer without an assistant forbid to them elsewhere.

        That is in other rooms; on location a set stays for the next session on the same spot.
        """
        before, after = self._before, self._after
        if not self._way:
            return [
                (s.start - before[s.first_set], s.end + s.clear + after[s.last_set])
                for s in sessions
            ]
        way, spot = self._way, self._spot()
        return [
            *self.in_room([s for s in sessions if s.place == spot]),
            *(
                (
                    s.start - before[s.first_set] - way[s.place],
                    s.end + s.clear + after[s.last_set] + way[s.place],
                )
                for s in sessions
                if s.place != spot
            ),
        ]

    def assisted(self, sessions: Iterable[Taken]) -> list[Span]:
        """What *sessions* of a photographer with an assistant forbid to them, wherever."""
        seconds, way = self._needs.seconds, self._way
        if not way:
            return [(session.start - seconds, session.end) for session in sessions]
        return [(s.start - seconds - way[s.place], s.end + way[s.place]) for s in sessions]

    def keeping_set(self, in_room: Mapping[int, Iterable[Taken]]) -> dict[int, set[int]]:
        """Whom sessions of theirs forbid less in their own room than in others, and which rooms."""
        first, last = self._needs.first_set, self._needs.last_set
        kept: defaultdict[int, set[int]] = defaultdict(set)
        for room, sessions in in_room.items():
            for s in sessions:
                if s.first_set == last or s.last_set == first:
                    kept[s.photographer].add(room)
        return kept

    def _spot(self) -> int | None:
        """The place wanted, if all who go there come to one spot; the studio is many rooms."""
        here = self._needs.place
        return here if here != STUDIO and self._way[here] == 0 else None


def short_of_kit(
    studio: Studio, needs: Needs, users: Iterable[Taken], spots: Iterable[int]
) -> dict[int, tuple[Span, ...]]:
    """By spot, the spans in which *users* leave too little of some pool for the wanted session.

    A spot is a room, or what a photographer carries from leaving for sessions on location to
    coming back: `carried_by`.
    """
    lacking: dict[int, list[Span]] = {spot: [] for spot in spots}
    for pool, need in needs.equipment.items():
        found = short(_uses(studio, pool, users), lacking, need, studio.capacity[pool])
        for spot, spans in found.items():
            lacking[spot] += spans
    return {spot: tuple(spans) for spot, spans in lacking.items()}


def out_of(studio: Studio, pool: int, need: int, users: Iterable[Taken]) -> list[Span]:
    """The spans in which *need* units of *pool* cannot be had by somebody who shares none."""
    nobody = 0
    return short(_uses(studio, pool, users), [nobody], need, studio.capacity[pool])[nobody]


def carried_by(photographer: int) -> int:
    """Where equipment is that a photographer has on location; rooms have numbers above 0."""
    return -photographer


def _uses(studio: Studio, pool: int, users: Iterable[Taken]) -> list[Use]:
    """Who has how much of *pool* from when to when, and where."""
    build = {each: times.build for each, times in studio.sets.items()}
    strike = {each: times.strike for each, times in studio.sets.items()}
    away, home = studio.travel, STUDIO
    uses = [
        (start - build[first], end + clear + strike[last], room, kit[pool])
        for _, _, room, start, end, first, last, _, clear, kit, place in users
        if pool in kit and place == home
    ]
    if away:
        uses += [
            (
                s.start - build[s.first_set] - away[s.place, home],
                s.end + s.clear + strike[s.last_set] + away[s.place, home],
                carried_by(s.photographer),
                s.equipment[pool],
            )
            for s in users
            if pool in s.equipment and s.place != home
        ]
    if pool in studio.used:
        # Each for itself: nobody shares a chair.
        uses += [
            (begin, end, _APART - n, units)
            for n, (begin, end, units) in enumerate(studio.used[pool])
        ]
    return uses


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
