"""Ordering a gift voucher, paying for it, sending it again, and giving its money back."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy import select

from studio.booking import links, settlement
from studio.booking.gifts import letters
from studio.booking.gifts.settling import NO_VOUCHER
from studio.booking.service import pages
from studio.booking.service.checkout import PAGE_LASTS, PaymentUnreachable
from studio.booking.settlement import Ending
from studio.db import db, retried, transaction
from studio.domain.attention import besides
from studio.domain.money import Money, smallest_card_payment
from studio.inserts import insert_if_new
from studio.payments import ledger, voucher_orders, vouchers
from studio.payments import once as once_keys
from studio.payments.models import Payment, PaymentState
from studio.payments.voucher_orders import VoucherOffer, VoucherOrder
from studio.ports import ports
from studio.ports.payment_gateway import (
    CheckoutState,
    GatewayRefused,
    GatewayUnavailable,
    PaymentsPaused,
)
from studio.scheduling import calendar
from studio.scheduling.queries import the_studio

log = structlog.get_logger()

_TROUBLE = (GatewayUnavailable, GatewayRefused, PaymentsPaused)
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class NotOffered(Exception):
    """No voucher over this amount is sold online now."""


class NotPayable(Exception):
    """The order is paid for, or its money went back."""


class SpentAlready(Exception):
    """Some of the voucher is spent or taken for a hold, so its money stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What somebody asks for; *key* makes a form that is sent twice one order.

    With a *recipient_email* the voucher goes there too, on *send_on* or at once.
    """

    amount: Money
    buyer: str
    buyer_email: str
    recipient: str
    recipient_email: str
    greeting: str
    send_on: date | None
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is to be offered: whole amounts, and any within *limits*; *months* 0 is for ever."""

    amounts: tuple[int, ...]
    limits: tuple[Money, Money] | None
    months: int


@retried
def change_offer(wanted: Offer) -> None:
    """Offer these vouchers from now on; what was ordered stays as it was asked for."""
    with transaction() as session:
        calendar.queue(session)
        currency = the_studio(session).currency
        row = session.get(VoucherOffer, 1) or VoucherOffer(id=1)
        row.amounts, row.months, row.currency = list(wanted.amounts), wanted.months, currency
        least, most = wanted.limits or (Money.zero(currency), Money.zero(currency))
        row.least_minor, row.most_minor = least.minor, most.minor
        session.add(row)


@retried
def order_voucher(wanted: NewOrder) -> str:
    """Write an order down; its reference. The same once more is the same order.

    Raises:
        NotOffered: if no such voucher is sold now.
    """
    with transaction() as session:
        # The studio may be given another currency until this stands.
        calendar.queue(session)
        offer = voucher_orders.offer(session, the_studio(session).currency)
        too_little = wanted.amount < smallest_card_payment(wanted.amount.currency)
        if ports().gateway is None or offer is None or too_little or not offer.has(wanted.amount):
            raise NotOffered
        reference = "".join(secrets.choice(_LETTERS) for _ in range(10))
        row: dict[str, object] = {
            "reference": reference,
            "request_hash": _mark(wanted),
            "order_hash": links.token_hash(links.gift_token("voucher", reference)),
            "gift_hash": links.token_hash(links.gift_token("gift", reference)),
            "amount_minor": wanted.amount.minor,
            "currency": wanted.amount.currency,
            "months": offer.months,
            "buyer": wanted.buyer,
            "buyer_email": wanted.buyer_email,
            "recipient": wanted.recipient,
            "recipient_email": wanted.recipient_email,
            "greeting": wanted.greeting,
            "send_on": wanted.send_on,
            "attention": "",
            "created_at": ports().now(),
        }
        insert_if_new(session, VoucherOrder, [row])
        known = select(VoucherOrder.reference).where(VoucherOrder.request_hash == _mark(wanted))
        return session.scalars(known).one()


