"""What staff do to one planned message; each act stands in the session's history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import history
from studio.booking.models import Booking
from studio.db import retried, transaction
from studio.messaging import outbox
from studio.messaging.models import Message, MessageState
from studio.office import prep_board
from studio.office.prep_board import Reach
from studio.ports import ports


class NotYours(Exception):
    """There is no such message, or none that this person may touch."""


@dataclass(frozen=True, slots=True)
class Editor:
    """Who acts on what they may read; *any_kind*: on more than what prepares the client."""

    name: str
    reach: Reach
    any_kind: bool


@dataclass(frozen=True, slots=True)
class _Open:
    """A message in a transaction; *told* goes into the history besides its step."""

    session: Session
    message: Message
    now: datetime
    told: dict[str, Any] = field(default_factory=dict)


@retried
def edit_message(message_id: int, editor: Editor, *, subject: str, body: str) -> None:
    """Give an unsent message new words.

    Raises:
        NotYours, outbox.NotOpen, outbox.UnknownPlaceholder: nothing is written then.
    """
    with _opened(message_id, editor, "prep edited") as it:
        outbox.edit(it.session, it.message, subject=subject, body=body)


@retried
def hold_message(message_id: int, editor: Editor) -> None:
    """Keep a message back until it is released.

    Raises:
        NotYours, outbox.NotOpen: nothing is written then.
    """
    with _opened(message_id, editor, "prep held back") as it:
        outbox.hold(it.session, it.message)


@retried
def release_message(message_id: int, editor: Editor) -> None:
    """Let a held message go at its time.

    Raises:
        NotYours, outbox.NotOpen: nothing is written then.
    """
    with _opened(message_id, editor, "prep released") as it:
        outbox.release(it.session, it.message)


@retried
def send_message_now(message_id: int, editor: Editor) -> None:
    """Make a message due; the worker's next round sends it.

    Raises:
        NotYours, outbox.NotOpen: nothing is written then.
    """
    with _opened(message_id, editor, "prep sent early") as it:
        outbox.send_now(it.session, it.message, it.now)


@retried
def skip_message(message_id: int, editor: Editor) -> None:
    """Never send a message.

    Raises:
        NotYours, outbox.NotOpen: nothing is written then.
    """
    with _opened(message_id, editor, "prep skipped") as it:
        outbox.skip(it.session, it.message)


@retried
def retry_message(message_id: int, editor: Editor, recipient: str) -> None:
    """Send what was not delivered again, to *recipient*; the history keeps both addresses.

    Raises:
        NotYours, outbox.NotOpen: nothing is written then.
    """
    with _opened(message_id, editor, "message tried again", any_kind=editor.any_kind) as it:
        it.told["before"], it.told["recipient"] = it.message.recipient, recipient
        outbox.retry(it.session, it.message, it.now, recipient=recipient)


@retried
def resend_message(message_id: int, editor: Editor, *, once: str) -> int:
    """Send the words of a sent message again, as a new one, and one that was given up as it is.

    A second call with the same *once* sends nothing more.

    Returns:
        The id of the message that leaves.

    Raises:
        NotYours, outbox.NotOpen: nothing is written then.
    """
    now = ports().now()
    with transaction() as session:
        line = prep_board.line(session, message_id, editor.reach)
        if line is None or not may_choose(line.message, editor):
            raise NotYours
        message = line.message
        if message.state is MessageState.DEAD:
            outbox.retry(session, message, now)
            fresh = True
        else:
            copy = outbox.again(message, now, once=once)
            fresh = outbox.post(session, copy, now)
            message = session.scalars(
                select(Message).where(Message.dedupe_key == copy.dedupe_key)
            ).one()
        if fresh and line.booking:
            history.note(
                session, line.booking, "message sent again", by=editor.name, now=now,
                step=message.step,
            )  # fmt: skip
        return message.id


def may_choose(message: Message, editor: Editor) -> bool:
    """Whether somebody may act on a message that they may read."""
    return editor.any_kind or prep_board.is_written(message)


@contextmanager
def _opened(
    message_id: int, editor: Editor, act: str, *, any_kind: bool = False
) -> Iterator[_Open]:
    now = ports().now()
    with transaction() as session:
        line = prep_board.line(session, message_id, editor.reach)
        if line is None or not (any_kind or prep_board.is_written(line.message)):
            raise NotYours
        it = _Open(session, line.message, now)
        yield it
        booking: Booking | None = line.booking
        if booking:
            told = {"step": line.message.step, **it.told}
            history.note(session, booking, act, by=editor.name, now=now, **told)
