"""When a pool of interchangeable equipment cannot serve one more session."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from studio.domain.intervals import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

Use = tuple[int, int, int, int]
"""From, to, room and units of one session, from building to striking."""


def short(
    uses: Iterable[Use], rooms: Iterable[int], need: int, capacity: int
) -> dict[int, list[Span]]:
    """For each of *rooms*, the spans in which *need* units more cannot be had there.

    Rooms add up. Within a room sessions whose times overlap share a standing
    set, so they count once, with the most that any of them uses, and a
    newcomer shares it too.
    """
    lacking: dict[int, list[Span]] = {room: [] for room in rooms}
    standing: defaultdict[int, list[int]] = defaultdict(list)
    levels: dict[int, int] = {}
    enough = capacity - need
    load = since = 0
    for at, begins, room, units in _changes(uses):
        if load > enough and at > since:
            for each, spans in lacking.items():
                own = levels.get(each, 0)
                if load - min(own, need) > enough:
                    spans.append((since, at))
        in_room = standing[room]
        if begins:
            in_room.append(units)
        else:
            in_room.remove(units)
        level = max(in_room) if in_room else 0
        load += level - levels.get(room, 0)
        levels[room] = level
        since = at
    return lacking


def _changes(uses: Iterable[Use]) -> list[Use]:
    """The beginnings (1) and ends (0) of *uses*, in order, with their room and units."""
    changes = []
    for begin, end, room, units in uses:
        changes += [(begin, 1, room, units), (end, 0, room, units)]
    return sorted(changes)
