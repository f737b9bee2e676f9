"""When a pool of interchangeable equipment cannot serve one more session."""

from __future__ import annotations

from collections import defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING

from studio.domain.availability.values import Rise
from studio.domain.intervals import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Use = tuple[int, int, int, int]
"""From, to, room and units of one session, from building to striking."""

_AT = itemgetter(0)


def short(
    uses: Iterable[Use], rooms: Iterable[int], need: int, capacity: int
) -> dict[int, list[Span]]:
    """For each of *rooms*, the spans in which *need* units more cannot be had there.

    Rooms add up. Within a room sessions whose times overlap share a standing
    set, so they count once, with the most that any of them uses, and a
    newcomer shares it too.
    """
    rooms_uses: defaultdict[int, list[Rise]] = defaultdict(list)
    for begin, end, room, units in uses:
        rooms_uses[room].append((begin, end, units))
    standing = {room: _standing(own) for room, own in rooms_uses.items()}
    enough = capacity - need
    elsewhere = [rise for rises in standing.values() for rise in rises]
    unused = _above(elsewhere, enough)
    lacking = {}
    for room in rooms:
        if room in standing:
            others = [r for other, rises in standing.items() if other != room for r in rises]
            shared = [(a, b, units - need) for a, b, units in standing[room] if units > need]
            lacking[room] = _above(others + shared, enough)
        else:
            lacking[room] = unused
    return lacking


def _standing(uses: list[Rise]) -> list[Rise]:
    """The most that *uses* of one room have out at once, as rises that never overlap."""
    uses.sort()
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


def _above(rises: Sequence[Rise], enough: int) -> list[Span]:
    """The spans in which *rises* add up to more than *enough*."""
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
