"""What follows when a client's bank asks a payment back: read at the processor, then written down.

The ledger has what the processor's balance moved, each movement once, and never what somebody
asked for: so a refund made before is not counted again. The booking stays as it is; people decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import codes, history, invoicing
from studio.booking.gifts import settling as gifts
from studio.booking.models import Booking
from studio.db import retried, transaction
from studio.domain.money import Money
from studio.domain.pricing import added
from studio.payments import disputes, ledger, vouchers
from studio.payments.models import Dispute, DisputeState, Payment, Refund, RefundState
from studio.ports import ports
from studio.ports.payment_gateway import GatewayDispute
from studio.scheduling import calendar
from studio.web.filters import money, short_day

log = structlog.get_logger()


def settle_disputes(intent_id: str) -> None:
    """Read the disputes of a payment at the processor, and write down what is new.

    Raises:
        GatewayUnavailable: when the processor could not be asked; nothing has changed.
    """
    gateway = ports().gateway
    if gateway is not None:
        _apply(intent_id, gateway.disputes_of(intent_id))


@retried
def _apply(intent_id: str, known: Sequence[GatewayDispute]) -> None:
    if not known:
        return
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        payment = session.scalars(select(Payment).where(Payment.intent_id == intent_id)).first()
        if payment is None:
            log.warning("dispute_of_unknown_payment", intent=intent_id)
            return
        booking = None
        if payment.booking_id is not None:
            booking = history.locked(session, payment.booking_id)
        for each in known:
            gone = _book(session, payment, each, now)
            if booking is None:
                taken = gifts.take_off(session, payment, gone, now)
            else:
                taken = _take_off_credit(session, booking, gone, now)
            ours = _note(session, payment, each, now)
            if ours is not None:
                _follow(session, booking, payment, ours, taken, now)
            elif taken and booking is None:
                gifts.tell(session, payment, taken)
            elif taken and booking is not None:
                history.flag(session, booking, taken, now=now)


def _book(session: Session, payment: Payment, told: GatewayDispute, now: datetime) -> Money:
    """Book what a dispute has moved; how much of that was not known and has gone."""
    new = [
        each.amount
        for each in told.moved
        if ledger.record_dispute(session, payment, f"{told.id}/{each.id}", each.amount, now)
    ]
    return max(-added(new, told.amount.currency), Money.zero(told.amount.currency))


def _take_off_credit(session: Session, booking: Booking, gone: Money, now: datetime) -> str:
    """Let nobody spend a credit whose money is *gone*; a sentence about it, if there is one.

    It is not put back when the dispute is won: staff write a new voucher, or leave it.
    """
    voucher = codes.credit_of(session, booking) if gone else None
    if voucher is None or voucher.currency != gone.currency:
        return ""
    taken = codes.take_off_credit(session, booking, voucher, gone, now)
    if not taken:
        return f"Of the credit that was made of it, code {voucher.shown}, nothing was left."
    rest = vouchers.left(session, voucher)
    return f"{money(taken)} is taken off the credit, code {voucher.shown}: {money(rest)} is left."


def _note(
    session: Session, payment: Payment, told: GatewayDispute, now: datetime
) -> Dispute | None:
    """Write down one dispute as it was told, and answer it if it stands otherwise than before.

    What has ended is not opened by an older answer.
    """
    ours = session.scalars(select(Dispute).where(Dispute.processor_id == told.id)).first()
    before = ours.state if ours else None
    if ours is None:
        ours = _new(payment, told)
        session.add(ours)
    state = DisputeState(told.state.value)
    if before in {state, DisputeState.WON, DisputeState.LOST, DisputeState.CLOSED}:
        if before is state:
            ours.due_at = told.answer_by
        return None
    ours.state, ours.refundable, ours.due_at = state, told.refundable, told.answer_by
    ours.fee_minor = sum(each.fee.minor for each in told.moved)
    ours.closed_at = now if ours.ended else None
    session.flush()
    return ours


def _follow(
    session: Session,
    booking: Booking | None,
    payment: Payment,
    ours: Dispute,
    taken: str,
    now: datetime,
) -> None:
    """Tell the staff, with what was *taken* off a code; a lost one makes refunds needless."""
    lost = ours.state is DisputeState.LOST
    withdrawn = _withdraw_refunds(session, payment) if lost else Money.zero(payment.currency)
    if booking is None:
        gifts.settle_dispute(session, payment, ours, disputes.net(session, ours), taken)
        return
    said = f"{_sentence(session, booking, ours, withdrawn)} {taken}".rstrip()
    history.flag(session, booking, said, now=now)
    if ours.ended:
        invoicing.follow_the_money(session, booking, now)


def _new(payment: Payment, told: GatewayDispute) -> Dispute:
    return Dispute(
        payment_id=payment.id,
        processor_id=told.id,
        reason=told.reason,
        amount_minor=told.amount.minor,
        currency=told.amount.currency,
        opened_at=told.created_at,
    )


def _withdraw_refunds(session: Session, payment: Payment) -> Money:
    """Give up the refunds that waited: the bank has given the money back instead."""
    waiting = session.scalars(
        select(Refund).where(Refund.payment_id == payment.id, Refund.state == RefundState.REQUESTED)
    ).all()
    for each in waiting:
        each.state, each.error = RefundState.WITHDRAWN, "The bank took the payment back instead."
    session.flush()
    return Money(sum(each.amount_minor for each in waiting), payment.currency)


def _sentence(session: Session, booking: Booking, ours: Dispute, withdrawn: Money) -> str:
    net, asked = disputes.net(session, ours), money(ours.amount)
    by = (
        f" Evidence has to be there by {short_day(ours.due_at, booking.zone)}."
        if ours.due_at
        else ""
    )
    if ours.state is DisputeState.INQUIRY:
        return f"The client's bank asks about {asked} ({ours.reason}). No money has moved.{by}"
    if ours.state is DisputeState.OPEN:
        return (
            f"The client's bank disputes {asked} ({ours.reason}) and has taken {money(-net)}."
            f" The session stands; nothing can be given back meanwhile.{by}"
        )
    if ours.state is DisputeState.WON:
        less = " What was taken off its credit is not." if codes.credit_of(session, booking) else ""
        return f"The dispute about {asked} is won: the money is back.{less}"
    if ours.state is DisputeState.CLOSED:
        return f"The bank's question about {asked} is closed. No money has moved."
    less = f" The refund of {money(withdrawn)} that waited is withdrawn." if withdrawn else ""
    fee = f", and Stripe's fee of {money(ours.fee)}" if ours.fee else ""
    return f"The dispute about {asked} is lost: {money(-net)} is gone{fee}.{less}"
