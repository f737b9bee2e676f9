"""What staff do about a booking that asks to be looked at."""

from __future__ import annotations

from studio.booking import history
from studio.db import retried, transaction
from studio.ports import ports


@retried
def clear_attention(booking_id: int, *, by: str) -> None:
    """Note that somebody has seen to a booking; without a flag nothing happens."""
    now = ports().now()
    with transaction() as session:
        booking = history.locked(session, booking_id)
        if booking.attention:
            history.note(session, booking, "seen to", by=by, now=now, why=booking.attention)
            booking.attention = ""
