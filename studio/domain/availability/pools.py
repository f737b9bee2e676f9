"""When a pool of interchangeable equipment cannot serve one more session."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from studio.domain.intervals import Span, merged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Use = tuple[int, int, int, int]
"""From, to, room and units of one session, from building to striking."""


def short(
    uses: Iterable[Use], rooms: Iterable[int], need: int, capacity: int
) -> dict[int, list[Span]]:
    """For each of *rooms*, the spans in which *need* more units cannot be had there.

    Rooms add up. Within a room sessions whose times overlap share a standing
    set, so they count once, with the most that any of them uses, and a
    newcomer shares it too.
    """
    spans: dict[int, list[Span]] = {room: [] for room in rooms}
    for since, until, levels in _levels(uses):
        load = sum(levels.values())
        if load + need > capacity:
            for room, lacking in spans.items():
                own = levels.get(room, 0)
                if load - own + max(own, need) > capacity:
                    lacking.append((since, until))
    return {room: merged(lacking) for room, lacking in spans.items()}


def _levels(uses: Iterable[Use]) -> Iterator[tuple[int, int, dict[int, int]]]:
    """Each stretch in which nothing changes, with the units in use in each room."""
    changes = sorted(
        change
        for begin, end, room, units in uses
        for change in ((begin, 1, room, units), (end, 0, room, units))
    )
    standing: defaultdict[int, list[int]] = defaultdict(list)
    levels: dict[int, int] = {}
    since = 0
    for at, begins, room, units in changes:
        if at > since and levels:
            yield since, at, levels
        since = at
        in_room = standing[room]
        if begins:
            in_room.append(units)
        else:
            in_room.remove(units)
        if in_room:
            levels[room] = max(in_room)
        else:
            del levels[room]
