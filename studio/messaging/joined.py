"""Messages that go along with another one to the same person."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.messaging.models import Message, MessageState

_PARAGRAPH = re.compile(r"(?<![:\n])\n{2,}")
_SECTION = re.compile(r"\n+(?=## )")


def to(session: Session, message: Message) -> Sequence[Message]:
    """What leaves with *message*, the soonest first."""
    return session.scalars(
        select(Message)
        .where(Message.into_id == message.id, Message.state == MessageState.JOINED)
        .order_by(Message.due_at, Message.id)
    ).all()


def parts(body: str, *, early: bool = False) -> list[str]:
    """*body* cut where it may be said without the rest: its opening by paragraphs, its sections.

    A paragraph that ends with a colon stays with what it announces. Of one that leaves *early* the
    opening is left out, which counts the days to its session.
    """
    opening, *sections = _SECTION.split("\n" + body.strip())
    paragraphs = [] if early else [each for each in _PARAGRAPH.split(opening.strip()) if each]
    return paragraphs + [each.strip() for each in sections]
