"""Money that moved, and what follows from it: sums, refunds, what can still be paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from studio.domain.money import Money
from studio.domain.pricing import added
from studio.inserts import insert_if_new
from studio.payments import disputes
from studio.payments.models import (
    Due,
    EntryKind,
    LedgerEntry,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)
from studio.payments.standing import Missing, standing

_PAYABLE = (PaymentState.CREATING, PaymentState.OPEN)


def paid(session: Session, booking_id: int, currency: str) -> Money:
    """What has come in for a booking less what has gone back."""
    return standing(session, booking_id, currency).paid


def came_in(session: Session, booking_id: int, currency: str) -> Money:
    """What was paid for a booking, by vouchers too, whatever has gone back since."""
    # A reversal above zero is a refund that failed: no money that came in.
    payments_in = or_(
        LedgerEntry.kind.in_((EntryKind.PAYMENT, EntryKind.VOUCHER)),
        and_(LedgerEntry.kind == EntryKind.REVERSAL, LedgerEntry.amount_minor < 0),
    )
    return Money(_sum(session, LedgerEntry.booking_id == booking_id, payments_in), currency)


def kept(session: Session, booking_id: int, currency: str) -> Money:
    """What is left of a booking's money once every refund that was asked for has gone."""
    return standing(session, booking_id, currency).kept


def written_off(session: Session, booking_ids: Sequence[int]) -> dict[int, int]:
    """What is asked for no more of each booking, in minor units; without those of which all is."""
    found = session.execute(
        select(LedgerEntry.booking_id, func.sum(LedgerEntry.amount_minor))
        .where(LedgerEntry.kind == EntryKind.WRITE_OFF, LedgerEntry.booking_id.in_(booking_ids))
        .group_by(LedgerEntry.booking_id)
    )
    return {booking_id: int(total) for booking_id, total in found if booking_id is not None}


def dues(session: Session, booking_id: int) -> Sequence[Due]:
    """What is owed for a booking, earliest first."""
    return session.scalars(
        select(Due).where(Due.booking_id == booking_id).order_by(Due.due_at, Due.id)
    ).all()


def missing(session: Session, booking_id: int, currency: str) -> list[Missing]:
    """What is still to be paid, earliest first."""
    return standing(session, booking_id, currency).missing


def owed(session: Session, booking_id: int, currency: str) -> Money:
    """All that is still to be paid, whenever it is due."""
    return standing(session, booking_id, currency).owed


def surplus(session: Session, booking_id: int, currency: str) -> Money:
    """What was paid beyond all that is asked for."""
    return standing(session, booking_id, currency).surplus


def payments(session: Session, booking_id: int) -> Sequence[Payment]:
    return session.scalars(
        select(Payment).where(Payment.booking_id == booking_id).order_by(Payment.id)
    ).all()


def payable(session: Session, booking_id: int) -> Sequence[Payment]:
    """The attempts with which somebody might still pay for a booking, on a page."""
    found = payments(session, booking_id)
    return [each for each in found if each.state in _PAYABLE and not each.unattended]


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
    return _record(session, _owner(payment), EntryKind.PAYMENT, intent_id, amount, now)


def record_voucher(
    session: Session, booking_id: int, ref: str, amount: Money, now: datetime
) -> bool:
    """Count what a gift voucher pays as paid; False if it stood there already."""
    return _record(session, _booking(booking_id), EntryKind.VOUCHER, ref, amount, now)


def record_back_to_voucher(
    session: Session, booking_id: int, ref: str, amount: Money, now: datetime
) -> bool:
    """Book that a voucher's money went back to it; False if it stood there already."""
    return _record(session, _booking(booking_id), EntryKind.REFUND, ref, -amount, now)


def record_back_from_credit(
    session: Session, booking_id: int, ref: str, amount: Money, now: datetime
) -> bool:
    """Take back that money went to a credit, of which it was taken; False if it was before."""
    return _record(session, _booking(booking_id), EntryKind.REVERSAL, ref, amount, now)


def write_off(session: Session, booking_id: int, ref: str, amount: Money, now: datetime) -> bool:
    """Ask no more for *amount*, or below zero, ask again; False if it stood there already."""
    return _record(session, _booking(booking_id), EntryKind.WRITE_OFF, ref, amount, now)


def ask_again(session: Session, booking_id: int, ref: str, amount: Money, now: datetime) -> bool:
    """Take back what of *amount* was written off under *ref*; False if nothing was, or it is back.

    What was no part of what is asked for was not written off either.
    """
    minor = _sum(session, LedgerEntry.kind == EntryKind.WRITE_OFF, LedgerEntry.ref == ref)
    if not minor:
        return False
    again = min(amount, Money(minor, amount.currency))
    return write_off(session, booking_id, f"{ref}-failed", -again, now)


def record_reversal(session: Session, payment: Payment, now: datetime) -> bool:
    """Take back that money came in which staff had written down; False if it was before."""
    ref = payment.intent_id or ""
    return _record(session, _owner(payment), EntryKind.REVERSAL, ref, -payment.amount, now)


