"""When a pool of interchangeable equipment cannot serve one more session."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from studio.domain.availability.values import Rise
from studio.domain.intervals import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_AT, _UNTIL, _UNITS = itemgetter(0), itemgetter(1), itemgetter(2)


def short(
    uses: Mapping[int, list[Rise]],
    spots: Iterable[int],
    need: int,
    capacity: int,
    apart: Sequence[Rise] = (),
) -> dict[int, list[Span]]:
    """For each of *spots*, the spans in which *need* units more cannot be had there.

    *uses* says by spot, such as a room, what sessions there have from building to striking.
    Spots add up. Within one, sessions whose times overlap share a standing set, so they count
    once, with the most that any of them uses, and a newcomer shares it too. What is *apart*
    nobody shares.
    """
    standing = {spot: _standing(own) for spot, own in uses.items()}
    enough = capacity - need
    unused = above([*apart, *(rise for rises in standing.values() for rise in rises)], enough)
    lacking = {}
    for spot in spots:
        if spot in standing:
            others = [r for other, rises in standing.items() if other != spot for r in rises]
            others += apart
            shared = [(a, b, units - need) for a, b, units in standing[spot] if units > need]
            lacking[spot] = above(others + shared, enough)
        else:
            lacking[spot] = unused
    return lacking


def _standing(uses: list[Rise]) -> list[Rise]:
    """The most that *uses* of one spot have out at once, as rises that never overlap."""
    uses.sort()
    until = uses[0][0]
    for begin, end, _ in uses:
        if begin < until:
            break
        until = end
    else:
        return uses
    rises: list[Rise] = []
    since, until, most = uses[0]
    for begin, end, units in uses:
        if begin >= until:
            rises.append((since, until, most))
            since, until, most = begin, end, units
        elif units != most:
            return _stacked(uses)
        elif end > until:
            until = end
    rises.append((since, until, most))
    return rises


def _stacked(uses: list[Rise]) -> list[Rise]:
    """As ``_standing``, when sessions that overlap use different amounts."""
    changes = sorted(change for a, b, u in uses for change in ((a, 1, u), (b, 0, u)))
    rises: list[Rise] = []
    out: list[int] = []
    since = 0
    for at, begins, units in changes:
        if out and at > since:
            rises.append((since, at, max(out)))
        if begins:
            out.append(units)
        else:
            out.remove(units)
        since = at
    return rises


def above(rises: Sequence[Rise], enough: int) -> list[Span]:
    """The spans in which *rises* add up to more than *enough*, in order; they may overlap."""
    units = set(map(_UNITS, rises))
    if len(units) == 1:
        # More than n of them are out whenever the one that began n-th after the k-th to end has
        # begun, and the k-th has not ended, for some k.
        most = enough // units.pop()
        begins, ends = sorted(map(_AT, rises)), sorted(map(_UNTIL, rises))
        return [span for span in zip(begins[most:], ends, strict=False) if span[0] < span[1]]
    changes = [(end, -units) for _, end, units in rises]
    changes += [(begin, units) for begin, _, units in rises]
    changes.sort(key=_AT)  # Stable: at one instant, what comes back is counted first.
    spans: list[Span] = []
    load = since = 0
    for at, change in changes:
        before, load = load, load + change
        if before <= enough < load:
            since = at
        elif load <= enough < before:
            spans.append((since, at))
    return spans
