"""Where starts may stand, and which instants make up a day."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from studio.domain.intervals import Reach, Span, inside, meeting
from studio.domain.wall_clock import DAY, offsets, readings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

_EVER = sys.maxsize

Shift = tuple[tuple[Span, ...], Reach]
"""Somebody's hours, and what of these a session takes."""

Light = tuple[int, tuple[Span | None, ...]]
"""How many seconds a session lasts, and for each day when there is the light for it, if ever."""


@lru_cache(maxsize=128)
def grid(days: tuple[date, ...], step_minutes: int, zone: ZoneInfo) -> tuple[int, ...]:
    """Each instant on *days* at which the clock's minutes since midnight divide by the step."""
    if not days:
        return ()
    clock = offsets(min(days), max(days), zone)
    return tuple(
        sorted(
            at
            for day in days
            for second in range(0, DAY, step_minutes * 60)
            for at, _ in readings(day, second, second + 1, clock)
        )
    )


@lru_cache(maxsize=256)
def rota(
    days: tuple[date, ...],
    step_minutes: int,
    zone: ZoneInfo,
    light: Light | None,
    shifts: tuple[Shift, ...],
) -> list[int]:
    """The ``grid`` within any of *shifts*, and in the *light* of its own date; in order.

    Bookings do not matter, so this is kept by content; nobody may change it.
    """
    starts: Sequence[int] = grid(days, step_minutes, zone)
    if light is not None:
        seconds, lights = light
        starts = [
            at
            for span, day in zip(lights, day_spans(days, zone), strict=True)
            if span
            for at in inside(inside(starts, [span], (0, seconds)), [day], (0, 1))
        ]
    return sorted({at for shift in shifts for at in inside(starts, *shift)})


@lru_cache(maxsize=1024)
def closed(hours: tuple[Span, ...], blocks: tuple[Span, ...], reach: Reach) -> tuple[Span, ...]:
    """The starts whose *reach* lies in none of *hours*, or meets one of *blocks*; in order.

    They lie strictly between the two figures, as everything does that forbids a start. Bookings
    do not matter, so this is kept by content too.
    """
    before, after = reach
    last = [-_EVER, *[end - after for _, end in hours]]
    first = [*[begin + before for begin, _ in hours], _EVER]
    return tuple(sorted([*zip(last, first, strict=True), *meeting(blocks, reach)]))


@lru_cache(maxsize=128)
def day_spans(days: tuple[date, ...], zone: ZoneInfo) -> tuple[Span, ...]:
    """From the first instant of each of *days* to its last; a date that was skipped has none.

    There is nothing of another date in between: since 2010 no clock in the world has been put
    back to a date it had left.
    """
    passes = [list(readings(day, 0, DAY, offsets(day, day, zone))) for day in days]
    return tuple((spans[0][0], spans[-1][1]) if spans else (0, 0) for spans in passes)
