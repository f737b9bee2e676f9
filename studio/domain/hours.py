"""Opening hours on the wall clock, and the instants they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import TYPE_CHECKING

from studio.domain.intervals import Span, merged
from studio.domain.wall_clock import DAY, offsets, readings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

Minutes = tuple[int, int]
"""Opens and closes, in minutes since local midnight; 1440 is 24:00.

Hours that close at or before they open run past midnight, and belong to the
day they open on.
"""

Dates = tuple["date", "date"]
"""First and last date, both included."""

_DAY = DAY // 60


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """When a photographer or a room is to be had in an ordinary week.

    ``spans`` holds an ISO weekday (Monday is 1) with the minute it opens and
    the minute it closes; a weekday may have several, or none.
    """

    spans: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Override:
    """Other hours on the dates from *first_on* to *last_on*, both included; none means closed."""

    first_on: date
    last_on: date
    spans: tuple[Minutes, ...]


class HeldBy(Enum):
    """What decides the hours of a date."""

    WEEK = auto()
    OVERRIDES = auto()
    CLOSURE = auto()


def hours_on(
    hours: WeeklyHours, overrides: Sequence[Override], closures: Sequence[Dates], day: date
) -> tuple[HeldBy, tuple[Minutes, ...]]:
    """What decides the hours of *day*, and these hours in order, overlapping ones joined.

    None means closed. The rule is that of ``open_spans``, which turns the same hours into instants.
    """
    if _closed(closures, day):
        return HeldBy.CLOSURE, ()
    own = any(override.first_on <= day <= override.last_on for override in overrides)
    return HeldBy.OVERRIDES if own else HeldBy.WEEK, joined(_minutes(hours, overrides, day))


def joined(spans: Iterable[Minutes]) -> tuple[Minutes, ...]:
    """The same hours in order, those that overlap or touch as one.

    They stay as they are if one would be a whole day or more that begins at no midnight: that
    cannot be told from hours that open and close at once.
    """
    given = set(spans)
    whole = merged((opens, _end(opens, closes)) for opens, closes in given)
    if all(end <= _DAY or end - begin < _DAY for begin, end in whole):
        return tuple((begin, end if end <= _DAY else end - _DAY) for begin, end in whole)
    return tuple(sorted(given))


def open_spans(
    hours: WeeklyHours,
    overrides: Sequence[Override],
    closures: Sequence[Dates],
    days: Sequence[date],
    zone: ZoneInfo,
) -> tuple[Span, ...]:
    """The instants open on *days*, merged and in order.

    A closure closes a day whatever else is said of it. Otherwise overrides
    replace the weekly hours: all that hold for the day are joined, and one
    that closes it closes it. The hours past midnight of the day before are
    that day's, so a caller that wants a date's every open minute asks for
    the day before as well (``wall_clock.around``).

    The answer is kept by content: the resources of a studio mostly share
    their hours, and turning wall time into instants is dear.
    """
    return _open_spans(hours, tuple(overrides), tuple(closures), tuple(days), zone)


@lru_cache(maxsize=1024)
def _open_spans(
    hours: WeeklyHours,
    overrides: tuple[Override, ...],
    closures: tuple[Dates, ...],
    days: tuple[date, ...],
    zone: ZoneInfo,
) -> tuple[Span, ...]:
    if not days:
        return ()
    clock = offsets(min(days), max(days), zone)
    return tuple(
        merged(
            span
            for day in days
            if not _closed(closures, day)
            for opens, closes in _minutes(hours, overrides, day)
            for span in readings(day, opens * 60, _end(opens, closes) * 60, clock)
        )
    )


def _minutes(hours: WeeklyHours, overrides: Sequence[Override], day: date) -> Iterator[Minutes]:
    today = [
        override.spans for override in overrides if override.first_on <= day <= override.last_on
    ]
    if not today:
        weekday = day.isoweekday()
        yield from ((opens, closes) for on, opens, closes in hours.spans if on == weekday)
    elif all(today):
        for spans in today:
            yield from spans


def _closed(closures: Sequence[Dates], day: date) -> bool:
    return any(first <= day <= last for first, last in closures)


def _end(opens: int, closes: int) -> int:
    return closes if closes > opens else closes + _DAY
