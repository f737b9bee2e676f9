"""Resources and their hours, sets, blocks, and the allocations that say what is taken."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from studio.db import Base, primary_key, words
from studio.domain.availability import Gaps


class ResourceKind(StrEnum):
    """*ARTIST* is who works on the client before the session, such as a make-up artist."""

    PHOTOGRAPHER = "photographer"
    ROOM = "room"
    POOL = "pool"
    ARTIST = "artist"


photographer_skills = Table(
    "photographer_skills",
    Base.metadata,
    Column("photographer_id", ForeignKey("photographers.id"), primary_key=True),
    Column("skill_id", ForeignKey("skills.id"), primary_key=True),
)

set_rooms = Table(
    "set_rooms",
    Base.metadata,
    Column("set_id", ForeignKey("sets.id"), primary_key=True),
    Column("room_id", ForeignKey("resources.id"), primary_key=True),
)


class Studio(Base):
    """The one studio this database belongs to: its name, its zone, its currency."""

    __tablename__ = "studios"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = primary_key()
    name: Mapped[str]
    zone: Mapped[str]
    zone_city: Mapped[str]
    currency: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
    address: Mapped[str]
    directions: Mapped[str]
    tagline: Mapped[str] = mapped_column(default="")
    intro: Mapped[str]
    tax_name: Mapped[str] = mapped_column(default="VAT")
    tax_percent: Mapped[Decimal]
    tax_included: Mapped[bool] = mapped_column(default=True)  # whether prices include it
    arrive_minutes: Mapped[int]
    quiet_from_minute: Mapped[int]
    quiet_to_minute: Mapped[int]
    day_sheet_minute: Mapped[int] = mapped_column(default=18 * 60)  # of the evening before
    # What a client does who pays by other ways than a card, in the studio's words.
    how_to_pay: Mapped[str] = mapped_column(default="")
    legal_name: Mapped[str] = mapped_column(default="")  # on invoices; empty is the name above
    legal_address: Mapped[str] = mapped_column(default="")
    tax_number: Mapped[str] = mapped_column(default="")
    company_number: Mapped[str] = mapped_column(default="")
    invoice_footer: Mapped[str] = mapped_column(default="")
    max_per_day: Mapped[int | None]
    gaps: Mapped[Gaps] = mapped_column(words(Gaps), default=Gaps.ANY)

    @property
    def address_lines(self) -> list[str]:
        return self.address.splitlines()


class Resource(Base):
    """One thing that can be in one place at a time, or *capacity* interchangeable units."""

    __tablename__ = "resources"
    __table_args__ = (
        CheckConstraint("capacity >= 1", name="capacity"),
        CheckConstraint("capacity = 1 OR NOT exclusive", name="exclusive_is_one"),
        # The target of the allocations' foreign key, which keeps their flag honest.
        UniqueConstraint("id", "exclusive"),
    )

    id: Mapped[int] = primary_key()
    kind: Mapped[ResourceKind] = mapped_column(words(ResourceKind))
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    capacity: Mapped[int] = mapped_column(default=1)
    exclusive: Mapped[bool]
    position: Mapped[int] = mapped_column(default=0)
    email: Mapped[str | None]  # an artist's; a photographer's stands with the photographer
    archived_at: Mapped[datetime | None]

    hours: Mapped[list[OpeningHours]] = relationship(order_by="OpeningHours.opens_minute")


class Skill(Base):
    __tablename__ = "skills"

    id: Mapped[int] = primary_key()
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Photographer(Base):
    """A person who shoots; the resource of the same id is their time."""

    __tablename__ = "photographers"

    id: Mapped[int] = mapped_column(ForeignKey("resources.id"), primary_key=True)
    bio: Mapped[str]
    email: Mapped[str | None]
    has_assistant: Mapped[bool]
    assistant_name: Mapped[str | None]
    assistant_email: Mapped[str | None]  # written to while they have an assistant
    max_per_day: Mapped[int | None]

    resource: Mapped[Resource] = relationship(lazy="joined", innerjoin=True)
    skills: Mapped[list[Skill]] = relationship(secondary=photographer_skills, order_by="Skill.id")

    @property
    def name(self) -> str:
        return self.resource.name

    @property
    def first_name(self) -> str:
        return self.resource.name.split()[0]

    @property
    def slug(self) -> str:
        return self.resource.slug


class OpeningHours(Base):
    """A weekly span on the studio's wall clock, in minutes since midnight.

    A span that closes at or before it opens ends on the following day.
    """

    __tablename__ = "opening_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="iso_weekday"),
        CheckConstraint("opens_minute BETWEEN 0 AND 1439", name="opens"),
        CheckConstraint("closes_minute BETWEEN 0 AND 1440", name="closes"),
    )

    id: Mapped[int] = primary_key()
    resource_id: Mapped[int] = mapped_column(ForeignKey("resources.id"), index=True)
    weekday: Mapped[int]
    opens_minute: Mapped[int]
    closes_minute: Mapped[int]


class HoursOverride(Base):
    """Other hours, or none, on the dates from *first_on* to *last_on*, both included.

    Without a resource it closes the whole studio. Several rows of one range are several spans.
    """

    __tablename__ = "hours_overrides"
    __table_args__ = (
        CheckConstraint("first_on <= last_on", name="order"),
        CheckConstraint("(opens_minute IS NULL) = (closes_minute IS NULL)", name="span"),
        CheckConstraint("resource_id IS NOT NULL OR opens_minute IS NULL", name="studio_closes"),
    )

    id: Mapped[int] = primary_key()
    resource_id: Mapped[int | None] = mapped_column(ForeignKey("resources.id"), index=True)
    first_on: Mapped[date]
    last_on: Mapped[date]
    opens_minute: Mapped[int | None]
    closes_minute: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="")


class Block(Base):
    """A stretch of a resource's time that is closed; free to overlap anything."""

    __tablename__ = "blocks"
    __table_args__ = (
        CheckConstraint("busy_from < busy_to", name="span"),
        Index(None, "resource_id", "busy_to", "busy_from"),
    )

    id: Mapped[int] = primary_key()
    resource_id: Mapped[int] = mapped_column(ForeignKey("resources.id"))
    busy_from: Mapped[int]
    busy_to: Mapped[int]
    note: Mapped[str] = mapped_column(default="")


