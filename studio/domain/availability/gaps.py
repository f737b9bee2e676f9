"""Starts that leave no idle time beside them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from studio.domain.availability.values import Start

if TYPE_CHECKING:
    from collections.abc import Sequence


def gap_free(starts: Sequence[Start], step_minutes: int) -> list[Start]:
    """Those of *starts*, with those of their options, that begin or end a free stretch.

    A stretch is what one photographer has free in one room without a break on the grid of
    *step_minutes*: its first start follows what was before at once, its last leaves no room for
    anything to stand between it and what comes after. *starts* are all of their days.
    """
    step = step_minutes * 60
    free: defaultdict[tuple[int, int | None], set[int]] = defaultdict(set)
    for start in starts:
        for pair in _pairs(start):
            free[pair].add(start.at)
    kept = []
    for start in starts:
        options: defaultdict[int, list[int]] = defaultdict(list)
        for who, room in _pairs(start):
            beside = free[who, room]
            if start.at - step not in beside or start.at + step not in beside:
                options[who] += [] if room is None else [room]
        if options:
            rooms = {who: tuple(found) for who, found in options.items()}
            usable = {room for found in rooms.values() for room in found}
            standing = tuple(room for room in start.same_set if room in usable)
            kept.append(Start(start.at, rooms, standing))
    return kept


def _pairs(start: Start) -> list[tuple[int, int | None]]:
    """Who could shoot where; on location there is no room."""
    return [(who, room) for who, rooms in start.options.items() for room in rooms or (None,)]
