"""Reads one calendar in a process of its own: `python -m studio.scheduling.outside.child`.

What strangers publish may be made to eat time or memory, so this process has little of both. It
takes a line of JSON (zone, since, until as epoch seconds, own host) and the calendar on its
standard input, and answers busy spans or a sentence as JSON. It imports nothing of ours.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

CPU_SECONDS, MEGABYTES = 5, 400
MOST_SPANS = 10_000


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 1024**2, MEGABYTES * 1024**2))
    asked, _, body = sys.stdin.buffer.read().partition(b"\n")
    try:
        answer: dict[str, Any] = {"busy": busy(body, **json.loads(asked))}
    except MemoryError:
        answer = {"trouble": "too much"}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError):
        # Its libraries fail in many ways on what is no calendar; none of them is our fault.
        answer = {"trouble": "not a calendar"}
    sys.stdout.write(json.dumps(answer))


def busy(body: bytes, *, zone: str, since: int, until: int, own_host: str) -> list[tuple[int, int]]:
    """The spans between *since* and *until* that the calendar calls busy."""
    import icalendar
    import recurring_ical_events

    here = ZoneInfo(zone)
    calendar = icalendar.Calendar.from_ical(body)
    if not isinstance(calendar, icalendar.Calendar):
        raise TypeError("no calendar")
    first, last = (datetime.fromtimestamp(each, UTC) for each in (since, until))
    spans = []
    for event in recurring_ical_events.of(calendar).between(first, last):
        if _counts(event, own_host):
            begin, end = (_instant(event.get(name), here) for name in ("DTSTART", "DTEND"))
            if begin is not None:
                spans.append((begin, end if end is not None else begin))
        if len(spans) > MOST_SPANS:
            raise MemoryError
    return [(a, b) for a, b in spans if a < b]


def _counts(event: Any, own_host: str) -> bool:
    """Free time, what was cancelled, and our own sessions coming back are not busy."""
    free = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    gone = str(event.get("STATUS", "")).upper() == "CANCELLED"
    ours = str(event.get("UID", "")).endswith(f"@{own_host}")
    return not (free or gone or ours)


def _instant(value: Any, here: ZoneInfo) -> int | None:
    """Epoch seconds; what has no zone is the studio's, and a date is its midnight there."""
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
