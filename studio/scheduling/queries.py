"""What the engine needs to know, read as plain tuples and never as entities."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

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
    HoursOverride,
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


NOTHING = Reading([], {}, {}, math.inf, stale=False)


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
            each: [span for span in spans if span[1] > since and span[0] < until]
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
    photographers: dict[int, tuple[int, ...]] = {}
    rooms: dict[int, int] = {}
    kit: defaultdict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    engaged: defaultdict[int, list[Span]] = defaultdict(list)
    ends: dict[tuple[int, int], int] = {}
    good_until, stale = math.inf, False
    for booking, resource, quantity, expires_at, *rest in session.execute(
        select(
            Allocation.booking_id,
            Allocation.resource_id,
            Allocation.quantity,
            Allocation.expires_at,
            Allocation.package_id,
            Allocation.busy_from,
            Allocation.busy_to,
            Allocation.first_set_id,
            Allocation.last_set_id,
            Allocation.same_minutes,
            Allocation.clear_minutes,
            Allocation.place_id,
        ).where(
            Allocation.busy_from > since - LONGEST,
            Allocation.busy_from < until,
            Allocation.busy_to > since,
        )
    ):
        if booking == leaving_out:
            continue
        if expires_at is not None:
            if expires_at <= now:
                stale = True
                continue
            good_until = min(good_until, expires_at)
        kind = known.things[resource].kind
        if kind is ResourceKind.PHOTOGRAPHER:
            photographers[booking] = (resource, *rest)
        elif kind is ResourceKind.ROOM:
            rooms[booking] = resource
        elif kind is ResourceKind.POOL:
            kit[booking, rest[1]][resource] = quantity
            ends[booking, rest[1]] = rest[2]
        else:
            engaged[resource].append((rest[1], rest[2]))
    nothing: dict[int, int] = {}
    booked = [
        availability.Taken.of(
            known.sets, package, who, rooms.get(booking, 0), start, end, first, last, same * 60,
            clear * 60, kit.pop((booking, start), nothing), place or STUDIO,
        )
        for booking, (who, package, start, end, first, last, same, clear, place)
        in photographers.items()
    ]  # fmt: skip
    # What is left of the equipment is used before the session it is booked for.
    used: defaultdict[int, list[Rise]] = defaultdict(list)
    for when, units in kit.items():
        for pool, quantity in units.items():
            used[pool].append((when[1], ends[when], quantity))
    return Reading(booked, engaged, used, good_until, stale)


def window(days: Sequence[date], zone: ZoneInfo) -> tuple[int, int]:
    """The epoch seconds that bear on *days*, which are in order: a day more at both ends."""
    near = around(days)
    return midnight(near[0], zone), midnight(near[-1] + timedelta(days=1), zone)


def midnight(day: date, zone: ZoneInfo) -> int:
    """The epoch second at which *day* begins; where spring skips midnight, the first after it."""
    return int(datetime.combine(day, time(), tzinfo=zone).timestamp())


def photographers(session: Session) -> Sequence[Photographer]:
    """Those who work here, in the studio's order."""
    return session.scalars(
        select(Photographer)
        .join(Photographer.resource)
        .options(selectinload(Photographer.skills))
        .where(Resource.archived_at.is_(None))
        .order_by(Resource.position, Resource.name)
    ).all()


def rooms(session: Session) -> Sequence[Resource]:
    return session.scalars(
        select(Resource)
        .where(Resource.kind == ResourceKind.ROOM, Resource.archived_at.is_(None))
        .order_by(Resource.position, Resource.name)
    ).all()


def workers(session: Session, within: int | None = None) -> Sequence[Resource]:
    """Photographers, then rooms, with their weekly hours; *within* keeps to one of them."""
    wanted = (
        select(Resource)
        .options(selectinload(Resource.hours))
        .where(Resource.kind != ResourceKind.POOL, Resource.archived_at.is_(None))
        .order_by(Resource.kind, Resource.position, Resource.name)
    )
    if within is not None:
        wanted = wanted.where(Resource.id == within)
    return session.scalars(wanted).all()


def overrides_from(session: Session, day: date) -> Sequence[HoursOverride]:
    """What holds on *day* or later; several spans of one range stand together."""
    return session.scalars(
        select(HoursOverride)
        .where(HoursOverride.last_on >= day)
        .order_by(
            HoursOverride.first_on,
            HoursOverride.last_on,
            HoursOverride.resource_id,
            HoursOverride.opens_minute,
        )
    ).all()


def blocks_from(session: Session, now: datetime) -> Sequence[Block]:
    """Time off that is not over."""
    return session.scalars(
        select(Block)
        .where(Block.busy_to > int(now.timestamp()))
        .order_by(Block.busy_from, Block.resource_id)
    ).all()
