"""Changing when the studio works.

Each change locks the calendar first, so that a rival claim is checked against it, and answers
with the booked sessions that now contradict the hours: they stay booked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from studio.db import epoch, retried, transaction
from studio.domain.hours import Minutes
from studio.ports import ports
from studio.scheduling import calendar
from studio.scheduling.contradictions import Contradiction, contradictions
from studio.scheduling.models import Block, HoursOverride, OpeningHours, Resource, ResourceKind


class NotTheirs(Exception):
    """A photographer reached for the time of somebody else, or of a room."""


@dataclass(frozen=True, slots=True)
class OtherHours:
    """Hours for the dates from *first_on* to *last_on*, both included; no spans is closed.

    Without a resource the whole studio is closed, and there are no spans.
    """

    resource_id: int | None
    first_on: date
    last_on: date
    spans: tuple[Minutes, ...]
    note: str


@dataclass(frozen=True, slots=True)
class TimeOff:
    """A stretch in which a photographer or a room is not to be had; aware instants."""

    resource_id: int
    since: datetime
    until: datetime
    note: str


@retried
def set_weekly_hours(
    resource_id: int, week: Mapping[int, Sequence[Minutes]]
) -> list[Contradiction]:
    """Give a photographer or a room other hours in every ordinary week.

    *week* maps ISO weekdays (Monday is 1) to spans; a weekday that is missing is closed.
    """
    with transaction() as session:
        calendar.lock(session)
        _worker(session, resource_id)
        session.execute(delete(OpeningHours).where(OpeningHours.resource_id == resource_id))
        session.add_all(
            OpeningHours(
                resource_id=resource_id, weekday=weekday, opens_minute=opens, closes_minute=closes
            )
            for weekday, spans in week.items()
            for opens, closes in spans
        )
        return _contradicting(session)


@retried
def add_override(other: OtherHours) -> list[Contradiction]:
    """Keep other hours on some dates; what was said of just these dates before is replaced."""
    with transaction() as session:
        calendar.lock(session)
        if other.resource_id is not None:
            _worker(session, other.resource_id)
        _forget(session, other.resource_id, other.first_on, other.last_on)
        spans: Sequence[Minutes | tuple[None, None]] = other.spans or ((None, None),)
        session.add_all(
            HoursOverride(
                resource_id=other.resource_id,
                first_on=other.first_on,
                last_on=other.last_on,
                opens_minute=opens,
                closes_minute=closes,
                note=other.note,
            )
            for opens, closes in spans
        )
        return _contradicting(session)


@retried
def remove_override(override_id: int) -> list[Contradiction]:
    """Go back to the ordinary week on the dates of one override; gone already is fine."""
    with transaction() as session:
        calendar.lock(session)
        known = session.get(HoursOverride, override_id)
        if known:
            _forget(session, known.resource_id, known.first_on, known.last_on)
        return _contradicting(session)


@retried
def block_time(off: TimeOff, within: int | None = None) -> list[Contradiction]:
    """Close a photographer or a room for a while; *within* is the only one the asker may.

    Raises:
        NotTheirs: if it is another one.
        ValueError: if it ends before it begins.
    """
    if not off.since < off.until:
        raise ValueError("time off ends after it begins")
    _own(off.resource_id, within)
    with transaction() as session:
        calendar.lock(session)
        _worker(session, off.resource_id)
        session.add(
            Block(
                resource_id=off.resource_id,
                busy_from=epoch(off.since),
                busy_to=epoch(off.until),
                note=off.note,
            )
        )
        return _contradicting(session, within)


@retried
def remove_block(block_id: int, within: int | None = None) -> list[Contradiction]:
    """Open the time again; gone already is fine.

    Raises:
        NotTheirs: if it is not the time of *within*, the only one the asker may.
    """
    with transaction() as session:
        calendar.lock(session)
        known = session.get(Block, block_id)
        if known:
            _own(known.resource_id, within)
            session.delete(known)
        return _contradicting(session, within)


def _own(resource_id: int, within: int | None) -> None:
    if within is not None and resource_id != within:
        raise NotTheirs


def _worker(session: Session, resource_id: int) -> None:
    """Only photographers and rooms have hours."""
    if session.get_one(Resource, resource_id).kind is ResourceKind.POOL:
        raise ValueError("equipment has no hours")


def _forget(session: Session, resource_id: int | None, first_on: date, last_on: date) -> None:
    session.execute(
        delete(HoursOverride).where(
            HoursOverride.resource_id.is_not_distinct_from(resource_id),
            HoursOverride.first_on == first_on,
            HoursOverride.last_on == last_on,
        )
    )


def _contradicting(session: Session, within: int | None = None) -> list[Contradiction]:
    session.flush()
    return contradictions(session, ports().now(), within)
