"""Booked sessions that the studio's hours or time off no longer leave room for.

Hours may be changed to contradict what is booked: nothing is dropped, and staff are told.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, false, or_, select
from sqlalchemy.orm import Session, aliased

from studio.db import epoch, from_epoch
from studio.domain import availability
from studio.domain.availability import STUDIO
from studio.domain.intervals import Span, merged
from studio.domain.turnaround import changeover, rebuild
from studio.domain.wall_clock import local_date
from studio.scheduling.models import Allocation, Block, Resource, ResourceKind, Set
from studio.scheduling.openings import known_house
from studio.scheduling.queries import NOTHING, studio_of

_ARCHIVED_SETS = select(Set.id, Set.name).where(Set.archived_at.is_not(None))


class Reason(StrEnum):
    """Why somebody or something is not there."""

    ARCHIVED = "archived"
    OFF = "time off"
    ELSEWHERE = "busy elsewhere"  # by a calendar of their own
    CLOSED = "outside hours"
    WAY = "no time for the way"  # from their session before
    TURNAROUND = "no time to turn over"  # from the set of the session before


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A session that is booked, and who or what is not there for it: a set has its id negative.

    It takes them from *since* to *until*: with building, striking and the way, as the engine
    counts. *begins_at* is when they begin with the session itself, or with what comes before it.
    """

    booking_id: int
    begins_at: datetime
    resource_id: int
    resource: str
    since: datetime
    until: datetime
    reason: Reason

    @property
    def key(self) -> tuple[int, int, datetime]:
        """The same session without the same somebody, whatever the reason."""
        return self.booking_id, self.resource_id, self.begins_at


def contradictions(
    session: Session,
    now: datetime,
    within: int | None = None,
    *,
    of: int | None = None,
    until: datetime | None = None,
    holds: bool = False,
) -> list[Contradiction]:
    """Those still to come, by time; *within* keeps to one photographer's, *of* to one booking's.

    With *until*, only those that begin before it: all of them take reading every booking to come.
    With *holds*, of what is only held by now, too.
    """
    live = or_(
        Allocation.expires_at.is_(None),
        Allocation.expires_at > epoch(now) if holds else false(),
    )
    booked = session.execute(_booked(now, within, of, until).where(live)).all()
    if not booked:
        return []
    known, resources = known_house(session), {each.resource_id for each in booked}
    days = sorted({local_date(each.busy_from, known.zone) for each in booked})
    studio = studio_of(known, days, NOTHING, resources)
    blocked = {each: merged(studio.blocked.get(each, ())) for each in resources}
    needed = [_needed(studio, each) for each in booked]
    own = _time_off(session, min(needed)[0], resources)
    rushed = _rushed(session, studio, _booked(now, None, None, until).where(live), resources)
    gone = {row[0]: row[1] for row in session.execute(_ARCHIVED_SETS)}
    found = []
    for each, span in zip(booked, needed, strict=True):
        who = each.resource_id
        begins_at, since, end = map(from_epoch, (each.busy_from, *span))
        if each.kind is ResourceKind.PHOTOGRAPHER:
            found += [
                Contradiction(
                    each.booking_id, begins_at, -one, gone[one], since, end, Reason.ARCHIVED
                )
                for one in sorted({each.first_set_id, each.last_set_id} & gone.keys())
            ]
        if each.archived_at:
            reason = Reason.ARCHIVED
        elif _meets(span, blocked[who]):
            reason = Reason.OFF if _meets(span, own.get(who, ())) else Reason.ELSEWHERE
        elif not _lies_in(span, studio.open[who]):
            reason = Reason.CLOSED
        elif short := rushed.get((who, each.booking_id)):
            reason = short
        else:
            continue
        found.append(Contradiction(each.booking_id, begins_at, who, each.name, since, end, reason))
    return found


