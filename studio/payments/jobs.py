"""What the worker does for payments: refunds leave, and keys of old forms are forgotten.

A refund that was decided leaves for the processor with a key made from its row.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select

from studio.db import db, retried, transaction
from studio.payments import ledger, once
from studio.payments.models import Method, Payment, Refund, RefundState
from studio.ports import ports
from studio.ports.payment_gateway import (
    GatewayRefund,
    GatewayRefused,
    GatewayUnavailable,
    PaymentGateway,
    PaymentsPaused,
    RefundRequest,
    RefundWaits,
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
    waiting = db.session.scalars(
        select(Refund.id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Refund.state == RefundState.REQUESTED,
            Refund.next_try_at <= now,
            # One that the processor told us of was never ours to send.
            or_(Refund.processor_id.is_(None), Refund.tries > 0),
            # What came in otherwise is given back by people, who write it down.
            Payment.method == Method.CARD,
        )
        .order_by(Refund.id)
        .limit(50)
    ).all()
    db.session.rollback()
    done = 0
    for refund_id in waiting:
        taken = _take(refund_id, now)
        if taken is None:
            continue
        wanted, again = taken
        try:
            answer = _found(gateway, wanted) if again else None
            answer = answer or gateway.refund(wanted)
        except (GatewayUnavailable, PaymentsPaused, RefundWaits) as error:
            _note_error(refund_id, str(error))
            continue
        except GatewayRefused as error:
            log.warning("refund_refused", refund=refund_id, code=error.code)
            _failed(refund_id, f"{error.code}: {error.message}")
            continue
        _note(refund_id, answer, now)
        done += 1
    return done


@retried
def _take(refund_id: int, now: datetime) -> tuple[RefundRequest, bool] | None:
    """The refund to send, its next try put off first, and whether it was ever tried before.

    None if another worker has taken it meanwhile.
    """
    with transaction() as session:
        refund = session.get_one(Refund, refund_id, with_for_update=True)
        if refund.state is not RefundState.REQUESTED or refund.next_try_at > now:
            return None
        again = refund.tries > 0
        refund.next_try_at = now + min(
            timedelta(hours=6), timedelta(minutes=1) * 4 ** min(refund.tries, 6)
        )
        refund.tries += 1
        intent_id = session.get_one(Payment, refund.payment_id).intent_id or ""
        return RefundRequest(refund.id, intent_id, refund.amount, refund.reason), again


def _found(gateway: PaymentGateway, wanted: RefundRequest) -> GatewayRefund | None:
    known = gateway.refunds_of(wanted.intent_id)
    return next((each for each in known if each.refund_id == wanted.refund_id), None)


@retried
def _note(refund_id: int, answer: GatewayRefund, now: datetime) -> None:
    with transaction() as session:
        refund = session.get_one(Refund, refund_id, with_for_update=True)
        refund.processor_id = answer.id
        if refund.state is not RefundState.REQUESTED:
            return  # its notice was quicker, and knows more
        if answer.state is GatewayState.FAILED:
            refund.state, refund.error = RefundState.FAILED, "The bank did not take it."
            return
        if answer.state is GatewayState.PENDING:
            refund.next_try_at = now + timedelta(hours=1)
            return
        refund.state, refund.error = RefundState.DONE, ""
        payment = session.get_one(Payment, refund.payment_id)
        ledger.record_refund(session, payment, answer.id, answer.amount, now)


@retried
def _note_error(refund_id: int, error: str) -> None:
    with transaction() as session:
        session.get_one(Refund, refund_id, with_for_update=True).error = error[:500]


@retried
def _failed(refund_id: int, error: str) -> None:
    with transaction() as session:
        refund = session.get_one(Refund, refund_id, with_for_update=True)
        refund.state, refund.error = RefundState.FAILED, error[:500]


@retried
def forget_keys() -> int:
    """Forget the one-time keys of old forms; how many."""
    with transaction() as session:
        return once.forget(session, ports().now())
