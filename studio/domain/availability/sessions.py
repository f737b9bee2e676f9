"""What the sessions and holds of a studio forbid to one more session."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import zip_longest
from operator import itemgetter
from typing import TYPE_CHECKING

from studio.domain.availability.pools import short
from studio.domain.turnaround import changeover, rebuild

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.domain.availability.values import Needs, Studio
    from studio.domain.intervals import Span


Left = tuple[int, int, int]
"""When a session in a room ends and begins, and the set it ends with."""


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Starts forbidden by turnaround: those strictly between the two figures of a span.

    Attributes:
        in_room: by room, as the rule for rooms has it.
        own: by photographer and the room of their other session, as if in
            another room than that.
        kept_set: by photographer, the rooms in which a session of their own
            forbids less than ``own`` says, because the set can stay.
        left: by room, how its sessions leave it, in any order.
    """

    in_room: dict[int, list[Span]]
    own: dict[int, defaultdict[int, list[Span]]]
    kept_set: defaultdict[int, set[int]]
    left: dict[int, list[Left]]


def forbidden(studio: Studio, needs: Needs) -> Forbidden:
    """Pairwise turnaround of the wanted session with every session there is.

    With every session, not only with neighbours: a session in between could
    otherwise stand in for a longer turnaround, and open a start by coming.
    """
    in_room: dict[int, list[Span]] = {room: [] for room in needs.rooms}
    left: dict[int, list[Left]] = {room: [] for room in needs.rooms}
    own: dict[int, defaultdict[int, list[Span]]] = {
        who: defaultdict(list) for who in needs.photographers
    }
    kept_set: defaultdict[int, set[int]] = defaultdict(set)
    assisted, seconds = studio.assisted, needs.seconds
    known: dict[tuple[int, int, int, int], tuple[int, int, int, int]] = {}
    for _, who, room, start, end, first, last, same, clear, _ in studio.taken:
        kind = (first, last, same, clear)
        if kind not in known:
            known[kind] = _margins(studio, needs, *kind)
        before, after, own_before, own_after = known[kind]
        if room in in_room:
            in_room[room].append((start - before, end + after))
            left[room].append((end, start, last))
        if who in own:
            if who in assisted:
                own[who][room].append((start - seconds, end))
            else:
                own[who][room].append((start - own_before, end + own_after))
                if before != own_before or after != own_after:
                    kept_set[who].add(room)
    return Forbidden(in_room, own, kept_set, left)


def _margins(
    studio: Studio, needs: Needs, first: int, last: int, same: int, clear: int
) -> tuple[int, int, int, int]:
    """Seconds kept free of starts before a session's start and after its end.

    First in its own room, then elsewhere for a photographer without an assistant.
    """
    ahead = needs.seconds + needs.clear
    return (
        ahead + changeover(studio.sets, needs.last_set, first, same),
        clear + changeover(studio.sets, last, needs.first_set, needs.same),
        ahead + rebuild(studio.sets, needs.last_set, first),
        clear + rebuild(studio.sets, last, needs.first_set),
    )


def short_of_kit(studio: Studio, needs: Needs) -> dict[int, list[Span]]:
    """By room, the spans in which some pool has not enough left for the wanted session."""
    lacking: dict[int, list[Span]] = {room: [] for room in needs.rooms}
    for pool, need in needs.equipment.items():
        uses = [
            (
                session.start - studio.sets[session.first_set].build,
                session.end + session.clear + studio.sets[session.last_set].strike,
                session.room,
                session.equipment[pool],
            )
            for session in studio.taken
            if session.equipment.get(pool)
        ]
        for room, spans in short(uses, needs.rooms, need, studio.capacity[pool]).items():
            lacking[room] += spans
    return lacking


def full_days(days: Sequence[Sequence[Span]], begins: list[int], most: int) -> list[Span]:
    """The starts of the days that hold *most* of *begins* (in order) already, as ``Forbidden``."""
    return [
        (midnight - 1, end)
        for day in days
        if sum(bisect_left(begins, end) - bisect_left(begins, since) for since, end in day) >= most
        for midnight, end in day
    ]


def set_stands(left: list[Left], days: Sequence[Sequence[Span]], wanted: int) -> list[Span]:
    """The instants when the set *wanted* stands in a room, left by the last session that day.

    *left* holds all sessions in the room; the spans are half-open and in order.
    """
    pieces = sorted(piece for day in days for piece in day)
    left.sort()
    nexts = [end for end, _, _ in left[1:]]
    spans = []
    for (end, _, last), replaced in zip_longest(left, nexts):
        at = bisect_right(pieces, end, key=itemgetter(0)) - 1
        if last == wanted and at >= 0:
            until = pieces[at][1]
            spans.append((end, until if replaced is None else min(replaced, until)))
    return spans
