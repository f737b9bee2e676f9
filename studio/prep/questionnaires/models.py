from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from studio.db import Base, primary_key
from studio.domain.questions import Question


class Questionnaire(Base):
    """One version of what a session type asks; never changed once written.

    *content* holds questions as `Question.to_json` writes them, of which *asked* are not
    archived; the form should be in *days_before* days ahead.
    """

    __tablename__ = "questionnaires"
    __table_args__ = (
        UniqueConstraint("session_type_id", "version"),
        CheckConstraint("days_before BETWEEN 0 AND 90", name="days_before"),
    )

    id: Mapped[int] = primary_key()
    session_type_id: Mapped[int] = mapped_column(ForeignKey("session_types.id"))
    version: Mapped[int]
    days_before: Mapped[int]
    content: Mapped[list[Any]]
    asked: Mapped[int]
    created_at: Mapped[datetime]
    saved_by: Mapped[str] = mapped_column(default="")

    @property
    def questions(self) -> list[Question]:
        return [Question.from_json(each) for each in self.content]


class PrepForm(Base):
    """That a client has begun to answer, which version, and when all of it was sent in."""

    __tablename__ = "prep_forms"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaires.id"))
    changed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class PrepAnswer(Base):
    __tablename__ = "prep_answers"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    answer: Mapped[Any] = mapped_column(JSON)
    answered_at: Mapped[datetime]


class PrepPicture(Base):
    """A picture a client shows us; *file* is its random name in the folder of pictures.

    *media_type* is what its content is, whatever it was called; *digest* tells that it is here
    already.
    """

    __tablename__ = "prep_pictures"
    __table_args__ = (
        UniqueConstraint("booking_id", "key", "digest"),
        UniqueConstraint("file"),
        CheckConstraint(
            "media_type IN ('image/jpeg', 'image/png', 'image/webp')", name="media_type"
        ),
    )

    id: Mapped[int] = primary_key()
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    key: Mapped[str]
    file: Mapped[str]
    digest: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    added_at: Mapped[datetime]
