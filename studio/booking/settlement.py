"""The only place that changes what is paid: the processor is read first, then one transaction.

Callable from the worker, the return page and the staff, as often as anybody likes and at the same
moment: money is booked once, by the ledger's own key, and what follows from it is decided under
the calendar's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from studio.booking import (
    attempts,
    codes,
    history,
    invoicing,
    letters,
    letters_of_money,
    letters_of_prep,
    refusals,
    sale,
)
from studio.booking.afterwards import letters as afterwards
from studio.booking.attempts import Found
from studio.booking.gifts import settling as gifts
from studio.booking.models import Booking
from studio.db import retried, transaction
from studio.domain.lifecycle import OFF, Action, BookingState
from studio.domain.money import Money
from studio.messaging import outbox
from studio.payments import dues, kept_cards, ledger
from studio.payments.kept_cards import CardEnd
from studio.payments.models import Payment, PaymentState
from studio.payments.standing import standing
from studio.ports import ports
from studio.ports.card_charges import Charge, ChargeState
from studio.ports.payment_gateway import Checkout, CheckoutState
from studio.scheduling import calendar
from studio.web.filters import money

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
        found = attempts.for_checkout(session, checkout)
        payment = found.payment if found else attempts.for_a_gift(session, checkout)
        if payment is None:
            log.warning("checkout_unknown", checkout=checkout.id)
            return
        payment.checked_at = now
        payment.checkout_id = payment.checkout_id or checkout.id
        payment.checkout_url = payment.checkout_url or checkout.url
        if payment.state is PaymentState.CREATING:
            payment.state = PaymentState.OPEN
        if found is None:
            gifts.settle(session, payment, checkout, now)
            return
        booking = found.booking
        if checkout.paid:
            if checkout.card:
                kept_cards.keep(session, booking.id, checkout.card)
            _paid(session, found, checkout.intent_id or checkout.id, checkout.amount, now)
        elif checkout.state is CheckoutState.COMPLETE:
            history.flag_once(session, booking, "Stripe says used, but not paid.", now=now)
        elif checkout.state is CheckoutState.EXPIRED and payment.state is PaymentState.OPEN:
            payment.state = PaymentState.EXPIRED
            session.flush()
            _end_if_unpayable(session, booking, ending, now)


@retried
def apply_charge(payment_id: int, charge: Charge) -> None:
    """Do what follows from what a kept card's bank has just said."""
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        found = attempts.first(session, Payment.id == payment_id)
        if found is None:
            raise LookupError(payment_id)
        payment, booking = found.payment, found.booking
        consent = booking.card_consent
        if charge.state is ChargeState.PAID:
            if consent:
                consent.end(CardEnd.CHARGED, by=history.SYSTEM, now=now)
            session.flush()
            _paid(session, found, charge.intent_id, charge.amount, now)
        elif charge.state is not ChargeState.PENDING and payment.state is PaymentState.CREATING:
            payment.state = PaymentState.EXPIRED
            asked = charge.state is ChargeState.ASKED
            if consent:
                end = CardEnd.ASKED if asked else CardEnd.DECLINED
                consent.end(end, by=history.SYSTEM, now=now)
            session.flush()
            last4 = consent.last4 if consent else ""
            refusals.refused(session, booking, payment, charge, last4, now)


@retried
def never_made(payment_id: int, ending: Ending) -> None:
    """End an attempt of whose page the processor knows nothing, or nothing any more."""
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        payment = session.get_one(Payment, payment_id, with_for_update=True)
        if payment.state not in {PaymentState.CREATING, PaymentState.OPEN}:
            return
        payment.state = PaymentState.EXPIRED
        session.flush()
        if payment.booking_id is not None:
            booking = history.locked(session, payment.booking_id)
            _end_if_unpayable(session, booking, ending, now)


def _end_if_unpayable(session: Session, booking: Booking, ending: Ending, now: datetime) -> None:
    """Free the time of a hold that went to the processor and that nobody can pay for any more."""
    if booking.state is not BookingState.HELD or booking.pay_by is None:
        return
    # Money that came in and does not fit keeps the time until somebody has decided.
    undecided = standing(session, booking.id, booking.currency).undecided
    if ledger.payable(session, booking.id) or undecided:
        return
    until = booking.hold_expires_at
    promised = booking.accepted_at is not None and until is not None and until > now
    if ending.action is Action.EXPIRE and promised:
        # Who was told to pay within two days has them, however often a page is left.
        booking.pay_by = None
        calendar.expire_at(session, booking.id, until)
        return
    end(session, booking, ending.action, by=ending.by, now=now)


def end(session: Session, booking: Booking, action: Action, *, by: str, now: datetime) -> None:
    """Expire or cancel: the time is free again, and what was to be sent stays unsent."""
    history.move(session, booking, action, by=by, now=now)
    booking.ended_at = now
    calendar.release(session, booking.id)
    outbox.withdraw(session, booking.id)
    if booking.confirmed_at is None:
        codes.let_go(session, booking.id, now)


