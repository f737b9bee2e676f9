"""A booking: one session in the calendar together with its agreement, history and links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from studio.booking.afterwards.models import AfterRules, ClientWishes
from studio.booking.companies.models import CompanyBooking
from studio.catalogue.models import AddOn, Package
from studio.catalogue.policies import PolicyVersion
from studio.clients.models import Client
from studio.db import Base, primary_key, words
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.domain.pricing import PayTerms
from studio.payments.kept_cards import CardConsent
from studio.scheduling.models import Photographer, Resource, Set
from studio.scheduling.places import Place


class TokenPurpose(StrEnum):
    HOLD = "hold"
    BOOKING = "booking"


@dataclass(frozen=True, slots=True)
class Contact:
    """Name and addresses as given for one booking: another booking never changes them."""

    name: str
    email: str
    phone: str

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


class Terms(Base):
    """One version of what clients agree to; never changed once written."""

    __tablename__ = "terms"

    id: Mapped[int] = primary_key()
    version: Mapped[int] = mapped_column(unique=True)
    body: Mapped[str]
    created_at: Mapped[datetime]


class Booking(Base):
    """One session, with everything it was sold under: editing a package touches no booking.

    Times are UTC instants; *local_time* is the wall clock in *zone* that was agreed upon.
    *generation* is part of its messages' keys, so that a change of time can plan them anew;
    *sequence* rises with every change of its calendar entry.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("people >= 1", name="people"),
        Index(None, "starts_at"),
        Index(None, "state", "pay_by"),
    )

    id: Mapped[int] = primary_key()
    reference: Mapped[str] = mapped_column(unique=True)
    state: Mapped[BookingState] = mapped_column(words(BookingState))
    package_id: Mapped[int] = mapped_column(ForeignKey("packages.id"))
    photographer_id: Mapped[int] = mapped_column(ForeignKey("photographers.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("resources.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"))
    # On location, as it was agreed upon.
    address: Mapped[str] = mapped_column(default="")
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"), index=True)
    terms_id: Mapped[int | None] = mapped_column(ForeignKey("terms.id"))
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"))
    guide_id: Mapped[int | None] = mapped_column(ForeignKey("prep_guides.id"))

    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    arrive_at: Mapped[datetime]
    zone: Mapped[str]
    local_time: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    minutes: Mapped[int]
    before_minutes: Mapped[int] = mapped_column(default=0)
    people: Mapped[int]
    looks: Mapped[int]
    licence_text: Mapped[str]
    price_minor: Mapped[int]
    currency: Mapped[str]
    deposit_percent: Mapped[int] = mapped_column(default=0)
    balance_hours_before: Mapped[int] = mapped_column(default=0)
    contact_name: Mapped[str] = mapped_column(default="")
    contact_email: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")

    hold_expires_at: Mapped[datetime | None]
    extended: Mapped[bool] = mapped_column(default=False)
    pay_by: Mapped[datetime | None]
    # When staff said yes to what was asked for; from then on it is a hold to be paid for.
    accepted_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    credit_minor: Mapped[int] = mapped_column(default=0)
    credit_until: Mapped[datetime | None]
    # Whether the client asked for this photographer, or left it to the studio.
    by_name: Mapped[bool] = mapped_column(default=False)
    # Why staff booked or moved it against a rule; such a booking proves nothing about the rules.
    override_reason: Mapped[str] = mapped_column(default="")
    attention: Mapped[str] = mapped_column(default="")
    generation: Mapped[int] = mapped_column(default=0)
    sequence: Mapped[int] = mapped_column(default=0)

    idempotency_key: Mapped[str | None] = mapped_column(unique=True)
    request_hash: Mapped[str] = mapped_column(default="")
    held_by: Mapped[str] = mapped_column(default="", index=True)
    created_at: Mapped[datetime]

    package: Mapped[Package] = relationship()
    photographer: Mapped[Photographer] = relationship()
    room: Mapped[Resource | None] = relationship()
    place: Mapped[Place | None] = relationship()
    client: Mapped[Client | None] = relationship()
    terms: Mapped[Terms | None] = relationship()
    policy: Mapped[PolicyVersion] = relationship()
    card_consent: Mapped[CardConsent | None] = relationship(viewonly=True)
    covered: Mapped[CompanyBooking | None] = relationship(viewonly=True)
    after_rules: Mapped[AfterRules | None] = relationship(
        secondary="packages",
        primaryjoin="Booking.package_id == Package.id",
        secondaryjoin="Package.session_type_id == AfterRules.session_type_id",
        viewonly=True,
    )
    wishes: Mapped[ClientWishes | None] = relationship(
        primaryjoin="foreign(Booking.client_id) == ClientWishes.client_id", viewonly=True
    )
    lines: Mapped[list[BookingLine]] = relationship(order_by="BookingLine.id")
    sets: Mapped[list[BookingSet]] = relationship(order_by="BookingSet.position")
    events: Mapped[list[BookingEvent]] = relationship(order_by="BookingEvent.id")

    @property
    def booked_at(self) -> datetime:
        return self.confirmed_at or self.created_at

    @property
    def booked_for(self) -> datetime:
        """The start it was sold for, however often it has moved since."""
        moves = (each for each in self.events if each.kind == "moved") if self.sequence else ()
        first = next(iter(moves), None)
        return datetime.fromisoformat(first.detail["before"]) if first else self.starts_at

    @property
    def where(self) -> str:
        """The room, or the place outside the studio."""
        spot = self.room or self.place
        return spot.name if spot else ""

    @property
    def comes_to_client(self) -> bool:
        """Whether the studio travels, or rings, to where the client is."""
        return self.place is not None and self.place.at_client

    @property
    def is_remote(self) -> bool:
        """Whether the studio rings, and nobody goes anywhere."""
        return self.place is not None and self.place.remote

    @property
    def spot(self) -> str:
        """Where that is, if not at the studio: an address, or the number to ring."""
        if self.place is None:
            return ""
        return self.contact_phone if self.place.remote else self.address

    @property
    def arrival(self) -> str:
        """What stands before the time at which they, or we, are to be there."""
        if self.is_remote:
            return "Please be ready at"
        return "We arrive at" if self.comes_to_client else "Please come at"

    @property
    def first_at(self) -> datetime:
        """When what comes before the session begins, or else the session itself."""
        return self.starts_at - timedelta(minutes=self.before_minutes)

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def pay_terms(self) -> PayTerms:
        """How much is paid when booking and when the rest is due, as it was agreed."""
        return PayTerms(self.deposit_percent, self.balance_hours_before)

    @property
    def contact(self) -> Contact | None:
        """Who booked, as they wrote it here; None while nobody has."""
        if not self.contact_email:
            return None
        return Contact(self.contact_name, self.contact_email, self.contact_phone)

    @property
    def credit(self) -> Money:
        return Money(self.credit_minor, self.currency)


class BookingLine(Base):
    """One line of the price as it was agreed; the lines add up to the booking's price."""

    __tablename__ = "booking_lines"

    id: Mapped[int] = primary_key()
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(default="")
    label: Mapped[str]
    add_on_id: Mapped[int | None] = mapped_column(ForeignKey("add_ons.id"))
    minutes: Mapped[int]
    quantity: Mapped[int]
    unit_minor: Mapped[int]
    tax_percent: Mapped[Decimal]
    tax_included: Mapped[bool] = mapped_column(default=True)
    tax_minor: Mapped[int] = mapped_column(default=0)
    total_minor: Mapped[int]
    currency: Mapped[str]

    add_on: Mapped[AddOn | None] = relationship()

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def before(self) -> bool:
        """Whether it comes before the session."""
        return self.add_on is not None and self.add_on.before_minutes > 0


class BookingSet(Base):
    __tablename__ = "booking_sets"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("sets.id"))

    set: Mapped[Set] = relationship(lazy="joined", innerjoin=True)


class BookingEvent(Base):
    """What happened to a booking, by whom; written once, never changed.

    Only the words in *detail* go, when their client is erased.
    """

    __tablename__ = "booking_events"

    id: Mapped[int] = primary_key()
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    kind: Mapped[str]
    detail: Mapped[dict[str, Any]]


class AccessToken(Base):
    """A link that opens one booking. Only its SHA-256 is kept."""

    __tablename__ = "access_tokens"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: Mapped[int] = primary_key()
    token_hash: Mapped[str]
    purpose: Mapped[TokenPurpose] = mapped_column(words(TokenPurpose))
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
