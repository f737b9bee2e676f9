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

from sqlalchemy import update
from sqlalchemy.orm import Session

from studio.db import insert_if_new
from studio.messaging import origin, placeholders
from studio.messaging.models import Message, MessageKind, MessageState
from studio.web.text import one_line, tidy

_UNSENT = (MessageState.PLANNED, MessageState.HELD)
_OWED = (*_UNSENT, MessageState.DEAD)


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

    *context* is plain JSON for the template. ``link_to`` in it ("booking", "prep" or "checkout")
    asks for a link, made when the message is sent; ``calendar`` ({"method", "text"}) encloses an
    invitation; ``values`` fills the placeholders of what staff write. After *use_by* the message
    would no longer be true, and is skipped.
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


def post(session: Session, message: NewMessage, now: datetime) -> bool:
    """Plan *message*; whether it is new. Its Message-ID is fixed here, for every try to come."""
    row: dict[str, object] = {
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
        "state": MessageState.PLANNED,
        "attempts": 0,
        "ambiguous": 0,
        "error": "",
        "created_at": now,
    }
    return bool(insert_if_new(session, Message, [row]))


def withdraw(session: Session, booking_id: int, *, keep: Sequence[MessageKind] = ()) -> None:
    """Take back a booking's messages that have not left, apart from the kinds to *keep*.

    One that is being handed over this instant may still arrive, but is not tried again.
    """
    session.execute(
        update(Message)
        .where(
            Message.booking_id == booking_id,
            Message.kind.not_in(keep),
            Message.state == MessageState.DATA,
        )
        .values(use_by=Message.due_at)
    )
    session.execute(
        update(Message)
        .where(
            Message.booking_id == booking_id,
            Message.kind.not_in(keep),
            Message.state.in_((*_OWED, MessageState.CLAIMED)),
        )
        .values(state=MessageState.CANCELLED, lease=None)
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
    """Keep a planned message back until somebody releases it.

    Raises:
        NotOpen: if it is not planned any more.
    """
    _lock(session, message, (MessageState.PLANNED,))
    message.state = MessageState.HELD


def release(session: Session, message: Message) -> None:
    """Let a held message go at its own time, or now if that has passed.

    Raises:
        NotOpen: if it is not held.
    """
    _lock(session, message, (MessageState.HELD,))
    message.state = MessageState.PLANNED


def send_now(session: Session, message: Message, now: datetime) -> None:
    """Send an unsent message with the worker's next round.

    Raises:
        NotOpen: if it has left or was taken back.
    """
    _lock(session, message, _UNSENT)
    message.state, message.due_at = MessageState.PLANNED, now


def skip(session: Session, message: Message) -> None:
    """Never send this message.

    Raises:
        NotOpen: if it has left or was taken back.
    """
    _lock(session, message, _OWED)
    message.state = MessageState.SKIPPED


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


def _lock(session: Session, message: Message, states: tuple[MessageState, ...]) -> None:
    session.flush()  # an earlier act of the same use case, which reading again would undo
    session.refresh(message, with_for_update=True)
    if message.state not in states:
        raise NotOpen(message.state)
