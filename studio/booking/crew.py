"""Who works for a session besides its photographer: artists before it, and the assistant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.booking.models import Booking
from studio.db import from_epoch
from studio.domain.lifecycle import BookingState
from studio.scheduling.models import Allocation, Photographer, Resource, ResourceKind
from studio.web.filters import listed
from studio.web.text import one_line


@dataclass(frozen=True, slots=True)
class Duty:
    """What one person does for one session, from when to when.

    *key* tells them apart from all others: the artist, or the assistant of a photographer. Who
    *leaves* goes from the studio to where it is shot.
    """

    key: str
    name: str
    email: str
    work: str
    since: datetime
    until: datetime
    leaves: bool = False

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name else ""

    @property
    def minutes(self) -> int:
        return int((self.until - self.since).total_seconds()) // 60


def of(session: Session, booking: Booking) -> list[Duty]:
    """The duties of those who can be written to; none unless *booking* stands."""
    return of_all(session, [booking])[booking.id]


def of_all(session: Session, bookings: Sequence[Booking]) -> dict[int, list[Duty]]:
    """The same for many at once, by booking."""
    standing = [each for each in bookings if each.state is BookingState.CONFIRMED]
    found: dict[int, list[Duty]] = {each.id: [] for each in bookings}
    _add_artists(session, {each.id: each for each in standing if each.before_minutes}, found)
    for booking in standing:
        found[booking.id] += _assistants(booking)
    return found


def address(session: Session, key: str) -> tuple[str, str] | None:
    """Name and address of whom *key* stands for, if they can still be written to."""
    role, _, number = key.partition(":")
    who = session.get(Resource, int(number))
    if who is None or who.archived_at is not None:
        return None
    if role == "artist":
        return (who.name, who.email) if who.email else None
    photographer = session.get_one(Photographer, who.id)
    if not photographer.has_assistant or not photographer.assistant_email:
        return None
    return photographer.assistant_name or "", photographer.assistant_email


def _add_artists(
    session: Session, bookings: Mapping[int, Booking], found: Mapping[int, list[Duty]]
) -> None:
    if not bookings:
        return
    begins = func.min(Allocation.busy_from)
    taken = session.execute(
        select(
            Allocation.booking_id,
            Resource.id,
            Resource.name,
            Resource.email,
            begins,
            func.max(Allocation.busy_to),
        )
        .join(Allocation, Allocation.resource_id == Resource.id)
        .where(
            Allocation.booking_id.in_(bookings),
            Resource.kind == ResourceKind.ARTIST,
            Resource.email.is_not(None),
            Resource.archived_at.is_(None),
        )
        .group_by(Allocation.booking_id, Resource.id, Resource.name, Resource.email)
        .order_by(begins, Resource.id)
    )
    for booking_id, who, name, email, since, until in taken:
        work = _work(bookings[booking_id], who)
        times = from_epoch(since), from_epoch(until)
        found[booking_id].append(Duty(f"artist:{who}", one_line(name), email or "", work, *times))


def _work(booking: Booking, artist: int) -> str:
    """What was booked that this artist does."""
    labels = [
        one_line(line.label)
        for line in booking.lines
        if line.add_on is not None
        and line.before
        and artist in {each.resource_id for each in line.add_on.resources}
    ]
    return listed(labels)


def _assistants(booking: Booking) -> list[Duty]:
    """Whoever assists its photographer, from the building of the first set to the last striking.

    On location they leave the studio, and come back, with the photographer.
    """
    photographer = booking.photographer
    gone = photographer.resource.archived_at is not None
    if gone or not photographer.has_assistant or not photographer.assistant_email:
        return []
    sets = [each.set for each in booking.sets]
    way = booking.place.travel_minutes if booking.place else 0
    return [
        Duty(
            f"assistant:{photographer.id}",
            one_line(photographer.assistant_name or ""),
            photographer.assistant_email,
            f"assisting {one_line(photographer.first_name)}",
            booking.starts_at - timedelta(minutes=way + sets[0].build_minutes),
            booking.ends_at + timedelta(minutes=way + sets[-1].strike_minutes),
            leaves=booking.place is not None,
        )
    ]
