"""Reads one calendar in a process of its own: `python -m studio.scheduling.outside.child`.

What strangers publish may be made to eat time or memory, so this process has little of both. It
takes a line of JSON (what is wanted, since and until as epoch seconds, and more) and the calendar
on its standard input, and answers as JSON what it found and which zones it does not know, or its
trouble. It imports nothing of ours.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

CPU_SECONDS, MEGABYTES = 5, 400
MOST_FOUND, LONGEST_NAME = 10_000, 200
MOST_ZONES, LONGEST_ZONE = 3, 60


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 1024**2, MEGABYTES * 1024**2))
    asked, _, body = sys.stdin.buffer.read().partition(b"\n")
    try:
        answer: dict[str, Any] = _answer(body, **json.loads(asked))
    except MemoryError:
        answer = {"trouble": "too much"}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError):
        # Its libraries fail in many ways on what is no calendar; none of them is our fault.
        answer = {"trouble": "not a calendar"}
    sys.stdout.write(json.dumps(answer))


def _answer(body: bytes, *, what: str, since: int, until: int, **asked: Any) -> dict[str, Any]:
    calendar = _calendar(body)
    events = _events(calendar, since, until)
    found = list(busy(events, **asked) if what == "busy" else whole_days(events))
    return {"found": found, "zones": _unknown_zones(calendar)}


def busy(events: Iterable[Any], *, zone: str, own_host: str) -> Iterator[tuple[int, int]]:
    """The spans that *events* call busy."""
    here = ZoneInfo(zone)
    for event in events:
        if _counts(event, own_host):
            begin, end = (_instant(event.get(name), here) for name in ("DTSTART", "DTEND"))
            if begin is not None and end is not None and begin < end:
                yield begin, end


def whole_days(events: Iterable[Any]) -> Iterator[tuple[str, int, str] | tuple[str]]:
    """Of each event its first day, how many days it lasts, and its name; or why it is left out."""
    for event in events:
        begin, end = (event[name].dt for name in ("DTSTART", "DTEND"))
        if not isinstance(begin, date) or isinstance(begin, datetime):
            yield ("only part of a day",)
        elif _is_cancelled(event):
            yield ("cancelled",)
        else:
            days = max((end - begin).days, 1)
            yield begin.isoformat(), days, str(event.get("SUMMARY", ""))[:LONGEST_NAME]


def _calendar(body: bytes) -> Any:
    import icalendar

    calendar = icalendar.Calendar.from_ical(body)
    if not isinstance(calendar, icalendar.Calendar):
        raise TypeError("no calendar")
    return calendar


def _events(calendar: Any, since: int, until: int) -> Iterator[Any]:
    """What happens between *since* and *until*, repetitions included."""
    import recurring_ical_events

    first, last = (datetime.fromtimestamp(each, UTC) for each in (since, until))
    for n, event in enumerate(recurring_ical_events.of(calendar).between(first, last)):
        if n == MOST_FOUND:
            raise MemoryError
        yield event


def _unknown_zones(calendar: Any) -> list[str]:
    """Zones that are named, but neither described nor known; some of them, to be shown."""
    from icalendar.timezone import tzp

    unknown = sorted(name for name in calendar.get_used_tzids() if tzp.timezone(name) is None)
    return ["".join(filter(str.isprintable, each))[:LONGEST_ZONE] for each in unknown[:MOST_ZONES]]


def _counts(event: Any, own_host: str) -> bool:
    """Free time, what was cancelled, and our own sessions coming back are not busy."""
    free = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    ours = str(event.get("UID", "")).endswith(f"@{own_host}")
    return not (free or ours or _is_cancelled(event))


def _is_cancelled(event: Any) -> bool:
    return str(event.get("STATUS", "")).upper() == "CANCELLED"


def _instant(value: Any, here: ZoneInfo) -> int | None:
    """Epoch seconds; without a zone that is known by the studio's clock, a date its midnight."""
    if value is None:
        return None
    when = value.dt
    if isinstance(when, datetime):
        return int((when if when.tzinfo else when.replace(tzinfo=here)).timestamp())
    if isinstance(when, date):
        return int(datetime.combine(when, time(), tzinfo=here).timestamp())
    return None


def reach(now: datetime) -> tuple[int, int]:
    """From yesterday until beyond the farthest horizon, in epoch seconds."""
    return (
        int((now - timedelta(days=1)).timestamp()),
        int((now + timedelta(days=740)).timestamp()),
    )


if __name__ == "__main__":
    main()
