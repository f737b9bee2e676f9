"""Messages for tests: rows that the worker can send without any booking."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from sqlalchemy import select

from studio.db import db, transaction
from studio.messaging import outbox
from studio.messaging.models import Message, MessageKind, MessageState
from studio.messaging.outbox import NewMessage
from studio.ports import ports
from tests import factories

_numbers = count(1)

CONTEXT: dict[str, Any] = {
    "subject": "Ready for {day}?",
    "body": "Hello {first_name},\n\nsee you on **{day}**. Your page: {link}",
    "essentials": [],
    "values": {"first_name": "Robin", "day": "Tuesday 8 December"},
}


def a_message(values: dict[str, Any] | None = None, **changes: Any) -> Message:
    """A prep message to Robin that is due now, posted as a use case would."""
    factories.a_studio()
    now = ports().now()
    context = {**CONTEXT, "values": {**CONTEXT["values"], **(values or {})}}
    fields: dict[str, Any] = {
        "dedupe_key": f"test:{next(_numbers)}",
        "kind": MessageKind.PREP,
        "template": "prep",
        "recipient": "robin@client.example",
        "context": context,
        "due_at": now,
        **changes,
    }
    with transaction() as session:
        assert outbox.post(session, NewMessage(**fields), now)
    return read(fields["dedupe_key"])


def read(dedupe_key: str) -> Message:
    """The row as it is in the database now."""
    db.session.rollback()
    return db.session.query(Message).filter_by(dedupe_key=dedupe_key).one()


def waiting(*kinds: MessageKind) -> Sequence[Message]:
    """What is still to be sent, of *kinds* or of any, the soonest first."""
    states = (MessageState.PLANNED, MessageState.HELD)
    wanted = select(Message).where(
        Message.state.in_(states), Message.kind.in_(kinds or tuple(MessageKind))
    )
    return db.session.scalars(wanted.order_by(Message.due_at, Message.id)).all()


def no_link(_session: object, _booking_id: int, to: str) -> str:
    raise AssertionError(f"nobody asked for a link to {to}")
