"""Calling a session off, with what goes back decided by the terms and shown before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from studio.booking import codes, history, invoicing, letters, settlement, wishes
from studio.booking.account import account_of
from studio.booking.companies import covering
from studio.booking.models import Booking
from studio.booking.service import pages
from studio.booking.settlement import Ending
from studio.db import db, retried, transaction
from studio.domain import lifecycle, terms
from studio.domain.lifecycle import Action
from studio.domain.money import Money
from studio.domain.pricing import added
from studio.domain.terms import CalledOffBy, Figures, Settlement
from studio.payments import ledger, vouchers
from studio.payments.models import Method
from studio.ports import ports
from studio.ports.payment_gateway import GatewayRefused, GatewayUnavailable, PaymentsPaused
from studio.scheduling import calendar

log = structlog.get_logger()


class RefundChanged(Exception):
    """What becomes of the money, or the session's time, is no longer what was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Who cancels, why, and what was shown to whoever decides.

    With *of* the session has to begin then: a client may have cancelled another one in mind.
    """

    called_off_by: CalledOffBy
    reason: str
    shown: Figures
    actor: str
    of: datetime | None = None


def proposal(
    session: Session, booking: Booking, called_off_by: CalledOffBy, now: datetime
) -> Settlement:
    """What calling the session off now would give back; a company gets no credit, but owes less."""
    found = terms.cancellation(
        booking.policy.policy,
        account_of(session, booking),
        booked_at=booking.booked_at,
        booked_for=booking.booked_for,
        starts_at=booking.starts_at,
        now=now,
        by=called_off_by,
    )
    if covering.of(session, booking.id) is None:
        return found
    nothing = Money.zero(booking.currency)
    return replace(found, refund=found.refund + found.credit, credit=nothing, credit_until=None)


def cancel_booking(booking_id: int, request: Cancellation) -> Money:
    """Call a confirmed session off, free its time, and plan what goes back.

    Its payment page is closed first; where that cannot be done now, what is paid on it all the
    same goes back.

    Returns:
        The refund that was planned.

    Raises:
        RefundChanged: if the terms now say something else than was shown.
        lifecycle.IllegalMove: if the session is not confirmed, or has begun.
    """
    # Asked before the page is closed, too: a refusal shall end nobody's hold.
    session = db.session()
    _must_be_cancellable(session.get_one(Booking, booking_id), ports().now())
    session.rollback()
    try:
        pages.close(booking_id, Ending())
    except (GatewayUnavailable, GatewayRefused, PaymentsPaused) as error:
        log.warning("page_left_open", booking=booking_id, error=type(error).__name__)
    return _cancel(booking_id, request)


def _must_be_cancellable(booking: Booking, now: datetime) -> None:
    """Raises IllegalMove for a hold, which is let go in another way, and once it has begun."""
    if booking.state is lifecycle.BookingState.HELD or booking.starts_at <= now:
        raise lifecycle.IllegalMove(booking.state, Action.CANCEL)


@retried
def _cancel(booking_id: int, request: Cancellation) -> Money:
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        _must_be_cancellable(booking, now)
        agreed = proposal(session, booking, request.called_off_by, now)
        if agreed.figures != request.shown or request.of not in {None, booking.starts_at}:
            raise RefundChanged
        settlement.end(session, booking, Action.CANCEL, by=request.actor, now=now)
        booking.credit_minor = agreed.credit.minor
        booking.credit_until = agreed.credit_until
        back = settle(
            session, booking, agreed, by=request.actor, now=now,
            reason=request.reason, called_off_by=request.called_off_by.value,
        )  # fmt: skip
        wishes.drop(booking)
        letters.cancelled(session, booking, back, now)
        return back.refund


def settle(
    session: Session,
    booking: Booking,
    agreed: Settlement,
    *,
    by: str,
    now: datetime,
    reason: str = "",
    **told: str,
) -> letters.GoesBack:
    """Do with the money of a session that is off what was *agreed*, and let the papers follow.

    Returns:
        What the client gets, and by which ways: nothing, where a company pays.
    """
    back = _ways(session, booking, agreed)
    planned = back.to_card + back.by_hand
    ledger.plan_refunds(
        session, booking.id, planned, reason=reason or agreed.reason, by=by, now=now
    )
    codes.give_back(session, booking, back.to_voucher, now)
    if agreed.credit:
        credit = codes.issue_credit(session, booking, agreed.credit, agreed.credit_until, by, now)
        back = replace(back, code=credit.shown)
    history.note(
        session, booking, "settled", by=by, now=now, refund=back.refund.minor,
        credit=agreed.credit.minor, kept=agreed.kept.minor, reason=reason, **told,
    )  # fmt: skip
    if (covered := covering.of(session, booking.id)) is not None:
        covered.kept_minor = agreed.kept.minor
    invoicing.follow_the_money(session, booking, now)
    return _for_the_client(session, booking, back)


def goes_back(session: Session, booking: Booking, agreed: Settlement) -> letters.GoesBack:
    """What the client would get, and by which ways: nothing, where a company pays."""
    return _for_the_client(session, booking, _ways(session, booking, agreed))


def _for_the_client(session: Session, booking: Booking, back: letters.GoesBack) -> letters.GoesBack:
    company = covering.payer(session, booking.id)
    if company is None:
        return back
    zero = Money.zero(booking.currency)
    return letters.GoesBack(zero, zero, zero, zero, back.kept, payer=company.name)


def _ways(session: Session, booking: Booking, agreed: Settlement) -> letters.GoesBack:
    """By which way each part of the refund would go: to payments first, then to vouchers."""
    parts = ledger.where_from(session, booking.id, agreed.refund)
    cards = [part for payment, part in parts if payment.method is Method.CARD]
    planned = added((part for _, part in parts), booking.currency)
    to_card = added(cards, booking.currency)
    covered = vouchers.covered(session, booking.id, booking.currency)
    return letters.GoesBack(
        to_card=to_card,
        by_hand=planned - to_card,
        to_voucher=min(agreed.refund - planned, covered),
        credit=agreed.credit,
        credit_until=agreed.credit_until,
        kept=agreed.kept,
    )
