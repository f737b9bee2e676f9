"""What the API answers, each shape once: the views fill it and the document describes it."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from flask import Response

from studio.domain.money import Money

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class Amount:
    """Whole minor units (pence, cents) of an ISO 4217 currency, tax included."""

    amount: int
    currency: str

    @classmethod
    def of(cls, money: Money) -> Amount:
        return cls(money.minor, money.currency)


@dataclass(frozen=True, slots=True)
class People:
    """How many may be photographed; each beyond those included adds minutes and a price."""

    min: int
    max: int
    included: int
    extra_minutes: int
    extra_price: Amount


@dataclass(frozen=True, slots=True)
class Spot:
    """A place outside the studio.

    With `at_client` the client says where it is; with `remote` by a number, which the studio rings.
    """

    slug: str
    name: str
    at_client: bool
    remote: bool


@dataclass(frozen=True, slots=True)
class Extra:
    """An add-on; its minutes lengthen the session, `before_minutes` come before it."""

    slug: str
    name: str
    summary: str
    minutes: int
    before_minutes: int
    price: Amount


@dataclass(frozen=True, slots=True)
class Shooter:
    """A photographer who may be asked for."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A package on sale, shot in the studio unless it has places.

    Its deposit is what is due when booking: nothing, a part, or all of it.

    It may be booked from `lead_hours` ahead until `horizon_days` after today.
    """

    slug: str
    name: str
    summary: str
    genre: Literal["headshot", "portrait"]
    minutes: int
    booking: Literal["instant", "request"]
    price: Amount
    deposit: Amount
    people: People
    places: list[Spot]
    looks: int
    lead_hours: int
    horizon_days: int
    add_ons: list[Extra]
    photographers: list[Shooter]


@dataclass(frozen=True, slots=True)
class Offers:
    """All that is on sale, in the studio's order."""

    packages: list[Offer]


@dataclass(frozen=True, slots=True)
class Slot:
    """An open start, and the slugs of the photographers who are free for it.

    `ends_at` is `starts_at` and the minutes of the package and of the add-ons asked for.
    """

    starts_at: datetime
    ends_at: datetime
    photographers: list[str]


@dataclass(frozen=True, slots=True)
class Slots:
    """The open starts in order of time, with the offset of the studio's clock."""

    timezone: str
    slots: list[Slot]


@dataclass(frozen=True, slots=True)
class HeldTime:
    """A time that is kept until `expires_at`; `due_now` is paid when it is confirmed."""

    token: str
    expires_at: datetime
    arrive_at: datetime
    starts_at: datetime
    ends_at: datetime
    photographer: str
    price: Amount
    due_now: Amount


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The session is booked; `booking_url` is the client's own page, which needs no password."""

    state: Literal["confirmed"]
    booking_url: str


@dataclass(frozen=True, slots=True)
class AwaitingPayment:
    """The time stays held while the client pays at `checkout_url`."""

    state: Literal["awaiting_payment"]
    checkout_url: str


@dataclass(frozen=True, slots=True)
class Requested:
    """The studio has been asked and will answer by mail."""

    state: Literal["requested"]
    booking_url: str


def answer(shape: DataclassInstance, status: int = 200) -> Response:
    return as_json(json.dumps(shape, default=_part), status)


def _part(value: Any) -> Any:
    """What stands in JSON for a shape within a shape, or for an instant."""
    if isinstance(value, datetime):
        return value.isoformat()
    return {each.name: getattr(value, each.name) for each in fields(value)}


def as_json(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="application/json")


def plain(slot: Slot) -> dict[str, Any]:
    """A slot as a problem carries it."""
    return {
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat(),
        "photographers": slot.photographers,
    }
