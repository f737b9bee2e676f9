"""What stands in the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.messaging.models import Message, MessageKind, MessageState

_WAITING = (MessageState.PLANNED, MessageState.HELD)
_OWED = (MessageState.PLANNED, MessageState.CLAIMED, MessageState.DATA)


def planned(
    session: Session,
    *,
    kind: MessageKind | None = None,
    until: datetime | None = None,
    limit: int = 200,
) -> Sequence[Message]:
    """What is still to be sent, or held back by staff, the soonest first."""
    waiting = select(Message).where(Message.state.in_(_WAITING))
    if kind is not None:
        waiting = waiting.where(Message.kind == kind)
    if until is not None:
        waiting = waiting.where(Message.due_at < until)
    return session.scalars(waiting.order_by(Message.due_at, Message.id).limit(limit)).all()


def of_booking(session: Session, booking_id: int) -> Sequence[Message]:
    """Every message a booking ever wrote, in the order in which they were or are to be sent."""
    return session.scalars(
        select(Message)
        .where(Message.booking_id == booking_id)
        .order_by(func.coalesce(Message.sent_at, Message.due_at), Message.id)
    ).all()


def not_delivered(session: Session, limit: int = 200) -> Sequence[Message]:
    """What was given up, the latest first; *error* holds the server's words."""
    return session.scalars(
        select(Message)
        .where(Message.state == MessageState.DEAD)
        .order_by(Message.due_at.desc(), Message.id.desc())
        .limit(limit)
    ).all()


def overdue(session: Session, now: datetime) -> datetime | None:
    """Since when the oldest message that should have left has been waiting, if one has."""
    return session.scalar(
        select(func.min(Message.due_at)).where(Message.state.in_(_OWED), Message.due_at <= now)
    )
