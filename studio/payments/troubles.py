"""What is wrong between the processor and us: refused or missing notices, a key that is no more."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import UniqueConstraint, delete, exists, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from studio.db import Base, primary_key, words
from studio.inserts import insert_if_new
from studio.payments.models import EntryKind, LedgerEntry, Method, Payment, ProcessorEvent

# Notices come within seconds of a payment; after an hour of none something is wrong.
_SILENT_AFTER, _LOOK_BACK = timedelta(hours=1), timedelta(days=7)
_REMEMBERED = timedelta(days=1)
# A stray one is a robot trying; so many are a secret that does not fit.
MANY = 5


class Refused(StrEnum):
    """Why a notice was not taken: nobody we know signed it, or it is of the other mode."""

    SIGNATURE = "signature"
    MODE = "mode"


class RefusedNotice(Base):
    """How many notices were refused in an hour; of what they said nothing is kept."""

    __tablename__ = "refused_notices"
    __table_args__ = (UniqueConstraint("reason", "hour"),)

    id: Mapped[int] = primary_key()
    reason: Mapped[Refused] = mapped_column(words(Refused))
    hour: Mapped[datetime]
    count: Mapped[int]


class PaymentPause(Base):
    """A time in which the processor did not take our key; *ended_at* None is now."""

    __tablename__ = "payment_pauses"

    id: Mapped[int] = primary_key()
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def count_refused(session: Session, reason: Refused, now: datetime) -> None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    if insert_if_new(session, RefusedNotice, [{"reason": reason, "hour": hour, "count": 1}]):
        return
    session.execute(
        update(RefusedNotice)
        .where(RefusedNotice.reason == reason, RefusedNotice.hour == hour)
        .values(count=RefusedNotice.count + 1)
    )


def refused(session: Session, reason: Refused, now: datetime) -> int:
    """How many were refused in the last day, since somebody last looked."""
    return session.scalars(
        select(func.coalesce(func.sum(RefusedNotice.count), 0)).where(
            RefusedNotice.reason == reason, RefusedNotice.hour > now - _REMEMBERED
        )
    ).one()


def forget_refused(session: Session) -> None:
    """Somebody has looked: count anew."""
    session.execute(delete(RefusedNotice))


def silent_since(session: Session, now: datetime) -> datetime | None:
    """When the first payment was made of which no notice has told us, nor of anything since.

    None while notices come, or nothing was paid for an hour.
    """
    last = session.scalars(
        select(ProcessorEvent.received_at)
        .where(ProcessorEvent.caught.is_(False))
        .order_by(ProcessorEvent.id.desc())
        .limit(1)
    ).first()
    told = exists().where(
        ProcessorEvent.object_id == Payment.checkout_id, ProcessorEvent.caught.is_(False)
    )
    since = max(now - _LOOK_BACK, last or now - _LOOK_BACK)
    return session.scalars(
        select(func.min(LedgerEntry.at))
        .join(Payment, Payment.intent_id == LedgerEntry.ref)
        .where(
            LedgerEntry.kind == EntryKind.PAYMENT,
            LedgerEntry.at > since,
            LedgerEntry.at <= now - _SILENT_AFTER,
            Payment.method == Method.CARD,
            Payment.checkout_id.is_not(None),
            ~told,
        )
    ).one()


def paused_since(session: Session) -> datetime | None:
    """Since when the processor has not taken our key; None while it does."""
    return session.scalars(
        select(PaymentPause.began_at).where(PaymentPause.ended_at.is_(None)).limit(1)
    ).first()


def note_paused(session: Session, *, paused: bool, now: datetime) -> None:
    """Note that our key was taken again, or is not any more; the same twice is once."""
    if paused and paused_since(session) is None:
        session.add(PaymentPause(began_at=now))
    elif not paused:
        session.execute(
            update(PaymentPause).where(PaymentPause.ended_at.is_(None)).values(ended_at=now)
        )
