"""What the engine needs to know, read as plain tuples and never as entities."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, bindparam, case, false, or_, select
from sqlalchemy.orm import Session, selectinload

from studio.db import epoch
from studio.domain import availability
from studio.domain.availability import STUDIO
from studio.domain.availability.values import Rise
from studio.domain.hours import WeeklyHours, open_spans
from studio.domain.intervals import Span
from studio.domain.wall_clock import DAY, around
from studio.scheduling.daylight import sunset
from studio.scheduling.house import House
from studio.scheduling.models import (
    Allocation,
    Block,
    Photographer,
    Resource,
    ResourceKind,
    Studio,
)

# No session is longer, so what began earlier has ended; it bounds the read of the calendar.
LONGEST = 2 * DAY


class Reading(NamedTuple):
    """What is taken in a stretch of time, as of one second.

    *engaged* says when artists are at work, *used* what of each pool comes before sessions.
    *good_until* is when the first live hold there runs out; *stale* says that rows of holds that
    have run out still lie there.
    """

    taken: list[availability.Taken]
    engaged: Mapping[int, Sequence[Span]]
    used: Mapping[int, Sequence[Rise]]
    good_until: float
    stale: bool


_NOBODY = false()
_PHOTOGRAPHERS_FIRST = case(
    {ResourceKind.PHOTOGRAPHER: 0, ResourceKind.ROOM: 1}, value=Resource.kind, else_=2
)

NOTHING = Reading([], {}, {}, math.inf, stale=False)

# Of the table and not of the class, and put together once: else that takes longer than to read a
# week by it.
_columns: Any = Allocation.__table__.c
TOUCHING = select(
    _columns.booking_id,
    _columns.resource_id,
    _columns.quantity,
    _columns.expires_at,
    _columns.package_id,
    _columns.busy_from,
    _columns.busy_to,
    _columns.first_set_id,
    _columns.last_set_id,
    _columns.same_minutes,
    _columns.clear_minutes,
    _columns.place_id,
).where(
    _columns.busy_from > bindparam("earliest"),
    _columns.busy_from < bindparam("until"),
    _columns.busy_to > bindparam("since"),
)


def the_studio(session: Session) -> Studio:
    return session.get_one(Studio, 1)


def studio_around(
    session: Session, known: House, days: Sequence[date], now: int, resources: Iterable[int]
) -> availability.Studio:
    """All that bears on sessions of *resources* on the local dates *days*.

    Holds that have expired by *now* (epoch seconds) are left out.
    """
    since, until = window(days, known.zone)
    return studio_of(known, days, taken(session, known, since, until, now), resources)


def studio_of(
    known: House,
    days: Sequence[date],
    booked: Reading,
    resources: Iterable[int],
    place: int = STUDIO,
) -> availability.Studio:
    """The engine's view of *days* for sessions at *place*; *booked* holds all that is taken."""
    near = around(days)
    since, until = window(days, known.zone)
    never = WeeklyHours(())
    return availability.Studio(
        zone=known.zone,
        open={
            each: open_spans(
                known.hours.get(each, never),
                known.overrides.get(each, ()),
                known.closures,
                near,
                known.zone,
            )
            for each in resources
        },
        blocked={
            each: tuple([span for span in spans if span[1] > since and span[0] < until])
            for each, spans in known.blocks.items()
        },
        taken=booked.taken,
        sets=known.sets,
        capacity={t.id: t.capacity for t in known.things.values() if t.kind is ResourceKind.POOL},
        assisted=frozenset(t.id for t in known.things.values() if t.has_assistant),
        max_per_photographer_day={
            t.id: t.max_per_day for t in known.things.values() if t.max_per_day is not None
        },
        max_per_day=known.max_per_day,
        engaged=booked.engaged,
        used=booked.used,
        travel=known.travel,
        sunset=sunsets(known, place, days),
    )


def sunsets(known: House, place: int, days: Sequence[date]) -> dict[date, int]:
    """When the sun sets at *place* on each of *days*; days on which it does not are left out."""
    if place == STUDIO:
        return {}
    spot = known.places[place]
    found = {each: sunset(spot.latitude, spot.longitude, each, known.zone) for each in days}
    return {each: at for each, at in found.items() if at is not None}


