"""From the text of a calendar to what it holds, with limits on what it may ask of us."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date, datetime
from typing import Any, NamedTuple

from studio.domain.intervals import Span, merged
from studio.scheduling.outside.child import reach

# Measured on calendars made to hurt: within these a reader answers in seconds.
MOST_EVENTS, MOST_COMPONENTS, MOST_RULES, MOST_DATES = 5_000, 15_000, 500, 2_000
LONGEST_LINE = 10_000
SECONDS = 20.0

# What people write about an event, which may be long and says nothing of when it is.
_PROSE = re.compile(rb"(?:DESCRIPTION|COMMENT|ATTACH|X-[\w-]+)[;:]", re.IGNORECASE)
_FOLD = re.compile(rb"\r?\n[ \t]")
_TOO_OFTEN = re.compile(rb"FREQ\s*=\s*(?:SECONDLY|MINUTELY|HOURLY)", re.IGNORECASE)


class Unreadable(Exception):
    """The text is no calendar, or asks too much; the message is a sentence for staff."""


class Busy(NamedTuple):
    """What a calendar calls busy, in epoch seconds, merged and in order, and what is odd in it."""

    spans: list[Span]
    trouble: str


class WholeDays(NamedTuple):
    """What a calendar has on whole days, *days* of them from *first_on*."""

    first_on: date
    days: int
    name: str


def busy_times(body: bytes, *, zone: str, now: datetime, own_host: str) -> Busy:
    """What the calendar *body* calls busy.

    Times without a zone, or in one that nobody knows, are read in *zone*. Events of *own_host*
    are sessions of ours.

    Raises:
        Unreadable: if it is no calendar, or larger or more tangled than a person's would be.
    """
    answer = _asked("busy", body, now, zone=zone, own_host=own_host)
    unknown: list[str] = answer["zones"]
    return Busy(
        merged((begin, end) for begin, end in answer["found"]),
        f"It names a time zone that we do not know ({', '.join(unknown)}): what is in it was read"
        " by the studio\u2019s clock."
        if unknown
        else "",
    )


def whole_days(body: bytes, now: datetime) -> tuple[list[WholeDays], list[str]]:
    """What the calendar *body* has on whole days, and why its other events are left out.

    Raises:
        Unreadable: if it is no calendar, or larger or more tangled than a person's would be.
    """
    found = _asked("days", body, now)["found"]
    days = [WholeDays(date.fromisoformat(e[0]), e[1], e[2]) for e in found if len(e) > 1]
    return days, [each[0] for each in found if len(each) == 1]


def _asked(what: str, body: bytes, now: datetime, **more: str) -> dict[str, Any]:
    """What the child finds from yesterday until beyond the farthest horizon."""
    told = _within_limits(body)
    since, until = reach(now)
    asked = {"what": what, "since": since, "until": until, **more}
    try:
        child = subprocess.run(
            [sys.executable, "-m", "studio.scheduling.outside.child"],
            input=json.dumps(asked).encode() + b"\n" + told,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable("It takes too long to read: its repetitions are too tangled.") from None
    if child.returncode:
        raise Unreadable("It takes too long to read: its repetitions are too tangled.")
    answer: dict[str, Any] = json.loads(child.stdout)
    if answer.get("trouble") == "too much":
        raise Unreadable("It holds more than a calendar of one person would.")
    if "trouble" in answer:
        raise Unreadable("What stands there is not a calendar that we can read.")
    return answer


def _within_limits(body: bytes) -> bytes:
    """What of *body* the child is to read: all but prose that is longer than a line may be."""
    if b"BEGIN:VCALENDAR" not in body[:4096].upper():
        raise Unreadable("What stands there is not a calendar that we can read.")
    unfolded = _FOLD.sub(b"", body).splitlines()
    lines = [x for x in unfolded if len(x) <= LONGEST_LINE or not _PROSE.match(x)]
    whole = b"\r\n".join(lines)
    upper = whole.upper()
    too_many = (
        upper.count(b"BEGIN:VEVENT") > MOST_EVENTS
        or upper.count(b"BEGIN:") > MOST_COMPONENTS
        or upper.count(b"RRULE") > MOST_RULES
        or upper.count(b"RDATE")
        + sum(line.count(b",") for line in upper.splitlines() if line.startswith(b"RDATE"))
        > MOST_DATES
        or any(len(line) > LONGEST_LINE for line in lines)
    )
    if too_many:
        raise Unreadable("It holds more than a calendar of one person would.")
    if _TOO_OFTEN.search(whole):
        raise Unreadable("It repeats something every hour or more often, which we do not follow.")
    return whole
