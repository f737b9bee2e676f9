"""What a session of the demo is written down as, besides its allocations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any

from studio.booking import agreement, history
from studio.booking.sale import Prices, Sale
from studio.booking.service.requests import PAY_WITHIN
from studio.catalogue.models import BookingMode, Package
from studio.catalogue.policies import PolicyVersion
from studio.catalogue.queries import needs_of
from studio.domain.lifecycle import Action, BookingState
from studio.domain.pricing import Quote
from studio.payments.models import EntryKind, Purpose
from studio.scheduling.calendar import Claim
from studio.scheduling.house import House
from studio.scheduling.models import Photographer

# Letters and digits of references.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
# How long the studio thinks about a request.
_ANSWERED_IN = timedelta(hours=20)

Person = tuple[int, str, str, str]
"""Id, name, address and phone of a client."""


class Stage(StrEnum):
    """How far it has come: asked for, accepted with its deposit to be paid, or booked."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    BOOKED = "booked"


@dataclass(frozen=True, slots=True)
class Offer:
    """A package, and all that booking it again and again needs to know."""

    package: Package
    able: Sequence[Photographer]
    prices: Prices
    policy: PolicyVersion
    guide_id: int | None

    @property
    def on_request(self) -> bool:
        return self.package.mode is BookingMode.REQUEST

    def sale(self, rng: Random) -> Sale:
        """It as somebody might want it: now and then with an extra."""
        package = self.package
        places = [each.place for each in package.package_places]
        first = [each for each in package.add_ons if each.before_minutes]
        extras = first if rng.random() < 0.5 else package.add_ons
        chosen = [rng.choice(extras)] if extras and rng.random() < 0.4 else []
        people = rng.randint(package.people_min, package.people_max)
        place = rng.choice(places) if places else None
        needs = needs_of(package, chosen, self.able, people=people, place=place)
        return Sale(
            package, chosen, self.able, self.able, people, self.prices, self.policy, needs, place,
            by_name=False,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A session that has its time; *at* is when it was booked, accepted or asked for."""

    offer: Offer
    sale: Sale
    claim: Claim
    at: datetime
    stage: Stage = Stage.BOOKED

    @property
    def created_at(self) -> datetime:
        waited = self.offer.on_request and self.stage is not Stage.ASKED
        return self.at - _ANSWERED_IN if waited else self.at

    @property
    def quote(self) -> Quote:
        return self.sale.quote(self.claim.starts_at, self.at)

    def state(self, now: datetime) -> BookingState:
        if self.stage is Stage.ASKED:
            return BookingState.REQUESTED
        if self.stage is Stage.ACCEPTED:
            return BookingState.HELD
        return BookingState.COMPLETED if self.claim.ends_at <= now else BookingState.CONFIRMED

    @property
    def accepted_at(self) -> datetime | None:
        return self.at if self.offer.on_request and self.stage is not Stage.ASKED else None

    @property
    def kept_until(self) -> datetime | None:
        """When an accepted one ends unless its deposit is paid."""
        return self.at + PAY_WITHIN if self.stage is Stage.ACCEPTED else None


@dataclass(frozen=True, slots=True)
class Words:
    """What clients told the studio: addresses, and notes by session type."""

    addresses: Sequence[str]
    notes: Mapping[str, str]


def booking(
    found: Found, client: Person, terms_id: int, house: House, words: Words, rng: Random,
    now: datetime,
) -> dict[str, Any]:  # fmt: skip
    package, claim, wanted = found.offer.package, found.claim, found.sale
    client_id, name, email, phone = client
    booked = found.stage is Stage.BOOKED
    place = wanted.place
    address = place.address if place else ""
    return {
        "reference": "".join(rng.choices(_LETTERS, k=10)),
        "state": found.state(now),
        "package_id": package.id,
        "photographer_id": claim.photographer_id,
        "room_id": claim.room_id,
        "place_id": place.id if place else None,
        "address": rng.choice(words.addresses) if place and place.at_client else address,
        "client_id": client_id,
        "contact_name": name,
        "contact_email": email,
        "contact_phone": phone,
        "notes": "" if booked else words.notes.get(package.session_type.code, ""),
        "terms_id": terms_id,
        "policy_id": found.offer.policy.id,
        "guide_id": found.offer.guide_id if booked else None,
        "starts_at": claim.starts_at,
        "ends_at": claim.ends_at,
        "arrive_at": agreement.arrival(
            claim.starts_at,
            wanted.before_minutes,
            agreement.early(place, package.package_sets[0].set, house.arrive_minutes),
        ),
        "before_minutes": wanted.before_minutes,
        "zone": house.zone.key,
        "local_time": agreement.wall_time(claim.starts_at, house.zone),
        "minutes": wanted.minutes,
        "people": wanted.people,
        "looks": wanted.looks,
        "licence_text": package.licence.text,
        "price_minor": found.quote.total.minor,
        "currency": package.currency,
        "hold_expires_at": found.kept_until,
        "accepted_at": found.accepted_at,
        "confirmed_at": found.at if booked else None,
        "created_at": found.created_at,
    }


def events(
    booking_id: int, found: Found, row: Mapping[str, Any], office: str
) -> Iterator[dict[str, Any]]:
    """Its history: what the client did, what was answered by *office*, and what came of it."""
    told: list[tuple[str, str, datetime, BookingState | None]] = [
        ("held", history.CLIENT, found.created_at, None)
    ]
    if found.offer.on_request:
        told.append((Action.REQUEST.value, history.CLIENT, found.created_at, BookingState.HELD))
        if found.stage is not Stage.ASKED:
            told.append((Action.ACCEPT.value, office, found.at, BookingState.REQUESTED))
    if found.stage is Stage.BOOKED:
        told.append((Action.CONFIRM.value, history.SYSTEM, found.at, BookingState.HELD))
    if row["state"] is BookingState.COMPLETED:
        ended = row["ends_at"]
        told.append((Action.COMPLETE.value, history.SYSTEM, ended, BookingState.CONFIRMED))
    for kind, actor, at, before in told:
        yield {
            "booking_id": booking_id,
            "at": at,
            "actor": actor,
            "kind": kind,
            "detail": {"before": before.value} if before else {},
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


def dues(booking_id: int, found: Found) -> list[dict[str, Any]]:
    """The whole price on the day, if any; of what is not booked yet, a deposit first."""
    quote = found.quote
    if found.stage is not Stage.BOOKED:
        return agreement.dues(booking_id, quote, found.at)
    if not quote.total:
        return []
    return [
        {
            "booking_id": booking_id,
            "purpose": Purpose.BALANCE,
            "amount_minor": quote.total.minor,
            "currency": quote.total.currency,
            "due_at": quote.balance_due_at,
        }
    ]