def taken(
    session: Session,
    known: House,
    since: int,
    until: int,
    now: int,
    leaving_out: int | None = None,
) -> Reading:
    """Sessions, and holds live at *now*, that touch the epoch seconds from *since* to *until*.

    What the booking *leaving_out* takes is left out.
    """
    # One row a booking: the photographer's allocation, told apart by its resource; the room and
    # the equipment of the same booking are laid beside it.
    photographers: dict[int, tuple[Any, ...]] = {}
    rooms: dict[int, int] = {}
    kit: defaultdict[tuple[int, int, int], dict[int, int]] = defaultdict(dict)
    engaged: defaultdict[int, list[Span]] = defaultdict(list)
    good_until, stale = math.inf, False
    # A month has many rows, and asking an enumeration for its members takes longer than the rest.
    kinds = {each.id: each.kind for each in known.things.values()}
    photographer, room, pool = ResourceKind.PHOTOGRAPHER, ResourceKind.ROOM, ResourceKind.POOL
    span = {"earliest": since - LONGEST, "since": since, "until": until}
    for (
        booking, resource, units, expires_at, package, start, end, first, last, same, clear, place,
    ) in session.connection().execute(TOUCHING, span).all():  # fmt: skip
        if booking == leaving_out:
            continue
        if expires_at is not None:
            if expires_at <= now:
                stale = True
                continue
            good_until = min(good_until, expires_at)
        kind = kinds[resource]
        if kind is pool:
            kit[booking, start, end][resource] = units
        elif kind is photographer:
            photographers[booking] = resource, package, start, end, first, last, same, clear, place
        elif kind is room:
            rooms[booking] = resource
        else:
            engaged[resource].append((start, end))
    nothing: dict[int, int] = {}
    booked = [
        availability.Taken.of(
            known.sets, package, who, rooms.get(booking, 0), start, end, first, last, same * 60,
            clear * 60, kit.pop((booking, start, end), nothing), place or STUDIO,
        )
        for booking, (who, package, start, end, first, last, same, clear, place)
        in photographers.items()
    ]  # fmt: skip
    # What is left of the equipment is used before the session it is booked for.
    used: defaultdict[int, list[Rise]] = defaultdict(list)
    for (_, start, end), out in kit.items():
        for resource, units in out.items():
            used[resource].append((start, end, units))
    return Reading(booked, engaged, used, good_until, stale)


def window(days: Sequence[date], zone: ZoneInfo) -> tuple[int, int]:
    """The epoch seconds that bear on *days*, which are in order: a day more at both ends."""
    near = around(days)
    return midnight(near[0], zone), midnight(near[-1] + timedelta(days=1), zone)


def midnight(day: date, zone: ZoneInfo) -> int:
    """The epoch second at which *day* begins; where spring skips midnight, the first after it."""
    return int(datetime.combine(day, time(), tzinfo=zone).timestamp())


def photographers(session: Session, also: ColumnElement[bool] = _NOBODY) -> Sequence[Photographer]:
    """Those who work here, in the studio's order, and those who are archived that *also* picks."""
    return session.scalars(
        select(Photographer)
        .join(Photographer.resource)
        .options(selectinload(Photographer.skills))
        .where(or_(Resource.archived_at.is_(None), also))
        .order_by(Resource.position, Resource.name)
    ).all()


def rooms(session: Session) -> Sequence[Resource]:
    return session.scalars(
        select(Resource)
        .where(Resource.kind == ResourceKind.ROOM, Resource.archived_at.is_(None))
        .order_by(Resource.position, Resource.name)
    ).all()


def of_kind(session: Session, *kinds: ResourceKind, archived: bool = False) -> Sequence[Resource]:
    """What there is of some kinds, or else what is archived of them, in the studio's order."""
    gone = Resource.archived_at.is_not(None)
    return session.scalars(
        select(Resource)
        .where(Resource.kind.in_(kinds), gone if archived else ~gone)
        .order_by(Resource.position, Resource.name)
    ).all()


def workers(
    session: Session, within: int | None = None, also: ColumnElement[bool] = _NOBODY
) -> Sequence[Resource]:
    """Photographers, then rooms and artists, with their hours; *within* keeps to one of them.

    Those who are archived are left out, but for those that *also* picks.
    """
    wanted = (
        select(Resource)
        .options(selectinload(Resource.hours))
        .where(Resource.kind != ResourceKind.POOL, or_(Resource.archived_at.is_(None), also))
        .order_by(_PHOTOGRAPHERS_FIRST, Resource.position, Resource.name)
    )
    if within is not None:
        wanted = wanted.where(Resource.id == within)
    return session.scalars(wanted).all()


def taken_between(since: datetime, until: datetime | None) -> ColumnElement[bool]:
    """Resources that something booked takes after *since*, and before *until* if it is given."""
    wanted = Allocation.busy_to > epoch(since)
    if until is not None:
        wanted &= Allocation.busy_from < epoch(until)
    return Resource.id.in_(select(Allocation.resource_id).where(wanted))


def blocks_from(session: Session, now: datetime) -> Sequence[Block]:
    """Time off that is not over."""
    return session.scalars(
        select(Block).where(Block.busy_to > epoch(now)).order_by(Block.busy_from, Block.resource_id)
    ).all()
