"""What was paid beyond the price: one sentence asks the staff about what is left of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from studio.booking import history
from studio.booking.models import Booking
from studio.payments import ledger

_ASKING = "less than was paid: give that back."


def ask(session: Session, booking: Booking, now: datetime) -> None:
    """Ask the staff to give back what is too much now, in place of what they were asked before."""
    lines = booking.attention.splitlines()
    booking.attention = "\n".join(each for each in lines if not each.endswith(_ASKING))
    left = ledger.surplus(session, booking.id, booking.currency)
    if left:
        why = f"It costs {left.major} {left.currency} {_ASKING}"
        history.flag(session, booking, why, now=now)


def ask_less(session: Session, booking: Booking, now: datetime) -> None:
    """As `ask`, where the staff were asked and have not seen to it yet."""
    if any(each.endswith(_ASKING) for each in booking.attention.splitlines()):
        ask(session, booking, now)
