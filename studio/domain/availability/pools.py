"""When a pool of interchangeable equipment cannot serve one more session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from studio.domain.intervals import Span, merged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from studio.domain.availability.values import Rise

_FROM, _UNTIL = itemgetter(0), itemgetter(1)

Uses = Mapping[int, Mapping[int, Sequence[Span]]]
"""By spot, such as a room, and by number of units: when a session there uses so many."""


def short(
    uses: Uses, spots: Iterable[int], need: int, capacity: int, apart: Iterable[Rise] = ()
) -> dict[int, list[Span]]:
    """For each of *spots*, the spans in which *need* units more cannot be had there.

    Spots add up. Within one, sessions whose times overlap share a standing set, so they count
    once, with the most that any of them uses, and a newcomer shares it too. What is *apart*
    nobody shares.
    """
    standing = {spot: _unit_by_unit(own) for spot, own in uses.items()}
    unshared = [(begin, end) for begin, end, units in apart for _ in range(units)]

    def lacking(spot: int | None) -> list[Span]:
        out = unshared[:]
        for other, units in standing.items():
            for spans in units[need:] if other == spot else units:
                out += spans
        return above(out, capacity - need)

    elsewhere = lacking(None)
    return {spot: lacking(spot) if spot in standing else elsewhere for spot in spots}


def loads(uses: Uses, apart: Iterable[Rise] = ()) -> list[Rise]:
    """How many units are out in all, counted as in ``short``, in order and never overlapping."""
    changes: defaultdict[int, int] = defaultdict(int)
    standing = [spans for own in uses.values() for spans in _unit_by_unit(own)]
    for begin, end, units in (*apart, *((a, b, 1) for spans in standing for a, b in spans)):
        changes[begin] += units
        changes[end] -= units
    found: list[Rise] = []
    since = out = 0
    for at, change in sorted(changes.items()):
        if out:
            found.append((since, at, out))
        since, out = at, out + change
    return found


def _unit_by_unit(uses: Mapping[int, Sequence[Span]]) -> list[list[Span]]:
    """When the first unit is out at one spot, when the second is, and so on.

    A unit is out while any session there has that many.
    """
    found: list[list[Span]] = []
    for most in sorted(uses):
        spans = [span for units, own in uses.items() if units >= most for span in own]
        found += [merged(spans)] * (most - len(found))
    return found


def above(out: Sequence[Span], enough: int) -> list[Span]:
    """The spans in which more than *enough* single units are *out*; they may overlap.

    That is whenever the one that goes out *enough*-th after the k-th to come back has gone, and
    the k-th has not come back, for some k.
    """
    gone, back = sorted(map(_FROM, out)), sorted(map(_UNTIL, out))
    return [(a, b) for a, b in zip(gone[enough:], back, strict=False) if a < b]
