from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from studio.db import Base, primary_key
from studio.scheduling.models import Photographer


class OutsideCalendar(Base):
    """An address that a photographer's own calendar is read from. The address is a secret.

    *stale_since* is when it could last be read, if it cannot be now; *trouble* says why, or what
    in it was not understood. What it said then still counts.
    """

    __tablename__ = "outside_calendars"

    id: Mapped[int] = primary_key()
    photographer_id: Mapped[int] = mapped_column(ForeignKey("photographers.id"), index=True)
    url: Mapped[str]
    etag: Mapped[str] = mapped_column(default="")
    last_modified: Mapped[str] = mapped_column(default="")
    fetched_at: Mapped[datetime | None]
    stale_since: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")
    next_fetch_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime]

    photographer: Mapped[Photographer] = relationship()

    @property
    def shown(self) -> str:
        """Enough of the address to tell it from another, and not enough to open it."""
        return f"{urlsplit(self.url).hostname} … {self.url[-4:]}"


class OutsideBusy(Base):
    """A stretch that a calendar elsewhere calls busy, in epoch seconds; it may overlap anything."""

    __tablename__ = "outside_busy"
    __table_args__ = (
        CheckConstraint("busy_from < busy_to", name="span"),
        Index(None, "resource_id", "busy_to", "busy_from"),
    )

    id: Mapped[int] = primary_key()
    calendar_id: Mapped[int] = mapped_column(ForeignKey("outside_calendars.id"), index=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resources.id"))
    busy_from: Mapped[int]
    busy_to: Mapped[int]
