"""What a session of the demo is written down as, besides its booking and its allocations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from studio.booking import history
from studio.catalogue.models import Package
from studio.domain.availability import Needs
from studio.domain.lifecycle import Action, BookingState
from studio.payments.models import EntryKind, Purpose
from studio.scheduling.calendar import Claim
from studio.scheduling.models import Studio


@dataclass(frozen=True, slots=True)
class Offer:
    """A package, and all that booking it again and again needs to know."""

    package: Package
    needs: Needs
    sets: Sequence[int]
    guide_id: int | None


@dataclass(frozen=True, slots=True)
class Found:
    offer: Offer
    claim: Claim
    booked_at: datetime


def over(row: Mapping[str, Any]) -> bool:
    return row["state"] is BookingState.COMPLETED


def line(booking_id: int, found: Found, studio: Studio) -> dict[str, Any]:
    package = found.offer.package
    return {
        "booking_id": booking_id,
        "kind": "package",
        "label": package.name,
        "minutes": package.minutes,
        "quantity": 1,
        "unit_minor": package.price_minor,
        "tax_percent": studio.tax_percent,
        "total_minor": package.price_minor,
        "currency": package.currency,
    }


def events(booking_id: int, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    told: list[tuple[str, datetime, dict[str, str]]] = [
        ("held", row["created_at"], {}),
        (Action.CONFIRM.value, row["confirmed_at"], {"before": BookingState.HELD.value}),
    ]
    if over(row):
        told.append(
            (Action.COMPLETE.value, row["ends_at"], {"before": BookingState.CONFIRMED.value})
        )
    for kind, at, detail in told:
        yield {
            "booking_id": booking_id,
            "at": at,
            "actor": history.SYSTEM,
            "kind": kind,
            "detail": detail,
        }


def paid(booking_id: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "booking_id": booking_id,
        "kind": EntryKind.PAYMENT,
        "ref": f"studio-{row['reference']}",
        "amount_minor": row["price_minor"],
        "currency": row["currency"],
        "at": row["ends_at"],
    }


def due(booking_id: int, found: Found) -> dict[str, Any]:
    package = found.offer.package
    return {
        "booking_id": booking_id,
        "purpose": Purpose.BALANCE,
        "amount_minor": package.price_minor,
        "currency": package.currency,
        "due_at": found.claim.starts_at - timedelta(hours=package.balance_hours_before),
    }
