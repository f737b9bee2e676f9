"""What a session still owes: paid by card, written down, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from studio.booking import history, invoicing, letters_of_money, settlement
from studio.booking.companies import covering
from studio.booking.models import Booking
from studio.booking.service import pages
from studio.booking.service.checkout import PAGE_LASTS, unreachable
from studio.booking.settlement import Ending
from studio.db import db, retried, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money, smallest_card_payment
from studio.domain.pricing import added
from studio.payments import kept_cards, ledger, once
from studio.payments.models import (
    Method,
    Payment,
    PaymentDue,
    PaymentState,
)
from studio.payments.standing import Missing
from studio.ports import ports
from studio.ports.payment_gateway import (
    CheckoutState,
    GatewayRefused,
    GatewayUnavailable,
    PaymentsPaused,
)
from studio.scheduling import calendar

log = structlog.get_logger()

OWING = (BookingState.CONFIRMED, BookingState.COMPLETED)


class NothingDue(Exception):
    """The session owes nothing, or nothing that a card could pay."""


class ChargeUnderWay(Exception):
    """The kept card is being charged this moment: paying again would be paying twice."""


class NotOwed(Exception):
    """More is to be written down than is still owed: *owed*."""

    def __init__(self, owed: Money) -> None:
        super().__init__("more than is owed")
        self.owed = owed


class NotReversible(Exception):
    """The payment was made by card, was taken back before, or has been given back in part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Money that came in otherwise than by a card on our page; with *once* only once."""

    method: Method
    amount: Money
    note: str
    by: str
    once: str = ""


def owed(session: Session, booking: Booking) -> Money:
    """All that a session still owes, whenever it is due."""
    return ledger.owed(session, booking.id, booking.currency)


def payable_by_card(session: Session, booking: Booking) -> bool:
    """Whether a card could pay what a session owes."""
    enough = owed(session, booking) >= smallest_card_payment(booking.currency)
    return ports().gateway is not None and booking.state in OWING and enough


def pay_dues(booking_id: int) -> str:
    """The address where all that a session owes is paid at once. A repeat answers the same page.

    Raises:
        NothingDue: if it owes nothing, or less than a card can pay.
        ChargeUnderWay: if the kept card is being charged just now.
        PaymentUnreachable: if the page cannot be opened now.
    """
    gateway = ports().gateway
    if gateway is None:
        raise NothingDue
    try:
        _close_what_asks_for_another_amount(booking_id)
        checkout = None
        while checkout is None or checkout.state is CheckoutState.EXPIRED:
            # None: its page was never made and cannot be made any more, so another attempt is.
            payment_id = _attempt(booking_id)
            checkout = pages.page(gateway, payment_id)
            if checkout is None:
                settlement.never_made(payment_id, Ending())
            else:
                settlement.apply(checkout)
    except (GatewayUnavailable, GatewayRefused, PaymentsPaused) as error:
        log.warning("payment_page_unreachable", booking=booking_id, error=type(error).__name__)
        raise unreachable(error) from error
    if checkout.state is CheckoutState.OPEN and checkout.url:
        return checkout.url
    raise NothingDue


def _close_what_asks_for_another_amount(booking_id: int) -> None:
    """Let nobody pay an old amount after something was added or paid otherwise."""
    session = db.session()
    booking = session.get_one(Booking, booking_id)
    due = owed(session, booking)
    stale = [each for each in ledger.payable(session, booking_id) if each.amount != due]
    session.rollback()
    if stale:
        pages.close(booking_id, Ending())


@retried
def _attempt(booking_id: int) -> int:
    """The payment row of all that is owed: the one that is open, else a new one."""
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        if kept_cards.under_way(session, booking.id):
            raise ChargeUnderWay
        missing = ledger.missing(session, booking.id, booking.currency)
        amount = added((each.amount for each in missing), booking.currency)
        small = amount < smallest_card_payment(booking.currency)
        if booking.state not in OWING or booking.contact is None or small:
            raise NothingDue
        for each in ledger.payable(session, booking.id):
            if each.amount == amount:
                return each.id
        payment = new_payment(booking, Method.CARD, amount, now)
        payment.state, payment.email = PaymentState.CREATING, booking.contact.email
        payment.expires_at = now + PAGE_LASTS
        keep_attempt(session, payment, missing)
        history.note(session, booking, "to payment", by=history.CLIENT, now=now)
        return payment.id


@retried
def record_payment(booking_id: int, received: Received) -> None:
    """Write down money that came in by cash, transfer, terminal or cheque.

    Raises:
        DoneBefore: if its form was sent before.
        NotOwed: if it is more than the session owes, or is not more than nothing.
        ValueError: if it is said to have come by card, or in another currency.
    """
    if received.method is Method.CARD:
        raise ValueError("card payments are written down by the processor's word alone")
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        once.claim(session, received.once, now)
        missing = ledger.missing(session, booking.id, booking.currency)
        most = added((each.amount for each in missing), booking.currency)
        if booking.state not in OWING or not 0 < received.amount.minor <= most.minor:
            raise NotOwed(most)
        payment = new_payment(booking, received.method, received.amount, now)
        payment.note, payment.recorded_by = received.note, received.by
        keep_attempt(session, payment, missing)
        payment.intent_id = f"studio-{payment.id}"
        ledger.record_payment(session, payment, payment.intent_id, received.amount, now)
        history.note(
            session, booking, "paid", by=received.by, now=now, method=received.method.value,
            amount=received.amount.minor, currency=booking.currency, payment=payment.id,
        )  # fmt: skip
        session.flush()
        invoicing.follow_the_money(session, booking, now)
        letters_of_money.received(session, booking, received.amount, now)


@retried
def reverse_payment(payment_id: int, *, reason: str, by: str) -> None:
    """Take back a payment that staff had written down by mistake.

    Raises:
        NotReversible: if it was made by card, was taken back, or some of it was given back.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        payment = session.get_one(Payment, payment_id, with_for_update=True)
        booking = history.locked(session, payment.for_booking)
        whole = ledger.returnable(session, payment) == payment.amount
        # What became a credit is the client's to spend.
        whole = whole and not booking.credit_minor
        # What a company paid is taken back as it was written down: with its whole invoice.
        company = covering.of(session, booking.id) is not None
        by_card = payment.method is Method.CARD
        if by_card or company or payment.state is not PaymentState.PAID or not whole:
            raise NotReversible
        payment.state = PaymentState.REVERSED
        ledger.record_reversal(session, payment, now)
        history.note(
            session, booking, "reversed", by=by, now=now, reason=reason,
            amount=payment.amount_minor, currency=payment.currency, payment=payment.id,
        )  # fmt: skip
        session.flush()
        invoicing.follow_the_money(session, booking, now)
        letters_of_money.ask_anew(session, booking, now)


def new_payment(booking: Booking, method: Method, amount: Money, now: datetime) -> Payment:
    return Payment(
        booking_id=booking.id,
        amount_minor=amount.minor,
        currency=amount.currency,
        state=PaymentState.PAID,
        method=method,
        confirms=False,
        email="",
        created_at=now,
        expires_at=now,
    )


def keep_attempt(session: Session, payment: Payment, missing: list[Missing]) -> None:
    """Write the payment down with the dues it is for, the earliest first."""
    session.add(payment)
    session.flush()
    left = payment.amount
    for each in missing:
        part = min(left, each.amount)
        if part:
            session.add(
                PaymentDue(payment_id=payment.id, due_id=each.due.id, amount_minor=part.minor)
            )
            left -= part
