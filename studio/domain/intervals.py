"""Half-open spans of epoch seconds, and candidate starts sifted by them."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Span = tuple[int, int]
"""From, included, and to, not included, in epoch seconds."""

_NEVER = (sys.maxsize, sys.maxsize)


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same instants in as few spans as hold them, in order; spans that touch are joined."""
    whole: list[Span] = []
    for begin, end in sorted(spans):
        if begin >= end:
            continue
        if whole and begin <= whole[-1][1]:
            if end > whole[-1][1]:
                whole[-1] = (whole[-1][0], end)
        else:
            whole.append((begin, end))
    return whole


def inside(starts: Sequence[int], spans: Iterable[Span], before: int, after: int) -> list[int]:
    """Those of *starts* at which [start - before, start + after) lies in one of *spans*.

    *starts* is in order; *spans* is in order and disjoint.
    """
    kept: list[int] = []
    for begin, end in spans:
        first = bisect_left(starts, begin + before)
        kept += starts[first : bisect_right(starts, end - after, first)]
    return kept


def outside(starts: Sequence[int], forbidden: Sequence[Span]) -> list[int]:
    """Those of *starts* that lie strictly between no pair of *forbidden*.

    *starts* is in order and *forbidden* in order of its first figures, of
    which both ends stay allowed: a session may end when the next one begins.
    """
    if not forbidden:
        return list(starts)
    kept: list[int] = []
    spans = iter(forbidden)
    low, high = next(spans, _NEVER)
    for at in starts:
        while at >= high:
            low, high = next(spans, _NEVER)
        if at <= low:
            kept.append(at)
    return kept
