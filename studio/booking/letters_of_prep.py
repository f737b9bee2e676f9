"""What prepares a client for their session, and thanks them after it, from its track and guide."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from studio.booking import letters_of_weather, prep_facts, reminding, together
from studio.booking.afterwards import letters as afterwards
from studio.booking.letter_facts import Facts, facts_now
from studio.booking.models import Booking
from studio.messaging import outbox
from studio.messaging.models import Message, MessageKind, MessageState
from studio.messaging.outbox import NewMessage
from studio.prep import planner, queries, tailoring
from studio.prep.queries import Track


def newest_track(session: Session, booking: Booking) -> Track:
    """What prepares a session by the newest guide, to which the booking then keeps."""
    if booking.guide_id is None:
        track = queries.newest_track(session, booking.package.session_type_id, booking.language)
        booking.guide_id = track.guide.id if track.guide else None
        return track
    return queries.track_of(session, booking.package.session_type_id, booking.guide_id)


def plan_prep(
    session: Session, booking: Booking, now: datetime, already: Collection[str] | None = None
) -> None:
    """Plan all that prepares the client, by the newest guide, to which the booking then keeps.

    The steps that they have *already* had are not sent again: those before a move, unless told.
    """
    facts = facts_now(session, booking)
    track = newest_track(session, booking)
    before = had(session, booking) if already is None else already
    letters = [
        *messages(session, facts, track, now, before),
        *letters_of_weather.question(facts, now),
    ]
    outbox.post_all(session, letters, now)
    together.join(session, booking, facts.studio, now)


def had(session: Session, booking: Booking) -> set[str]:
    """The steps of which the client has been sent something, whatever the time was then.

    What prepared for another kind of session does not count: kinds share the names of steps.
    """
    of_this_kind = Message.dedupe_key.like(
        f"booking:%:%:%:{of_kind(booking.package.session_type_id, '%')}"
    )
    sent = select(Message.context).where(
        *_sent(booking), or_(Message.dedupe_key.not_like(_OF_A_KIND), of_this_kind)
    )
    return {key for context in session.scalars(sent) for key in context.get("steps", ())}


def sent_unmarked(session: Session, booking: Booking) -> Sequence[Message]:
    """What prepared for the kind of session that it was till now, at whatever time; locked."""
    sent = select(Message).where(*_sent(booking), Message.dedupe_key.not_like(_OF_A_KIND))
    return session.scalars(sent.with_for_update()).all()


def _sent(booking: Booking) -> Sequence[ColumnElement[bool]]:
    return (
        Message.booking_id == booking.id,
        Message.kind == MessageKind.PREP,
        Message.state.in_((MessageState.DATA, MessageState.SENT)),
    )


def of_kind(session_type_id: int | str, number: int | str) -> str:
    """What is put behind the key of a message that prepared for a kind it is no longer of."""
    return f"kind-{session_type_id}-{number}"


_OF_A_KIND = f"booking:%:%:%:{of_kind('%', '%')}"


def prep_of(session: Session, booking: Booking, track: Track, now: datetime) -> list[NewMessage]:
    """What prepares the client by *track*, planned at *now*; nothing is posted."""
    return messages(session, facts_now(session, booking), track, now)


def messages(
    session: Session, facts: Facts, track: Track, now: datetime, had: Collection[str] = ()
) -> list[NewMessage]:
    """What prepares the client by *track*; what is known of them decides what it says."""
    booking = facts.booking
    known = facts.known
    if not known and tailoring.depends(track):
        known = prep_facts.of(session, booking)
    facts = replace(facts, guide=track.guide, known=known)
    about = planner.BookingFacts(
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        zone=booking.zone,
        quiet_from_minute=facts.studio.quiet_from_minute,
        quiet_to_minute=facts.studio.quiet_to_minute,
        comes_to_client=booking.comes_to_client,
        remote=booking.is_remote,
        known=known,
    )
    prepares = planner.plan(track, about, now, had)
    taken = {each.due_at.astimezone(ZoneInfo(booking.zone)).date() for each in prepares}
    thanked = afterwards.is_thanked(session, booking)
    return [
        NewMessage(
            dedupe_key=f"booking:{booking.id}:{planned.key}:{booking.generation}",
            kind=MessageKind.PREP,
            template="prep",
            recipient=facts.client.email,
            context={
                "link_to": "prep",
                "subject": planned.subject,
                "body": planned.body,
                "essentials": list(planned.essentials),
                "steps": list(planned.steps),
                "values": facts.values(),
            },
            due_at=planned.due_at,
            booking_id=booking.id,
            step=planned.key,
            use_by=planned.use_by,
            language=booking.language,
            review=booking.package.session_type.review_prep,
        )
        for planned in prepares
        if planned.use_by or thanked
    ] + reminding.reminders(facts, track, taken, now)
