"""Where starts may stand, and which instants make up a day."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from studio.domain.wall_clock import DAY, offsets, readings

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from studio.domain.intervals import Span


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


@lru_cache(maxsize=128)
def day_spans(days: tuple[date, ...], zone: ZoneInfo) -> tuple[tuple[Span, ...], ...]:
    """The instants of each of *days*: one span, unless the clock is put back across midnight."""
    return tuple(tuple(readings(day, 0, DAY, offsets(day, day, zone))) for day in days)
