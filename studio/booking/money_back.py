"""Money that went back without our asking, or that came back after we had: read, then written down.

Refunds are compared with what the processor lists, never added up, so that it makes no difference
how often or in which order anybody tells of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import history, invoicing, surplus
from studio.booking.gifts import settling as gifts
from studio.booking.models import Booking
from studio.db import retried, transaction
from studio.payments import ledger
from studio.payments.models import Payment, Refund, RefundState
from studio.payments.standing import standing
from studio.ports import ports
from studio.ports.payment_gateway import GatewayRefund
from studio.ports.payment_gateway import RefundState as GatewayState
from studio.scheduling import calendar
from studio.web.filters import money

log = structlog.get_logger()

# Who asked for a refund that we hear of from the processor.
ELSEWHERE = "Stripe's dashboard"


def settle_refunds(intent_id: str) -> None:
    """Read the refunds of a payment at the processor, and write down what differs.

    Raises:
        GatewayUnavailable: when the processor could not be asked; nothing has changed.
    """
    gateway = ports().gateway
    if gateway is not None:
        _apply(intent_id, gateway.refunds_of(intent_id))


@retried
def _apply(intent_id: str, known: Sequence[GatewayRefund]) -> None:
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        payment = session.scalars(select(Payment).where(Payment.intent_id == intent_id)).first()
        if payment is None:
            log.warning("refund_of_unknown_payment", intent=intent_id)
            return
        heard_of = _heard_of(session, known)
        told = [(_ours(session, payment, each, now), each) for each in known]
        if payment.voucher_order_id is not None:
            for ours, each in told:
                elsewhere = ours.requested_by == ELSEWHERE
                gifts.settle_refund(session, payment, ours, each, now, elsewhere=elsewhere)
            return
        booking = history.locked(session, payment.for_booking)
        for ours, each in told:
            if each.state is GatewayState.FAILED:
                _failed(session, booking, payment, ours, each, now)
                continue
            if ours.requested_by == ELSEWHERE and each.id not in heard_of:
                _made_elsewhere(session, booking, each, now)
            if each.state is GatewayState.DONE:
                ours.state, ours.error = RefundState.DONE, ""
                ledger.record_refund(session, payment, each.id, each.amount, now)
        if any(ours.requested_by == ELSEWHERE for ours, _ in told):
            # What we decided ourselves was put on paper then.
            invoicing.follow_the_money(session, booking, now)


def _heard_of(session: Session, known: Sequence[GatewayRefund]) -> frozenset[str | None]:
    """Those that were written down before, and with them what is asked for since."""
    ids = [each.id for each in known]
    return frozenset(
        session.scalars(select(Refund.processor_id).where(Refund.processor_id.in_(ids)))
    )


def _ours(session: Session, payment: Payment, told: GatewayRefund, now: datetime) -> Refund:
    """Our row of a refund: the one that asked for it, or one made now that we hear of it."""
    found = None
    if told.refund_id is not None:
        found = session.get(Refund, told.refund_id)
    if found is None or found.payment_id != payment.id:
        found = session.scalars(select(Refund).where(Refund.processor_id == told.id)).first()
    if found is None:
        found = ledger.add_refund(
            session, payment, told.amount, "given back elsewhere", ELSEWHERE, now
        )
    found.processor_id = told.id
    return found


def _made_elsewhere(session: Session, booking: Booking, told: GatewayRefund, now: datetime) -> None:
    """Somebody gives it back on purpose: it is not asked for again, on its way or there."""
    gone = standing(session, booking.id, booking.currency)
    # What was paid beyond the price is not asked for: that it goes back is what it waited for.
    asked = told.amount - gone.surplus_of(told.amount)
    if asked and ledger.write_off(session, booking.id, told.id, asked, now):
        why = f"{money(told.amount)} was given back in Stripe's dashboard. The session stands."
        history.flag(session, booking, why, now=now)
    surplus.ask_less(session, booking, now)


def _failed(
    session: Session,
    booking: Booking,
    payment: Payment,
    ours: Refund,
    told: GatewayRefund,
    now: datetime,
) -> None:
    """The bank did not take it: the money is here again, and somebody has to find another way.

    Who has found one already is not told again.
    """
    ledger.record_failed_refund(session, payment, told.id, told.amount, now)
    ledger.ask_again(session, booking.id, told.id, told.amount, now)
    if ledger.closed(session, ours):
        return
    already = ours.state is RefundState.FAILED
    ours.state, ours.error = RefundState.FAILED, "The bank did not take it."
    if not already:
        why = f"A refund of {money(told.amount)} failed: the client has to be paid another way."
        history.flag(session, booking, why, now=now)
