"""A month and a day of free times, as the page that chooses among them shows it."""

from __future__ import annotations

import calendar as months
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from studio.domain.availability import Start
from studio.scheduling.queries import midnight


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the month: how many times are free, and which share of all it could have."""

    date: date
    in_month: bool
    count: int
    free: float
    href: str
    selected: bool
    is_today: bool

    @property
    def day_number(self) -> int:
        return self.date.day


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be chosen; *value* is what is posted."""

    value: str
    time: str
    who: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    slots: Sequence[Slot]


def days_of(month: date) -> list[date]:
    """Every date of the month that *month* lies in."""
    length = months.monthrange(month.year, month.month)[1]
    return [month.replace(day=n) for n in range(1, length + 1)]


def weeks(
    month: date,
    *,
    free: Mapping[date, Sequence[Start]],
    room: Mapping[date, int],
    selected: date | None,
    today: date,
    links: Mapping[date, str],
) -> list[list[Cell]]:
    """Rows of seven days, Monday first."""
    return [
        [
            Cell(
                date=day,
                in_month=day.month == month.month,
                count=len(free.get(day, ())),
                free=len(free.get(day, ())) / room[day] if room.get(day) else 0.0,
                href=links.get(day, ""),
                selected=day == selected,
                is_today=day == today,
            )
            for day in week
        ]
        for week in months.Calendar().monthdatescalendar(month.year, month.month)
    ]


def by_day(starts: Sequence[Start], month: date, zone: ZoneInfo) -> dict[date, Sequence[Start]]:
    """The starts of each day of *month* that has any; *starts* are in order."""
    days = [*days_of(month), month_after(month)]
    begin = [bisect_left(starts, midnight(day, zone), key=lambda start: start.at) for day in days]
    return {
        day: starts[first:end]
        for day, (first, end) in zip(days[:-1], pairwise(begin), strict=True)
        if first < end
    }


def groups(
    starts: Sequence[Start],
    names: Mapping[int, str],
    zone: ZoneInfo,
    preferred: Collection[int] = (),
    early: timedelta | None = None,
    prices: Mapping[int, str] | None = None,
) -> list[Group]:
    """The starts of one day by morning, afternoon and evening, with who is free.

    Where something comes before the session, each says the arrival, *early* before it. Where the
    time decides what it costs, each says its own of *prices*.
    """
    on_clock = [(start, datetime.fromtimestamp(start.at, zone)) for start in starts]
    shown = Counter(f"{local:%H:%M}" for _, local in on_clock)
    found: dict[str, list[Slot]] = {"Morning": [], "Afternoon": [], "Evening": []}
    for start, local in on_clock:
        time = f"{local:%H:%M}"
        if shown[time] > 1:
            # The hour that autumn repeats: the clock's own name for it tells the two apart.
            time = f"{time} {local:%Z}"
        part = "Morning" if local.hour < 12 else "Afternoon" if local.hour < 17 else "Evening"
        who = either([names[each] for each in start.options])
        # Elapsed time, also where the clocks change in between.
        arrives = datetime.fromtimestamp(start.at, UTC) - early if early else None
        arrival = f"arrival {arrives.astimezone(zone):%H:%M}" if arrives else ""
        fits = "fits well" if start.at in preferred else ""
        price = prices.get(start.at, "") if prices else ""
        note = ", ".join(each for each in (arrival, fits, price) if each)
        found[part].append(Slot(iso(start.at), time, who, note))
    return [Group(label, slots) for label, slots in found.items() if slots]


def iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def either(names: Sequence[str]) -> str:
    """Amara; Amara or Jonas; Amara, Jonas or Priya."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def month_before(month: date) -> date:
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def month_after(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)
