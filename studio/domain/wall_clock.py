"""What a studio's clock on the wall reads, as epoch seconds.

A reading is not an instant: spring skips some and autumn repeats some. Every
rule that speaks of wall time asks here for the instants at which the clock
reads within a stretch, so the two odd days of the year need no rule of
their own.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from studio.domain.intervals import Span

DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()

Offset = tuple[int, int, int]
"""From and to (epoch seconds, half-open), and the seconds the clock is ahead of UTC in between."""


@lru_cache(maxsize=256)
def offsets(first: date, last: date, zone: ZoneInfo) -> tuple[Offset, ...]:
    """The stretches of one UTC offset that hold every reading of the dates *first* to *last*."""
    begin = (first.toordinal() - _EPOCH - 1) * DAY
    end = (last.toordinal() - _EPOCH + 2) * DAY
    stretches: list[Offset] = []
    since, offset = begin, _offset(begin, zone)
    for midnight in range(begin, end, DAY):
        if _offset(midnight + DAY, zone) != offset:
            day = range(midnight, midnight + DAY + 1)
            change = midnight + bisect_right(day, 0, key=lambda at: _offset(at, zone) != offset)
            stretches.append((since, change, offset))
            since, offset = change, _offset(change, zone)
    stretches.append((since, end, offset))
    return tuple(stretches)


def readings(day: date, opens: int, closes: int, stretches: Sequence[Offset]) -> Iterator[Span]:
    """The instants at which the clock reads from *opens* up to *closes*, in order.

    Both count seconds from the midnight *day* begins with; *closes* may lie
    beyond the next one. Readings that spring skips yield nothing, and those
    that autumn repeats are yielded for each pass.
    """
    midnight = (day.toordinal() - _EPOCH) * DAY
    for since, until, offset in stretches:
        first = max(since, midnight + opens - offset)
        last = min(until, midnight + closes - offset)
        if first < last:
            yield first, last


def is_repeated(reading: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock of *zone* reads *reading*, which is without a zone, on two occasions."""
    first, second = (reading.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first != second and not is_skipped(reading, zone)


def local_date(at: int, zone: ZoneInfo) -> date:
    """The date on the wall of *zone* at *at* (epoch seconds)."""
    return datetime.fromtimestamp(at, zone).date()


def is_skipped(reading: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock of *zone* never reads *reading*, which is without a zone."""
    instant = reading.replace(tzinfo=zone).astimezone(UTC)
    return instant.astimezone(zone).replace(tzinfo=None) != reading


def around(days: Sequence[date]) -> tuple[date, ...]:
    """*days* with the day before and after each, in order.

    A session that starts on a day may be built for on the evening before and
    struck the morning after, so these are the dates whose hours, sessions and
    blocks bear on it. Where the day before was skipped, as Apia did once, the
    evening before that is out of reach: nobody is at work then.
    """
    near = {day + timedelta(days=shift) for day in days for shift in (-1, 0, 1)}
    return tuple(sorted(near))


def _offset(at: int, zone: ZoneInfo) -> int:
    local = datetime.fromtimestamp(at, zone)
    return int((local.replace(tzinfo=UTC) - datetime.fromtimestamp(at, UTC)).total_seconds())
