"""Changing when the studio works.

Each change locks the calendar first, so that a rival claim is checked against it. What it does to
booked sessions must have been agreed to: else nothing is changed, and whoever asked is told. The
sessions themselves stay booked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from studio.db import epoch, retried, transaction
from studio.ports import ports
from studio.scheduling import calendar, overrides
from studio.scheduling.contradictions import contradictions
from studio.scheduling.copying import Week, WeekCopy, give_weekly, give_weeks, week_of
from studio.scheduling.effects import Effect, NotAgreed
from studio.scheduling.models import Block, Resource, ResourceKind
from studio.scheduling.openings import known_house
from studio.scheduling.overrides import Held, OtherHours, Overlap


class NotTheirs(Exception):
    """A photographer reached for the time of somebody else, or of a room."""


class AlreadyGone(Exception):
    """What was to be changed has been removed meanwhile."""


@dataclass(frozen=True, slots=True)
class TimeOff:
    """A stretch in which a photographer or a room is not to be had; aware instants."""

    resource_id: int
    since: datetime
    until: datetime
    note: str


class Change:
    """A change under way; *effect* is there once it is done."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.written: list[OtherHours] = []
        self.effect = Effect((), ())


@retried
def set_weekly_hours(resource_id: int, week: Week, agreed: str = "") -> Effect:
    """Give a photographer or a room other hours in every ordinary week.

    Raises:
        NotAgreed: if the effect has not the seal *agreed*.
    """
    with weighed(agreed) as change:
        _worker(change.session, resource_id)
        give_weekly(change.session, resource_id, week)
    return change.effect


@retried
def add_override(other: OtherHours, agreed: str = "") -> Effect:
    """Keep other hours on some dates; what was said of just these dates before is replaced.

    Raises:
        NotAgreed: if the effect has not the seal *agreed*.
    """
    with weighed(agreed) as change:
        _keep(change, other)
    return change.effect


@retried
def change_override(override_id: int, other: OtherHours, agreed: str = "") -> Effect:
    """Keep *other* in place of the range that one override belongs to.

    Raises:
        AlreadyGone: if there is no such override any more.
        NotAgreed: if the effect has not the seal *agreed*.
    """
    with weighed(agreed) as change:
        known = overrides.range_of(change.session, override_id)
        if known is None:
            raise AlreadyGone
        overrides.forget(change.session, known)
        _keep(change, other)
    return change.effect


@retried
def remove_override(override_id: int, agreed: str = "") -> Effect:
    """Go back to the ordinary week on the dates of one override; gone already is fine.

    Raises:
        NotAgreed: if the effect has not the seal *agreed*.
    """
    with weighed(agreed) as change:
        if known := overrides.range_of(change.session, override_id):
            overrides.forget(change.session, known)
    return change.effect


@retried
def close_days(days: Sequence[OtherHours], agreed: str = "") -> Effect:
    """Close the whole studio on *days*; what is closed already stays as it is.

    Raises:
        NotAgreed: if the effect has not the seal *agreed*.
    """
    with weighed(agreed) as change:
        closed = list(known_house(change.session).closures)
        for each in days:
            if not overrides.covered(closed, each.first_on, each.last_on):
                _keep(change, each)
                closed.append((each.first_on, each.last_on))
    return change.effect


@retried
def copy_week(copy: WeekCopy, agreed: str = "") -> Effect:
    """Give the hours of one week to other weeks, or to somebody else.

    Raises:
        NotAgreed: if the effect has not the seal *agreed*.
    """
    with weighed(agreed) as change:
        session = change.session
        known = known_house(session)
        source = _worker(session, copy.from_id)
        week = week_of(known, copy.from_id, copy.from_week)
        for each in copy.to_ids:
            _worker(session, each)
            if copy.to_weeks is None:
                give_weekly(session, each, week)
            else:
                ordinary = week_of(known, each, None)
                give_weeks(session, each, week, ordinary, copy.to_weeks, f"As {source.name}")
    return change.effect


@retried
def block_time(off: TimeOff, within: int | None = None, agreed: str = "") -> Effect:
    """Close a photographer or a room for a while; *within* is the only one the asker may.

    Raises:
        NotTheirs: if it is another one.
        ValueError: if it ends before it begins.
        NotAgreed: if the effect has not the seal *agreed*.
    """
    if not off.since < off.until:
        raise ValueError("time off ends after it begins")
    _own(off.resource_id, within)
    with weighed(agreed, within) as change:
        _worker(change.session, off.resource_id)
        change.session.add(
            Block(
                resource_id=off.resource_id,
                busy_from=epoch(off.since),
                busy_to=epoch(off.until),
                note=off.note,
            )
        )
    return change.effect


@retried
def remove_block(block_id: int, within: int | None = None) -> None:
    """Open the time again, which no session minds; gone already is fine.

    Raises:
        NotTheirs: if it is not the time of *within*, the only one the asker may.
    """
    with transaction() as session:
        calendar.lock(session)
        known = session.get(Block, block_id)
        if known:
            _own(known.resource_id, within)
            session.delete(known)


@contextmanager
def weighed(agreed: str, within: int | None = None) -> Iterator[Change]:
    """A change under the calendar's lock, undone unless its effect was agreed to.

    *within* keeps to the sessions of one photographer.
    """
    with transaction() as session:
        calendar.lock(session)
        now = ports().now()
        before = contradictions(session, now, within, holds=True)
        change = Change(session)
        yield change
        session.flush()
        after = contradictions(session, now, within, holds=True)
        overlaps, held = _beside(session, change.written)
        change.effect = Effect.between(before, after, overlaps, held)
        if change.effect.seal not in {"", agreed}:
            raise NotAgreed(change.effect)


def _keep(change: Change, other: OtherHours) -> None:
    if other.resource_id is not None:
        _worker(change.session, other.resource_id)
    overrides.write(change.session, other)
    change.written.append(other)


def _beside(session: Session, written: Sequence[OtherHours]) -> tuple[list[Overlap], list[Held]]:
    """The other ranges that *written* ones meet, each once, and what holds where they do."""
    if not written:
        return [], []
    known = known_house(session)
    found: dict[Overlap, None] = {}
    held = []
    for new in written:
        overlaps = overrides.overlapping(session, new)
        found.update(dict.fromkeys(overlaps))
        held += overrides.held(known, new, overlaps)
    return list(found), held


def _own(resource_id: int, within: int | None) -> None:
    if within is not None and resource_id != within:
        raise NotTheirs


def _worker(session: Session, resource_id: int) -> Resource:
    """Only photographers, rooms and artists have hours."""
    known = session.get_one(Resource, resource_id)
    if known.kind is ResourceKind.POOL:
        raise ValueError("equipment has no hours")
    return known
