"""From a held time to a confirmed session: details, then the payment page, then the truth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from studio.booking import (
    codes,
    history,
    kept_card,
    letters_of_money,
    links,
    requesting,
    settlement,
)
from studio.booking.companies import covering
from studio.booking.models import Booking, Terms, TokenPurpose
from studio.booking.reaching import must_be_reached
from studio.booking.service import pages
from studio.booking.service.holding import (
    MOST_HOLDS,
    HoldOver,
    TooManyHolds,
    holding_now,
    must_be_held,
)
from studio.booking.settlement import Ending
from studio.catalogue.models import BookingMode
from studio.clients import book
from studio.db import db, retried, transaction
from studio.domain.lifecycle import Action, BookingState
from studio.domain.money import Money
from studio.payments import kept_cards, ledger
from studio.payments import service as payments_service
from studio.payments.models import Due, Payment, PaymentDue, PaymentState, Purpose
from studio.payments.standing import standing
from studio.ports import ports
from studio.ports.payment_gateway import (
    Checkout,
    CheckoutState,
    GatewayRefused,
    GatewayUnavailable,
    PaymentGateway,
    PaymentsPaused,
)
from studio.scheduling import calendar

log = structlog.get_logger()

# Stripe closes a page no sooner than after half an hour; a minute more for clocks that differ.
PAGE_LASTS = timedelta(minutes=31)
# The time stays held until the page is surely closed and its last answer has been read.
PAY_WITHIN = timedelta(minutes=35)


class PaymentUnreachable(Exception):
    """The payment page could not be opened now; the time stays held, and trying again helps.

    *paused* says that it will not help before the studio has mended its key.
    """

    def __init__(self, *, paused: bool = False) -> None:
        super().__init__("the payment page cannot be reached")
        self.paused = paused


def unreachable(error: Exception) -> PaymentUnreachable:
    """What a payment page that could not be opened means; the staff are told of a refused key."""
    paused = isinstance(error, PaymentsPaused)
    if paused:
        payments_service.note_paused(paused=True)
    return PaymentUnreachable(paused=paused)


class UnderReview(Exception):
    """Something was paid for the hold that does not fit: people decide before anything else is."""


class AlreadyPaid(Exception):
    """The hold was paid for meanwhile and is a session now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Who books, as typed and checked. Handing them over accepts the terms in force.

    With *keeps_card* the card that pays is kept for the balance, where that is offered.
    """

    name: str
    email: str
    phone: str = ""
    notes: str = ""
    address: str = ""
    keeps_card: bool = False
    purchase_order: str = ""


def latest_terms(session: Session) -> Terms:
    """What clients agree to from now on."""
    return session.scalars(select(Terms).order_by(Terms.version.desc()).limit(1)).one()


def check_out(booking_id: int, details: Details) -> str | None:
    """Take the details of a hold, and answer the address where its deposit is paid.

    None where nothing is due now, or all that is was paid: the booking is confirmed then, or
    asked for, where the studio wants to be asked. A repeat answers the same page.

    Raises:
        NotReached: if the studio is to come or to ring, and does not know where.
        CodeRefused: if a company pays that wants a purchase order.
        HoldOver: if the hold has run out.
        PaymentUnreachable: if the payment page cannot be opened; the time stays held.
        UnderReview: if something was paid that does not fit.
    """
    gateway = ports().gateway
    payment_id = _take_details(booking_id, details)
    if payment_id is None or gateway is None:
        return None
    try:
        checkout = pages.page(gateway, payment_id)
        if checkout is None:
            checkout = pages.page(gateway, _start_again(payment_id))
    except (GatewayUnavailable, GatewayRefused, PaymentsPaused) as error:
        log.warning("payment_page_unreachable", payment=payment_id, error=type(error).__name__)
        raise unreachable(error) from error
    if checkout is None:
        raise PaymentUnreachable
    settlement.apply(checkout)
    return _next(gateway, checkout, booking_id)


@retried
def _take_details(booking_id: int, details: Details) -> int | None:
    """Who books, and the payment that is to be made; None if the booking is confirmed."""
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        if booking.state in {BookingState.CONFIRMED, BookingState.REQUESTED}:
            return None
        must_be_held(booking, now)
        if standing(session, booking.id, booking.currency).undecided:
            raise UnderReview
        must_be_reached(booking.place, address=details.address, phone=details.phone)
        _refuse_hoarding(session, booking, details.email, now)
        covering.take_order(session, booking, details.purchase_order)
        take_contact(session, booking, details, now)
        booking.terms_id = latest_terms(session).id
        session.flush()
        session.refresh(booking)
        if booking.package.mode is BookingMode.REQUEST and booking.accepted_at is None:
            requesting.ask(session, booking, now)
            return None
        due = session.scalars(
            select(Due).where(Due.booking_id == booking.id, Due.purpose == Purpose.DEPOSIT)
        ).one_or_none()
        amount = codes.due_now(session, booking)
        if due is None or not amount or ports().gateway is None:
            if not calendar.expire_at(session, booking.id, None):
                raise HoldOver(BookingState.EXPIRED)
            settlement.confirm(session, booking, by=history.CLIENT, now=now)
            return None
        open_already = ledger.payable(session, booking.id)
        if open_already:
            return open_already[0].id
        words = kept_card.offer(session, booking, now) if details.keeps_card else None
        if words:
            kept_cards.agree(session, booking.id, kept_card.WORDING, words, now)
        return _new_payment(session, booking, due, amount, details.email, now).id


def take_contact(session: Session, booking: Booking, details: Details, now: datetime) -> None:
    """Write down who books, as they say it this time."""
    booking.contact_name, booking.contact_email = details.name, details.email
    booking.contact_phone = details.phone
    booking.client_id = book.find_or_add(
        session, name=details.name, email=details.email, phone=details.phone, now=now
    ).id
    booking.notes = details.notes
    if booking.comes_to_client:
        booking.address = details.address
    # From here on there is somebody whose page it is, and whom our own redirects lead there.
    links.register(session, booking, TokenPurpose.BOOKING, now)


def _refuse_hoarding(session: Session, booking: Booking, email: str, now: datetime) -> None:
    """One address, few times: else anybody could hold the day in somebody else's name."""
    if links.settings().rate_limits:
        theirs = and_(func.lower(Booking.contact_email) == email.lower(), Booking.id != booking.id)
        if holding_now(session, now, theirs) >= MOST_HOLDS:
            raise TooManyHolds


