"""What the worker does for bookings: holds end, events are settled, lost ones are found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog
from sqlalchemy import select

from studio.booking import disputed, history, money_back, settlement
from studio.booking.models import Booking
from studio.booking.service.dues import OWING
from studio.booking.service.kept_cards import charge_kept_card, finish_charge
from studio.booking.service.pages import close as close_pages
from studio.booking.service.requests import let_request_lapse
from studio.booking.settlement import Ending
from studio.db import db, retried, transaction
from studio.domain.lifecycle import Action, BookingState
from studio.payments import inbox, ledger
from studio.payments import service as payments_service
from studio.payments.kept_cards import CardConsent
from studio.payments.models import Due, Payment, PaymentState, ProcessorEvent, Purpose
from studio.payments.standing import standing
from studio.ports import ports
from studio.ports.payment_gateway import (
    Event,
    GatewayRefused,
    GatewayUnavailable,
    PaymentsPaused,
)
from studio.scheduling import calendar

log = structlog.get_logger()

# A payment whose outcome no event has told is read from the processor this often.
READ_AFTER = timedelta(minutes=3)
# The processor keeps what it could not deliver for 30 days; a studio is not away for longer.
LOOK_BACK = timedelta(days=29)
# A payment page is surely over when its time and what clocks may differ have passed.
_PAGE_OVER = timedelta(minutes=5)
_ALARM_AFTER = timedelta(hours=1)
_TROUBLE = (GatewayUnavailable, GatewayRefused, PaymentsPaused)


def expire_holds() -> int:
    """End the holds that ran out; how many.

    One that went to payment ends only when its page is closed, which may show that it was paid.
    While the processor does not answer, the time stays held.
    """
    now = ports().now()
    session = db.session()
    silent = session.scalars(
        select(Booking.id).where(
            Booking.state == BookingState.HELD,
            Booking.pay_by.is_(None),
            Booking.hold_expires_at <= now,
        )
    ).all()
    paying = session.scalars(
        select(Booking.id).where(Booking.state == BookingState.HELD, Booking.pay_by <= now)
    ).all()
    session.rollback()
    return sum(_end_one(booking_id, pages=False) for booking_id in silent) + sum(
        _end_one(booking_id, pages=True) for booking_id in paying
    )


def _end_one(booking_id: int, *, pages: bool) -> bool:
    """End one hold, its payment *pages* first; whatever goes wrong, the next one has its turn."""
    try:
        if pages:
            close_pages(booking_id, Ending())
        return _expire(booking_id)
    except _TROUBLE:
        log.warning("hold_kept", booking=booking_id, why="the processor does not answer")
        _raise_alarm(booking_id)
    except Exception as error:
        log.exception("hold_not_ended", booking=booking_id, error=type(error).__name__)
    return False


def lapse_requests() -> int:
    """End the requests whose time has come without an answer; how many."""
    now = ports().now()
    session = db.session()
    due = session.scalars(
        select(Booking.id).where(Booking.state == BookingState.REQUESTED, Booking.starts_at <= now)
    ).all()
    session.rollback()
    return sum(let_request_lapse(booking_id) for booking_id in due)


@retried
def _expire(booking_id: int) -> bool:
    """End a hold unless something was decided about it meanwhile."""
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        over = booking.pay_by or booking.hold_expires_at
        if booking.state is not BookingState.HELD or over is None or over > now:
            return False
        undecided = standing(session, booking.id, booking.currency).undecided
        if ledger.payable(session, booking.id) or undecided:
            return False
        settlement.end(session, booking, Action.EXPIRE, by=history.SYSTEM, now=now)
        return True


@retried
def _raise_alarm(booking_id: int) -> None:
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        if booking.pay_by is not None and booking.pay_by + _ALARM_AFTER <= now:
            why = "Stripe has not answered for an hour, so this time is still held."
            history.flag_once(session, booking, why, now=now)


def settle_events() -> int:
    """Do what the processor's events tell of; how many are done."""
    now = ports().now()
    session = db.session()
    found = [
        (each.id, each.type, each.object_id, each.intent_id) for each in inbox.waiting(session, now)
    ]
    session.rollback()
    return sum(_settle(*each) for each in found)


def settle_again(row_id: int) -> bool:
    """Settle one event at once, however often it failed; whether it is done now."""
    event = db.session().get(ProcessorEvent, row_id)
    if event is None or event.done_at is not None:
        return event is not None
    told = (event.id, event.type, event.object_id, event.intent_id)
    db.session().rollback()
    return _settle(*told)


