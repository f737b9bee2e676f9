"""Which sessions a broadcast goes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking.models import Booking
from studio.catalogue.models import Package, SessionType
from studio.domain.lifecycle import BookingState
from studio.office import queries
from studio.scheduling.models import Photographer, Resource, ResourceKind
from studio.scheduling.places import Place

# As many as one broadcast reaches.
MOST = 300

# Sessions with a client who is told something: booked, or shot already.
STANDING = (BookingState.CONFIRMED, BookingState.COMPLETED)

_SPOT, _ROOM = "place-", "room-"


@dataclass(frozen=True, slots=True)
class Selection:
    """Sessions that begin from *first_on* to *last_on*, both included; 0 and "" stand for all."""

    first_on: date
    last_on: date
    photographer_id: int
    kind_id: int
    where: str
    state: BookingState


@dataclass(frozen=True, slots=True)
class Choices:
    """What a selection can be narrowed to, as (value, name)."""

    photographers: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, str]]
    places: Sequence[tuple[str, str]]


def selected(
    session: Session, wanted: Selection, zone: str, photographer_id: int | None
) -> Sequence[Booking]:
    """The sessions of *wanted* in their order, of one photographer or of all; `MOST` at most."""
    local = ZoneInfo(zone)
    since = datetime.combine(wanted.first_on, time(), local)
    until = datetime.combine(wanted.last_on + timedelta(days=1), time(), local)
    found = (
        select(Booking)
        .options(*queries.with_people())
        .where(
            Booking.starts_at >= since,
            Booking.starts_at < until,
            Booking.state == wanted.state,
            Booking.contact_email != "",
        )
        .order_by(Booking.starts_at, Booking.id)
        .limit(MOST + 1)
    )
    if photographer_id is not None:
        found = found.where(Booking.photographer_id == photographer_id)
    if wanted.photographer_id:
        found = found.where(Booking.photographer_id == wanted.photographer_id)
    if wanted.kind_id:
        of_kind = select(Package.id).where(Package.session_type_id == wanted.kind_id)
        found = found.where(Booking.package_id.in_(of_kind))
    if wanted.where.startswith(_SPOT):
        found = found.where(Booking.place_id == int(wanted.where.removeprefix(_SPOT)))
    elif wanted.where:
        found = found.where(Booking.room_id == int(wanted.where.removeprefix(_ROOM)))
    return session.scalars(found).all()


def choices(session: Session) -> Choices:
    people = session.execute(
        select(Resource.id, Resource.name)
        .join(Photographer, Photographer.id == Resource.id)
        .order_by(Resource.position, Resource.name)
    )
    kinds = session.execute(
        select(SessionType.id, SessionType.name).order_by(SessionType.genre, SessionType.position)
    )
    rooms = session.execute(
        select(Resource.id, Resource.name)
        .where(Resource.kind == ResourceKind.ROOM)
        .order_by(Resource.position, Resource.name)
    )
    places = session.execute(select(Place.id, Place.name).order_by(Place.position, Place.name))
    return Choices(
        [(str(key), name) for key, name in people],
        [(str(key), name) for key, name in kinds],
        [
            *((f"{_ROOM}{key}", name) for key, name in rooms),
            *((f"{_SPOT}{key}", name) for key, name in places),
        ],
    )
