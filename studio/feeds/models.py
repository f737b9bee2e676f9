from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from studio.db import Base, primary_key
from studio.scheduling.models import Photographer


class CalendarFeed(Base):
    """An address that shows a photographer's sessions. Only its SHA-256 is kept."""

    __tablename__ = "calendar_feeds"

    id: Mapped[int] = primary_key()
    photographer_id: Mapped[int] = mapped_column(ForeignKey("photographers.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    detailed: Mapped[bool]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    photographer: Mapped[Photographer] = relationship()
