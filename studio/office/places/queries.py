"""Places with all that their pages tell of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from studio.catalogue.models import Package, PackagePlace
from studio.domain.money import Money
from studio.scheduling.daylight import sunset
from studio.scheduling.places import Place, PlaceTravel


@dataclass(frozen=True, slots=True)
class Listed:
    """A place, the ways from it that do not lead by the studio, and the packages on sale there."""

    place: Place
    fee: Money
    ways: Sequence[tuple[str, int]]
    packages: Sequence[str]


def every_place(session: Session, currency: str) -> list[Listed]:
    """All of them, also those no longer in use."""
    places = session.scalars(
        select(Place).order_by(Place.archived_at.is_not(None), Place.position, Place.id)
    ).all()
    in_use = {each.id: each.name for each in places if each.archived_at is None}
    ways: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    for way in session.scalars(select(PlaceTravel)):
        for here, there in ((way.one_id, way.other_id), (way.other_id, way.one_id)):
            if there in in_use:
                ways[here].append((in_use[there], way.minutes))
    sold: defaultdict[int, list[str]] = defaultdict(list)
    for place_id, name in session.execute(
        select(PackagePlace.place_id, Package.name)
        .join(Package, Package.id == PackagePlace.package_id)
        .where(Package.archived_at.is_(None))
        .order_by(Package.position, Package.id)
    ):
        sold[place_id].append(name)
    return [
        Listed(each, Money(each.fee_minor, currency), sorted(ways[each.id]), sold[each.id])
        for each in places
    ]


def others_in_use(session: Session, place_id: int | None) -> Sequence[Place]:
    wanted = select(Place).where(Place.archived_at.is_(None)).order_by(Place.position, Place.id)
    if place_id is not None:
        wanted = wanted.where(Place.id != place_id)
    return session.scalars(wanted).all()


def ways_from(session: Session, place_id: int | None) -> dict[int, int]:
    """Minutes to other places, where they are known."""
    rows = session.scalars(
        select(PlaceTravel).where(
            or_(PlaceTravel.one_id == place_id, PlaceTravel.other_id == place_id)
        )
    )
    return {row.other_id if row.one_id == place_id else row.one_id: row.minutes for row in rows}


def without_sunset(session: Session, place: Place, today: date, zone: ZoneInfo) -> list[str]:
    """A sentence for each package on sale in the last light there that lacks it on some days."""
    found = []
    for each in session.scalars(
        select(Package)
        .join(PackagePlace, PackagePlace.package_id == Package.id)
        .where(
            PackagePlace.place_id == place.id,
            Package.archived_at.is_(None),
            Package.light_before_minutes.is_not(None),
        )
        .order_by(Package.position, Package.id)
    ).unique():
        days = [today + timedelta(days=n) for n in range(each.horizon_days + 1)]
        dark = sum(sunset(place.latitude, place.longitude, day, zone) is None for day in days)
        if dark == len(days):
            found.append(f"The sun does not set there, so {each.name} can be booked on no day.")
        elif dark:
            found.append(
                f"The sun does not set there on {dark} of the next {len(days)} days:"
                f" {each.name} cannot be booked on these."
            )
    return found