def _settle(row_id: int, kind: str, object_id: str, intent_id: str | None) -> bool:
    """Do what one event tells of; where that fails, it stays, and the next one flows."""
    try:
        if kind.startswith("checkout.session."):
            settlement.settle_checkout(object_id)
        elif kind.startswith("refund.") and intent_id:
            money_back.settle_refunds(intent_id)
        elif kind.startswith("charge.dispute.") and intent_id:
            disputed.settle_disputes(intent_id)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is kept with the event
        log.warning("event_not_settled", event_type=kind, error=type(error).__name__)
        _put_off(row_id, error)
        return False
    _done(row_id)
    return True


@retried
def _done(row_id: int) -> None:
    with transaction() as session:
        inbox.done(session, row_id, ports().now())


@retried
def _put_off(row_id: int, error: Exception) -> None:
    with transaction() as session:
        event = session.get_one(ProcessorEvent, row_id)
        inbox.put_off(event, f"{type(error).__name__}: {error}"[:500], ports().now())
        if event.tries >= 3:
            log.error("event_stuck", event_type=event.type, tries=event.tries)


def reconcile() -> int:
    """Read what no event has told: payments still open, and events that did not reach us.

    Returns:
        How many events were caught up and payments read.
    """
    gateway = ports().gateway
    if gateway is None:
        return 0
    now = ports().now()
    try:
        missed = gateway.missed_events(now - LOOK_BACK)
    except _TROUBLE as error:
        log.warning("reconcile_put_off", why="the processor does not answer")
        if isinstance(error, PaymentsPaused):
            payments_service.note_paused(paused=True)
        return 0
    payments_service.note_paused(paused=False)
    caught = _keep(missed)
    session = db.session()
    waiting = session.execute(
        select(Payment.id, Payment.checkout_id, Payment.expires_at).where(
            Payment.state == PaymentState.OPEN,
            Payment.checkout_id.is_not(None),
            Payment.checked_at <= now - READ_AFTER,
        )
    ).all()
    session.rollback()
    return (
        caught
        + settle_events()
        + sum(
            _read(payment_id, checkout_id or "", over=expires_at + _PAGE_OVER <= now)
            for payment_id, checkout_id, expires_at in waiting
        )
    )


@retried
def _keep(missed: Sequence[Event]) -> int:
    with transaction() as session:
        return inbox.keep(session, missed, ports().now(), caught=True)


def _read(payment_id: int, checkout_id: str, *, over: bool) -> bool:
    """One payment; whatever goes wrong, the next one has its turn.

    A page that is *over*, and of which the processor knows nothing any more, is waited for no
    longer: else nobody could pay on another one.
    """
    try:
        settlement.settle_checkout(checkout_id)
    except _TROUBLE as error:
        if not (over and isinstance(error, GatewayRefused) and error.code == "resource_missing"):
            return False
        settlement.never_made(payment_id, Ending())
    except Exception as error:
        log.exception("payment_not_read", checkout=checkout_id, error=type(error).__name__)
        return False
    return True


def charge_kept_cards() -> int:
    """Take the balances whose day has come from the cards kept for them; how many were answered."""
    if ports().gateway is None:
        return 0
    now = ports().now()
    session = db.session()
    waiting = session.scalars(
        select(Payment.id).where(Payment.unattended, Payment.state == PaymentState.CREATING)
    ).all()
    due = session.scalars(
        select(CardConsent.booking_id)
        .join(Booking, Booking.id == CardConsent.booking_id)
        .join(Due, Due.booking_id == CardConsent.booking_id)
        .where(
            CardConsent.ended.is_(None),
            CardConsent.card_id.is_not(None),
            Booking.state.in_(OWING),
            Due.purpose == Purpose.BALANCE,
            Due.due_at <= now,
        )
    ).all()
    session.rollback()
    return sum(_charge(finish_charge, each) for each in waiting) + sum(
        _charge(charge_kept_card, each) for each in due
    )


def _charge(step: Callable[[int], bool], row_id: int) -> bool:
    """One of them; whatever goes wrong, the next one has its turn."""
    try:
        return step(row_id)
    except Exception as error:
        log.exception("card_not_charged", row=row_id, error=type(error).__name__)
        return False


@retried
def complete_past_sessions() -> int:
    """Sessions that have ended are completed; how many."""
    now = ports().now()
    with transaction() as session:
        over = session.scalars(
            select(Booking)
            .where(Booking.state == BookingState.CONFIRMED, Booking.ends_at <= now)
            .with_for_update(skip_locked=True, key_share=True)
        ).all()
        for booking in over:
            history.move(session, booking, Action.COMPLETE, by=history.SYSTEM, now=now)
        return len(over)
