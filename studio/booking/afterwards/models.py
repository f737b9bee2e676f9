from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from studio.db import Base, words

# Where nobody has said otherwise.
REFRESH_MONTHS = 24


class Afterwards(StrEnum):
    """What can be written after a session; each may be switched off."""

    THANKS = "thanks"
    PROOFS = "proofs"
    DELIVERED = "delivered"
    REVIEW = "review"
    REFRESH = "refresh"


# What is no part of the session: one click ends it.
COURTESIES = (Afterwards.REVIEW, Afterwards.REFRESH)


class DeliveryStage(StrEnum):
    SELECTING = "selecting"
    DELIVERED = "delivered"


class Delivery(Base):
    """How far the pictures of a session are, and where the client finds them."""

    __tablename__ = "deliveries"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    stage: Mapped[DeliveryStage] = mapped_column(words(DeliveryStage))
    link: Mapped[str]
    changed_at: Mapped[datetime]


class AfterRules(Base):
    """What is not written after sessions of a type, and after how many months a refresh is due."""

    __tablename__ = "after_rules"
    __table_args__ = (CheckConstraint("refresh_months BETWEEN 1 AND 120", name="months"),)

    session_type_id: Mapped[int] = mapped_column(ForeignKey("session_types.id"), primary_key=True)
    off: Mapped[list[Any]]
    refresh_months: Mapped[int] = mapped_column(default=REFRESH_MONTHS)


class ClientWishes(Base):
    """What a client does not want to be sent after a session."""

    __tablename__ = "client_wishes"

    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    off: Mapped[list[Any]]