def _booked(
    now: datetime, within: int | None, of: int | None, until: datetime | None
) -> Select[*tuple[Any, ...]]:
    """What sessions to come take of everything but equipment that is there."""
    wanted = (
        select(
            Allocation.booking_id,
            Allocation.resource_id,
            Resource.kind,
            Resource.name,
            Resource.archived_at,
            Allocation.busy_from,
            Allocation.busy_to,
            Allocation.first_set_id,
            Allocation.last_set_id,
            Allocation.same_minutes,
            Allocation.clear_minutes,
            Allocation.place_id,
        )
        .join(Resource, Resource.id == Allocation.resource_id)
        .where(
            (Resource.kind != ResourceKind.POOL) | Resource.archived_at.is_not(None),
            Allocation.busy_to > epoch(now),
        )
        .order_by(Allocation.busy_from, Allocation.booking_id, Resource.kind, Resource.id)
    )
    if within is not None:
        wanted = wanted.where(Allocation.resource_id == within)
    if of is not None:
        wanted = wanted.where(Allocation.booking_id == of)
    if until is not None:
        wanted = wanted.where(Allocation.busy_from < epoch(until))
    return wanted


def _needed(studio: availability.Studio, booked: Row[Any]) -> Span:
    """From leaving and building to striking and coming back, by `availability.rules`."""
    begin, end = booked.busy_from, booked.busy_to
    if booked.kind is ResourceKind.ARTIST:
        return begin, end
    if booked.place_id is not None:
        home = studio.travel[booked.place_id, STUDIO]
        begin, end = begin - home, end + home
    elif booked.resource_id in studio.assisted:
        return begin, end
    first, last = studio.sets[booked.first_set_id], studio.sets[booked.last_set_id]
    return begin - first.build, end + booked.clear_minutes * 60 + last.strike


def _rushed(
    session: Session,
    studio: availability.Studio,
    booked: Select[*tuple[Any, ...]],
    resources: Collection[int],
) -> dict[tuple[int, int], Reason]:
    """Photographers and rooms, and the bookings that come too soon after their session before."""
    theirs = aliased(Allocation)
    rows = session.execute(
        booked.where(
            Resource.kind.in_((ResourceKind.PHOTOGRAPHER, ResourceKind.ROOM)),
            Allocation.booking_id.in_(
                select(theirs.booking_id).where(theirs.resource_id.in_(resources))
            ),
        )
    ).all()
    rooms = {row.booking_id: row.resource_id for row in rows if row.kind is ResourceKind.ROOM}
    found: dict[tuple[int, int], Reason] = {}
    last: dict[int, Row[Any]] = {}
    for each in rows:
        before = last.get(each.resource_id)
        last[each.resource_id] = each
        if before is None:
            continue
        one_room = rooms.get(before.booking_id) == rooms.get(each.booking_id)
        if short := _too_soon(studio, before, each, one_room=one_room):
            found[each.resource_id, each.booking_id] = short
    return found


def _too_soon(
    studio: availability.Studio, before: Row[Any], after: Row[Any], *, one_room: bool
) -> Reason | None:
    """What there is too little time for between two sessions, if for anything.

    As the engine counts; *one_room* if both of them are in the same one.
    """
    spots = before.place_id or STUDIO, after.place_id or STUDIO
    way = studio.travel.get(spots, 0)
    inside = spots == (STUDIO, STUDIO)
    if inside and after.resource_id in studio.assisted:
        return None
    first, last = after.first_set_id, before.last_set_id
    turning = rebuild(studio.sets, last, first)
    if one_room if inside else spots[0] == spots[1] and not way:
        turning = changeover(studio.sets, last, first, after.same_minutes * 60)
    if after.busy_from - before.busy_to >= before.clear_minutes * 60 + turning + way:
        return None
    return Reason.WAY if way else Reason.TURNAROUND


def _time_off(
    session: Session, since: int, resources: Collection[int]
) -> Mapping[int, Sequence[Span]]:
    """What was closed here; the engine also heeds what calendars elsewhere say."""
    found: defaultdict[int, list[Span]] = defaultdict(list)
    for resource, begin, end in session.execute(
        select(Block.resource_id, Block.busy_from, Block.busy_to).where(
            Block.resource_id.in_(resources), Block.busy_to > since
        )
    ):
        found[resource].append((begin, end))
    return {resource: merged(spans) for resource, spans in found.items()}


def _lies_in(session: Span, hours: Sequence[Span]) -> bool:
    """Whether one of *hours*, in order and disjoint, holds the whole of it."""
    before = bisect_right(hours, (session[0], sys.maxsize))
    return before > 0 and session[1] <= hours[before - 1][1]


def _meets(session: Span, spans: Sequence[Span]) -> bool:
    """Whether one of *spans*, in order and disjoint, takes a part of it."""
    before = bisect_left(spans, (session[1],))
    return before > 0 and session[0] < spans[before - 1][1]
