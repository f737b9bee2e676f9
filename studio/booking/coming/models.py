from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from studio.db import Base, words


class Said(StrEnum):
    """What is known of a client's coming; *CALLED* is that staff rang them."""

    COMING = "coming"
    ON_MY_WAY = "on my way"
    LATE = "late"
    CALLED = "called"


class Attendance(Base):
    """Something said once about one time of a session: a move asks anew, by its *generation*.

    *by* is who said it, *minutes* how late they will be.
    """

    __tablename__ = "attendance"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True)
    said: Mapped[Said] = mapped_column(words(Said), primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    minutes: Mapped[int] = mapped_column(default=0)
