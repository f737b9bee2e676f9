"""Taking a balance from the card that was kept for it: told first, once, and never twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from studio.booking import history, kept_card, letters_of_money, settlement
from studio.booking.models import Booking
from studio.booking.service import pages
from studio.booking.service.dues import OWING, keep_attempt, new_payment
from studio.booking.settlement import Ending
from studio.db import db, retried, transaction
from studio.payments import disputes, kept_cards, ledger
from studio.payments.kept_cards import CardEnd
from studio.payments.models import Method, Payment, PaymentState
from studio.payments.standing import Missing
from studio.ports import ports
from studio.ports.card_charges import Charge, ChargeRequest, ChargeState
from studio.ports.payment_gateway import (
    GatewayRefused,
    GatewayUnavailable,
    PaymentGateway,
    PaymentsPaused,
)
from studio.scheduling import calendar

log = structlog.get_logger()

# How long an answer is waited for before it is asked for again: as long as it has been missing.
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(hours=6)
# A payment page is surely over when its time and what clocks may differ have passed.
_PAGE_OVER = timedelta(minutes=5)


class CannotCharge(Exception):
    """The kept card cannot be charged now; the text is a sentence for staff."""


@retried
def leave_card_alone(booking_id: int, *, by: str) -> bool:
    """Never charge the kept card, as the client or the staff wish; links ask for the balance.

    Returns:
        Whether a charge had left already: if the bank took it, it counts as paid.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        consent = kept_cards.standing(session, booking_id)
        if consent is not None:
            consent.end(CardEnd.WITHDRAWN, by=by, now=now)
            history.note(session, booking, "card left alone", by=by, now=now)
            session.flush()
            letters_of_money.ask_anew(session, booking, now)
        return kept_cards.under_way(session, booking_id) is not None


def charge_refused(session: Session, booking: Booking) -> bool:
    """Whether the kept card's bank has said no, or asked for the client."""
    tried = (each for each in ledger.payments(session, booking.id) if each.unattended)
    return any(each.state is PaymentState.EXPIRED for each in tried)


def charge_kept_card(booking_id: int, *, by: str | None = None) -> bool:
    """Take the balance from the kept card if its time has come; whether the bank has answered.

    Staff, named in *by*, may do it as soon as the notice has left.

    Raises:
        CannotCharge: to staff, why it is not to be charged.
        GatewayUnavailable, GatewayRefused, PaymentsPaused: if a payment page that is over cannot
            be closed; nothing has been charged.
    """
    gateway = ports().gateway
    if gateway is None:
        return False
    _close_pages_that_are_over(booking_id)
    payment_id = _begin(booking_id, by)
    return payment_id is not None and finish_charge(payment_id)


def _close_pages_that_are_over(booking_id: int) -> None:
    session, now = db.session(), ports().now()
    found = ledger.payable(session, booking_id)
    over = bool(found) and all(each.expires_at + _PAGE_OVER <= now for each in found)
    session.rollback()
    if over:
        pages.close(booking_id, Ending())


@retried
def _begin(booking_id: int, by: str | None) -> int | None:
    """The row that stands before the processor hears of it; None if nothing is to be charged."""
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        consent = kept_cards.standing(session, booking_id)
        why_not = "The card is not to be charged any more."
        if consent is not None and booking.state in OWING:
            plan = kept_card.plan(session, booking)
            why_not = _why_not(session, booking, plan, now, by)
            if not why_not and plan is not None:
                return _write(session, booking, plan, by or history.SYSTEM, now)
        if by is not None:
            raise CannotCharge(why_not)
        return None


def _why_not(
    session: Session, booking: Booking, plan: kept_card.Plan | None, now: datetime, by: str | None
) -> str:
    """Why the card is not charged now; empty if it is."""
    if kept_cards.under_way(session, booking.id):
        return "It is being charged just now."
    if ledger.payable(session, booking.id):
        # One attempt at a time: whoever is typing a card number there shall not pay twice.
        return "The client has a payment page open just now. Please try again in half an hour."
    if disputes.blocks(session, booking.id):
        return "The client's bank disputes a payment, so their card is left alone until that ends."
    if plan is None or plan.told_at is None:
        if by is None:
            _give_up(session, booking, now)
        return "The notice has not been sent yet, and no card is charged without it."
    if by is None and now < plan.at:
        return "Its day has not come."
    return ""


