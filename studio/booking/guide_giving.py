"""A newer guide for a session that keeps to an older one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, literal, select
from sqlalchemy.orm import Session

from studio.booking import letters_of_prep
from studio.booking.models import Booking
from studio.catalogue.models import Package
from studio.domain.lifecycle import BookingState
from studio.messaging import outbox
from studio.messaging.models import Message, MessageState
from studio.messaging.rendering import WRITTEN
from studio.prep import queries
from studio.prep.models import PrepGuide

_UNSENT = (MessageState.PLANNED, MessageState.HELD)


def with_older(guide: PrepGuide, now: datetime) -> ColumnElement[bool]:
    """Sessions still to come of the guide's kind that keep to another version."""
    of_kind = select(Package.id).where(Package.session_type_id == guide.session_type_id)
    return (
        (Booking.state == BookingState.CONFIRMED)
        & (Booking.starts_at > now)
        & (Booking.language == guide.language)
        & Booking.package_id.in_(of_kind)
        & (Booking.guide_id.is_distinct_from(guide.id))
    )


def give(session: Session, booking: Booking, guide: PrepGuide, now: datetime) -> None:
    """Let *booking*, which is locked, keep to *guide*, and plan anew what has not left.

    Times and words are those the guide would have given when the session was agreed upon; what
    was sent is not sent again, what staff have rewritten stays as they wrote it, and what they
    hold back stays held.
    """
    booking.guide_id = guide.id
    session.flush()
    known = _planned(session, booking)
    agreed_at = min((each.created_at for each in known), default=booking.booked_at)
    track = queries.track_of(session, guide.session_type_id, guide.id)
    wanted = {
        each.step: each for each in letters_of_prep.prep_of(session, booking, track, agreed_at)
    }
    for message in known:
        new = wanted.pop(message.step, None)
        if message.state not in _UNSENT or message.body is not None:
            continue
        if new:
            message.context, message.due_at, message.use_by = new.context, new.due_at, new.use_by
        else:
            message.state = MessageState.CANCELLED
            # A later version may have this step again.
            message.dedupe_key = f"{message.dedupe_key}:before-{guide.version}"
    outbox.post_all(session, [each for each in wanted.values() if each.due_at > now], now)


def _planned(session: Session, booking: Booking) -> list[Message]:
    """What prepares for the session as it is now, locked and in order."""
    generation = f":{booking.generation}"
    wanted = (
        select(Message)
        .where(
            Message.booking_id == booking.id,
            Message.template == WRITTEN,
            Message.dedupe_key == literal(f"booking:{booking.id}:") + Message.step + generation,
        )
        .order_by(Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(wanted))
