"""What stands in the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.messaging.models import Message, MessageState

_OWED = (MessageState.PLANNED, MessageState.CLAIMED, MessageState.DATA)


def of_booking(session: Session, booking_id: int) -> Sequence[Message]:
    """Every message a booking ever wrote, in the order in which they were or are to be sent."""
    return session.scalars(
        select(Message)
        .where(Message.booking_id == booking_id)
        .order_by(func.coalesce(Message.sent_at, Message.due_at), Message.id)
    ).all()


def overdue(session: Session, now: datetime) -> datetime | None:
    """Since when the oldest message that should have left has been waiting, if one has."""
    return session.scalar(
        select(func.min(Message.due_at)).where(Message.state.in_(_OWED), Message.due_at <= now)
    )