class Set(Base):
    """Backdrop, lights and props arranged in a room."""

    __tablename__ = "sets"
    __table_args__ = (
        CheckConstraint("build_minutes >= 0 AND strike_minutes >= 0", name="minutes"),
    )

    id: Mapped[int] = primary_key()
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    summary: Mapped[str]
    build_minutes: Mapped[int]
    strike_minutes: Mapped[int]
    archived_at: Mapped[datetime | None]

    rooms: Mapped[list[Resource]] = relationship(
        secondary=set_rooms, order_by="Resource.position, Resource.id"
    )
    equipment: Mapped[list[SetEquipment]] = relationship(order_by="SetEquipment.resource_id")


class SetEquipment(Base):
    __tablename__ = "set_equipment"
    __table_args__ = (CheckConstraint("quantity >= 1", name="quantity"),)

    set_id: Mapped[int] = mapped_column(ForeignKey("sets.id"), primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resources.id"), primary_key=True)
    quantity: Mapped[int]

    resource: Mapped[Resource] = relationship(lazy="joined", innerjoin=True)


class CalendarLock(Base):
    """The one row that every claim and every change of hours locks first.

    It counts changes of the house (hours, sets, people, packages) and of what is taken.
    """

    __tablename__ = "calendar_lock"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = primary_key()
    version: Mapped[int] = mapped_column(default=0)
    taken: Mapped[int] = mapped_column(default=0)


_COVERED = (
    "busy_from busy_to resource_id booking_id quantity expires_at package_id first_set_id"
    " last_set_id same_minutes clear_minutes place_id"
).split()


class Allocation(Base):
    """What one booking takes of one resource, in epoch seconds, half-open.

    The database refuses what would put a resource above its capacity. *expires_at* is the second
    from which an unpaid hold blocks nobody; NULL once it is confirmed or being paid for. The rest
    is what the turnaround to a neighbour depends on. *place_id* is where, if not in the studio.
    """

    __tablename__ = "allocations"
    __table_args__ = (
        ForeignKeyConstraint(["resource_id", "exclusive"], ["resources.id", "resources.exclusive"]),
        CheckConstraint("busy_from < busy_to", name="span"),
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("quantity = 1 OR NOT exclusive", name="exclusive_is_one"),
        UniqueConstraint("booking_id", "resource_id", "busy_from"),
        # Holds all that queries.py reads by it: then a long history costs nothing.
        Index("ix_allocations_busy", *_COVERED),
        Index(
            "ix_allocations_expiring",
            "expires_at",
            sqlite_where=text("expires_at IS NOT NULL"),
            postgresql_where=text("expires_at IS NOT NULL"),
        ),
        Index("ix_allocations_resource", "resource_id", "busy_from", "busy_to"),
    )

    id: Mapped[int] = primary_key()
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    resource_id: Mapped[int]
    exclusive: Mapped[bool]
    quantity: Mapped[int] = mapped_column(default=1)
    busy_from: Mapped[int]
    busy_to: Mapped[int]
    expires_at: Mapped[int | None]
    package_id: Mapped[int] = mapped_column(ForeignKey("packages.id"))
    first_set_id: Mapped[int] = mapped_column(ForeignKey("sets.id"))
    last_set_id: Mapped[int] = mapped_column(ForeignKey("sets.id"))
    same_minutes: Mapped[int]
    clear_minutes: Mapped[int]
    place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"))
