"""Writing to the outbox: planning a message, taking it back, and what staff may do to one.

Every function takes a session and never commits. Staff's acts lock the row and read it again
first, so that they never lay hands on a message that the worker has just taken.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, literal, or_, true, update
from sqlalchemy.orm import Session

from studio.inserts import insert_if_new
from studio.messaging import origin, placeholders
from studio.messaging.addresses import is_erased
from studio.messaging.models import Message, MessageKind, MessageState
from studio.web.text import one_line, tidy

_UNSENT = (MessageState.PLANNED, MessageState.HELD, MessageState.JOINED)
_OWED = (*_UNSENT, MessageState.DEAD)
_CANCELLED = literal(MessageState.CANCELLED, Message.state.type)


class NotOpen(Exception):
    """The message is no longer in a state in which this can be done; *state* says in which."""

    def __init__(self, state: MessageState) -> None:
        super().__init__(f"the message is {state}")
        self.state = state


class UnknownPlaceholder(Exception):
    """Words in braces that no message knows: *names* pairs each with the nearest known one."""

    def __init__(self, names: list[tuple[str, str | None]]) -> None:
        super().__init__(", ".join(name for name, _ in names))
        self.names = names


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to be sent at *due_at*, unless one with its *dedupe_key* was ever planned.

    *context* is plain JSON for the template. ``link_to`` in it ("booking", "prep", "pay" or
    "checkout") asks for a link, made when the message is sent; ``calendar`` ({"method", "text"})
    encloses an invitation; ``values`` fills the placeholders of what staff write. What is not of a
    booking is ``about`` an ordered voucher, with the links "voucher" and "gift", or an invoice;
    ``enclose`` ("voucher" or "invoice") asks for it as a PDF. With ``only_if_missing`` it leaves
    only while the client is not ready, with ``task`` only while that is open. After *use_by* the
    message would no longer be true, and is skipped. With *review* it is held until somebody
    approves it.
    """

    dedupe_key: str
    kind: MessageKind
    template: str
    recipient: str
    context: dict[str, Any]
    due_at: datetime
    booking_id: int | None = None
    step: str = ""
    use_by: datetime | None = None
    language: str = "en"
    subject: str | None = None
    body: str | None = None
    review: bool = False


def post(session: Session, message: NewMessage, now: datetime) -> bool:
    """Plan *message*; whether it is new. Its Message-ID is fixed here, for every try to come."""
    return post_all(session, [message], now) == 1


def post_all(session: Session, messages: Sequence[NewMessage], now: datetime) -> int:
    """Plan *messages* by one statement, as `post` does each; how many are new.

    Nothing is written to a client who was forgotten.
    """
    rows = [_row(each, now) for each in messages if not is_erased(each.recipient)]
    return len(insert_if_new(session, Message, rows)) if rows else 0


def _row(message: NewMessage, now: datetime) -> dict[str, object]:
    return {
        "dedupe_key": message.dedupe_key,
        "message_id": f"<{secrets.token_hex(16)}@{origin.host()}>",
        "kind": message.kind,
        "template": message.template,
        "language": message.language,
        "recipient": message.recipient,
        "context": message.context,
        "booking_id": message.booking_id,
        "step": message.step,
        "subject": message.subject,
        "body": message.body,
        "due_at": message.due_at,
        "use_by": message.use_by,
        "state": MessageState.HELD if message.review else MessageState.PLANNED,
        "review": message.review,
        "attempts": 0,
        "ambiguous": 0,
        "error": "",
        "created_at": now,
    }


def withdraw(
    session: Session,
    booking_id: int,
    *,
    keep: Sequence[MessageKind] = (),
    steps: Sequence[str] | None = None,
    besides: ColumnElement[bool] | None = None,
) -> None:
    """Take back the messages of a booking that have not left.

    The kinds to *keep* stay. With *steps* only those of these steps; *besides* are others.
    """
    these = true() if steps is None else Message.step.in_(steps)
    which = and_(Message.booking_id == booking_id, Message.kind.not_in(keep), these)
    withdraw_where(session, which if besides is None else or_(which, besides))


