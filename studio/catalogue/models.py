"""What the studio sells: session types, packages and add-ons, and the rules of the chooser."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from studio.db import Base, primary_key, words
from studio.domain.availability import Gaps
from studio.domain.money import Money
from studio.scheduling.models import Resource, Set, Skill
from studio.scheduling.places import Place


class Genre(StrEnum):
    HEADSHOT = "headshot"
    PORTRAIT = "portrait"


class BookingMode(StrEnum):
    """Whether a time that is free is the client's, or theirs to ask for."""

    INSTANT = "instant"
    REQUEST = "request"


package_skills = Table(
    "package_skills",
    Base.metadata,
    Column("package_id", ForeignKey("packages.id"), primary_key=True),
    Column("skill_id", ForeignKey("skills.id"), primary_key=True),
)

package_add_ons = Table(
    "package_add_ons",
    Base.metadata,
    Column("package_id", ForeignKey("packages.id"), primary_key=True),
    Column("add_on_id", ForeignKey("add_ons.id"), primary_key=True),
)


class SessionType(Base):
    """A kind of session, such as an actor's headshot: what the prep guide is written for."""

    __tablename__ = "session_types"

    id: Mapped[int] = primary_key()
    code: Mapped[str] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(unique=True)
    genre: Mapped[Genre] = mapped_column(words(Genre))
    name: Mapped[str]
    summary: Mapped[str]
    description: Mapped[str]
    frame: Mapped[str]
    studio_checklist: Mapped[list[Any]]
    # The policy its sessions are sold under from now on.
    policy_key: Mapped[str] = mapped_column(default="studio")
    # Whether somebody has to approve each message that prepares a client for it.
    review_prep: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)


class Licence(Base):
    """What the pictures may be used for, in words a client can follow."""

    __tablename__ = "licences"

    id: Mapped[int] = primary_key()
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    text: Mapped[str]


class PackageSet(Base):
    """The sets of a package in the order in which its looks are shot."""

    __tablename__ = "package_sets"

    package_id: Mapped[int] = mapped_column(ForeignKey("packages.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("sets.id"))

    set: Mapped[Set] = relationship(lazy="joined", innerjoin=True)


class PackagePlace(Base):
    """Where a package is shot on location, in the order in which places are offered."""

    __tablename__ = "package_places"

    package_id: Mapped[int] = mapped_column(ForeignKey("packages.id"), primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)

    place: Mapped[Place] = relationship(lazy="joined", innerjoin=True)


class OpenDays(Base):
    """Dates, both included, on which a package can be booked; with none it can on every date."""

    __tablename__ = "open_days"
    __table_args__ = (CheckConstraint("first_on <= last_on", name="order"),)

    id: Mapped[int] = primary_key()
    package_id: Mapped[int] = mapped_column(ForeignKey("packages.id"), index=True)
    first_on: Mapped[date]
    last_on: Mapped[date]
    label: Mapped[str] = mapped_column(default="")


class Package(Base):
    """A session with its length, sets, price and conditions. Prices include tax.

    Each person beyond *people_included* adds *minutes_per_extra* and *price_per_extra_minor*.
    With *light_before_minutes* the whole session lies between sunset minus these minutes and
    sunset plus *light_after_minutes*. A package with places is shot there, else in the studio.
    """

    __tablename__ = "packages"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 5 AND 1440", name="minutes"),
        CheckConstraint("same_minutes >= 0 AND clear_minutes >= 0", name="turnaround"),
        CheckConstraint("people_min >= 1 AND people_min <= people_max", name="people"),
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("deposit_percent BETWEEN 0 AND 100", name="deposit"),
        CheckConstraint("step_minutes BETWEEN 5 AND 240", name="step"),
        CheckConstraint("proofs_business_days >= 0 AND finals_business_days >= 0", name="delivery"),
        CheckConstraint("lead_hours >= 0 AND horizon_days BETWEEN 1 AND 730", name="notice"),
        CheckConstraint("people_included >= 1", name="included"),
        CheckConstraint("minutes_per_extra >= 0 AND price_per_extra_minor >= 0", name="extra"),
        CheckConstraint("light_before_minutes BETWEEN 0 AND 720", name="light_before"),
        CheckConstraint("light_after_minutes BETWEEN 0 AND 720", name="light_after"),
        CheckConstraint(
            "(light_before_minutes IS NULL) = (light_after_minutes IS NULL)", name="light"
        ),
    )

    id: Mapped[int] = primary_key()
    session_type_id: Mapped[int] = mapped_column(ForeignKey("session_types.id"), index=True)
    licence_id: Mapped[int] = mapped_column(ForeignKey("licences.id"))
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    summary: Mapped[str]
    includes: Mapped[list[Any]]
    minutes: Mapped[int]
    same_minutes: Mapped[int]
    clear_minutes: Mapped[int]
    people_min: Mapped[int]
    people_max: Mapped[int]
    looks: Mapped[int]
    retouched_images: Mapped[int]
    proofs_shown: Mapped[str]
    proofs_business_days: Mapped[int]
    finals_business_days: Mapped[int]
    price_minor: Mapped[int]
    currency: Mapped[str]
    deposit_percent: Mapped[int]
    balance_hours_before: Mapped[int]
    lead_hours: Mapped[int]
    horizon_days: Mapped[int]
    step_minutes: Mapped[int]
    max_per_day: Mapped[int | None]
    mode: Mapped[BookingMode] = mapped_column(words(BookingMode), default=BookingMode.INSTANT)
    people_included: Mapped[int] = mapped_column(default=1)
    minutes_per_extra: Mapped[int] = mapped_column(default=0)
    price_per_extra_minor: Mapped[int] = mapped_column(default=0)
    light_before_minutes: Mapped[int | None]
    light_after_minutes: Mapped[int | None]
    # None is the studio's own.
    gaps: Mapped[Gaps | None] = mapped_column(words(Gaps))
    # None is the studio's own rate.
    tax_percent: Mapped[Decimal | None]
    position: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None]

    session_type: Mapped[SessionType] = relationship(lazy="joined", innerjoin=True)
    licence: Mapped[Licence] = relationship(lazy="joined", innerjoin=True)
    package_sets: Mapped[list[PackageSet]] = relationship(order_by=PackageSet.position)
    skills: Mapped[list[Skill]] = relationship(secondary=package_skills, order_by=Skill.id)
    add_ons: Mapped[list[AddOn]] = relationship(
        secondary=package_add_ons, order_by=lambda: (AddOn.position, AddOn.id)
    )
    package_places: Mapped[list[PackagePlace]] = relationship(order_by=PackagePlace.position)
    open_days: Mapped[list[OpenDays]] = relationship(order_by=OpenDays.first_on)

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def deposit(self) -> Money:
        """What is due when booking, without add-ons and in good time."""
        return self.price.share(self.deposit_percent)

    @property
    def price_per_extra(self) -> Money:
        return Money(self.price_per_extra_minor, self.currency)

    def extra_people(self, people: int) -> int:
        """How many of *people* the price does not include."""
        return max(0, people - self.people_included)

    def minutes_for(self, people: int) -> int:
        return self.minutes + self.extra_people(people) * self.minutes_per_extra


