"""The time between two sessions in which the studio turns one set into the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SetTimes:
    """How long a set takes to put up and to take down, in seconds."""

    build: int
    strike: int


def rebuild(sets: Mapping[int, SetTimes], last: int, first: int) -> int:
    """Seconds to strike the set *last* and build the set *first*, even when they are one set.

    What a photographer without an assistant needs between sessions in two
    rooms: a set that stands in one room is of no use in the other.
    """
    return sets[last].strike + sets[first].build


def changeover(sets: Mapping[int, SetTimes], last: int, first: int, same: int) -> int:
    """Seconds between two sessions in one room, the earlier of which ends with the set *last*.

    A set that is wanted again stays, which takes the later session's *same*,
    never more than striking and building would.
    """
    whole = rebuild(sets, last, first)
    return min(same, whole) if last == first else whole
