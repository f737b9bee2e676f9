"""What is asked for of a booking, changed with its price. The caller has locked the booking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import case, delete, select
from sqlalchemy.orm import Session

from studio.domain.money import Money
from studio.payments.models import Due, PaymentDue, Purpose
from studio.payments.standing import standing

_FIRST = case((Due.purpose == Purpose.EXTRA, 0), (Due.purpose == Purpose.BALANCE, 1), else_=2)


def ask_for(session: Session, booking_id: int, amount: Money, due_at: datetime, label: str) -> None:
    """Ask for *amount* more, as an extra."""
    session.add(
        Due(
            booking_id=booking_id,
            purpose=Purpose.EXTRA,
            label=label,
            amount_minor=amount.minor,
            currency=amount.currency,
            due_at=due_at,
        )
    )
    session.flush()


def let_off(session: Session, booking_id: int, amount: Money) -> None:
    """Ask for *amount* less: of what is still to be paid first, and what was added last, first.

    Fees stay, since they are for what was done. Money that was paid for what is not asked for any
    more pays what is, and beyond that is a surplus.
    """
    left = amount.minor
    missing = standing(session, booking_id, amount.currency).missing
    still_open = {each.due.id: each.amount.minor for each in missing}
    rows = session.scalars(
        select(Due)
        .where(Due.booking_id == booking_id, Due.purpose != Purpose.FEE)
        .order_by(_FIRST, Due.id.desc())
    ).all()
    everything = {each.id: each.amount_minor for each in rows}
    for most in (still_open, everything):
        for each in rows:
            part = _part(each, most, left)
            each.amount_minor -= part
            left -= part
    gone = [each.id for each in rows if not each.amount_minor]
    for each in rows:
        if each.id in gone:
            session.expunge(each)
    session.execute(delete(PaymentDue).where(PaymentDue.due_id.in_(gone)))
    session.execute(delete(Due).where(Due.id.in_(gone)))
    session.flush()


def _part(due: Due, most: Mapping[int, int], left: int) -> int:
    return min(left, due.amount_minor, most.get(due.id, 0))
