"""Half-open spans of epoch seconds, and candidate starts sifted by them."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Span = tuple[int, int]
"""From, included, and to, not included, in epoch seconds."""

Reach = tuple[int, int]
"""Seconds that somebody or something is needed before a start, and after it."""


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same instants in as few spans as hold them, in order; spans that touch are joined."""
    whole: list[Span] = []
    since = until = -sys.maxsize
    for begin, end in sorted(spans):
        if begin > until:
            if since < until:
                whole.append((since, until))
            since, until = begin, end
        elif end > until:
            until = end
    if since < until:
        whole.append((since, until))
    return whole


def inside(starts: Sequence[int], spans: Iterable[Span], reach: Reach) -> list[int]:
    """Those of *starts* whose *reach* lies in one of *spans*.

    *starts* is in order; *spans* is in order and disjoint.
    """
    before, after = reach
    kept: list[int] = []
    for begin, end in spans:
        first = bisect_left(starts, begin + before)
        kept += starts[first : bisect_right(starts, end - after, first)]
    return kept


def meeting(spans: Iterable[Span], reach: Reach) -> list[Span]:
    """The starts whose *reach* meets one of *spans*: those strictly between the two figures."""
    before, after = reach
    return [(begin - after, end + before) for begin, end in spans]


def outside(starts: Sequence[int], forbidden: Iterable[Span]) -> list[int]:
    """Those of *starts*, which are in order, that lie strictly between no pair of *forbidden*.

    Both ends of a pair stay allowed: a session may end when the next one begins.
    """
    kept: list[int] = []
    if not starts:
        return kept
    rest = iter(starts)
    at = next(rest)
    # Each start is compared once, as long as they are allowed and then as long as they are not.
    for low, high in sorted(forbidden):
        if at <= low:
            kept.append(at)
            for at in rest:
                if at > low:
                    break
                kept.append(at)
            else:
                return kept
        if at < high:
            for at in rest:
                if at >= high:
                    break
            else:
                return kept
    return [*kept, at, *rest]
