"""What must not be done twice, however often its form is sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from studio.db import Base
from studio.inserts import insert_if_new

# Nobody sends a form that has been open for longer.
KEPT = timedelta(days=30)


class DoneBefore(Exception):
    """The same form came again: what it asks for is done."""


class DoneOnce(Base):
    """The one-time key of a form that did what it asked for; undone with it."""

    __tablename__ = "done_once"

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


def claim(session: Session, key: str, now: datetime) -> None:
    """Do what follows only once under *key*; what has no key may be done again.

    Of two at the same moment one waits for the other here.

    Raises:
        DoneBefore: if it was done.
    """
    if key and not insert_if_new(session, DoneOnce, [{"key": key, "at": now}]):
        raise DoneBefore


def forget(session: Session, now: datetime) -> int:
    """Let go of the keys of forms that nobody has open any more; how many."""
    gone = session.execute(delete(DoneOnce).where(DoneOnce.at < now - KEPT).returning(DoneOnce.key))
    return len(gone.all())
