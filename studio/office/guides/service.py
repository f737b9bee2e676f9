"""What staff do with a saved guide: hand it on, ask for review, and send themselves a test."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.booking import guide_giving, history
from studio.booking.models import Booking
from studio.catalogue.models import SessionType
from studio.db import db, retried, transaction
from studio.messaging import outbox
from studio.messaging.models import MessageKind
from studio.messaging.outbox import NewMessage
from studio.ports import ports
from studio.prep import queries
from studio.prep.models import PrepGuide
from studio.scheduling import calendar


def behind(session: Session, guide: PrepGuide) -> int:
    """How many sessions to come keep to another version than *guide*."""
    which = guide_giving.with_older(guide, ports().now())
    return session.scalar(select(func.count(Booking.id)).where(which)) or 0


def give_guide(guide_id: int, *, by: str) -> int:
    """Give a version to every session to come of its kind; how many had another.

    Each session is a transaction of its own, so that nobody waits for all of them; whatever ends
    it half-way, the rest can be given it by the same call.
    """
    session = db.session()
    guide = session.get_one(PrepGuide, guide_id)
    which = guide_giving.with_older(guide, ports().now())
    ids = session.scalars(select(Booking.id).where(which).order_by(Booking.id)).all()
    return sum(_give(each, guide_id, by) for each in ids)


@retried
def _give(booking_id: int, guide_id: int, by: str) -> bool:
    now = ports().now()
    with transaction() as session:
        calendar.queue(session)
        booking = history.locked(session, booking_id)
        guide = session.get_one(PrepGuide, guide_id)
        fits = guide_giving.with_older(guide, now) & (Booking.id == booking.id)
        if session.scalar(select(Booking.id).where(fits)) is None:
            return False
        guide_giving.give(session, booking, guide, now)
        history.note(
            session, booking, "guide renewed", by=by, now=now, why=f"Version {guide.version}"
        )
        return True


@retried
def set_review(slug: str, *, review: bool) -> None:
    """Say whether messages of a kind of session that are planned from now on wait for approval."""
    with transaction() as session:
        calendar.lock(session)
        kind = session.scalars(select(SessionType).where(SessionType.slug == slug)).one()
        kind.review_prep = review


@retried
def send_test(letter: NewMessage, *, to: str, once: str) -> None:
    """Send *letter* to a member of staff, marked as a test and with no link to anybody's page."""
    now = ports().now()
    told = dict(letter.context)
    told.pop("link_to", None)
    told["subject"] = f"Test: {told['subject']}"
    told["body"] = f"*This is a test. Nobody but you was sent it.*\n\n{told['body']}"
    with transaction() as session:
        outbox.post(
            session,
            NewMessage(
                dedupe_key=f"test:{once}:{letter.step}",
                kind=MessageKind.STAFF,
                template="prep",
                recipient=to,
                context=told,
                due_at=now,
                step="test",
            ),
            now,
        )


def newest(session: Session, kind: SessionType) -> PrepGuide | None:
    return queries.guide_for(session, kind.id, queries.FALLBACK)
