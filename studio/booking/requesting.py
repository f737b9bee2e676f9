"""Sessions the studio wants to be asked for: nothing is reserved until staff say yes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from studio.booking import history, letters
from studio.booking.models import Booking
from studio.domain.lifecycle import Action
from studio.messaging import outbox
from studio.scheduling import calendar


def ask(session: Session, booking: Booking, now: datetime) -> None:
    """Turn a hold with its details into a request, which takes no time. The caller has the lock."""
    history.move(session, booking, Action.REQUEST, by=history.CLIENT, now=now)
    booking.hold_expires_at = None
    calendar.release(session, booking.id)
    outbox.withdraw(session, booking.id)
    letters.requested(session, booking, now)
