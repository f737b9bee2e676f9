"""What the sessions and holds of a studio forbid to one more session."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, cast

from studio.domain.availability.pools import short
from studio.domain.turnaround import changeover, rebuild

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from studio.domain.availability.values import Needs, Studio
    from studio.domain.intervals import Span

Left = tuple[int, int, int]
"""When a session in a room ends and begins, and the set it ends with."""


KitUse = tuple[int, int, int, int, int, int, "Mapping[int, int]"]
_Plain = tuple[int, int, int, int, int, int, int, int, int, "Mapping[int, int]"]


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions that bear on a wanted one, and the starts their turnaround forbids.

    A start is forbidden strictly between the two figures of a span.

    Attributes:
        in_room: by room, the starts a session there forbids to whoever shoots.
        left: by room, how its sessions leave it.
        own: by photographer and the room of their other session, the starts
            it forbids to them in any other room.
        kept_set: by photographer, the rooms in which a session of their own
            forbids less than ``own`` says, because the set can stay.
        begins: by photographer with a daily limit, when their sessions begin.
        with_kit: those that use some pool: start, end, room, first and last
            set, seconds of clearing up, units of each pool.
    """

    in_room: dict[int, list[Span]]
    left: dict[int, list[Left]]
    own: dict[int, defaultdict[int, list[Span]]]
    kept_set: defaultdict[int, set[int]]
    begins: dict[int, list[int]]
    with_kit: list[KitUse]


def bearing(studio: Studio, needs: Needs) -> Sessions:
    """Pairwise turnaround of the wanted session with every session there is.

    With every session, not only with neighbours: a session in between could
    otherwise stand in for a longer turnaround, and open a start by coming.
    """
    sets, assisted, seconds = studio.sets, studio.assisted, needs.seconds
    ahead = seconds + needs.clear
    before = {each: ahead + rebuild(sets, needs.last_set, each) for each in sets}
    after = {each: rebuild(sets, each, needs.first_set) for each in sets}
    after_in_room = {each: changeover(sets, each, needs.first_set, needs.same) for each in sets}
    in_room: dict[int, list[Span]] = {room: [] for room in needs.rooms}
    left: dict[int, list[Left]] = {room: [] for room in needs.rooms}
    own: dict[int, defaultdict[int, list[Span]]] = {
        who: defaultdict(list) for who in needs.photographers
    }
    kept_set: defaultdict[int, set[int]] = defaultdict(set)
    begins: dict[int, list[int]] = {who: [] for who in studio.max_per_photographer_day}
    with_kit: list[KitUse] = []
    # A plain tuple comes apart five times as fast as one of a class.
    for session in cast("Iterator[_Plain]", map(tuple, studio.taken)):
        _, who, room, start, end, first, last, same, clear, kit = session
        if kit:
            with_kit.append((start, end, room, first, last, clear, kit))
        if who in begins:
            begins[who].append(start)
        if who in own:
            if who in assisted:
                own[who][room].append((start - seconds, end))
            else:
                own[who][room].append((start - before[first], end + clear + after[last]))
        if room in in_room:
            ends = end + clear + after_in_room[last]
            if first == needs.last_set:
                least = ahead + changeover(sets, first, first, same)
                in_room[room].append((start - least, ends))
                kept_set[who].add(room)
            else:
                in_room[room].append((start - before[first], ends))
                if last == needs.first_set:
                    kept_set[who].add(room)
            left[room].append((end, start, last))
    return Sessions(in_room, left, own, kept_set, begins, with_kit)


def short_of_kit(studio: Studio, needs: Needs, users: Iterable[KitUse]) -> dict[int, list[Span]]:
    """By room, the spans in which *users* leave too little of some pool for the wanted session."""
    build = {each: times.build for each, times in studio.sets.items()}
    strike = {each: times.strike for each, times in studio.sets.items()}
    lacking: dict[int, list[Span]] = {room: [] for room in needs.rooms}
    for pool, need in needs.equipment.items():
        uses = [
            (start - build[first], end + clear + strike[last], room, kit[pool])
            for start, end, room, first, last, clear, kit in users
            if pool in kit
        ]
        for room, spans in short(uses, needs.rooms, need, studio.capacity[pool]).items():
            lacking[room] += spans
    return lacking


def full_days(days: Iterable[Sequence[Span]], begins: Iterable[int], most: int) -> list[Span]:
    """The starts of those *days* on which *most* of *begins* lie, forbidden as in ``Sessions``."""
    ordered = sorted(begins)
    full = []
    for day in days:
        held = 0
        for since, until in day:
            held += bisect_left(ordered, until) - bisect_left(ordered, since)
        if held >= most:
            full += [(since - 1, until) for since, until in day]
    return full


def set_stands(left: Iterable[Left], days: Iterable[Sequence[Span]], wanted: int) -> list[Span]:
    """The instants when the set *wanted* stands in a room, left by the last session that day.

    *left* holds all sessions in the room; the spans are half-open and in order.
    """
    pieces = sorted(piece for day in days for piece in day)
    ordered = sorted(left)
    spans = []
    for (end, _, last), following in zip_longest(ordered, ordered[1:]):
        if last == wanted:
            day = bisect_left(pieces, (end + 1,)) - 1
            if day >= 0:
                until = pieces[day][1]
                spans.append((end, min(following[0], until) if following else until))
    return spans
