"""What clients' banks ask back: how much they have taken, and until when an answer is due."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from studio.domain.money import Money
from studio.domain.pricing import added
from studio.payments.models import (
    Dispute,
    DisputeState,
    EntryKind,
    LedgerEntry,
    Payment,
)

_RUNNING = (DisputeState.INQUIRY, DisputeState.OPEN)


def of_payment(session: Session, payment_id: int) -> Sequence[Dispute]:
    return session.scalars(
        select(Dispute).where(Dispute.payment_id == payment_id).order_by(Dispute.id)
    ).all()


def of_booking(session: Session, booking_id: int) -> Sequence[Dispute]:
    """The disputes about a booking's payments, oldest first."""
    return session.scalars(
        select(Dispute)
        .join(Payment, Payment.id == Dispute.payment_id)
        .where(Payment.booking_id == booking_id)
        .order_by(Dispute.id)
    ).all()


def blocked(session: Session, payment_id: int) -> bool:
    """Whether the processor gives nothing of a payment back, because of a dispute."""
    return not all(each.refundable for each in of_payment(session, payment_id))


def blocks(session: Session, booking_id: int) -> bool:
    """Whether of some of a booking's money nothing can be given back, because of a dispute."""
    return not all(each.refundable for each in of_booking(session, booking_id))


def entries(session: Session, dispute: Dispute) -> Sequence[LedgerEntry]:
    """What a dispute has moved, as the ledger has it."""
    return session.scalars(
        select(LedgerEntry).where(
            LedgerEntry.kind == EntryKind.DISPUTE,
            LedgerEntry.ref.startswith(dispute.ref_prefix, autoescape=True),
        )
    ).all()


def net(session: Session, dispute: Dispute) -> Money:
    """What a dispute has moved, fees left out: below zero what the studio is short of."""
    return added((each.amount for each in entries(session, dispute)), dispute.currency)


def taken(session: Session, payment: Payment) -> Money:
    """What banks have taken of a payment and not given back."""
    total = Money.zero(payment.currency)
    for each in of_payment(session, payment.id):
        total -= net(session, each)
    return total


def contested(session: Session, booking_id: int, currency: str) -> Money:
    """What banks have taken of a booking's money and have not decided about."""
    total = Money.zero(currency)
    for each in of_booking(session, booking_id):
        if not each.ended:
            total -= net(session, each)
    return total


def undecided() -> ColumnElement[bool]:
    return Dispute.state.in_(_RUNNING)


def running(session: Session) -> Sequence[Dispute]:
    """What is not decided yet, the nearest deadline first."""
    return session.scalars(
        select(Dispute)
        .where(undecided())
        .order_by(Dispute.due_at.is_(None), Dispute.due_at, Dispute.id)
    ).all()