def _new_payment(
    session: Session, booking: Booking, due: Due, amount: Money, email: str, now: datetime
) -> Payment:
    """The row that stands before the processor hears of it; from here on only settling ends it."""
    payment = Payment(
        booking_id=booking.id,
        amount_minor=amount.minor,
        currency=amount.currency,
        state=PaymentState.CREATING,
        email=email,
        created_at=now,
        expires_at=now + PAGE_LASTS,
    )
    session.add(payment)
    session.flush()
    session.add(PaymentDue(payment_id=payment.id, due_id=due.id, amount_minor=amount.minor))
    booking.pay_by = now + PAY_WITHIN
    if not calendar.expire_at(session, booking.id, None):
        raise HoldOver(BookingState.EXPIRED)
    letters_of_money.payment_unfinished(session, booking, now)
    history.note(session, booking, "to payment", by=history.CLIENT, now=now)
    return payment


@retried
def _start_again(payment_id: int) -> int:
    """A new attempt in place of one whose page was never made."""
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        old = session.get_one(Payment, payment_id, with_for_update=True)
        if old.state is not PaymentState.CREATING:
            # The other tab was quicker: its page is everybody's.
            newest = ledger.payable(session, old.for_booking)
            if newest:
                return newest[-1].id
            raise HoldOver(BookingState.EXPIRED)
        booking = history.locked(session, old.for_booking)
        must_be_held(booking, now)
        old.state = PaymentState.EXPIRED
        due = session.scalars(
            select(Due).where(Due.booking_id == booking.id, Due.purpose == Purpose.DEPOSIT)
        ).one()
        return _new_payment(session, booking, due, old.amount, old.email, now).id


def _next(gateway: PaymentGateway, checkout: Checkout, booking_id: int) -> str | None:
    """Where to go on: the page while the hold stands, nowhere once it is confirmed."""
    booking = db.session().get_one(Booking, booking_id)
    state = booking.state
    db.session().rollback()
    if state is BookingState.CONFIRMED:
        return None
    if state is BookingState.HELD and checkout.state is CheckoutState.OPEN and checkout.url:
        return checkout.url
    if checkout.state is CheckoutState.OPEN:
        # Given up while the page was being made: nobody shall pay for it.
        settlement.apply(gateway.close_checkout(checkout.id))
    raise HoldOver(BookingState.EXPIRED if state is BookingState.HELD else state)


def release_hold(booking_id: int, *, by: str) -> None:
    """Give a hold up. Its payment page is closed first, so that nobody pays for what is gone.

    Raises:
        AlreadyPaid: if it was paid meanwhile.
        PaymentUnreachable: if the processor does not answer; the time stays held.
    """
    try:
        pages.close(booking_id, Ending(Action.CANCEL, by))
    except (GatewayUnavailable, GatewayRefused, PaymentsPaused) as error:
        raise PaymentUnreachable from error
    _release(booking_id, by)


@retried
def _release(booking_id: int, by: str) -> None:
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        if booking.state is BookingState.CONFIRMED:
            raise AlreadyPaid
        if booking.state is not BookingState.HELD:
            return
        settlement.end(session, booking, Action.CANCEL, by=by, now=now)
        came_in = ledger.kept(session, booking.id, booking.currency)
        if came_in:
            ledger.plan_refunds(
                session, booking.id, came_in, reason="the hold was given up", by=by, now=now
            )
            letters_of_money.money_returned(session, booking, came_in, "cancelled", now)
