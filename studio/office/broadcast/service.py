"""Posting one message to many sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import history
from studio.booking.letter_facts import facts_of
from studio.booking.models import Booking
from studio.db import retried, transaction
from studio.messaging import outbox, placeholders
from studio.messaging.models import MessageKind
from studio.messaging.outbox import NewMessage, UnknownPlaceholder
from studio.office.broadcast.selection import STANDING
from studio.payments import ledger
from studio.ports import ports

STEP = "broadcast"


@dataclass(frozen=True, slots=True)
class Words:
    """What staff wrote: a subject and Markdown, with placeholders in both."""

    subject: str
    body: str

    def check(self) -> None:
        """Raise `outbox.UnknownPlaceholder` if they ask for what no message has."""
        unknown = placeholders.unknown(f"{self.subject}\n{self.body}")
        if unknown:
            raise UnknownPlaceholder(unknown)


@dataclass(frozen=True, slots=True)
class Broadcast:
    """*words* to the sessions *booking_ids*; however often it is posted, *once* makes it one."""

    once: str
    words: Words
    booking_ids: Sequence[int]
    by: str
    photographer_id: int | None


def letter(session: Session, booking: Booking, words: Words, once: str) -> NewMessage:
    """What one session's client gets. It answers a situation, so quiet hours do not hold it."""
    now = ports().now()
    facts = facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
    return NewMessage(
        dedupe_key=f"{STEP}:{once}:{booking.id}",
        kind=MessageKind.CHANGE,
        template="prep",
        recipient=facts.client.email,
        context={
            "link_to": "booking",
            "subject": words.subject,
            "body": words.body,
            "values": facts.values(),
        },
        due_at=now,
        booking_id=booking.id,
        step=STEP,
        language=booking.language,
    )


@retried
def send_broadcast(wanted: Broadcast) -> int:
    """Plan the message for each session that still stands; how many get it now.

    Sent twice with the same *once*, the second adds nothing.

    Raises:
        outbox.UnknownPlaceholder: nothing is written then.
    """
    wanted.words.check()
    now = ports().now()
    with transaction() as session:
        reached = select(Booking).where(
            Booking.id.in_(wanted.booking_ids),
            Booking.state.in_(STANDING),
            Booking.contact_email != "",
        )
        if wanted.photographer_id is not None:
            reached = reached.where(Booking.photographer_id == wanted.photographer_id)
        bookings = session.scalars(reached.order_by(Booking.id)).all()
        fresh = [
            booking
            for booking in bookings
            if outbox.post(session, letter(session, booking, wanted.words, wanted.once), now)
        ]
        told = {"why": wanted.words.subject}
        history.write(
            session,
            [history.line(each, "broadcast", by=wanted.by, now=now, **told) for each in fresh],
        )
        return len(fresh)
