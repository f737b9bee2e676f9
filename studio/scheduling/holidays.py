"""The whole days that a calendar file names, such as a country's public holidays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from studio.scheduling.outside.reading import whole_days
from studio.scheduling.overrides import OtherHours
from studio.web.text import one_line

LONGEST_DAYS = 31
_NAME = 80


@dataclass(frozen=True, slots=True)
class Holidays:
    """Closed days in order, each once, and sentences about what was left out."""

    days: Sequence[OtherHours]
    left_out: Sequence[str]


def read_holidays(body: bytes, now: datetime, zone: ZoneInfo) -> Holidays:
    """The whole days of *body*, an .ics file, that are not over, for about two years.

    Raises:
        Unreadable: if it cannot be read.
    """
    found, reasons = whole_days(body, now)
    left_out = Counter(reasons)
    today = now.astimezone(zone).date()
    names: dict[tuple[date, date], dict[str, None]] = {}
    for first_on, days, name in found:
        if days > LONGEST_DAYS:
            left_out[f"longer than {LONGEST_DAYS} days"] += 1
            continue
        last_on = first_on + timedelta(days=days - 1)
        if last_on >= today:
            names.setdefault((first_on, last_on), {})[one_line(name, _NAME)] = None
    return Holidays(
        [
            OtherHours(None, first, last, (), ", ".join(filter(None, said))[:_NAME].strip())
            for (first, last), said in sorted(names.items())
        ],
        [f"{count} left out: {reason}." for reason, count in sorted(left_out.items())],
    )
