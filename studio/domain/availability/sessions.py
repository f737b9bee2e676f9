"""What the sessions and holds of a studio forbid to one more session."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING

from studio.domain.availability.pools import short
from studio.domain.availability.values import STUDIO, Rise
from studio.domain.turnaround import changeover

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from studio.domain.availability.values import Needs, Studio, Taken
    from studio.domain.intervals import Span

_LEFT = attrgetter("end", "start", "last_set")
# By position: quicker than by name, and this is where the engine spends its time.
_USE = itemgetter(1, 2, 9, 10, 11, 12)


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


def concerning(needs: Needs, taken: Sequence[Taken]) -> Sessions:
    """Look through all that is *taken*."""
    of: dict[int, list[Taken]] = {who: [] for who in needs.photographers}
    in_room: dict[int, list[Taken]] = {room: [] for room in needs.rooms}
    # Most concern nobody, and a comprehension sorts these out soonest.
    for session in [each for each in taken if each.photographer in of]:
        of[session.photographer].append(session)
    for session in [each for each in taken if each.room in in_room]:
        in_room[session.room].append(session)
    return Sessions(of, in_room, [each for each in taken if each.equipment])


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
        sets, here = studio.sets, needs.place
        self._needs, self._sets = needs, sets
        self._way = {one: away for (one, other), away in studio.travel.items() if other == here}
        self.home = self._way[STUDIO] if here != STUDIO else 0
        # Where all who go to the place wanted come to one spot; the studio is many rooms.
        self._spot = here if here != STUDIO and self._way[here] == 0 else None
        self._ahead = needs.seconds + needs.clear
        self._struck = self._ahead + sets[needs.last_set].strike
        self._built = sets[needs.first_set].build

    def in_room(self, sessions: Iterable[Taken]) -> list[Span]:
        """What *sessions* of a room forbid there, whoever the photographer."""
        sets, needs, first, last = (
            self._sets,
            self._needs,
            self._needs.first_set,
            self._needs.last_set,
        )
        struck, built = self._struck, self._built
        stays = changeover(sets, first, first, needs.same)
        kept = {
            same: self._ahead + changeover(sets, last, last, same)
            for same in {session.same for session in sessions}
        }
        return [
            (
                s.start - kept[s.same] if s.first_set == last else s.since - struck,
                s.end + s.clear + stays if s.last_set == first else s.until + built,
            )
            for s in sessions
        ]

    def alone(self, sessions: Iterable[Taken]) -> list[Span]:
        """What *sessions* of a photographer without an assistant forbid to them elsewhere.

        That is in other rooms; on location a set stays for the next session on the same spot.
        """
        struck, built, way, spot = self._struck, self._built, self._way, self._spot
        if not way:
            return [(s.since - struck, s.until + built) for s in sessions]
        return [
            (s.since - struck - away, s.until + built + away)
            if s.place != spot
            else self.in_room([s])[0]
            for s in sessions
            for away in (way[s.place],)
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


def short_of_kit(
    studio: Studio, needs: Needs, users: Iterable[Taken], spots: Iterable[int]
) -> dict[int, tuple[Span, ...]]:
    """By spot, the spans in which *users* leave too little of some pool for the wanted session.

    A spot is a room, or what a photographer carries from leaving for sessions on location to
    coming back: `carried_by`.
    """
    lacking: dict[int, list[Span]] = {spot: [] for spot in spots}
    for pool, need in needs.equipment.items():
        apart = studio.used.get(pool, ())
        found = short(_uses(studio, pool, users), lacking, need, studio.capacity[pool], apart)
        for spot, spans in found.items():
            lacking[spot] += spans
    return {spot: tuple(spans) for spot, spans in lacking.items()}


def out_of(studio: Studio, pool: int, need: int, users: Iterable[Taken]) -> list[Span]:
    """The spans in which *need* units of *pool* cannot be had by somebody who shares none."""
    nobody, apart = 0, studio.used.get(pool, ())
    return short(_uses(studio, pool, users), [nobody], need, studio.capacity[pool], apart)[nobody]


def carried_by(photographer: int) -> int:
    """Where equipment is that a photographer has on location; rooms have numbers above 0."""
    return -photographer


def _uses(studio: Studio, pool: int, users: Iterable[Taken]) -> dict[int, list[Rise]]:
    """When how much of *pool* is out, by spot."""
    uses: defaultdict[int, list[Rise]] = defaultdict(list)
    for who, room, kit, place, since, until in map(_USE, users):
        if units := kit.get(pool):
            if place == STUDIO:
                uses[room].append((since, until, units))
            else:
                way = studio.travel[place, STUDIO]
                uses[carried_by(who)].append((since - way, until + way, units))
    return uses


def full_days(days: Iterable[Sequence[Span]], begins: Iterable[int], most: int) -> list[Span]:
    """The starts of *days* on which *most* of *begins* lie, forbidden as in ``Turnaround``."""
    ordered = sorted(begins)
    if len(ordered) < most:
        return []
    full = []
    end = last = 0
    for day in days:
        held = 0
        for since, until in day:
            # Days mostly follow one another, and what one ends with the next begins with.
            first = last if since == end else bisect_left(ordered, since)
            last = bisect_left(ordered, until, first)
            end = until
            held += last - first
        if held >= most:
            full += [(since - 1, until) for since, until in day]
    return full


def still_standing(
    starts: Iterable[int], sessions: Sequence[Taken], days: Iterable[Sequence[Span]], wanted: int
) -> set[int]:
    """Those of *starts* at which the set *wanted* stands, left by the last session that day.

    *sessions* are all those in the room, and the *starts* lie on *days*.
    """
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
