"""Opening hours as people write them: "09:00-13:00, 14:00-18:00"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from studio.domain.hours import Minutes
from studio.web.filters import local_minute

_CLOSED = {"", "closed", "-", "\u2013"}
_SPAN = re.compile(
    r"(\d{1,2})(?:[:.](\d\d))?\s*(?:-|\u2013|\u2014|to)\s*(\d{1,2})(?:[:.](\d\d))?",
    re.ASCII | re.IGNORECASE,
)
_MIDNIGHT = 24 * 60
_MOST = 6


def parse_hours(text: str) -> tuple[Minutes, ...]:
    """The spans of a day in order, in minutes since midnight; none for "" and "closed".

    Raises:
        ValueError: with a sentence for whoever typed it.
    """
    if text.strip().lower() in _CLOSED:
        return ()
    spans = sorted(_span(part.strip()) for part in text.split(","))
    if len(spans) > _MOST:
        raise ValueError(f"{_MOST} spans a day are the most.")
    for (_, end), (begin, _) in zip(map(_straight, spans), spans[1:], strict=False):
        if begin < end:
            raise ValueError("These hours overlap: please write each part of the day once.")
    return tuple(spans)


def write_hours(spans: Sequence[Minutes]) -> str:
    return ", ".join(f"{local_minute(opens)}-{local_minute(closes)}" for opens, closes in spans)


def past_midnight(spans: Sequence[Minutes], next_day: str) -> str:
    """How far hours reach into *next_day*: "until 01:00 on Tuesday"; "" if they do not."""
    ends = max((closes for opens, closes in spans if 0 < closes <= opens), default=0)
    return f"until {local_minute(ends)} on {next_day}" if ends else ""


def _span(text: str) -> Minutes:
    found = _SPAN.fullmatch(text)
    if not found:
        raise ValueError("Please write hours as 09:00-13:00, 14:00-18:00, or closed.")
    opens, closes = _minute(found[1], found[2]), _minute(found[3], found[4])
    if opens in {_MIDNIGHT, closes}:
        raise ValueError("Please write when it opens first, then when it closes.")
    return opens, closes


def _minute(hour: str, minute: str | None) -> int:
    at = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or at > _MIDNIGHT:
        raise ValueError("A clock shows 00:00 to 24:00.")
    return at


def _straight(span: Minutes) -> Minutes:
    """A span past midnight counts on instead of starting anew."""
    opens, closes = span
    return opens, closes if closes > opens else closes + _MIDNIGHT
