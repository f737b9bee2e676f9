"""What a session is sold under, written down when its time is held.

Editing a package later touches none of it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from studio.booking import links
from studio.booking.models import Booking, BookingLine, BookingSet
from studio.booking.sale import Sale
from studio.db import insert_all
from studio.domain.lifecycle import BookingState
from studio.domain.pricing import Quote
from studio.payments.models import Due, Purpose
from studio.scheduling import calendar, openings

# Letters and digits that nobody mistakes for one another on paper or the phone.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Asked:
    """What tells a request from others: its idempotency key, its content's hash, its caller."""

    key: str | None
    mark: str
    held_by: str


def write(
    session: Session, wanted: Sale, quote: Quote, claim: calendar.Claim, asked: Asked, now: datetime
) -> Booking:
    """A new held booking with everything it is sold under: sets, lines, and what is due when."""
    studio, package, starts_at = openings.known_house(session), wanted.package, claim.starts_at
    booking = Booking(
        reference="".join(secrets.choice(_LETTERS) for _ in range(10)),
        state=BookingState.HELD,
        package_id=package.id,
        photographer_id=claim.photographer_id,
        room_id=claim.room_id,
        place_id=wanted.place.id if wanted.place else None,
        address="" if wanted.place is None or wanted.place.at_client else wanted.place.address,
        starts_at=starts_at,
        ends_at=claim.ends_at,
        arrive_at=arrival(starts_at, wanted.before_minutes, studio.arrive_minutes),
        before_minutes=wanted.before_minutes,
        by_name=wanted.by_name,
        zone=studio.zone.key,
        local_time=wall_time(starts_at, studio.zone),
        minutes=wanted.minutes,
        people=wanted.people,
        looks=package.looks,
        licence_text=package.licence.text,
        price_minor=quote.total.minor,
        currency=package.currency,
        hold_expires_at=now + timedelta(minutes=links.settings().hold_minutes),
        idempotency_key=asked.key,
        request_hash=asked.mark,
        held_by=asked.held_by,
        created_at=now,
    )
    session.add(booking)
    session.flush()
    sets = [
        {"booking_id": booking.id, "position": each.position, "set_id": each.set_id}
        for each in package.package_sets
    ]
    insert_all(session, BookingSet, sets)
    insert_all(session, BookingLine, _lines(booking.id, wanted, quote, studio.tax_percent))
    insert_all(session, Due, _dues(booking.id, quote, now))
    return booking


def wall_time(starts_at: datetime, zone: ZoneInfo) -> str:
    """What the studio's clock reads then, as it was agreed upon."""
    return starts_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def arrival(starts_at: datetime, before_minutes: int, early_minutes: int) -> datetime:
    """When the client is to come: a little before whatever comes first."""
    return starts_at - timedelta(minutes=before_minutes + early_minutes)


def _lines(booking_id: int, wanted: Sale, quote: Quote, tax: int) -> list[dict[str, object]]:
    ids = {each.slug: each.id for each in wanted.add_ons}
    return [
        {
            "booking_id": booking_id,
            "kind": line.kind,
            "label": line.label,
            "add_on_id": ids.get(line.key) if line.kind == "add_on" else None,
            "minutes": line.minutes,
            "quantity": line.quantity,
            "unit_minor": line.unit.minor,
            "tax_percent": tax,
            "total_minor": line.total.minor,
            "currency": line.total.currency,
        }
        for line in quote.lines
    ]


def _dues(booking_id: int, quote: Quote, now: datetime) -> list[dict[str, object]]:
    return [
        {
            "booking_id": booking_id,
            "purpose": purpose,
            "amount_minor": amount.minor,
            "currency": amount.currency,
            "due_at": due_at,
        }
        for purpose, amount, due_at in (
            (Purpose.DEPOSIT, quote.due_now, now),
            (Purpose.BALANCE, quote.balance, quote.balance_due_at),
        )
        if amount
    ]
