"""What is asked for of a booking, changed with its price. The caller has locked the booking."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, select
from sqlalchemy.orm import Session

from studio.domain.money import Money
from studio.payments.models import Due, Payment, PaymentDue, Purpose
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


def stands(session: Session, payment: Payment) -> bool:
    """Whether all that *payment* is for is asked for still; else the price has fallen since."""
    part = case(
        (PaymentDue.amount_minor < Due.amount_minor, PaymentDue.amount_minor),
        else_=Due.amount_minor,
    )
    asked = session.scalars(
        select(func.coalesce(func.sum(part), 0))
        .join(Due, Due.id == PaymentDue.due_id)
        .where(PaymentDue.payment_id == payment.id)
    ).one()
    return int(asked) >= payment.amount_minor


def let_off(session: Session, booking_id: int, amount: Money) -> list[dict[str, Any]]:
    """Ask for *amount* less: of what is still to be paid first, and what was added last, first.

    Fees stay, since they are for what was done. Money that was paid for what is not asked for any
    more pays what is, and beyond that is a surplus.

    Returns:
        What is asked for no more at all, and which payments were for it: for the history.
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
    paid_for = _paid_for(session, everything)
    for most in (still_open, everything):
        for each in rows:
            part = _part(each, most, left)
            each.amount_minor -= part
            left -= part
    gone = {each.id: each for each in rows if not each.amount_minor}
    told = [
        {"purpose": each.purpose.value, "label": each.label, "amount": everything[each.id]}
        | {"payments": paid_for[each.id]}
        for each in gone.values()
    ]
    for each in gone.values():
        session.expunge(each)
    session.execute(delete(PaymentDue).where(PaymentDue.due_id.in_(gone)))
    session.execute(delete(Due).where(Due.id.in_(gone)))
    session.flush()
    return told


def _paid_for(session: Session, due_ids: Collection[int]) -> dict[int, list[list[int]]]:
    """The payments that were for each of some dues, and how much of it each was for."""
    found: dict[int, list[list[int]]] = {each: [] for each in due_ids}
    rows = session.execute(
        select(PaymentDue.due_id, PaymentDue.payment_id, PaymentDue.amount_minor)
        .where(PaymentDue.due_id.in_(due_ids))
        .order_by(PaymentDue.payment_id)
    )
    for due_id, payment_id, minor in rows:
        found[due_id].append([payment_id, minor])
    return found


def _part(due: Due, most: Mapping[int, int], left: int) -> int:
    return min(left, due.amount_minor, most.get(due.id, 0))
