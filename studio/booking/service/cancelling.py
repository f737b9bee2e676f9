"""Calling a session off, with what goes back decided by the terms and shown before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from studio.booking import history, letters, settlement
from studio.booking.models import Booking
from studio.db import retried, transaction
from studio.domain import lifecycle, terms
from studio.domain.lifecycle import Action
from studio.domain.money import Money
from studio.domain.terms import CalledOffBy, Settlement
from studio.payments import ledger
from studio.ports import ports
from studio.scheduling import calendar


class RefundChanged(Exception):
    """What goes back is no longer what was shown; *now* is what it is."""

    def __init__(self, now: Settlement) -> None:
        super().__init__("the refund has changed")
        self.now = now


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Who calls off, why, and the refund (minor units) that was shown to whoever decides."""

    called_off_by: CalledOffBy
    reason: str
    refund_shown: int
    actor: str


def proposal(
    session: Session, booking: Booking, called_off_by: CalledOffBy, now: datetime
) -> Settlement:
    """What calling the session off now would give back."""
    currency = booking.currency
    return terms.cancellation(
        paid=ledger.kept(session, booking.id, currency),
        deposit=ledger.deposit(session, booking.id, currency),
        booked_at=booking.confirmed_at or booking.created_at,
        starts_at=booking.starts_at,
        now=now,
        by=called_off_by,
    )


@retried
def cancel_booking(booking_id: int, request: Cancellation) -> Money:
    """Call a confirmed session off, free its time, and plan what goes back.

    Returns:
        The refund that was planned.

    Raises:
        RefundChanged: if the terms now say another refund than was shown.
        lifecycle.IllegalMove: if the session is not confirmed, or has begun.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        held = booking.state is lifecycle.BookingState.HELD
        if held or booking.starts_at <= now:
            raise lifecycle.IllegalMove(booking.state, Action.CANCEL)
        agreed = proposal(session, booking, request.called_off_by, now)
        if agreed.refund.minor != request.refund_shown:
            raise RefundChanged(agreed)
        settlement.end(session, booking, Action.CANCEL, by=request.actor, now=now)
        refund = Money.zero(booking.currency)
        if agreed.refund:
            refund = ledger.plan_refunds(
                session,
                booking.id,
                agreed.refund,
                reason=request.reason or agreed.reason,
                by=request.actor,
                now=now,
            )
        booking.credit_minor = agreed.credit.minor
        booking.credit_until = agreed.credit_until
        history.note(
            session, booking, "settled", by=request.actor, now=now,
            refund=refund.minor, credit=agreed.credit.minor, kept=agreed.kept.minor,
            called_off_by=request.called_off_by.value, reason=request.reason,
        )  # fmt: skip
        letters.cancelled(session, booking, refund, agreed.credit or None, now)
        return refund
