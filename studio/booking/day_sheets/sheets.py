"""What each person does on one day, in order, as plain values for their mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from studio.accounts.models import User
from studio.accounts.permissions import Role
from studio.booking import crew
from studio.booking.crew import Duty
from studio.booking.models import Booking, BookingLine
from studio.catalogue.models import AddOn
from studio.domain.lifecycle import BookingState
from studio.domain.prep_plan import QuietHours, held_back, wall_time
from studio.scheduling.models import Studio
from studio.web.filters import clock, long_date, short_date
from studio.web.text import one_line


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one person is told of one day; of no use any more at *use_by*."""

    email: str
    use_by: datetime
    context: dict[str, Any]


def due_at(on: date, studio: Studio) -> datetime:
    """When the sheet of the day *on* leaves: the day before, or after quiet hours."""
    zone = ZoneInfo(studio.zone)
    quiet = QuietHours(studio.quiet_from_minute, studio.quiet_to_minute)
    return held_back(wall_time(on - timedelta(days=1), studio.day_sheet_minute, zone), zone, quiet)


def sheets(session: Session, on: date, studio: Studio) -> list[Sheet]:
    """One for each address that works on the day *on*, by what is booked now."""
    bookings = _on(session, on, ZoneInfo(studio.zone))
    if not bookings:
        return []
    duties = crew.of_all(session, bookings)
    found: dict[str, list[tuple[Duty, Booking]]] = defaultdict(list)
    for booking in bookings:
        for duty in [*_photographer(booking), *duties[booking.id]]:
            found[duty.email.lower()].append((duty, booking))
    users = {each.email: each for each in session.scalars(select(User).where(User.active))}
    return [_sheet(on, mine, users.get(email)) for email, mine in sorted(found.items())]


def _on(session: Session, on: date, zone: ZoneInfo) -> Sequence[Booking]:
    first, after = (wall_time(on + timedelta(days=n), 0, zone) for n in (0, 1))
    wanted = (
        select(Booking)
        .where(
            Booking.state == BookingState.CONFIRMED,
            Booking.starts_at >= first,
            Booking.starts_at < after,
        )
        .options(
            joinedload(Booking.package),
            joinedload(Booking.photographer),
            joinedload(Booking.place),
            joinedload(Booking.room),
            selectinload(Booking.lines)
            .joinedload(BookingLine.add_on)
            .selectinload(AddOn.resources),
            selectinload(Booking.sets),
        )
        .order_by(Booking.starts_at, Booking.id)
        # The same session may have read them before they changed.
        .execution_options(populate_existing=True)
    )
    return session.scalars(wanted).unique().all()


def _photographer(booking: Booking) -> list[Duty]:
    photographer = booking.photographer
    if photographer.email is None or photographer.resource.archived_at is not None:
        return []
    return [
        Duty(
            f"photographer:{photographer.id}", one_line(photographer.name), photographer.email,
            "", booking.starts_at, booking.ends_at,
        )
    ]  # fmt: skip


def _sheet(on: date, mine: list[tuple[Duty, Booking]], user: User | None) -> Sheet:
    mine.sort(key=lambda each: (each[0].since, each[1].id))
    first = mine[0][0]
    return Sheet(
        email=first.email,
        use_by=max(duty.until for duty, _ in mine),
        context={
            "first_name": first.first_name,
            "day": long_date(on),
            "short_day": short_date(on),
            "from": clock(first.since, mine[0][1].zone),
            "entries": [_entry(duty, booking, user) for duty, booking in mine],
            "bookings": [booking.id for _, booking in mine],
            "iso_day": on.isoformat() if user else "",
        },
    )


def _entry(duty: Duty, booking: Booking, user: User | None) -> dict[str, Any]:
    zone, artist = booking.zone, duty.key.startswith("artist:")
    since, until, begins, ends, arrives = (
        clock(each, zone)
        for each in (
            duty.since, duty.until, booking.starts_at, booking.ends_at, booking.arrive_at,
        )
    )  # fmt: skip
    extras = [one_line(line.label) for line in booking.lines if line.add_on]
    client = booking.contact
    rows = [
        ["Your work", duty.work],
        ["Shooting", f"{begins} to {ends}" if duty.work else ""],
        ["Arriving", arrives],
        ["Client", one_line(client.first_name) if client else ""],
        ["People", str(booking.people)],
        ["Where", ", ".join(e for e in map(one_line, (booking.where, booking.spot)) if e)],
        ["Sets", ", then ".join(one_line(each.set.name) for each in booking.sets)],
        ["Extras", ", ".join(extras)],
        ["Photographer", one_line(booking.photographer.name) if duty.work else ""],
    ]
    return {
        "title": f"{since} to {until}: {one_line(booking.package.name)}",
        "rows": [row for row in rows if row[1]],
        "checklist": [] if artist else list(booking.package.session_type.studio_checklist),
        "page": booking.id if user and _may_open(user, booking) else None,
    }


def _may_open(user: User, booking: Booking) -> bool:
    return user.role is not Role.PHOTOGRAPHER or user.photographer_id == booking.photographer_id
