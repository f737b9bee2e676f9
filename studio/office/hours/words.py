"""Ranges of dates, and how they count together, in words."""

from __future__ import annotations

from datetime import date

from studio.scheduling.hours_text import write_hours
from studio.scheduling.house import House
from studio.scheduling.overrides import OtherHours, Overlap, Together
from studio.web.filters import short_date


def whose(known: House, resource_id: int | None) -> str:
    return known.things[resource_id].name if resource_id is not None else "The whole studio"


def stretch(first_on: date, last_on: date) -> str:
    """Mon 7 Dec 2026, or Mon 7 Dec to Fri 11 Dec 2026."""
    first, last = short_date(first_on), short_date(last_on)
    return f"{first if first_on == last_on else f'{first} to {last}'} {last_on.year}"


def dates(other: OtherHours) -> str:
    return stretch(other.first_on, other.last_on)


def remark(overlap: Overlap, name: str) -> str:
    """What another range, of *name*, does to the one in whose line this stands."""
    other = overlap.other
    when, hours = dates(other), write_hours(other.spans)
    return {
        Together.JOINED: f"joined with {hours} of {when}",
        Together.STAYS_CLOSED: f"closed on {when}",
        Together.NOW_CLOSED: f"closes {hours} of {name}, {when}",
        Together.STUDIO_CLOSED: f"the whole studio is closed on {when}",
    }[overlap.together]


def together(overlap: Overlap, name: str) -> str:
    """What another range, of *name*, and the one that is about to be kept come to."""
    other = overlap.other
    of = f"{name}, {dates(other)}"
    hours = write_hours(other.spans)
    return {
        Together.JOINED: f"{of}, is open {hours}: both hold, and their hours are joined.",
        Together.NOW_CLOSED: f"{of}, is open {hours}: that stops, since what closes a day wins.",
        Together.STAYS_CLOSED: f"{of}, is closed: it stays so, since what closes a day wins.",
        Together.STUDIO_CLOSED: f"{of}, is closed: nothing opens while the studio is closed.",
    }[overlap.together]
