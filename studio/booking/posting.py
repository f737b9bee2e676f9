"""From a booking's facts to messages in the outbox: to its client, its photographer, the studio."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.booking.invitations import invitation
from studio.booking.letter_facts import Facts
from studio.booking.models import Booking
from studio.messaging import outbox
from studio.messaging.invitation import Invitation
from studio.messaging.models import Message, MessageKind
from studio.messaging.outbox import NewMessage


def to_client(
    session: Session, facts: Facts, template: str, kind: MessageKind, now: datetime, **told: Any
) -> None:
    outbox.post(session, letter_of(facts, template, kind, facts.client.email, told, now), now)


def to_photographer(
    session: Session, facts: Facts, template: str, now: datetime, **told: Any
) -> None:
    outbox.post_all(session, for_photographer(facts, template, now, **told), now)


def for_photographer(facts: Facts, template: str, now: datetime, **told: Any) -> list[NewMessage]:
    """The letter to whoever shoots the session; none without an address."""
    photographer = facts.booking.photographer
    if photographer.email is None:
        return []
    return [
        for_staff(
            facts, template, photographer.email, now,
            first_name=photographer.first_name,
            calendar=calendar_of(facts, now, (photographer.name, photographer.email)),
            checklist=list(facts.booking.package.session_type.studio_checklist),
            **told,
        )
    ]  # fmt: skip


def to_staff(
    session: Session, facts: Facts, template: str, recipient: str, now: datetime, **told: Any
) -> None:
    outbox.post(session, for_staff(facts, template, recipient, now, **told), now)


def for_staff(
    facts: Facts, template: str, recipient: str, now: datetime, **told: Any
) -> NewMessage:
    told = {"facts": facts.for_staff(), **told}
    return letter_of(facts, template, MessageKind.STAFF, recipient, told, now)


def letter_of(
    facts: Facts, template: str, kind: MessageKind, recipient: str, told: dict[str, Any],
    now: datetime,
) -> NewMessage:  # fmt: skip
    """The message of *template*, of which a booking has one a generation, or one a *number*."""
    booking = facts.booking
    number = told.get("number", booking.generation)
    return NewMessage(
        dedupe_key=f"booking:{booking.id}:{template}:{number}",
        kind=kind,
        template=template,
        recipient=recipient,
        context={**facts.common(), **told},
        due_at=now,
        booking_id=booking.id,
        step=template,
        language=booking.language,
    )


def calendar_of(
    facts: Facts, now: datetime, attendee: tuple[str, str] | None = None
) -> dict[str, str]:
    return enclosed(invitation(facts.booking, facts.studio, now, attendee=attendee))


def enclosed(entry: Invitation) -> dict[str, str]:
    return {"method": entry.method.value, "text": entry.text()}


def written_so_far(session: Session, booking: Booking, step: str) -> int:
    """How many letters of this sort there are; money is settled one at a time, under a lock."""
    counted = session.scalar(
        select(func.count(Message.id)).where(Message.booking_id == booking.id, Message.step == step)
    )
    return counted or 0
