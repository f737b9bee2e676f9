"""The processor's events: kept once each, marked done only after their effects are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from studio.inserts import insert_if_new
from studio.payments.models import ProcessorEvent
from studio.ports.payment_gateway import Event


def keep(session: Session, events: Iterable[Event], now: datetime, *, caught: bool = False) -> int:
    """Store what is new among *events*, which came or were *caught*; how many that were."""
    rows = [
        {
            "event_id": event.id,
            "type": event.type,
            "object_id": event.object_id,
            "intent_id": event.intent_id,
            "live": event.livemode,
            "caught": caught,
            "received_at": now,
            "tries": 0,
            "next_try_at": now,
            "error": "",
        }
        for event in events
    ]
    return len(insert_if_new(session, ProcessorEvent, rows)) if rows else 0


def waiting(session: Session, now: datetime, most: int = 50) -> Sequence[ProcessorEvent]:
    """Events whose effects are still to come and whose next try is due, oldest first."""
    return session.scalars(
        select(ProcessorEvent)
        .where(ProcessorEvent.done_at.is_(None), ProcessorEvent.next_try_at <= now)
        .order_by(ProcessorEvent.id)
        .limit(most)
    ).all()


def done(session: Session, row_id: int, now: datetime) -> None:
    """Note that all an event tells of has been committed."""
    session.execute(
        update(ProcessorEvent)
        .where(ProcessorEvent.id == row_id)
        .values(done_at=now, error="")
        .execution_options(synchronize_session=False)
    )


def put_off(event: ProcessorEvent, error: str, now: datetime) -> None:
    """Note that settling failed and try again after 15 seconds, a minute, four, at most an hour."""
    pause = min(timedelta(hours=1), timedelta(seconds=15) * 4 ** min(event.tries, 6))
    event.tries += 1
    event.error = error
    event.next_try_at = now + pause


def stuck(session: Session) -> Sequence[ProcessorEvent]:
    """Events that have failed three times and are not done: somebody should look."""
    return session.scalars(
        select(ProcessorEvent)
        .where(ProcessorEvent.done_at.is_(None), ProcessorEvent.tries >= 3)
        .order_by(ProcessorEvent.id)
    ).all()
