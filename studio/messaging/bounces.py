"""Mail that came back: which message it was, and what the server said.

Anybody may write to the mailbox or guess at the notices, so a message is found by its Message-ID
alone, 128 random bits that only its recipient and the servers on its way have seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message as Part

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from studio.messaging.models import Message, MessageState
from studio.web.text import one_line

_ID = re.compile(r"<[0-9a-f]{32}@[A-Za-z0-9.:_-]{1,253}>")
_QUOTING = ("Message-ID", "X-Original-Message-ID", "X-Failed-Message-ID")
_MOST_PARTS = 40


@dataclass(frozen=True, slots=True)
class Bounce:
    """A message that was not delivered, with the words of the server that refused it."""

    message_id: str
    words: str


def read(raw: bytes) -> Bounce | None:
    """What a report says; None if it is no report of a failure, or cannot be read."""
    try:
        mail = message_from_bytes(raw, policy=policy.compat32)
        parts = [part for part, _ in zip(mail.walk(), range(_MOST_PARTS), strict=False)]
        words = _refusal(parts)
        return Bounce(_original(parts), words) if words else None
    except Exception:  # noqa: BLE001 -- a stranger wrote it: whatever it is, it is no report
        return None


def _refusal(parts: list[Part]) -> str:
    """The words of the first recipient's failure; empty where nothing failed for good."""
    for fields in _statuses(parts):
        action = str(fields.get("Action", "")).strip().lower()
        status = str(fields.get("Status", "")).strip()
        if action == "failed" and not status.startswith(("2", "4")):
            said = str(fields.get("Diagnostic-Code", "")).partition(";")[2].strip()
            return one_line(f"Came back: {said or status or 'not delivered'}", limit=400)
    return ""


def _statuses(parts: list[Part]) -> Iterator[Part]:
    for part in parts:
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            yield from (each for each in part.get_payload() if isinstance(each, Part))


def _original(parts: list[Part]) -> str:
    """The Message-ID of what came back: from the copy that is enclosed, or as a header names it.

    Raises:
        LookupError: if nothing names one of ours.
    """
    outer, *inner = parts
    for part in inner:
        quoted = part.get_payload() if part.get_content_type() == "text/rfc822-headers" else ""
        named = [str(part.get(name, "")) for name in _QUOTING]
        for text in (*named, quoted if isinstance(quoted, str) else ""):
            if found := _ID.search(text):
                return found.group()
    for name in (*_QUOTING[1:], "In-Reply-To", "References"):
        if found := _ID.search(str(outer.get(name, ""))):
            return found.group()
    raise LookupError("it names no message")


def mark(session: Session, bounce: Bounce) -> bool:
    """Say that a message which was sent did not arrive; False if there is no such message.

    What left with it did not arrive either. From here on each is tried again by itself.
    """
    carrier = select(Message.id).where(Message.message_id == bounce.message_id).scalar_subquery()
    marked = session.scalars(
        update(Message)
        .where(
            or_(Message.id == carrier, Message.into_id == carrier),
            Message.state == MessageState.SENT,
        )
        .values(state=MessageState.DEAD, error=bounce.words, into_id=None)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return bool(marked.all())
