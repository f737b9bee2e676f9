"""Booked sessions that hours or time off leave no room for, as pages tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking.models import Booking
from studio.office.queries import with_people
from studio.scheduling.contradictions import Contradiction, Reason
from studio.web.filters import clock

_WORDS = {
    Reason.ARCHIVED: "is archived",
    Reason.OFF: "is off then",
    Reason.ELSEWHERE: "is busy then by a calendar of their own",
    Reason.CLOSED: "has no hours then",
    Reason.TURNAROUND: "has too little time after the session before to be ready then",
    Reason.WAY: "has no time then for the way from the session before",
}


class Lack(NamedTuple):
    """Who or what is not there, in words, and from when until when it is needed."""

    words: str
    needed: str


@dataclass(frozen=True, slots=True)
class Misfit:
    """A booked session, and all that is not there for it."""

    booking: Booking
    lacks: Sequence[Lack]


def misfits(session: Session, found: Sequence[Contradiction]) -> list[Misfit]:
    """One for each session, in the order of *found*."""
    by_booking: dict[int, list[Contradiction]] = {}
    for each in found:
        by_booking.setdefault(each.booking_id, []).append(each)
    if not by_booking:
        return []
    bookings = {
        each.id: each
        for each in session.scalars(
            select(Booking).options(*with_people()).where(Booking.id.in_(by_booking))
        )
    }
    return [
        Misfit(bookings[booking_id], [_lack(each, bookings[booking_id].zone) for each in lacking])
        for booking_id, lacking in by_booking.items()
    ]


def _lack(why: Contradiction, zone: str) -> Lack:
    return Lack(
        f"{why.resource} {_WORDS[why.reason]}",
        f"{clock(why.since, zone)} to {clock(why.until, zone)}",
    )
