"""Reads the demo's files. What they hold is ours and tested, so nothing is checked again here."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from importlib.resources import files
from typing import Any

Entry = dict[str, Any]
Span = tuple[date, date]
"""The first and the last of some days."""

_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()


def table(name: str) -> Entry:
    return tomllib.loads(_text(name))


def front_matter(name: str) -> tuple[Entry, str]:
    """What stands between the +++ lines at the top of a file, and the Markdown below them."""
    _, front, body = _text(name).split("+++\n", 2)
    return tomllib.loads(front), body.strip()


def spans(hours: Mapping[str, Sequence[str]]) -> Iterator[tuple[int, int, int]]:
    """ISO weekday, and opening and closing in minutes since midnight, of each "09:00-13:00"."""
    for weekday, of_day in hours.items():
        for each in of_day:
            yield _WEEKDAYS.index(weekday) + 1, *span(each)


def dates(entry: Mapping[str, Any], today: date) -> Span:
    """First and last of its `days`: from `on` each year, or from a weekday after *today*."""
    if "on" in entry:
        first = date.fromisoformat(f"{today.year}-{entry['on']}")
        if first < today:
            first = first.replace(year=today.year + 1)
    else:
        first = today + timedelta(days=entry["after_days"])
        first += timedelta(days=(_WEEKDAYS.index(entry["weekday"]) - first.weekday()) % 7)
    return first, first + timedelta(days=entry["days"] - 1)


def span(text: str) -> tuple[int, int]:
    """Opening and closing in minutes since midnight of "09:00-13:00"."""
    opens, closes = map(minute, text.split("-"))
    return opens, closes


def minute(clock: str) -> int:
    at = time.fromisoformat(clock)
    return at.hour * 60 + at.minute


def _text(name: str) -> str:
    return files("studio.demo").joinpath("content", *name.split("/")).read_text("utf-8")