def _mark(wanted: NewOrder) -> str:
    said = [wanted.key, wanted.amount.minor, wanted.buyer, wanted.buyer_email, wanted.recipient]
    said += [wanted.recipient_email, wanted.greeting, str(wanted.send_on)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def pay(order_id: int) -> str:
    """The address where an order is paid for. A repeat answers the same page.

    Raises:
        NotPayable: if it is paid for.
        PaymentUnreachable: if the page cannot be opened now.
    """
    gateway = ports().gateway
    if gateway is None:
        raise PaymentUnreachable
    try:
        checkout = None
        while checkout is None or checkout.state is CheckoutState.EXPIRED:
            # None: its page was never made and cannot be made any more, so another attempt is.
            payment_id = _attempt(order_id)
            checkout = pages.page(gateway, payment_id)
            if checkout is None:
                settlement.never_made(payment_id, Ending())
            else:
                settlement.apply(checkout)
    except _TROUBLE as error:
        log.warning("payment_page_unreachable", order=order_id, error=type(error).__name__)
        raise PaymentUnreachable from error
    if checkout.state is CheckoutState.OPEN and checkout.url:
        return checkout.url
    raise NotPayable


@retried
def _attempt(order_id: int) -> int:
    """The payment row of an order: the one that is open, else a new one."""
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        order = session.get_one(VoucherOrder, order_id, with_for_update=True)
        if order.voucher_id is not None or voucher_orders.kept(session, order):
            raise NotPayable
        open_already = voucher_orders.payable(session, order.id)
        if open_already:
            return open_already[0].id
        payment = Payment(
            voucher_order_id=order.id,
            amount_minor=order.amount_minor,
            currency=order.currency,
            state=PaymentState.CREATING,
            confirms=False,
            email=order.buyer_email,
            created_at=now,
            expires_at=now + PAGE_LASTS,
        )
        session.add(payment)
        session.flush()
        return payment.id


def settle_now(order_id: int) -> None:
    """Ask the processor about an order's payments, as the worker would: for the return page.

    Raises:
        PaymentUnreachable: if it does not answer; nothing has changed.
    """
    session = db.session()
    known = [each.checkout_id for each in voucher_orders.payable(session, order_id)]
    session.rollback()
    try:
        for checkout_id in known:
            if checkout_id:
                settlement.settle_checkout(checkout_id)
    except _TROUBLE as error:
        raise PaymentUnreachable from error


@retried
def send_again(order_id: int, *, to_recipient: bool, once: str = "") -> str | None:
    """Send a voucher once more, to whom it is for or to who bought it; the address, if it went.

    None if there is no voucher, or nobody to send it to.

    Raises:
        DoneBefore: if it was sent under *once* before.
    """
    with transaction() as session:
        calendar.queue(session)
        once_keys.claim(session, once, ports().now())
        order = session.get_one(VoucherOrder, order_id, with_for_update=True)
        address = order.recipient_email if to_recipient else order.buyer_email
        if order.voucher_id is None or not address:
            return None
        now = ports().now()
        if to_recipient:
            letters.to_recipient(session, order, now, at_once=True)
        else:
            letters.to_buyer(session, order, now)
        return address


@retried
def refund(order_id: int, *, by: str) -> Money:
    """Give the money of an unspent voucher back and let nothing be spent; how much that is.

    What was paid without a voucher coming of it goes back, too.

    Raises:
        SpentAlready: if any of it is spent, or taken for a hold.
    """
    with transaction() as session:
        # The lock of holds: one that takes it at this moment is seen.
        calendar.queue(session)
        now = ports().now()
        order = session.get_one(VoucherOrder, order_id, with_for_update=True)
        voucher = voucher_orders.voucher_of(session, order)
        if voucher is not None:
            if vouchers.left(session, voucher) != voucher_orders.kept(session, order):
                raise SpentAlready
            vouchers.withdraw(session, voucher, now)
        planned = Money.zero(order.currency)
        for payment in voucher_orders.payments(session, order.id):
            amount = ledger.returnable(session, payment)
            if amount.minor > 0:
                ledger.add_refund(session, payment, amount, "voucher given back", by, now)
                planned += amount
        if planned:
            answered = [e for e in order.attention.splitlines() if e.endswith(NO_VOUCHER)]
            order.attention = besides(order.attention, "\n".join(answered))
            letters.returned(session, order, planned, "back", now)
        return planned


@retried
def clear_attention(order_id: int, *, seen: str) -> bool:
    """Somebody has looked at what was *seen* of the order; whether nothing has come up since."""
    with transaction() as session:
        order = session.get_one(VoucherOrder, order_id, with_for_update=True)
        order.attention = besides(order.attention, seen)
        return not order.attention
