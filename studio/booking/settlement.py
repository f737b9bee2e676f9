"""The only place that changes what is paid: the processor is read first, then one transaction.

Callable from the worker, the return page and the staff, as often as anybody likes and at the same
moment: money is booked once, by the ledger's own key, and what follows from it is decided under
the calendar's lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import history, letters, links, sale
from studio.booking.models import Booking, TokenPurpose
from studio.db import retried, transaction
from studio.domain.lifecycle import Action, BookingState
from studio.messaging import outbox
from studio.payments import ledger
from studio.payments.models import Payment, PaymentState
from studio.ports import ports
from studio.ports.payment_gateway import Checkout, CheckoutState
from studio.scheduling import calendar

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ending:
    """How a hold ends: it expires by itself, or somebody lets it go."""

    action: Action = Action.EXPIRE
    by: str = history.SYSTEM


_BY_ITSELF = Ending()


def settle_checkout(checkout_id: str) -> None:
    """Read a payment page at the processor and do what follows from it.

    Raises:
        GatewayUnavailable: when the processor could not be asked; nothing has changed.
    """
    gateway = ports().gateway
    if gateway is not None:
        apply(gateway.checkout(checkout_id))


@retried
def apply(checkout: Checkout, ending: Ending = _BY_ITSELF) -> None:
    """Do what follows from a payment page as the processor has just shown it.

    A hold that nobody can pay for any more ends as *ending* says.
    """
    with transaction() as session:
        # The lock first, always: what was paid late may have to claim its time again.
        calendar.queue(session)
        now = ports().now()
        payment = _payment_of(session, checkout)
        if payment is None:
            log.warning("checkout_unknown", checkout=checkout.id)
            return
        booking = history.locked(session, payment.booking_id)
        payment.checked_at = now
        payment.checkout_id = payment.checkout_id or checkout.id
        payment.checkout_url = payment.checkout_url or checkout.url
        if payment.state is PaymentState.CREATING:
            payment.state = PaymentState.OPEN
        if checkout.paid:
            _paid(session, booking, payment, checkout, now)
        elif checkout.state is CheckoutState.COMPLETE:
            if not booking.attention:
                history.flag(session, booking, "Stripe says used, but not paid.", now=now)
        elif checkout.state is CheckoutState.EXPIRED and payment.state is PaymentState.OPEN:
            payment.state = PaymentState.EXPIRED
            session.flush()
            _end_if_unpayable(session, booking, ending, now)


@retried
def never_made(payment_id: int, ending: Ending) -> None:
    """End an attempt of whose page the processor knows nothing, or nothing any more."""
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        payment = session.get_one(Payment, payment_id, with_for_update=True)
        booking = history.locked(session, payment.booking_id)
        if payment.state in {PaymentState.CREATING, PaymentState.OPEN}:
            payment.state = PaymentState.EXPIRED
            session.flush()
            _end_if_unpayable(session, booking, ending, now)


def _end_if_unpayable(session: Session, booking: Booking, ending: Ending, now: datetime) -> None:
    """Free the time of a hold that went to the processor and that nobody can pay for any more."""
    if booking.state is not BookingState.HELD or booking.pay_by is None:
        return
    # Money that came in and does not fit keeps the time until somebody has decided.
    if not ledger.payable(session, booking.id) and not ledger.entries(session, booking.id):
        end(session, booking, ending.action, by=ending.by, now=now)


def end(session: Session, booking: Booking, action: Action, *, by: str, now: datetime) -> None:
    """Expire or cancel: the time is free again, and what was to be sent stays unsent."""
    history.move(session, booking, action, by=by, now=now)
    booking.ended_at = now
    calendar.release(session, booking.id)
    outbox.withdraw(session, booking.id)


def confirm(session: Session, booking: Booking, *, by: str, now: datetime) -> None:
    """Make a booking that has its time and owes no deposit a session; plan all it is sent."""
    history.move(session, booking, Action.CONFIRM, by=by, now=now)
    booking.confirmed_at, booking.ended_at, booking.pay_by = now, None, None
    outbox.withdraw(session, booking.id)
    links.register(session, booking, TokenPurpose.BOOKING, now)
    letters.plan_prep(session, booking, now)
    letters.confirmed(session, booking, ledger.paid(session, booking.id, booking.currency), now)


def _payment_of(session: Session, checkout: Checkout) -> Payment | None:
    """Our row for a payment page: by the page's id, else by the row's id it carries."""
    found = session.scalars(select(Payment).where(Payment.checkout_id == checkout.id)).first()
    if found is not None or checkout.payment_id is None:
        return found
    named = session.get(Payment, checkout.payment_id)
    if named is None:
        return None
    reference = session.scalars(
        select(Booking.reference).where(Booking.id == named.booking_id)
    ).one()
    ours = reference == checkout.booking_reference and named.checkout_id is None
    return named if ours else None


def _paid(
    session: Session, booking: Booking, payment: Payment, checkout: Checkout, now: datetime
) -> None:
    intent_id = checkout.intent_id or checkout.id
    if not ledger.record_payment(session, payment, intent_id, checkout.amount, now):
        return
    # A success after a failure counts: money is money.
    payment.state, payment.intent_id = PaymentState.PAID, intent_id
    session.flush()
    history.note(
        session, booking, "paid", by=history.CLIENT, now=now,
        amount=checkout.amount.minor, currency=checkout.amount.currency, payment=payment.id,
    )  # fmt: skip
    if checkout.amount != payment.amount:
        history.flag(
            session,
            booking,
            f"Asked for {payment.amount.major} {payment.currency}, but"
            f" {checkout.amount.major} {checkout.amount.currency} was paid.",
            now=now,
        )
    elif booking.state is BookingState.HELD and calendar.expire_at(session, booking.id, None):
        confirm(session, booking, by=history.CLIENT, now=now)
    elif booking.state in {BookingState.HELD, BookingState.EXPIRED}:
        _late(session, booking, payment, now)
    elif booking.state is BookingState.CANCELLED:
        _return(session, booking, payment, "cancelled", now)
    else:
        _return(session, booking, payment, "twice", now)


def _late(session: Session, booking: Booking, payment: Payment, now: datetime) -> None:
    """Money for a hold that had run out: its time is taken again if it is free, else returned."""
    try:
        with session.begin_nested():
            found = calendar.claim(
                session, sale.needs_again(session, booking), booking.starts_at, now
            )
            calendar.allocate(session, found, booking.id, None)
    except calendar.StartNotOpen:
        _return(session, booking, payment, "late", now)
        if booking.state is BookingState.HELD:
            end(session, booking, Action.EXPIRE, by=history.SYSTEM, now=now)
        return
    booking.room_id = found.room_id
    confirm(session, booking, by=history.CLIENT, now=now)


def _return(session: Session, booking: Booking, payment: Payment, why: str, now: datetime) -> None:
    """Plan the whole payment back, tell the client why, and the staff that it happened."""
    amount = ledger.returnable(session, payment)
    ledger.add_refund(session, payment, amount, f"paid {why}", history.SYSTEM, now)
    letters.money_returned(session, booking, amount, why, now)
    sentence = {
        "late": "Paid after the hold had run out and the time was gone: all of it goes back.",
        "cancelled": "Paid after the booking was called off: all of it goes back.",
        "twice": "Paid twice: the second payment goes back.",
    }[why]
    history.flag(session, booking, sentence, now=now)
