"""A booking as an entry in somebody's calendar, mailed or fetched from the client's page."""

from __future__ import annotations

from datetime import datetime

from studio.booking.models import Booking
from studio.domain.lifecycle import BookingState
from studio.messaging import origin
from studio.messaging.invitation import Invitation, Method
from studio.scheduling.models import Studio
from studio.web.filters import clock, day


def invitation(
    booking: Booking,
    studio: Studio,
    at: datetime,
    *,
    attendee: tuple[str, str] | None = None,
    taken_back: bool = False,
) -> Invitation:
    """The entry of *booking* as it stands, for its client or else *attendee* (name, address).

    It begins when the client is to arrive. *at* is the instant of the decision it tells of. With
    *taken_back* it leaves their calendar, though the session takes place.
    """
    cancelled = taken_back or booking.state is BookingState.CANCELLED
    client = booking.contact
    name, email = attendee or ((client.name, client.email) if client else ("", ""))
    begins = clock(booking.starts_at, booking.zone)
    arrival = "we arrive at" if booking.comes_to_client else "arrive at"
    if booking.is_remote:
        arrival = "be ready at"
    return Invitation(
        uid=f"{booking.reference}@{origin.host()}",
        sequence=booking.sequence,
        method=Method.CANCEL if cancelled else Method.REQUEST,
        stamped_at=at,
        starts_at=booking.arrive_at,
        ends_at=booking.ends_at,
        summary=f"{booking.package.name}, {studio.name}",
        location=_location(booking, studio),
        description=(
            f"{day(booking.starts_at, booking.zone)}, {studio.zone_city} time:"
            f" {arrival} {clock(booking.arrive_at, booking.zone)}, we begin at {begins}.\n"
            f"With {booking.photographer.name}. Reference {booking.reference}.\n"
            f"{_directions(booking, studio)}\n{studio.phone}"
        ),
        organizer=studio.name,
        organizer_email=studio.email,
        attendee=name,
        attendee_email=email,
    )


def _location(booking: Booking, studio: Studio) -> str:
    if booking.place is None:
        return ", ".join((studio.name, *studio.address_lines))
    name = [booking.place.name] if booking.is_remote or not booking.comes_to_client else []
    return ", ".join([*name, *booking.spot.split("\n")])


def _directions(booking: Booking, studio: Studio) -> str:
    return studio.directions if booking.place is None else booking.place.directions
