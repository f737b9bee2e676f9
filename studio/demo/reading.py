"""Reads the demo's files. What they hold is ours and tested, so nothing is checked again here."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import time
from importlib.resources import files
from typing import Any

Entry = dict[str, Any]

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
        for span in of_day:
            opens, closes = map(minute, span.split("-"))
            yield _WEEKDAYS.index(weekday) + 1, opens, closes


def minute(clock: str) -> int:
    at = time.fromisoformat(clock)
    return at.hour * 60 + at.minute


def _text(name: str) -> str:
    return files("studio.demo").joinpath("content", *name.split("/")).read_text("utf-8")
