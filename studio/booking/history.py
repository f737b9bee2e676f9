"""How a booking is changed: locked, then its state and its history written together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from studio.booking.models import Booking, BookingEvent
from studio.domain import lifecycle
from studio.domain.attention import also
from studio.domain.lifecycle import Action
from studio.inserts import insert_all

# Who did it, where no person did.
CLIENT, SYSTEM = "client", "system"


def locked(session: Session, booking_id: int) -> Booking:
    """The booking as it is now, which nobody else changes until this transaction ends.

    Its key stays free for others to refer to: whoever writes a link for a message it has locked
    must not wait for one who holds the booking and is about to change that message.
    """
    return session.get_one(Booking, booking_id, with_for_update={"key_share": True})


# A line of the history that is still to be written.
Line: TypeAlias = dict[str, object]


def move(
    session: Session,
    booking: Booking,
    action: Action,
    *,
    by: str,
    now: datetime,
    after: Sequence[Line] = (),
    **detail: Any,
) -> None:
    """Do *action*, and say so in the history, *after* what led to it.

    Raises:
        lifecycle.IllegalMove: if the booking's state does not allow it.
    """
    before = booking.state
    booking.state = lifecycle.after(before, action)
    done = line(booking, action.value, by=by, now=now, before=before.value, **detail)
    write(session, [*after, done])


def note(
    session: Session, booking: Booking, kind: str, *, by: str, now: datetime, **detail: Any
) -> None:
    """Add to the history something that changes no state."""
    write(session, [line(booking, kind, by=by, now=now, **detail)])


def write(session: Session, lines: Sequence[Line]) -> None:
    insert_all(session, BookingEvent, lines)


def line(booking: Booking, kind: str, *, by: str, now: datetime, **detail: Any) -> Line:
    """What `note` adds, for somebody who writes it together with other lines."""
    return {"booking_id": booking.id, "at": now, "actor": by, "kind": kind, "detail": detail}


def flag(session: Session, booking: Booking, why: str, *, now: datetime) -> None:
    """Ask the staff to look at a booking; *why* is a sentence, beside those unseen till then."""
    booking.attention = also(booking.attention, why)
    note(session, booking, "attention", by=SYSTEM, now=now, why=why)


def flag_once(session: Session, booking: Booking, why: str, *, now: datetime) -> None:
    """`flag`, for what is found again and again: noted anew only once somebody has seen to it."""
    if why not in booking.attention.splitlines():
        flag(session, booking, why, now=now)