def withdraw_where(session: Session, which: ColumnElement[bool]) -> None:
    """Take back those messages that have not left.

    One that is being handed over this instant may still arrive, but is not tried again.
    """
    leaving = Message.state == MessageState.DATA
    session.execute(
        update(Message)
        .where(which, Message.state.in_((*_OWED, MessageState.CLAIMED, MessageState.DATA)))
        .values(
            use_by=case((leaving, Message.due_at), else_=Message.use_by),
            state=case((leaving, Message.state), else_=_CANCELLED),
            lease=case((leaving, Message.lease), else_=None),
            into_id=None,
        )
    )


def withdraw_one(session: Session, dedupe_key: str) -> None:
    """Take back the one message of this key, if it has not left."""
    session.execute(
        update(Message)
        .where(Message.dedupe_key == dedupe_key, Message.state.in_((*_OWED, MessageState.CLAIMED)))
        .values(state=MessageState.CANCELLED, lease=None, into_id=None)
    )


def part(session: Session, message: Message) -> None:
    """Let what is joined to *message* leave by itself again."""
    session.execute(
        update(Message)
        .where(Message.into_id == message.id, Message.state == MessageState.JOINED)
        .values(state=MessageState.PLANNED, into_id=None)
    )


def edit(session: Session, message: Message, *, subject: str, body: str) -> None:
    """Give an unsent message the staff's own subject and Markdown body.

    Raises:
        NotOpen: if it has left or was taken back.
        UnknownPlaceholder: if the text asks for a value that no message has.
    """
    _lock(session, message, _OWED)
    unknown = placeholders.unknown(f"{subject}\n{body}")
    if unknown:
        raise UnknownPlaceholder(unknown)
    message.subject = one_line(subject)
    message.body = tidy(body)


def hold(session: Session, message: Message) -> None:
    """Keep a planned message back until somebody releases it; what is joined to it leaves alone.

    Raises:
        NotOpen: if it is not planned any more.
    """
    _lock(session, message, (MessageState.PLANNED, MessageState.JOINED))
    message.state, message.into_id = MessageState.HELD, None
    part(session, message)


def release(session: Session, message: Message) -> None:
    """Let a held message go at its own time, or now if that has passed: this approves it, too.

    Raises:
        NotOpen: if it is not held.
    """
    _lock(session, message, (MessageState.HELD,))
    message.state, message.review = MessageState.PLANNED, False


def send_now(session: Session, message: Message, now: datetime) -> None:
    """Send an unsent message with the worker's next round, by itself if it was joined to another.

    Raises:
        NotOpen: if it has left or was taken back.
    """
    _lock(session, message, _UNSENT)
    message.state, message.due_at = MessageState.PLANNED, now
    message.into_id, message.review = None, False


def skip(session: Session, message: Message) -> None:
    """Never send this message; what is joined to it leaves by itself.

    Raises:
        NotOpen: if it has left or was taken back.
    """
    _lock(session, message, _OWED)
    message.state, message.into_id = MessageState.SKIPPED, None
    part(session, message)


def retry(session: Session, message: Message, now: datetime, *, recipient: str = "") -> None:
    """Try an undelivered message again from the start, to *recipient* if one is given.

    Raises:
        NotOpen: if it was not given up.
    """
    _lock(session, message, (MessageState.DEAD,))
    message.state, message.due_at = MessageState.PLANNED, now
    message.attempts, message.error = 0, ""
    if recipient:
        message.recipient = recipient


def again(message: Message, now: datetime, *, once: str) -> NewMessage:
    """What sends a sent message's words once more, however often it is posted for one *once*.

    Raises:
        NotOpen: if it was not sent, or its client was forgotten.
    """
    if message.state is not MessageState.SENT or is_erased(message.recipient):
        raise NotOpen(message.state)
    return NewMessage(
        dedupe_key=f"again:{message.id}:{once}",
        kind=message.kind,
        template=message.template,
        recipient=message.recipient,
        context=message.context,
        due_at=now,
        booking_id=message.booking_id,
        step=message.step,
        language=message.language,
        subject=message.subject,
        body=message.body,
    )


def _lock(session: Session, message: Message, states: tuple[MessageState, ...]) -> None:
    session.flush()  # an earlier act of the same use case, which reading again would undo
    session.refresh(message, with_for_update=True)
    if message.state not in states:
        raise NotOpen(message.state)
