"""Booked sessions that the studio's hours or time off no longer leave room for.

Hours may be changed to contradict what is booked: nothing is dropped, and staff are told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db import epoch, from_epoch
from studio.domain.intervals import Span
from studio.domain.wall_clock import local_date
from studio.scheduling.house import house
from studio.scheduling.models import Allocation, Resource, ResourceKind
from studio.scheduling.queries import studio_around


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A session that is booked, and the photographer or room that is not there for it.

    *reason* is "time off" or "outside hours".
    """

    booking_id: int
    starts_at: datetime
    resource: str
    reason: str


def contradictions(
    session: Session,
    now: datetime,
    within: int | None = None,
    *,
    until: datetime | None = None,
) -> list[Contradiction]:
    """Those still to come, by time; *within* keeps to one photographer's.

    With *until*, only those that begin before it: all of them take reading every booking to come.
    """
    wanted = (
        select(
            Allocation.booking_id,
            Allocation.busy_from,
            Allocation.busy_to,
            Allocation.resource_id,
            Resource.name,
        )
        .join(Resource, Resource.id == Allocation.resource_id)
        .where(
            Resource.kind != ResourceKind.POOL,
            Allocation.expires_at.is_(None),
            Allocation.busy_to > epoch(now),
        )
        .order_by(Allocation.busy_from, Allocation.booking_id, Resource.kind)
    )
    if within is not None:
        wanted = wanted.where(Allocation.resource_id == within)
    if until is not None:
        wanted = wanted.where(Allocation.busy_from < epoch(until))
    booked = session.execute(wanted).all()
    if not booked:
        return []
    known = house(session)
    days = sorted({local_date(begin, known.zone) for _, begin, *_ in booked})
    studio = studio_around(session, known, days, epoch(now), {each.resource_id for each in booked})
    found = []
    for booking, begin, end, resource, name in booked:
        reason = _reason((begin, end), studio.open[resource], studio.blocked.get(resource, ()))
        if reason:
            found.append(Contradiction(booking, from_epoch(begin), name, reason))
    return found


def _reason(session: Span, hours: Iterable[Span], blocks: Iterable[Span]) -> str:
    begin, end = session
    if any(since < end and begin < until for since, until in blocks):
        return "time off"
    if not any(since <= begin and end <= until for since, until in hours):
        return "outside hours"
    return ""
