"""What must not be done twice, however often its form is sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, Session, mapped_column

from studio.db import Base
from studio.inserts import insert_if_new


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
