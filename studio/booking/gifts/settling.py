"""What a payment for a gift voucher means, and what a refund of it does.

Called by `settlement` and `money_back` alone, in their transaction: the processor has just been
read, and the calendar's lock is held, as by whoever spends a voucher.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from studio.booking.gifts import letters
from studio.domain.attention import also
from studio.domain.money import Money
from studio.payments import ledger, voucher_orders, vouchers
from studio.payments.models import (
    Dispute,
    DisputeState,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)
from studio.payments.voucher_orders import VoucherOrder
from studio.ports.payment_gateway import Checkout, CheckoutState, GatewayRefund
from studio.ports.payment_gateway import RefundState as GatewayState
from studio.scheduling.queries import the_studio
from studio.web.filters import money

SYSTEM = "system"

# How the sentence ends about money that is nobody's until it is given back.
NO_VOUCHER = "no voucher was made."


def settle(session: Session, payment: Payment, checkout: Checkout, now: datetime) -> None:
    """Do what follows from an order's payment page as it was just shown."""
    order = session.get_one(VoucherOrder, payment.voucher_order_id, with_for_update=True)
    if checkout.paid:
        _paid(session, order, payment, checkout, now)
    elif checkout.state is CheckoutState.COMPLETE:
        order.attention = also(order.attention, "Stripe says used, but not paid.")
    elif checkout.state is CheckoutState.EXPIRED and payment.state is PaymentState.OPEN:
        payment.state = PaymentState.EXPIRED


def _paid(
    session: Session, order: VoucherOrder, payment: Payment, checkout: Checkout, now: datetime
) -> None:
    intent_id = checkout.intent_id or checkout.id
    if not ledger.record_payment(session, payment, intent_id, checkout.amount, now):
        return
    payment.state, payment.intent_id = PaymentState.PAID, intent_id
    session.flush()
    if checkout.amount != payment.amount:
        said = (
            f"Asked for {payment.amount.major} {payment.currency}, but"
            f" {checkout.amount.major} {checkout.amount.currency} was paid: {NO_VOUCHER}"
        )
        order.attention = also(order.attention, said)
    elif order.voucher_id is not None:
        amount = ledger.returnable(session, payment)
        ledger.add_refund(session, payment, amount, "paid twice", SYSTEM, now)
        letters.returned(session, order, amount, "twice", now)
        order.attention = also(order.attention, "Paid twice: the second payment goes back.")
    else:
        _issue(session, order, now)


def _issue(session: Session, order: VoucherOrder, now: datetime) -> None:
    today = now.astimezone(ZoneInfo(the_studio(session).zone)).date()
    voucher = vouchers.issue(
        session,
        order.amount,
        recipient=order.recipient,
        note=f"Bought online, order {order.reference}",
        expires_on=good_until(today, order.months),
        by=order.buyer,
        now=now,
    )
    order.voucher_id = voucher.id
    session.flush()
    letters.sold(session, order, now)


def good_until(today: date, months: int) -> date | None:
    """The last day of a voucher that is sold today; None if it is good for ever."""
    if not months:
        return None
    years, month = divmod(today.month - 1 + months, 12)
    year, month = today.year + years, month + 1
    return date(year, month, min(today.day, monthrange(year, month)[1]))


def settle_refund(
    session: Session,
    payment: Payment,
    ours: Refund,
    told: GatewayRefund,
    now: datetime,
    *,
    elsewhere: bool,
) -> None:
    """Write down how far a refund is. One made *elsewhere* takes its money off the voucher."""
    order = session.get_one(VoucherOrder, payment.voucher_order_id, with_for_update=True)
    if told.state is GatewayState.DONE:
        ours.state, ours.error = RefundState.DONE, ""
        new = ledger.record_refund(session, payment, told.id, told.amount, now)
        if new and elsewhere:
            taken = _take_off(session, order, told.amount, now)
            said = (
                f"{money(told.amount)} was given back in Stripe's dashboard;"
                f" {money(taken)} is taken off the voucher."
            )
            order.attention = also(order.attention, said)
    elif told.state is GatewayState.FAILED:
        ledger.record_failed_refund(session, payment, told.id, told.amount, now)
        if ledger.closed(session, ours):
            return
        already = ours.state is RefundState.FAILED
        ours.state, ours.error = RefundState.FAILED, "The bank did not take it."
        if not already:
            said = (
                f"A refund of {money(told.amount)} failed: whoever bought the voucher has to be"
                " paid another way."
            )
            order.attention = also(order.attention, said)


def take_off(session: Session, payment: Payment, gone: Money, now: datetime) -> str:
    """Let nobody spend what a bank has taken, all that is *gone* by now; a sentence about it.

    It is not put back when the dispute is won: staff write a new voucher, or leave it.
    """
    if not gone:
        return ""
    order = session.get_one(VoucherOrder, payment.voucher_order_id, with_for_update=True)
    return f"{money(_take_off(session, order, gone, now))} is taken off the voucher."


def tell(session: Session, payment: Payment, sentence: str) -> None:
    """Have the staff look at the order that a payment is for."""
    order = session.get_one(VoucherOrder, payment.voucher_order_id, with_for_update=True)
    order.attention = also(order.attention, sentence)


def settle_dispute(
    session: Session, payment: Payment, ours: Dispute, net: Money, taken: str
) -> None:
    """Tell the staff how a dispute stands, with what was *taken* off the voucher now."""
    said = f"The bank of who bought it disputes {money(ours.amount)} ({ours.reason})"
    if ours.state is DisputeState.WON:
        said += ": won, and the money is back. What was taken off is not."
    elif ours.ended:
        said += f": ended, {money(-net)} is gone."
    elif net.minor < 0:
        said += " and has it."
    else:
        said += ". No money has moved."
    tell(session, payment, f"{said} {taken}".rstrip())


def _take_off(session: Session, order: VoucherOrder, amount: Money, now: datetime) -> Money:
    voucher = voucher_orders.voucher_of(session, order)
    if voucher is None:
        return Money.zero(order.currency)
    return vouchers.withdraw(session, voucher, now, most=amount)
