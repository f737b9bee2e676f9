"""Taking a message to send it, and marking what became of it. Every change tests the lease."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from studio.messaging.models import Message, MessageState
from studio.messaging.pace import AT_ONCE, OVERDUE, Pace
from studio.messaging.rendering import Letter

# Twice the longest that handing over one mail may take.
LEASE = timedelta(seconds=120)
# A lease taken this far in the future was taken before the clock was put back.
CLOCK_SLACK = timedelta(seconds=60)
TRIES = 8

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=60), timedelta(hours=6)
_IN_HAND = (MessageState.CLAIMED, MessageState.DATA)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_chance = secrets.SystemRandom()


def _leasing(which: ColumnElement[bool]) -> ReturningUpdate[Message]:
    """Lease, of *which*, the one that has been due the longest."""
    first = (
        select(Message.id)
        .where(which)
        .order_by(Message.due_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)  # says nothing on SQLite, which has one writer anyway
    )
    return (
        update(Message)
        .where(Message.id == first.scalar_subquery())
        .values(
            ambiguous=Message.ambiguous + case((Message.state == MessageState.DATA, 1), else_=0),
            state=MessageState.CLAIMED,
            lease=bindparam("new_lease"),
            leased_at=bindparam("at"),
            lease_until=bindparam("until"),
            attempts=Message.attempts + 1,
        )
        .returning(Message)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


# Put together once: for each letter, that would take as long as the rest of its three transactions.
_LEFT_BEHIND = _leasing(
    and_(
        Message.state.in_(_IN_HAND),
        or_(Message.lease_until < bindparam("at"), Message.leased_at > bindparam("soon")),
    )
)
_READY = _leasing(
    and_(
        Message.state == MessageState.PLANNED,
        Message.due_at <= bindparam("due"),
        Message.due_at > bindparam("since"),
    )
)
_LEFT = select(func.count(Message.id)).where(Message.sent_at > bindparam("since"))
_DATA = (
    update(Message)
    .where(
        Message.id == bindparam("message"),
        Message.lease == bindparam("own_lease"),
        Message.state == MessageState.CLAIMED,
    )
    .values(state=MessageState.DATA, lease_until=bindparam("until"))
    .returning(Message.id)
    .execution_options(synchronize_session=False)
)
_SENT = (
    update(Message)
    .where(
        or_(Message.id == bindparam("message"), Message.into_id == bindparam("message")),
        Message.state != MessageState.SENT,
    )
    .values(
        state=MessageState.SENT,
        sent_at=bindparam("at"),
        lease=None,
        error="",
        sent_subject=bindparam("subject_line"),
        sent_text=bindparam("text"),
        sent_html=bindparam("html"),
    )
    .execution_options(synchronize_session=False)
)


def take(
    session: Session, now: datetime, shared_now: datetime | None = None, pace: Pace = AT_ONCE
) -> Message | None:
    """Lease what a worker left behind, else the message that has been due the longest, if any.

    Where *pace* holds back what is long overdue, what is due since then comes before it.

    Leases go by *shared_now*, the clock of all workers, where *now* is another time for one run.
    The try is counted here, so that a message which kills its worker runs out of tries. One that
    was being handed over when its lease ran out may have arrived: *ambiguous* counts that.
    """
    at = shared_now or now
    given = {
        "at": at, "soon": at + CLOCK_SLACK, "until": at + LEASE, "due": now,
        "new_lease": secrets.token_hex(16), "since": _EVER,
    }  # fmt: skip
    if pace.any is not None and _left(session, now) >= pace.any:
        return None
    # Asked for both at once, a database sorts all that is due to find the first.
    left_behind = session.scalar(_LEFT_BEHIND, given)
    if left_behind is not None or pace.overdue is None:
        return left_behind or session.scalar(_READY, given)
    fresh = session.scalar(_READY, {**given, "since": now - OVERDUE})
    if fresh is not None or _left(session, now) >= pace.overdue:
        return fresh
    return session.scalar(_READY, given)


def _left(session: Session, now: datetime) -> int:
    """How many have left in the last minute."""
    return session.scalar(_LEFT, {"since": now - timedelta(minutes=1)}) or 0


def begin_data(session: Session, message_id: int, lease: str, now: datetime) -> bool:
    """Say that the text is about to be given to the server; False if it is no longer ours."""
    given = {"message": message_id, "own_lease": lease, "until": now + LEASE}
    return session.scalar(_DATA, given) is not None


def mark_sent(session: Session, message_id: int, kept: Letter, now: datetime) -> None:
    """Say that the server has it: a fact, whoever holds the lease. What was said first stays.

    What is joined to it has left with it.
    """
    given = {
        "message": message_id, "at": now, "subject_line": kept.subject, "text": kept.text,
        "html": kept.html,
    }  # fmt: skip
    session.execute(_SENT, given)


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
