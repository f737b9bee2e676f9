from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from studio.db import Base, primary_key, words
from studio.domain.prep_plan import Anchor


class PrepGuide(Base):
    """One version of a session type's guide; a booking keeps the one it was sent.

    *body* is Markdown with a heading a section; *essentials* are the three sentences a late
    booking cannot do without; *checklist* holds {"key", "text", "note"} and, where not everybody
    is asked for it, "when". `studio.prep.marks` says how conditions are written.
    """

    __tablename__ = "prep_guides"
    __table_args__ = (UniqueConstraint("session_type_id", "language", "version"),)

    id: Mapped[int] = primary_key()
    session_type_id: Mapped[int] = mapped_column(ForeignKey("session_types.id"))
    language: Mapped[str] = mapped_column(default="en")
    version: Mapped[int]
    title: Mapped[str]
    intro: Mapped[str]
    essentials: Mapped[list[Any]]
    checklist: Mapped[list[Any]]
    body: Mapped[str]
    created_at: Mapped[datetime]
    saved_by: Mapped[str] = mapped_column(default="")


class PrepStep(Base):
    """One message of a session type's prep track, as it was with the guide of the same *version*.

    Before the session it is planned for *days* days ahead at *minute* of the studio's wall
    clock; after it, *hours* hours after the end. *essentials* are carried by the next message
    when a late booking misses this one. *guide_sections* are the headings of the guide's sections
    that go along with the body; "*" is the whole guide. It is sent only under its *condition*.
    """

    __tablename__ = "prep_steps"
    __table_args__ = (
        UniqueConstraint("session_type_id", "version", "key"),
        CheckConstraint("minute BETWEEN 0 AND 1439", name="minute"),
        CheckConstraint("days >= 0 AND hours >= 0", name="offset"),
    )

    id: Mapped[int] = primary_key()
    session_type_id: Mapped[int] = mapped_column(ForeignKey("session_types.id"))
    version: Mapped[int] = mapped_column(default=1)
    key: Mapped[str]
    anchor: Mapped[Anchor] = mapped_column(words(Anchor))
    days: Mapped[int] = mapped_column(default=0)
    hours: Mapped[int] = mapped_column(default=0)
    minute: Mapped[int] = mapped_column(default=540)
    subject: Mapped[str]
    body: Mapped[str]
    essentials: Mapped[list[Any]]
    guide_sections: Mapped[list[Any]] = mapped_column(default=list)
    condition: Mapped[str] = mapped_column(default="")


class PrepTick(Base):
    """Something on the client's checklist that they say is done."""

    __tablename__ = "prep_ticks"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    ticked_at: Mapped[datetime]


class PrepOpening(Base):
    """When a person first did something on the prep page; a fetch by a machine does not count."""

    __tablename__ = "prep_openings"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    opened_at: Mapped[datetime]
