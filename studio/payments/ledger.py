"""Money that moved, and what follows from it: sums, refunds, what can still be paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db import insert_if_new
from studio.domain.money import Money
from studio.payments.models import (
    Due,
    EntryKind,
    LedgerEntry,
    Payment,
    PaymentState,
    Purpose,
    Refund,
    RefundState,
)

_PAYABLE = (PaymentState.CREATING, PaymentState.OPEN)


def paid(session: Session, booking_id: int, currency: str) -> Money:
    """What has come in for a booking less what has gone back."""
    return Money(_sum(session, LedgerEntry.booking_id == booking_id), currency)


def came_in(session: Session, booking_id: int, currency: str) -> Money:
    """What was paid for a booking, whatever has gone back since."""
    payments_in = LedgerEntry.kind == EntryKind.PAYMENT
    return Money(_sum(session, LedgerEntry.booking_id == booking_id, payments_in), currency)


def kept(session: Session, booking_id: int, currency: str) -> Money:
    """What is left of a booking's money once every refund that was asked for has gone."""
    asked = session.scalars(
        select(func.coalesce(func.sum(Refund.amount_minor), 0))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.booking_id == booking_id, Refund.state == RefundState.REQUESTED)
    ).one()
    return paid(session, booking_id, currency) - Money(int(asked), currency)


def dues(session: Session, booking_id: int) -> Sequence[Due]:
    """What is owed for a booking, earliest first."""
    return session.scalars(
        select(Due).where(Due.booking_id == booking_id).order_by(Due.due_at, Due.id)
    ).all()


def deposit(session: Session, booking_id: int, currency: str) -> Money:
    """What has to be paid before a booking is confirmed; nothing, where no deposit is due."""
    amount = session.scalars(
        select(Due.amount_minor).where(Due.booking_id == booking_id, Due.purpose == Purpose.DEPOSIT)
    ).first()
    return Money(amount or 0, currency)


def payments(session: Session, booking_id: int) -> Sequence[Payment]:
    return session.scalars(
        select(Payment).where(Payment.booking_id == booking_id).order_by(Payment.id)
    ).all()


def payable(session: Session, booking_id: int) -> Sequence[Payment]:
    """The attempts with which somebody might still pay for a booking."""
    return [each for each in payments(session, booking_id) if each.state in _PAYABLE]


def entries(session: Session, booking_id: int) -> Sequence[LedgerEntry]:
    return session.scalars(
        select(LedgerEntry).where(LedgerEntry.booking_id == booking_id).order_by(LedgerEntry.id)
    ).all()


def refunds(session: Session, booking_id: int) -> Sequence[Refund]:
    return session.scalars(
        select(Refund)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.booking_id == booking_id)
        .order_by(Refund.id)
    ).all()


def record_payment(
    session: Session, payment: Payment, intent_id: str, amount: Money, now: datetime
) -> bool:
    """Book money that came in; False if it stood there already, whoever reported it."""
    return _record(session, payment.booking_id, EntryKind.PAYMENT, intent_id, amount, now)


def record_refund(
    session: Session, booking_id: int, processor_id: str, amount: Money, now: datetime
) -> bool:
    """Book money that went back; False if it stood there already."""
    return _record(session, booking_id, EntryKind.REFUND, processor_id, -amount, now)


def plan_refunds(
    session: Session, booking_id: int, amount: Money, *, reason: str, by: str, now: datetime
) -> Money:
    """Ask for *amount* back from what was paid, the newest payment first.

    Never more than was paid and is not yet asked back: the answer is what was planned. The
    caller has locked the booking.
    """
    left = amount
    for payment in reversed(payments(session, booking_id)):
        part = min(left.minor, returnable(session, payment).minor)
        if part > 0:
            add_refund(session, payment, Money(part, amount.currency), reason, by, now)
            left -= Money(part, amount.currency)
    return amount - left


def returnable(session: Session, payment: Payment) -> Money:
    """What came in by *payment* and has not been asked back."""
    came_in = _sum(
        session, LedgerEntry.kind == EntryKind.PAYMENT, LedgerEntry.ref == payment.intent_id
    )
    asked = session.scalars(
        select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.payment_id == payment.id, Refund.state != RefundState.FAILED
        )
    ).one()
    return Money(came_in - int(asked), payment.currency)


def add_refund(
    session: Session, payment: Payment, amount: Money, reason: str, by: str, now: datetime
) -> None:
    session.add(
        Refund(
            payment_id=payment.id,
            amount_minor=amount.minor,
            currency=amount.currency,
            reason=reason,
            requested_by=by,
            state=RefundState.REQUESTED,
            next_try_at=now,
            created_at=now,
        )
    )
    session.flush()


def _sum(session: Session, *where: object) -> int:
    total = select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0)).where(*where)  # type: ignore[arg-type]
    return int(session.scalars(total).one())


def _record(
    session: Session, booking_id: int, kind: EntryKind, ref: str, amount: Money, now: datetime
) -> bool:
    row = {
        "booking_id": booking_id,
        "kind": kind,
        "ref": ref,
        "amount_minor": amount.minor,
        "currency": amount.currency,
        "at": now,
    }
    return bool(insert_if_new(session, LedgerEntry, [row]))
