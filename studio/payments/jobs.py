"""Refunds that were decided leave for the processor, with a key made from their row."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from studio.db import db, retried, transaction
from studio.domain.money import Money
from studio.payments import ledger
from studio.payments.models import Payment, Refund, RefundState
from studio.ports import ports
from studio.ports.payment_gateway import (
    GatewayRefund,
    GatewayRefused,
    GatewayUnavailable,
    PaymentGateway,
    PaymentsPaused,
    RefundRequest,
)
from studio.ports.payment_gateway import RefundState as GatewayState

log = structlog.get_logger()


def send_refunds() -> int:
    """Send each refund that is due; how many the processor has taken.

    An answer that was lost is asked for again with the same key, and looked for first: keys
    are kept for a day only.
    """
    gateway = ports().gateway
    if gateway is None:
        return 0
    now = ports().now()
    due = db.session.execute(
        select(Refund.id, Refund.tries, Payment.intent_id, Refund.amount_minor, Refund.currency,
               Refund.reason)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.state == RefundState.REQUESTED, Refund.next_try_at <= now)
        .order_by(Refund.id)
        .limit(50)
    ).all()  # fmt: skip
    db.session.rollback()
    done = 0
    for refund_id, tries, intent_id, minor, currency, reason in due:
        wanted = RefundRequest(refund_id, intent_id or "", Money(minor, currency), reason)
        try:
            answer = _found(gateway, wanted) if tries else None
            answer = answer or gateway.refund(wanted)
        except (GatewayUnavailable, PaymentsPaused) as error:
            _put_off(refund_id, str(error), now)
            continue
        except GatewayRefused as error:
            log.warning("refund_refused", refund=refund_id, code=error.code)
            _failed(refund_id, f"{error.code}: {error.message}")
            continue
        _note(refund_id, answer, now)
        done += 1
    return done


def _found(gateway: PaymentGateway, wanted: RefundRequest) -> GatewayRefund | None:
    known = gateway.refunds_of(wanted.intent_id)
    return next((each for each in known if each.refund_id == wanted.refund_id), None)


@retried
def _note(refund_id: int, answer: GatewayRefund, now: datetime) -> None:
    with transaction() as session:
        refund = session.get_one(Refund, refund_id, with_for_update=True)
        refund.processor_id = answer.id
        refund.tries += 1
        if answer.state is GatewayState.FAILED:
            refund.state, refund.error = RefundState.FAILED, "The bank did not take it."
            return
        if answer.state is GatewayState.PENDING:
            refund.next_try_at = now + timedelta(hours=1)
            return
        refund.state, refund.error = RefundState.DONE, ""
        payment = session.get_one(Payment, refund.payment_id)
        ledger.record_refund(session, payment.booking_id, answer.id, answer.amount, now)


@retried
def _put_off(refund_id: int, error: str, now: datetime) -> None:
    with transaction() as session:
        refund = session.get_one(Refund, refund_id, with_for_update=True)
        refund.next_try_at = now + min(
            timedelta(hours=6), timedelta(minutes=1) * 4 ** min(refund.tries, 6)
        )
        refund.tries += 1
        refund.error = error[:500]


@retried
def _failed(refund_id: int, error: str) -> None:
    with transaction() as session:
        refund = session.get_one(Refund, refund_id, with_for_update=True)
        refund.state, refund.error = RefundState.FAILED, error[:500]