def _give_up(session: Session, booking: Booking, now: datetime) -> None:
    """The day has come, and nothing is missing, or nobody was told: from now on links ask."""
    consent = kept_cards.standing(session, booking.id)
    rest = kept_card.missing(session, booking)
    if consent is None or (rest is not None and now < rest.due.due_at):
        return
    consent.end(CardEnd.NO_NOTICE if rest else CardEnd.NOT_NEEDED, by=history.SYSTEM, now=now)
    session.flush()
    letters_of_money.ask_anew(session, booking, now)


def _write(session: Session, booking: Booking, plan: kept_card.Plan, by: str, now: datetime) -> int:
    payment = new_payment(booking, Method.CARD, plan.amount, now)
    payment.state, payment.unattended = PaymentState.CREATING, True
    keep_attempt(session, payment, [Missing(plan.due, plan.amount)])
    history.note(session, booking, "to the kept card", by=by, now=now)
    return payment.id


def finish_charge(payment_id: int, *, at_once: bool = False) -> bool:
    """Have a charge answered, and settle it; whether it is.

    An answer that was lost is looked for first, and asked for again with the same key: keys are
    kept for a day only. What is not wanted any more is looked for, and not asked for again.
    With *at_once* the pause between two tries is left out.
    """
    gateway = ports().gateway
    taken = _take(payment_id, at_once=at_once) if gateway else None
    if gateway is None or taken is None:
        return False
    request, again, wanted = taken
    try:
        charge = _answer(gateway, request, again=again, wanted=wanted)
    except (GatewayUnavailable, PaymentsPaused) as error:
        log.warning("charge_not_answered", payment=payment_id, error=type(error).__name__)
        return False
    if charge is None:
        settlement.never_made(payment_id, Ending())
        return True
    settlement.apply_charge(payment_id, charge)
    return charge.state is not ChargeState.PENDING


def _answer(
    gateway: PaymentGateway, request: ChargeRequest, *, again: bool, wanted: bool
) -> Charge | None:
    try:
        known = None
        if again:
            known = gateway.find_charge(request.payment_id, request.card.customer_id)
        if known is None and wanted:
            known = gateway.charge(request)
    except GatewayRefused as error:
        # The card or its customer is not there any more: nothing was taken, nothing can be.
        log.warning("charge_refused", payment=request.payment_id, code=error.code)
        return Charge("", request.amount, ChargeState.DECLINED, request.payment_id, error.code)
    return known


@retried
def _take(payment_id: int, *, at_once: bool) -> tuple[ChargeRequest, bool, bool] | None:
    """The charge to ask for, whether it was asked for before, and whether it is wanted still.

    Its next try is put off first, so that no other worker asks meanwhile. None if it is answered,
    or its time has not come.
    """
    with transaction() as session:
        now = ports().now()
        payment = session.get_one(Payment, payment_id, with_for_update=True)
        consent = kept_cards.of(session, payment.for_booking)
        card = consent.card if consent else None
        if payment.state is not PaymentState.CREATING or consent is None or card is None:
            return None
        asked_at = payment.checked_at
        if asked_at is not None and not at_once:
            pause = min(max(asked_at - payment.created_at, _SHORTEST), _LONGEST)
            if now < asked_at + pause:
                return None
        payment.checked_at = now
        booking = session.get_one(Booking, payment.for_booking)
        request = ChargeRequest(
            payment_id=payment.id,
            amount=payment.amount,
            description=f"{booking.lines[0].label}, booking {booking.reference}",
            card=card,
        )
        rest = kept_card.missing(session, booking)
        wanted = (
            consent.ended is None
            and booking.state in OWING
            and rest is not None
            and rest.amount >= payment.amount
        )
        return request, asked_at is not None, wanted
