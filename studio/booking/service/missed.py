"""Sessions to which nobody came: said by staff, and taken back if they were wrong."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from studio.booking import history, invoicing, letters
from studio.booking.account import account_of
from studio.booking.companies import covering
from studio.booking.models import Booking
from studio.booking.service import pages
from studio.booking.service.cancelling import RefundChanged, settle
from studio.booking.settlement import Ending
from studio.db import db, retried, transaction
from studio.domain import lifecycle, terms
from studio.domain.lifecycle import Action
from studio.domain.money import Money
from studio.domain.terms import Figures, Settlement
from studio.messaging import outbox
from studio.ports import ports
from studio.ports.payment_gateway import GatewayRefused, GatewayUnavailable, PaymentsPaused
from studio.scheduling import calendar

log = structlog.get_logger()


class MoneyHasGone(Exception):
    """Something was given back, so that the session cannot simply stand again."""


def no_show(session: Session, booking: Booking) -> Settlement:
    """What becomes of the money if nobody came."""
    return terms.no_show(booking.policy.policy, account_of(session, booking))


def say_nobody_came(booking_id: int, shown: Figures, *, by: str) -> Money:
    """Let a session that has begun be one to which nobody came; *shown* is what was agreed to.

    What is unpaid is not asked for any more, and what is unsent is withdrawn. An open payment
    page is closed first; what is paid on it all the same goes back.

    Returns:
        The refund that was planned.

    Raises:
        RefundChanged: if the money is no longer as it was shown.
        lifecycle.IllegalMove: if the session has not begun, or is none.
    """
    session = db.session()
    _must_have_begun(session.get_one(Booking, booking_id))
    session.rollback()
    try:
        pages.close(booking_id, Ending())
    except (GatewayUnavailable, GatewayRefused, PaymentsPaused) as error:
        log.warning("page_left_open", booking=booking_id, error=type(error).__name__)
    return _nobody_came(booking_id, shown, by)


def _must_have_begun(booking: Booking) -> None:
    if booking.starts_at > ports().now():
        raise lifecycle.IllegalMove(booking.state, Action.MISS)


@retried
def _nobody_came(booking_id: int, shown: Figures, by: str) -> Money:
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        _must_have_begun(booking)
        agreed = no_show(session, booking)
        history.move(session, booking, Action.MISS, by=by, now=now)
        if agreed.figures != shown:
            raise RefundChanged
        back = settle(session, booking, agreed, by=by, now=now)
        outbox.withdraw(session, booking.id)
        letters.missed(session, booking, back, now)
        return back.refund


@retried
def say_they_came(booking_id: int, *, by: str) -> None:
    """Let a session stand again of which somebody said that nobody came.

    Raises:
        MoneyHasGone: if anything was given back with it.
        lifecycle.IllegalMove: if nobody said so.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        settled = [each.detail for each in booking.events if each.kind == "settled"]
        history.move(session, booking, Action.COMPLETE, by=by, now=now)
        if settled[-1]["refund"]:
            raise MoneyHasGone
        if (covered := covering.of(session, booking_id)) is not None:
            covered.kept_minor = 0
        invoicing.follow_the_money(session, booking, now)