class AddOnResource(Base):
    """What an add-on takes before the session: one of its artists, and units of each pool."""

    __tablename__ = "add_on_resources"
    __table_args__ = (CheckConstraint("quantity >= 1", name="quantity"),)

    add_on_id: Mapped[int] = mapped_column(ForeignKey("add_ons.id"), primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resources.id"), primary_key=True)
    quantity: Mapped[int] = mapped_column(default=1)

    resource: Mapped[Resource] = relationship(lazy="joined", innerjoin=True)


class AddOn(Base):
    """An extra that changes the price and may lengthen the session.

    One with *before_minutes*, such as make-up, comes before it, on *resources* of its own; it asks
    for at least *lead_hours* of notice. *looks* are outfits more than the package has.
    """

    __tablename__ = "add_ons"
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("minutes BETWEEN 0 AND 480", name="minutes"),
        CheckConstraint("looks BETWEEN 0 AND 20", name="looks"),
        CheckConstraint("before_minutes BETWEEN 0 AND 480", name="before"),
        CheckConstraint("lead_hours >= 0", name="lead"),
    )

    id: Mapped[int] = primary_key()
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    summary: Mapped[str]
    price_minor: Mapped[int]
    currency: Mapped[str]
    minutes: Mapped[int]
    looks: Mapped[int] = mapped_column(default=0)
    before_minutes: Mapped[int] = mapped_column(default=0)
    lead_hours: Mapped[int] = mapped_column(default=0)
    # None is the studio's own rate.
    tax_percent: Mapped[Decimal | None]
    position: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None]

    resources: Mapped[list[AddOnResource]] = relationship(order_by=AddOnResource.resource_id)

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


class ChooserText(Base):
    """The guided choice as the studio keeps it: questions and rules, checked when saved."""

    __tablename__ = "choosers"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = primary_key()
    content: Mapped[dict[str, Any]]
