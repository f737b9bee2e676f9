"""What the sessions and holds of a studio forbid to one more session."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from studio.domain.availability.pools import Uses, loads, short
from studio.domain.availability.values import STUDIO
from studio.domain.turnaround import changeover

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from studio.domain.availability.values import Needs, Rise, Studio, Taken
    from studio.domain.intervals import Reach, Span

_LEFT = attrgetter("end", "start", "last_set")


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions that concern a wanted one.

    Attributes:
        of: by photographer wanted.
        of_in_rooms: by photographer wanted, those in a room wanted.
        in_room: by room wanted.
        with_kit: those anywhere that use some pool.
    """

    of: dict[int, list[Taken]]
    of_in_rooms: dict[int, list[Taken]]
    in_room: dict[int, list[Taken]]
    with_kit: list[Taken]


def concerning(needs: Needs, taken: Sequence[Taken]) -> Sessions:
    """Look through all that is *taken*."""
    of: dict[int, list[Taken]] = {who: [] for who in needs.photographers}
    of_in_rooms: dict[int, list[Taken]] = {who: [] for who in needs.photographers}
    in_room: dict[int, list[Taken]] = {room: [] for room in needs.rooms}
    # Most concern nobody, and a comprehension sorts these out soonest.
    for session in [each for each in taken if each.photographer in of]:
        of[session.photographer].append(session)
    for session in [each for each in taken if each.room in in_room]:
        in_room[session.room].append(session)
        if session.photographer in of:
            of_in_rooms[session.photographer].append(session)
    return Sessions(of, of_in_rooms, in_room, [each for each in taken if each.equipment])


class Turnaround:
    """The starts that single sessions forbid to the one wanted.

    Pairwise, with every session there is and not only with neighbours: a
    session in between could otherwise stand in for a longer turnaround, and
    open a start by coming. A start is forbidden strictly between the two
    figures of a span.

    Attributes:
        whole: what a session needs from building, or leaving for it, to striking and coming back.
        helped: what it needs of a photographer whose assistant builds, clears and strikes. An
            assistant travels with the photographer and the kit, so only in the studio is it less.
    """

    def __init__(self, studio: Studio, needs: Needs) -> None:
        sets, here, travel = studio.sets, needs.place, studio.travel
        home = travel[here, STUDIO]
        ahead = needs.seconds + needs.clear
        struck, built = ahead + sets[needs.last_set].strike, sets[needs.first_set].build
        self._needs, self._sets, self._assisted = needs, sets, studio.assisted
        self._way = {one: away for (one, other), away in travel.items() if other == here}
        # Where all who go to the place wanted come to one spot; the studio is many rooms.
        self._spot = here if here != STUDIO and self._way[here] == 0 else None
        self._ahead, self._struck, self._built = ahead, struck, built
        self._before = {one: struck + away for one, away in self._way.items()}
        self._after = {one: built + away for one, away in self._way.items()}
        self.whole: Reach = (built + home, struck + home)
        self.helped: Reach = (0, needs.seconds) if here == STUDIO else self.whole

    def presence(self, who: int) -> Reach:
        """What the session needs of the photographer *who*."""
        return self.helped if who in self._assisted else self.whole

    def apart(self, who: int, sessions: Collection[Taken]) -> list[Span]:
        """What *sessions* of the photographer *who* forbid to them, but for those in one room."""
        if who not in self._assisted or self._needs.place != STUDIO:
            return self.alone(sessions)
        inside = [s for s in sessions if s.place == STUDIO]
        return self.assisted(inside) + self.alone([s for s in sessions if s.place != STUDIO])

    def in_room(self, sessions: Collection[Taken]) -> list[Span]:
        """What *sessions* of a room forbid there, whoever the photographer."""
        sets, needs = self._sets, self._needs
        first, last = needs.first_set, needs.last_set
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

    def alone(self, sessions: Collection[Taken]) -> list[Span]:
        """What *sessions* of a photographer whom nobody helps forbid to them elsewhere.

        That is in other rooms; on location a set stays for the next session on the same spot.
        """
        before, after, spot = self._before, self._after, self._spot
        if spot is None:
            return [(s.since - before[s.place], s.until + after[s.place]) for s in sessions]
        return self.in_room([s for s in sessions if s.place == spot]) + [
            (s.since - before[s.place], s.until + after[s.place])
            for s in sessions
            if s.place != spot
        ]

    def assisted(self, sessions: Iterable[Taken]) -> list[Span]:
        """What *sessions* in the studio forbid there to a photographer with an assistant."""
        return [(s.start - self._needs.seconds, s.end) for s in sessions]


def short_of_kit(
    studio: Studio, needs: Needs, users: Sequence[Taken], spots: Iterable[int]
) -> dict[int, list[Span]]:
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
    return lacking


def out_of(studio: Studio, pool: int, need: int, users: Iterable[Taken]) -> list[Span]:
    """The spans in which *need* units of *pool* cannot be had by somebody who shares none."""
    nobody, apart = 0, studio.used.get(pool, ())
    return short(_uses(studio, pool, users), [nobody], need, studio.capacity[pool], apart)[nobody]


def in_use(studio: Studio, pool: int) -> list[Rise]:
    """When how many units of *pool* are out, in order."""
    return loads(_uses(studio, pool, studio.taken), studio.used.get(pool, ()))


def carried_by(photographer: int) -> int:
    """Where equipment is that a photographer has on location; rooms have numbers above 0."""
    return -photographer


def _uses(studio: Studio, pool: int, users: Iterable[Taken]) -> Uses:
    """When how much of *pool* is out, by spot."""
    uses: dict[int, defaultdict[int, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for each in [each for each in users if pool in each.equipment]:
        units = each.equipment[pool]
        if each.place == STUDIO:
            uses[each.room][units].append((each.since, each.until))
        else:
            way, spot = studio.travel[each.place, STUDIO], carried_by(each.photographer)
            uses[spot][units].append((each.since - way, each.until + way))
    return uses


def below(
    starts: Sequence[int], days: Iterable[Span], begins: Iterable[int], most: int
) -> list[int]:
    """Those of *starts* on days that hold fewer than *most* of *begins*; *days* hold them all."""
    ordered = sorted(begins)
    kept: list[int] = []
    first = 0
    for since, until in days:
        last = bisect_left(starts, until, first)
        if first < last and bisect_left(ordered, until) - bisect_left(ordered, since) < most:
            kept += starts[first:last]
        first = last
    return kept


def still_standing(
    starts: Iterable[int], sessions: Iterable[Taken], days: Iterable[Span], wanted: int
) -> list[int]:
    """Those of *starts* at which the set *wanted* stands, left by the last session that day.

    *sessions* are all those in the room, and the *starts* lie on *days*.
    """
    midnights = sorted([since for since, _ in days])
    left = sorted(sessions, key=_LEFT)
    ends = [session.end for session in left]
    return [
        at
        for at in starts
        if (before := bisect_right(ends, at))
        and left[before - 1].last_set == wanted
        and midnights[bisect_right(midnights, at) - 1] <= ends[before - 1]
    ]