def record_refund(
    session: Session, payment: Payment, processor_id: str, amount: Money, now: datetime
) -> bool:
    """Book money that went back of *payment*; False if it stood there already."""
    return _record(session, _owner(payment), EntryKind.REFUND, processor_id, -amount, now)


def record_dispute(
    session: Session, payment: Payment, ref: str, amount: Money, now: datetime
) -> bool:
    """Book what a dispute moved, below zero where it went; False if it stood there already.

    What the bank has taken is not asked for again, as long as it has it.
    """
    if not _record(session, _owner(payment), EntryKind.DISPUTE, ref, amount, now):
        return False
    # For a voucher nothing is asked at all.
    if payment.booking_id is not None:
        write_off(session, payment.booking_id, ref, -amount, now)
    return True


def record_failed_refund(
    session: Session, payment: Payment, processor_id: str, amount: Money, now: datetime
) -> bool:
    """Take back that a refund went; False if it never did, or that stands there already."""
    if not _stands(session, EntryKind.REFUND, processor_id):
        return False
    return _record(session, _owner(payment), EntryKind.REVERSAL, processor_id, amount, now)


def record_given_back(session: Session, payment: Payment, refund: Refund, now: datetime) -> None:
    """Book that people gave *refund* back themselves; twice is once."""
    record_refund(session, payment, _by_hand(refund), refund.amount, now)


def closed(session: Session, refund: Refund) -> bool:
    """Whether a refund that failed waits for nobody: it was made anew, or people gave it back."""
    anew = refund.state is RefundState.WITHDRAWN
    return anew or _stands(session, EntryKind.REFUND, _by_hand(refund))


def plan_refunds(
    session: Session, booking_id: int, amount: Money, *, reason: str, by: str, now: datetime
) -> Money:
    """Ask for *amount* back from what was paid, the newest payment first.

    Never more than was paid and is not yet asked back: the answer is what was planned. The
    caller has locked the booking.
    """
    planned = where_from(session, booking_id, amount)
    for payment, part in planned:
        add_refund(session, payment, part, reason, by, now)
    return added((part for _, part in planned), amount.currency)


def where_from(session: Session, booking_id: int, amount: Money) -> list[tuple[Payment, Money]]:
    """The payments that *amount* would go back to, the newest first, and how much to each."""
    found, left = [], amount
    for payment in reversed(payments(session, booking_id)):
        part = min(left, returnable(session, payment))
        if part.minor > 0:
            found.append((payment, part))
            left -= part
    return found


def returnable(session: Session, payment: Payment) -> Money:
    """What came in by *payment* and can be given back: nothing while its bank disputes it."""
    if disputes.blocked(session, payment.id):
        return Money.zero(payment.currency)
    return left_of(session, payment)


def left_of(session: Session, payment: Payment) -> Money:
    """What came in by *payment*, was not asked back, and was not taken by its bank."""
    came_in = _sum(
        session,
        LedgerEntry.kind.in_((EntryKind.PAYMENT, EntryKind.REVERSAL)),
        LedgerEntry.ref == payment.intent_id,
    )
    asked = session.scalars(
        select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.payment_id == payment.id,
            Refund.state.in_((RefundState.REQUESTED, RefundState.DONE)),
        )
    ).one()
    taken = disputes.taken(session, payment)
    return Money(came_in - int(asked), payment.currency) - taken


def add_refund(
    session: Session, payment: Payment, amount: Money, reason: str, by: str, now: datetime
) -> Refund:
    refund = Refund(
        payment_id=payment.id,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason,
        requested_by=by,
        state=RefundState.REQUESTED,
        next_try_at=now,
        created_at=now,
    )
    session.add(refund)
    session.flush()
    return refund


def _by_hand(refund: Refund) -> str:
    return f"studio-refund-{refund.id}"


def _stands(session: Session, kind: EntryKind, ref: str) -> bool:
    known = select(LedgerEntry.id).where(LedgerEntry.kind == kind, LedgerEntry.ref == ref)
    return session.scalars(known).first() is not None


def _sum(session: Session, *where: object) -> int:
    total = select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0)).where(*where)  # type: ignore[arg-type]
    return int(session.scalars(total).one())


def _booking(booking_id: int) -> dict[str, int | None]:
    return {"booking_id": booking_id, "voucher_order_id": None}


def _owner(payment: Payment) -> dict[str, int | None]:
    return {"booking_id": payment.booking_id, "voucher_order_id": payment.voucher_order_id}


def _record(
    session: Session,
    owner: dict[str, int | None],
    kind: EntryKind,
    ref: str,
    amount: Money,
    now: datetime,
) -> bool:
    row: dict[str, object] = {**owner, "kind": kind, "ref": ref, "at": now}
    row |= {"amount_minor": amount.minor, "currency": amount.currency}
    return bool(insert_if_new(session, LedgerEntry, [row]))
