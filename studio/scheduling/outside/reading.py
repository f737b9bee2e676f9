"""From the text of a calendar to the spans it calls busy, with limits on what it may ask of us."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import datetime

from studio.domain.intervals import Span, merged
from studio.scheduling.outside.child import reach

# Measured on calendars made to hurt: within these a reader answers in seconds.
MOST_EVENTS, MOST_COMPONENTS, MOST_RULES, MOST_DATES = 5_000, 15_000, 500, 2_000
LONGEST_LINE = 10_000
SECONDS = 20.0

_FOLD = re.compile(rb"\r?\n[ \t]")
_TOO_OFTEN = re.compile(rb"FREQ\s*=\s*(?:SECONDLY|MINUTELY|HOURLY)", re.IGNORECASE)


class Unreadable(Exception):
    """The text is no calendar, or asks too much; the message is a sentence for staff."""


def busy_spans(body: bytes, *, zone: str, now: datetime, own_host: str) -> list[Span]:
    """What the calendar *body* calls busy, in epoch seconds, merged and in order.

    Times without a zone are read in *zone*. Events of *own_host* are sessions of ours.

    Raises:
        Unreadable: if it is no calendar, or larger or more tangled than a person's would be.
    """
    _refuse_excess(body)
    since, until = reach(now)
    asked = {"zone": zone, "since": since, "until": until, "own_host": own_host}
    try:
        child = subprocess.run(
            [sys.executable, "-m", "studio.scheduling.outside.child"],
            input=json.dumps(asked).encode() + b"\n" + body,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable("It takes too long to read: its repetitions are too tangled.") from None
    if child.returncode:
        raise Unreadable("It takes too long to read: its repetitions are too tangled.")
    answer = json.loads(child.stdout)
    if answer.get("trouble") == "too much":
        raise Unreadable("It holds more than a calendar of one person would.")
    if "trouble" in answer:
        raise Unreadable("What stands there is not a calendar that we can read.")
    return merged((begin, end) for begin, end in answer["busy"])


def _refuse_excess(body: bytes) -> None:
    if b"BEGIN:VCALENDAR" not in body[:4096].upper():
        raise Unreadable("What stands there is not a calendar that we can read.")
    whole = _FOLD.sub(b"", body)
    upper = whole.upper()
    too_many = (
        upper.count(b"BEGIN:VEVENT") > MOST_EVENTS
        or upper.count(b"BEGIN:") > MOST_COMPONENTS
        or upper.count(b"RRULE") > MOST_RULES
        or upper.count(b"RDATE")
        + sum(line.count(b",") for line in upper.splitlines() if line.startswith(b"RDATE"))
        > MOST_DATES
        or any(len(line) > LONGEST_LINE for line in whole.splitlines())
    )
    if too_many:
        raise Unreadable("It holds more than a calendar of one person would.")
    if _TOO_OFTEN.search(whole):
        raise Unreadable("It repeats something every hour or more often, which we do not follow.")
