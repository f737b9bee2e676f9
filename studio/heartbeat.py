"""The sign of life that workers leave in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from studio.db import Base, primary_key
from studio.inserts import insert_if_new


class WorkerBeat(Base):
    """When the worker on one machine last said that it is alive."""

    __tablename__ = "worker_beats"

    id: Mapped[int] = primary_key()
    host: Mapped[str] = mapped_column(unique=True)
    beat_at: Mapped[datetime]


def beat(session: Session, host: str, now: datetime) -> None:
    if insert_if_new(session, WorkerBeat, [{"host": host, "beat_at": now}]):
        return
    session.execute(update(WorkerBeat).where(WorkerBeat.host == host).values(beat_at=now))


def latest(session: Session) -> datetime | None:
    """When any worker last beat; None if none ever did."""
    return session.scalar(select(func.max(WorkerBeat.beat_at)))
