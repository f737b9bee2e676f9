"""What a session is sold under, written down when its time is held.

Editing a package later touches none of it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from studio.booking import links
from studio.booking.models import Booking, BookingLine, BookingSet
from studio.booking.sale import Sale
from studio.domain.lifecycle import BookingState
from studio.domain.pricing import LineKind, Quote
from studio.inserts import insert_all, insert_one
from studio.payments.models import Due, Purpose
from studio.scheduling import calendar, openings
from studio.scheduling.models import Set
from studio.scheduling.places import Place

# Letters and digits that nobody mistakes for one another on paper or the phone.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

_LONGEST_WAIT = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """What tells a request from others: its idempotency key, its content's hash, its caller."""

    key: str | None
    mark: str
    held_by: str


def mark_of(asked: Mapping[str, Any]) -> str:
    """The hash of a request's content, in which instants are numbers: the same in any zone."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=sorted).encode()).hexdigest()


def write(
    session: Session,
    wanted: Sale,
    quote: Quote,
    claim: calendar.Claim,
    asked: Asked,
    now: datetime,
    *,
    deposit_due_at: datetime | None = None,
) -> Booking:
    """A new held booking with everything it is sold under: sets, lines, and what is due when.

    The deposit is due by *deposit_due_at*, or else now. It is written by one statement and bound
    to no session: whoever changes it reads it first.
    """
    studio, package, starts_at = openings.known_house(session), wanted.package, claim.starts_at
    written: dict[str, Any] = {
        "reference": "".join(secrets.choice(_LETTERS) for _ in range(10)),
        "state": BookingState.HELD,
        "package_id": package.id,
        "photographer_id": claim.photographer_id,
        "room_id": claim.room_id,
        "place_id": wanted.place.id if wanted.place else None,
        "address": "" if wanted.place is None or wanted.place.at_client else wanted.place.address,
        "starts_at": starts_at,
        "ends_at": claim.ends_at,
        "arrive_at": arrival(
            starts_at,
            wanted.before_minutes,
            early(wanted.place, package.package_sets[0].set, studio.arrive_minutes),
        ),
        "before_minutes": wanted.before_minutes,
        "by_name": wanted.by_name,
        "zone": studio.zone.key,
        "local_time": wall_time(starts_at, studio.zone),
        "minutes": wanted.minutes,
        "people": wanted.people,
        "looks": wanted.looks,
        "licence_text": package.licence.text,
        "policy_id": wanted.policy.id,
        "price_minor": quote.total.minor,
        "currency": package.currency,
        "deposit_percent": package.deposit_percent,
        "balance_hours_before": package.balance_hours_before,
        "hold_expires_at": now + timedelta(minutes=links.settings().hold_minutes),
        "idempotency_key": asked.key,
        "request_hash": asked.mark,
        "held_by": asked.held_by,
        "created_at": now,
    }
    booking = Booking(id=insert_one(session, Booking, written), **written)
    sets = [
        {"booking_id": booking.id, "position": each.position, "set_id": each.set_id}
        for each in package.package_sets
    ]
    insert_all(session, BookingSet, sets)
    insert_all(session, BookingLine, lines(booking.id, quote, wanted.add_on_ids))
    insert_all(session, Due, dues(booking.id, quote, deposit_due_at or now))
    return booking


def wall_time(starts_at: datetime, zone: ZoneInfo) -> str:
    """What the studio's clock reads then, as it was agreed upon."""
    return starts_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def arrival(starts_at: datetime, before_minutes: int, early_minutes: int) -> datetime:
    """When somebody is to be there: a little before whatever comes first."""
    return starts_at - timedelta(minutes=before_minutes + early_minutes)


def early(place: Place | None, first: Set, arrive_minutes: int) -> int:
    """How many minutes that is: the client's, or where we come to them, our own.

    We have the *first* set to build, but nobody is kept from their work for more than half an hour.
    """
    if place is None or not place.at_client:
        return arrive_minutes
    return max(arrive_minutes, min(first.build_minutes, _LONGEST_WAIT))


def lines(
    booking_id: int, quote: Quote, add_ons: Mapping[str, int], revision: int = 1
) -> list[dict[str, object]]:
    """The price as it is written down, a row a line; *add_ons* are ids by their keys."""
    return [
        {
            "booking_id": booking_id,
            "revision": revision,
            "kind": line.kind.value,
            "key": line.key,
            "label": line.label,
            "add_on_id": add_ons.get(line.key) if line.kind is LineKind.ADD_ON else None,
            "minutes": line.minutes,
            "quantity": line.quantity,
            "unit_minor": line.unit.minor,
            "tax_percent": line.taxed.percent,
            "tax_included": line.taxed.included,
            "tax_minor": line.tax.minor,
            "total_minor": line.total.minor,
            "currency": line.total.currency,
        }
        for line in quote.lines
    ]


def dues(booking_id: int, quote: Quote, deposit_due_at: datetime) -> list[dict[str, object]]:
    """What is to be paid and when, a row each."""
    return [
        {
            "booking_id": booking_id,
            "purpose": purpose,
            "amount_minor": amount.minor,
            "currency": amount.currency,
            "due_at": due_at,
        }
        for purpose, amount, due_at in (
            (Purpose.DEPOSIT, quote.deposit, deposit_due_at),
            (Purpose.BALANCE, quote.total - quote.deposit, quote.balance_due_at),
        )
        if amount
    ]
