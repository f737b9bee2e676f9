from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from studio.db import Base, primary_key, words


class Level(StrEnum):
    """How far pictures may be shown; each one includes what the one before it allows."""

    NONE = "none"
    PORTFOLIO = "portfolio"
    ADVERTISING = "advertising"


class ReleaseText(Base):
    """One version of what people sign; never changed once written.

    *body* is said whatever is chosen, *portfolio* and *advertising* say what these levels allow.
    With *asks_again* it says something else than the version before, so that whoever answered
    that one is asked anew.
    """

    __tablename__ = "release_texts"

    id: Mapped[int] = primary_key()
    version: Mapped[int] = mapped_column(unique=True)
    body: Mapped[str]
    portfolio: Mapped[str]
    advertising: Mapped[str]
    asks_again: Mapped[bool]
    written_by: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class Sitter(Base):
    """Somebody who is photographed in a session; a minor has a guardian who signs for them."""

    __tablename__ = "sitters"
    __table_args__ = (
        CheckConstraint(
            "NOT minor OR (guardian_name <> '' AND guardian_relation <> '')", name="guardian"
        ),
    )

    id: Mapped[int] = primary_key()
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), index=True)
    name: Mapped[str]
    minor: Mapped[bool] = mapped_column(default=False)
    guardian_name: Mapped[str] = mapped_column(default="")
    guardian_relation: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")

    @property
    def signer(self) -> str:
        """Whose name stands under a release."""
        return self.guardian_name if self.minor else self.name


class Release(Base):
    """An answer about one sitter's pictures, the latest of which counts; a no is one, too.

    *told* is all that is printed of it, as it was shown and signed. Only *withdrawn_at* is ever
    written later, and the names of an answer that allows nothing when their client is erased.
    """

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("sitter_id", "number"),)

    id: Mapped[int] = primary_key()
    sitter_id: Mapped[int] = mapped_column(ForeignKey("sitters.id"))
    number: Mapped[int]
    text_id: Mapped[int] = mapped_column(ForeignKey("release_texts.id"))
    level: Mapped[Level] = mapped_column(words(Level))
    signed_name: Mapped[str]
    signed_at: Mapped[datetime]
    signed_from: Mapped[str]
    told: Mapped[dict[str, Any]]
    withdrawn_at: Mapped[datetime | None]

    text: Mapped[ReleaseText] = relationship()

    @property
    def allows(self) -> Level:
        """How far pictures may be shown now."""
        return Level.NONE if self.withdrawn_at else self.level
