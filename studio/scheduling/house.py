"""The studio apart from its bookings: what is there, and when it is open or closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from studio.domain.availability import STUDIO, Gaps
from studio.domain.hours import Dates, Override, WeeklyHours
from studio.domain.intervals import Span
from studio.domain.tax import Rates, Tax
from studio.domain.turnaround import SetTimes
from studio.scheduling.memory import apart, recall, version
from studio.scheduling.models import (
    Block,
    HoursOverride,
    OpeningHours,
    Photographer,
    Resource,
    ResourceKind,
    Set,
    Studio,
)
from studio.scheduling.outside.models import OutsideBusy
from studio.scheduling.places import Place, PlaceTravel
from studio.scheduling.taxes import rates

_HERE = select(Resource.id).where(Resource.archived_at.is_(None))


class Thing(NamedTuple):
    """A resource as the engine sees it; the last three are a photographer's."""

    id: int
    kind: ResourceKind
    capacity: int
    name: str
    has_assistant: bool | None
    max_per_day: int | None


class Spot(NamedTuple):
    """A place outside the studio; its coordinates in degrees, the travel in seconds one way."""

    id: int
    name: str
    latitude: float
    longitude: float
    travel: int
    at_client: bool


@dataclass(frozen=True, slots=True)
class House:
    """The studio apart from its bookings: what is there, and when it is open or closed.

    Whoever and whatever is archived has a name, for the sake of what is booked, but no hours.
    """

    zone: ZoneInfo
    arrive_minutes: int
    taxes: Rates
    things: Mapping[int, Thing]
    hours: Mapping[int, WeeklyHours]
    overrides: Mapping[int, Sequence[Override]]
    closures: Sequence[Dates]
    blocks: Mapping[int, Sequence[Span]]
    sets: Mapping[int, SetTimes]
    max_per_day: int | None
    gaps: Gaps
    places: Mapping[int, Spot]
    travel: Mapping[tuple[int, int], int]


def house(session: Session) -> House:
    zone, arrive, tax, included, most, gaps = session.execute(
        select(
            Studio.zone,
            Studio.arrive_minutes,
            Studio.tax_percent,
            Studio.tax_included,
            Studio.max_per_day,
            Studio.gaps,
        )
    ).one()
    things = session.execute(
        select(
            Resource.id,
            Resource.kind,
            Resource.capacity,
            Resource.name,
            Photographer.has_assistant,
            Photographer.max_per_day,
        ).join(Photographer, Photographer.id == Resource.id, isouter=True)
    )
    weekly: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for resource, *span in session.execute(
        select(
            OpeningHours.resource_id,
            OpeningHours.weekday,
            OpeningHours.opens_minute,
            OpeningHours.closes_minute,
        )
        .where(OpeningHours.resource_id.in_(_HERE))
        .order_by(OpeningHours.weekday, OpeningHours.opens_minute)
    ):
        weekly[resource].append((span[0], span[1], span[2]))
    places = _places(session)
    sets = session.execute(select(Set.id, Set.build_minutes, Set.strike_minutes))
    overrides, closures = _overrides(session)
    return House(
        ZoneInfo(zone),
        arrive,
        rates(session, Tax(tax, included)),
        {row[0]: Thing(*row) for row in things},
        {resource: WeeklyHours(tuple(spans)) for resource, spans in weekly.items()},
        overrides,
        closures,
        _blocks(session),
        {each: SetTimes(build * 60, strike * 60) for each, build, strike in sets},
        most,
        gaps,
        places,
        _travel(session, places),
    )


def studio_shown(session: Session) -> Studio | None:
    """The studio as its pages show it: kept until the house changes, and nobody may change it."""
    return recall(session, ("studio", version(session).house), lambda: _studio_shown(session))


def _studio_shown(session: Session) -> Studio | None:
    with apart(session) as passing:
        return passing.get(Studio, 1)


def _places(session: Session) -> dict[int, Spot]:
    rows = session.execute(
        select(
            Place.id,
            Place.name,
            Place.latitude,
            Place.longitude,
            Place.travel_minutes * 60,
            Place.at_client,
        )
    )
    return {row[0]: Spot(*row) for row in rows}


def _travel(session: Session, places: Mapping[int, Spot]) -> dict[tuple[int, int], int]:
    """Seconds between any two places; from one client's address to another's by the studio."""
    out = {STUDIO: 0} | {each.id: each.travel for each in places.values()}
    travel = {(one, other): out[one] + out[other] for one in out for other in out}
    travel |= {(each, each): 0 for each in out if each == STUDIO or not places[each].at_client}
    known = select(PlaceTravel.one_id, PlaceTravel.other_id, PlaceTravel.minutes)
    for one, other, minutes in session.execute(known):
        travel[one, other] = travel[other, one] = minutes * 60
    return travel


def _overrides(session: Session) -> tuple[dict[int, list[Override]], list[Dates]]:
    """Other hours by resource, and the dates on which the whole studio is closed."""
    closures: list[Dates] = []
    found: defaultdict[int, list[Override]] = defaultdict(list)
    ranges: defaultdict[tuple[int, date, date], list[tuple[int, int]]] = defaultdict(list)
    for resource, first, last, opens, closes in session.execute(
        select(
            HoursOverride.resource_id,
            HoursOverride.first_on,
            HoursOverride.last_on,
            HoursOverride.opens_minute,
            HoursOverride.closes_minute,
        ).where(or_(HoursOverride.resource_id.is_(None), HoursOverride.resource_id.in_(_HERE)))
    ):
        if resource is None:
            closures.append((first, last))
        elif opens is None or closes is None:
            found[resource].append(Override(first, last, ()))
        else:
            ranges[resource, first, last].append((opens, closes))
    for (resource, first, last), spans in ranges.items():
        found[resource].append(Override(first, last, tuple(spans)))
    return found, closures


def _blocks(session: Session) -> dict[int, list[Span]]:
    found: defaultdict[int, list[Span]] = defaultdict(list)
    closed = select(Block.resource_id, Block.busy_from, Block.busy_to)
    elsewhere = select(OutsideBusy.resource_id, OutsideBusy.busy_from, OutsideBusy.busy_to)
    for resource, begin, end in session.execute(closed.union_all(elsewhere)):
        found[resource].append((begin, end))
    return found
