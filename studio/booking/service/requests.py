"""Answering requests: accepted, declined, withdrawn, or overtaken by time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from studio.booking import codes, history, letters, sale, settlement
from studio.booking.models import Booking
from studio.catalogue.queries import who_may_shoot
from studio.db import retried, transaction
from studio.domain.lifecycle import Action, BookingState, IllegalMove
from studio.ports import ports
from studio.scheduling import calendar

# A client who asked days ago may need to be found; but the time is not kept for ever.
PAY_WITHIN = timedelta(hours=48)


@retried
def accept_request(booking_id: int, *, by: str) -> None:
    """Say yes: the time is taken now, and held while the deposit is paid, if one is due.

    Raises:
        calendar.StartNotOpen: if the time is not open any more; it stays a request.
        IllegalMove: if it is no request any more.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        if booking.state is not BookingState.REQUESTED or booking.starts_at <= now:
            raise IllegalMove(booking.state, Action.ACCEPT)
        able = [booking.photographer]
        if not booking.by_name:
            able = who_may_shoot(session, booking.package)
        needs = sale.needs_now(session, booking, able)
        found = calendar.claim(session, sale.as_agreed(needs), booking.starts_at, now)
        booking.photographer_id, booking.room_id = found.photographer_id, found.room_id
        until = min(now + PAY_WITHIN, booking.starts_at)
        calendar.allocate(session, found, booking.id, until)
        history.move(session, booking, Action.ACCEPT, by=by, now=now)
        booking.accepted_at, booking.hold_expires_at = now, until
        session.flush()
        session.refresh(booking)
        if codes.due_now(session, booking):
            letters.accepted(session, booking, now)
            return
        calendar.expire_at(session, booking.id, None)
        settlement.confirm(session, booking, by=by, now=now)


@retried
def decline_request(booking_id: int, *, reason: str, by: str) -> None:
    """Say no, with a reason that the client reads.

    Raises:
        IllegalMove: if it is no request any more.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = _request(session, booking_id)
        settlement.end(session, booking, Action.CANCEL, by=by, now=now)
        history.note(session, booking, "declined", by=by, now=now, reason=reason)
        letters.declined(session, booking, reason, now)


@retried
def withdraw_request(booking_id: int) -> None:
    """The client does not want it any more; a request that has been answered stays as it is."""
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        if booking.state is BookingState.REQUESTED:
            settlement.end(session, booking, Action.CANCEL, by=history.CLIENT, now=now)


@retried
def let_request_lapse(booking_id: int) -> bool:
    """End a request whose time has come without an answer; whether it was one."""
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        if booking.state is not BookingState.REQUESTED or booking.starts_at > now:
            return False
        settlement.end(session, booking, Action.EXPIRE, by=history.SYSTEM, now=now)
        return True


def _request(session: Session, booking_id: int) -> Booking:
    booking = history.locked(session, booking_id)
    if booking.state is not BookingState.REQUESTED:
        raise IllegalMove(booking.state, Action.ACCEPT)
    return booking
