"""A drawn day: hours and shapes in minutes of the day, and how they lie beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from studio.db import from_epoch
from studio.domain.intervals import Span

_DAY = 24 * 60

# What is drawn where nothing tells better: nine to six.
_USUAL = (9 * 60, 18 * 60)

# What is done around sessions lies beneath them, over the whole width.
BENEATH = frozenset({"build", "keep", "clear", "strike", "travel"})


@dataclass(frozen=True, slots=True)
class Event:
    """One shape of the drawing, as the `week` macro takes it.

    *starts* and *ends* are minutes since local midnight; *lane* of *lanes* is its place beside
    what stands at the same time.
    """

    kind: str
    starts: int
    ends: int
    time: str
    title: str
    detail: str = ""
    href: str = ""
    lane: int = 0
    lanes: int = 1


@dataclass(slots=True)
class Column:
    """A day, or a photographer on a day; *open* holds the spans in minutes when they work."""

    title: str
    note: str
    href: str
    is_today: bool
    events: list[Event]
    open: list[Span] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Day:
    """A local date and the clock that it is a date of."""

    on: date
    zone: ZoneInfo

    def minute(self, instant: datetime) -> int:
        """What the clock reads in minutes since midnight; 0 and 1440 stand for other days."""
        local = instant.astimezone(self.zone)
        if local.date() != self.on:
            return 0 if local.date() < self.on else _DAY
        return local.hour * 60 + local.minute

    def span(self, since: datetime, until: datetime) -> Span | None:
        """The minutes of this day at which that time is drawn, or None if none of it lies here.

        What lies across the hour in which clocks go back is drawn as long as it takes.
        """
        starts, ends = self.minute(since), self.minute(until)
        if starts >= ends and all(
            each.astimezone(self.zone).date() == self.on for each in (since, until)
        ):
            ends = min(_DAY, starts + int((until - since) / timedelta(minutes=1)))
        return (starts, ends) if starts < ends else None

    def event(
        self,
        kind: str,
        since: datetime,
        until: datetime,
        title: str,
        detail: str = "",
        href: str = "",
    ) -> Event | None:
        """What of the time from *since* to *until* lies on this day, or None."""
        span = self.span(since, until)
        if span is None:
            return None
        time = _time(self.minute(since), self.minute(until))
        return Event(kind, *span, time, title, detail, href)

    def open(self, spans: Iterable[Span]) -> list[Span]:
        """Spans of epoch seconds as minutes of this day."""
        minutes = (self.span(from_epoch(a), from_epoch(b)) for a, b in spans)
        return [each for each in minutes if each]


def laid(under: Iterable[Event | None], over: Iterable[Event | None]) -> list[Event]:
    """What lies on a day, in order, with the work that is drawn beneath the sessions first."""
    shown = sorted((e for e in over if e), key=lambda e: (e.starts, e.ends))
    return [*(e for e in under if e), *side_by_side(shown)]


def window(columns: Iterable[Column]) -> Span:
    """The whole hours, in minutes, in which all that is open or booked can be drawn."""
    spans = [
        span
        for column in columns
        for span in (*column.open, *((e.starts, e.ends) for e in column.events))
        # Time off for days on end says nothing about when anybody works.
        if span != (0, _DAY)
    ] or [_USUAL]
    opens, closes = min(a for a, _ in spans), max(b for _, b in spans)
    return opens // 60 * 60, -(-closes // 60) * 60


def with_closed(column: Column, opens: int, closes: int) -> Column:
    """The column with what is not open between *opens* and *closes* drawn as closed.

    Building, striking and ways are seen outside the hours too: somebody is at work then.
    """
    closed = []
    at = opens
    beneath = [e for e in column.events if e.kind in BENEATH]
    worked = [*column.open, *((e.starts, e.ends) for e in beneath)]
    for begin, end in [*sorted(worked), (closes, closes)]:
        if begin > at:
            time = "All day" if begin - at == closes - opens else _time(at, begin)
            closed.append(Event("closed", at, begin, time, "Not working"))
        at = max(at, end)
    others = [e for e in column.events if e.kind not in BENEATH]
    column.events = laid(beneath, [*others, *closed])
    return column


def side_by_side(ordered: Sequence[Event]) -> list[Event]:
    """The same events, those that overlap in lanes of their own."""
    placed: list[Event] = []
    together: list[Event] = []
    free_from: list[int] = []
    for event in ordered:
        if free_from and event.starts >= max(free_from):
            placed += _sharing(together, len(free_from))
            together, free_from = [], []
        lane = next((n for n, until in enumerate(free_from) if until <= event.starts), None)
        if lane is None:
            lane = len(free_from)
            free_from.append(event.ends)
        free_from[lane] = event.ends
        together.append(replace(event, lane=lane))
    return placed + _sharing(together, len(free_from))


def _sharing(together: Iterable[Event], lanes: int) -> list[Event]:
    return [replace(each, lanes=lanes) for each in together]


def _time(starts: int, ends: int) -> str:
    if (starts, ends) == (0, _DAY):
        return "All day"
    return f"{_clock(starts)}–{_clock(ends)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def days_from(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]
