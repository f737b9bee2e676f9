from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from studio.db import Base, primary_key, words


class MessageKind(StrEnum):
    """The value of X-Sittings-Kind; `prep` and `courtesy` keep to quiet hours."""

    CONFIRMATION = "confirmation"
    PREP = "prep"
    CHANGE = "change"
    CANCELLATION = "cancellation"
    RECEIPT = "receipt"
    PAYMENT = "payment"
    COURTESY = "courtesy"
    STAFF = "staff"


class MessageState(StrEnum):
    """`data` stands just before the mail server is given the text: from there it may have left.

    What is `joined` goes along with another message to the same person, and with it becomes `sent`.
    """

    PLANNED = "planned"
    HELD = "held"
    JOINED = "joined"
    CLAIMED = "claimed"
    DATA = "data"
    SENT = "sent"
    DEAD = "dead"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class Message(Base):
    """A message written with the decision it tells of, to be sent by the worker.

    With *review* it is held until somebody approves it.

    *context* is plain JSON, so that rendering needs no booking; `{link}` in it becomes a real
    link only at the moment of sending. *sent_subject*, *sent_text* and *sent_html* keep what was
    sent, with the link masked.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "booking_id", "due_at"),
        Index(None, "sent_at"),
    )

    id: Mapped[int] = primary_key()
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[MessageKind] = mapped_column(words(MessageKind))
    template: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    recipient: Mapped[str]
    context: Mapped[dict[str, Any]]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"))
    # The message that carries this one while it is `joined`.
    into_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    step: Mapped[str] = mapped_column(default="")
    subject: Mapped[str | None]
    body: Mapped[str | None]
    due_at: Mapped[datetime]
    use_by: Mapped[datetime | None]
    state: Mapped[MessageState] = mapped_column(words(MessageState), default=MessageState.PLANNED)
    review: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None]
    leased_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    ambiguous: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    sent_subject: Mapped[str | None]
    sent_text: Mapped[str | None]
    sent_html: Mapped[str | None]
