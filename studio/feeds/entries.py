"""A photographer's sessions as a calendar file.

Instants are UTC, so that every reader agrees on them; an entry's UID is the one its invitation
has. What was cancelled, or handed over to somebody else, stays for a month with STATUS:CANCELLED,
for readers that only add.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from studio.booking.models import Booking, BookingEvent
from studio.domain.lifecycle import BookingState
from studio.messaging import origin
from studio.scheduling.models import Studio

_BACK = timedelta(days=30)
_STANDS = (BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW)


def bookings(session: Session, photographer_id: int, now: datetime) -> Sequence[Booking]:
    """Sessions from a month ago on, and those cancelled or handed over within a month, by time."""
    handed_over = select(BookingEvent.booking_id).where(
        BookingEvent.booking_id == Booking.id,
        BookingEvent.kind == "moved",
        BookingEvent.detail["former"].as_integer() == photographer_id,
        BookingEvent.at > now - _BACK,
    )
    return session.scalars(
        select(Booking)
        .where(
            or_(
                and_(
                    Booking.photographer_id == photographer_id,
                    Booking.state.in_(_STANDS),
                    Booking.ends_at > now - _BACK,
                ),
                and_(
                    Booking.photographer_id == photographer_id,
                    Booking.state == BookingState.CANCELLED,
                    Booking.confirmed_at.is_not(None),
                    Booking.ended_at > now - _BACK,
                ),
                and_(
                    Booking.photographer_id != photographer_id,
                    # It was moved to what was still to come then.
                    Booking.starts_at > now - _BACK,
                    handed_over.exists(),
                ),
            ),
        )
        .options(joinedload(Booking.package), joinedload(Booking.room), joinedload(Booking.place))
        .order_by(Booking.starts_at, Booking.id)
    ).all()


def last_changes(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """When each booking was last changed: the clock must not make the same feed differ."""
    rows = session.execute(
        select(BookingEvent.booking_id, BookingEvent.at)
        .where(BookingEvent.booking_id.in_(ids))
        .order_by(BookingEvent.id)
    )
    return {row[0]: row[1] for row in rows}  # the last of each


def feed(session: Session, photographer_id: int, now: datetime, *, detailed: bool) -> bytes:
    """The file; without *detailed* it says when, and nothing else."""
    from icalendar import Calendar, Event

    studio = session.get_one(Studio, 1)
    found = bookings(session, photographer_id, now)
    changed = last_changes(session, [each.id for each in found])
    calendar = Calendar()
    calendar.add("PRODID", "-//Sittings//Feed//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", f"{studio.name}: sessions")
    calendar.add("REFRESH-INTERVAL;VALUE=DURATION", "PT15M")
    calendar.add("X-PUBLISHED-TTL", "PT15M")
    for booking in found:
        event = Event()
        event.add("UID", f"{booking.reference}@{origin.host()}")
        event.add("DTSTAMP", changed.get(booking.id, booking.created_at))
        event.add("SEQUENCE", booking.sequence)
        event.add("DTSTART", booking.starts_at)
        event.add("DTEND", booking.ends_at)
        gone = booking.state is BookingState.CANCELLED or booking.photographer_id != photographer_id
        event.add("STATUS", "CANCELLED" if gone else "CONFIRMED")
        event.add("TRANSP", "TRANSPARENT" if gone else "OPAQUE")
        event.add("SUMMARY", _title(booking) if detailed else "Busy")
        if detailed:
            event.add("LOCATION", _where(booking, studio))
            event.add("URL", f"{origin.base_url()}/office/sessions/{booking.id}")
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text


def _title(booking: Booking) -> str:
    name = booking.contact.name if booking.contact else ""
    return f"{booking.package.name}, {name}" if name else booking.package.name


def _where(booking: Booking, studio: Studio) -> str:
    if booking.place is None:
        return f"{studio.name}, {booking.where}"
    # Where the client is has a name that is theirs: "your home" would be the photographer's.
    theirs = booking.comes_to_client and not booking.is_remote
    name = [] if theirs else [booking.place.name]
    return ", ".join([*name, *booking.spot.split("\n")])
