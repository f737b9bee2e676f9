"""An extra that a client asked for: one sentence asks the staff until somebody has answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from studio.booking import history
from studio.booking.models import Booking
from studio.web.text import one_line

_ASKING = "They ask for an extra: "


def ask(session: Session, booking: Booking, name: str, now: datetime) -> None:
    """Ask the staff to add the extra of this *name*, or to answer the client."""
    history.flag_once(session, booking, _about(name), now=now)


def settle(booking: Booking) -> None:
    """Ask no more for what *booking* has by now."""
    has = {_about(line.add_on.name) for line in booking.lines if line.add_on}
    _keep(booking, lambda why: why not in has)


def drop(booking: Booking) -> None:
    """Ask for nothing more: the session is off."""
    _keep(booking, lambda why: not why.startswith(_ASKING))


def _about(name: str) -> str:
    return f"{_ASKING}{one_line(name)}."


def _keep(booking: Booking, wanted: Callable[[str], bool]) -> None:
    booking.attention = "\n".join(filter(wanted, booking.attention.splitlines()))
