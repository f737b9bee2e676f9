"""Taking a message to send it, and marking what became of it. Every change tests the lease."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import and_, case, or_, select, update
from sqlalchemy.orm import Session

from studio.messaging.models import Message, MessageState

# Twice the longest that handing over one mail may take.
LEASE = timedelta(seconds=120)
# A lease taken this far in the future was taken before the clock was put back.
CLOCK_SLACK = timedelta(seconds=60)
TRIES = 8

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=60), timedelta(hours=6)
_IN_HAND = (MessageState.CLAIMED, MessageState.DATA)
_chance = secrets.SystemRandom()


def take(session: Session, now: datetime) -> Message | None:
    """Lease the message that has been due the longest; None if none is due.

    The try is counted here, so that a message which kills its worker runs out of tries. One that
    was being handed over when its lease ran out may have arrived: *ambiguous* counts that.
    """
    ready = and_(Message.state == MessageState.PLANNED, Message.due_at <= now)
    left_behind = and_(
        Message.state.in_(_IN_HAND),
        or_(Message.lease_until < now, Message.leased_at > now + CLOCK_SLACK),
    )
    first = (
        select(Message.id)
        .where(or_(ready, left_behind))
        .order_by(Message.due_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)  # says nothing on SQLite, which has one writer anyway
    )
    taken = session.scalar(
        update(Message)
        .where(Message.id == first.scalar_subquery())
        .values(
            ambiguous=Message.ambiguous + case((Message.state == MessageState.DATA, 1), else_=0),
            state=MessageState.CLAIMED,
            lease=secrets.token_hex(16),
            leased_at=now,
            lease_until=now + LEASE,
            attempts=Message.attempts + 1,
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return None if taken is None else session.get_one(Message, taken, populate_existing=True)


def begin_data(session: Session, message_id: int, lease: str, now: datetime) -> bool:
    """Say that the text is about to be given to the server; False if it is no longer ours."""
    marked = session.scalar(
        update(Message)
        .where(
            Message.id == message_id, Message.lease == lease, Message.state == MessageState.CLAIMED
        )
        .values(state=MessageState.DATA, lease_until=now + LEASE)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return marked is not None


def mark_sent(session: Session, message_id: int, now: datetime) -> Message | None:
    """Say that the server has it: a fact, whoever holds the lease. None if it was said before."""
    message = session.get_one(Message, message_id, with_for_update=True, populate_existing=True)
    if message.state is MessageState.SENT:
        return None
    message.state, message.sent_at = MessageState.SENT, now
    message.lease, message.error = None, ""
    return message


def mark_failed(
    session: Session, message_id: int, lease: str, now: datetime, *, error: str, permanent: bool
) -> None:
    """Try again after a pause that grows with each try, or give up; *error* is for the staff."""
    message = session.get_one(Message, message_id, with_for_update=True, populate_existing=True)
    if message.lease != lease or message.state not in _IN_HAND:
        return
    message.error, message.lease = error[:500], None
    if permanent or message.attempts >= TRIES:
        message.state = MessageState.DEAD
    else:
        message.state = MessageState.PLANNED
        message.due_at = now + pause(message.attempts)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many tries: a minute, then four times as long, six hours at most.

    Half of it more or less, so that what failed together is not tried again together.
    """
    wanted: timedelta = _FIRST_PAUSE * 4 ** (attempts - 1)
    return min(_LONGEST_PAUSE, wanted) * _chance.uniform(0.5, 1.5)
