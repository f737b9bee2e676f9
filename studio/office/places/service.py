"""Adding and changing places outside the studio, and the way to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.booking.models import Booking
from studio.catalogue.models import Package, PackagePlace
from studio.db import retried, transaction
from studio.domain.money import Money
from studio.ports import ports
from studio.scheduling import calendar
from studio.scheduling.effects import Effect
from studio.scheduling.places import Place, PlaceTravel
from studio.scheduling.queries import the_studio
from studio.scheduling.service import weighed
from studio.scheduling.slugs import free_slug


@dataclass(frozen=True, slots=True)
class PlaceEdit:
    """All that staff may say of a place; *coordinates* are degrees north and east.

    *ways* are the minutes to other places, by their ids; None is by way of the studio.
    """

    name: str
    address: str
    directions: str
    coordinates: tuple[float, float]
    travel_minutes: int
    at_client: bool
    remote: bool
    fee: Money
    ways: Mapping[int, int | None]
    in_use: bool


class StillSold(Exception):
    """*packages* on sale are shot there."""

    def __init__(self, packages: Sequence[str]) -> None:
        super().__init__(", ".join(packages))
        self.packages = packages


class SoldByItsLight(Exception):
    """*packages* on sale are shot there in the last light, which needs a spot of its own."""

    def __init__(self, packages: Sequence[str]) -> None:
        super().__init__(", ".join(packages))
        self.packages = packages


class BookedThere(Exception):
    """Sessions are booked there, whose clients were told where to come, or were asked."""


@retried
def add_place(edit: PlaceEdit) -> int:
    """Let packages be shot somewhere else as well; its id."""
    with transaction() as session:
        calendar.lock(session)
        last = select(func.coalesce(func.max(Place.position), 0) + 1)
        known = Place(
            slug=free_slug(session, Place.slug, edit.name, "place"),
            position=session.scalars(last).one(),
        )
        _write(session, known, edit)
        session.add(known)
        session.flush()
        _lay_ways(session, known.id, edit.ways)
        return known.id


@retried
def change_place(place_id: int, edit: PlaceEdit, agreed: str = "") -> Effect:
    """Find a place otherwise from now on; sessions booked there keep the address they were told.

    Raises:
        StillSold: if it would be out of use, and packages on sale are shot there.
        SoldByItsLight: if it would be the client's, and packages are sold by its sunset.
        BookedThere: if it would become the client's or remote, or cease to be, and is booked.
        NotAgreed: if the effect has not the seal *agreed*.
    """
    with weighed(agreed) as change:
        session = change.session
        known = session.get_one(Place, place_id)
        sold = _sold_there(session, place_id)
        if sold and not edit.in_use:
            raise StillSold([each.name for each in sold])
        other = (edit.at_client, edit.remote) != (known.at_client, known.remote)
        if other and _is_booked(session, place_id):
            raise BookedThere
        by_light = [each.name for each in sold if each.light_before_minutes is not None]
        if by_light and edit.at_client:
            raise SoldByItsLight(by_light)
        _write(session, known, edit)
        _lay_ways(session, place_id, edit.ways)
    return change.effect


def _write(session: Session, known: Place, edit: PlaceEdit) -> None:
    if edit.fee.currency != the_studio(session).currency:
        raise ValueError("the way costs the studio's currency")
    known.name, known.address, known.directions = edit.name, edit.address, edit.directions
    known.latitude, known.longitude = edit.coordinates
    known.travel_minutes = edit.travel_minutes
    known.at_client, known.remote = edit.at_client, edit.remote
    known.fee_minor, known.currency = edit.fee.minor, edit.fee.currency
    if edit.in_use:
        known.archived_at = None
    elif known.archived_at is None:
        known.archived_at = ports().now()


def _lay_ways(session: Session, place_id: int, ways: Mapping[int, int | None]) -> None:
    for other, minutes in ways.items():
        one, two = sorted((place_id, other))
        known = session.get(PlaceTravel, (one, two))
        if minutes is None:
            if known:
                session.delete(known)
        elif known:
            known.minutes = minutes
        else:
            session.add(PlaceTravel(one_id=one, other_id=two, minutes=minutes))


def _sold_there(session: Session, place_id: int) -> Sequence[Package]:
    """The packages on sale that are shot there."""
    return (
        session.scalars(
            select(Package)
            .join(PackagePlace, PackagePlace.package_id == Package.id)
            .where(PackagePlace.place_id == place_id, Package.archived_at.is_(None))
            .order_by(Package.position, Package.id)
        )
        .unique()
        .all()
    )


def _is_booked(session: Session, place_id: int) -> bool:
    found = select(Booking.id).where(Booking.place_id == place_id).limit(1)
    return session.scalars(found).first() is not None