def confirm(
    session: Session,
    booking: Booking,
    *,
    by: str,
    now: datetime,
    after: Sequence[history.Line] = (),
    alone: bool = False,
) -> None:
    """Make a booking that has its time and owes no deposit a session; plan all it is sent.

    *after* is what the history has to say before that, *alone* as `attempts.Found` has it.
    """
    # What is read comes first: each reading would write down what has changed by then.
    money = codes.spend(session, booking, now)
    track = letters_of_prep.newest_track(session, booking)
    booking.confirmed_at, booking.ended_at, booking.pay_by = now, None, None
    history.move(session, booking, Action.CONFIRM, by=by, now=now, after=after)
    # Who comes again needs no word that it is time to.
    outbox.withdraw(session, booking.id, besides=afterwards.of_refresh(booking.client_id))
    paper = invoicing.begin(session, booking, money, now)
    letters.agreed(session, booking, money, track, paper, now, alone=alone)


def _paid(session: Session, found: Found, intent_id: str, amount: Money, now: datetime) -> None:
    payment, booking, _, lasting, alone = found
    # Read before the money is booked, where it matters: a payment that confirms is all owed.
    owed = amount if payment.confirms else ledger.owed(session, booking.id, booking.currency)
    if not ledger.record_payment(session, payment, intent_id, amount, now):
        return
    # A success after a failure counts: money is money.
    payment.state, payment.intent_id = PaymentState.PAID, intent_id
    session.flush()
    paid = history.line(
        booking, "paid", by=history.CLIENT, now=now,
        amount=amount.minor, currency=amount.currency, payment=payment.id,
    )  # fmt: skip
    held = booking.state is BookingState.HELD
    as_agreed = amount == payment.amount and payment.confirms
    if as_agreed and held and (lasting or calendar.expire_at(session, booking.id, None)):
        confirm(session, booking, by=history.CLIENT, now=now, after=[paid], alone=alone)
        return
    history.write(session, [paid])
    if booking.state in OFF and amount.currency == payment.currency:
        _return(session, booking, payment, "cancelled", now)
    elif amount != payment.amount:
        history.flag(session, booking, other_amount(payment.amount, amount), now=now)
    elif not payment.confirms:
        _toward_dues(session, booking, payment, owed, now)
    elif booking.state in {BookingState.HELD, BookingState.EXPIRED}:
        _late(session, booking, payment, now)
    else:
        _return(session, booking, payment, "twice", now)


def other_amount(asked: Money, came: Money) -> str:
    """What the staff are told where another amount was paid than was asked for."""
    return f"Asked for {asked.major} {asked.currency}, but {came.major} {came.currency} was paid."


def _toward_dues(
    session: Session, booking: Booking, payment: Payment, owed: Money, now: datetime
) -> None:
    """Money for what a session *owed*; what is more than that goes back."""
    if not owed:
        why = "twice" if dues.stands(session, payment) else "more"
        _return(session, booking, payment, why, now)
        return
    more = max(payment.amount - owed, Money.zero(booking.currency))
    if more:
        _return(session, booking, payment, "more", now, more)
    invoicing.follow_the_money(session, booking, now)
    letters_of_money.received(session, booking, payment.amount - more, now)


def _late(session: Session, booking: Booking, payment: Payment, now: datetime) -> None:
    """Money for a hold that had run out: its time is taken again if it is free, else returned."""
    try:
        take_time(session, booking, now)
    except calendar.StartNotOpen:
        _return(session, booking, payment, "late", now)
        if booking.state is BookingState.HELD:
            end(session, booking, Action.EXPIRE, by=history.SYSTEM, now=now)
        return
    confirm(session, booking, by=history.CLIENT, now=now)
    codes.tell_what_is_short(session, booking, now)


def take_time(session: Session, booking: Booking, now: datetime) -> None:
    """Give a hold its time for good: the one it has, else it is taken again, its codes too.

    Raises:
        calendar.StartNotOpen: if somebody else has it.
    """
    held = booking.state is BookingState.HELD
    if held and calendar.expire_at(session, booking.id, None):
        return
    with session.begin_nested():
        found = calendar.claim(session, sale.needs_again(session, booking), booking.starts_at, now)
        calendar.allocate(session, found, booking.id, None)
    booking.room_id = found.room_id
    codes.take_again(session, booking.id, now)


def _return(
    session: Session,
    booking: Booking,
    payment: Payment,
    why: str,
    now: datetime,
    part: Money | None = None,
) -> None:
    """Plan a payment back, or *part* of it; tell the client why, and the staff that it happened."""
    amount = part or ledger.returnable(session, payment)
    ledger.add_refund(session, payment, amount, f"paid {why}", history.SYSTEM, now)
    letters_of_money.money_returned(session, booking, amount, why, now)
    sentence = {
        "late": "Paid after the hold had run out and the time was gone: all of it goes back.",
        "cancelled": "Paid after the booking was cancelled: all of it goes back.",
        "twice": "Paid twice: the second payment goes back.",
        "more": f"Paid more than was owed by then: {money(amount)} goes back.",
    }[why]
    history.flag(session, booking, sentence, now=now)
