"""What staff do about a booking that asks to be looked at."""

from __future__ import annotations

from studio.booking import history
from studio.db import retried, transaction
from studio.domain.attention import besides
from studio.ports import ports


@retried
def clear_attention(booking_id: int, *, seen: str, by: str) -> bool:
    """Note that somebody has seen to what was shown to them of a booking.

    Returns:
        Whether nothing else has come up since.
    """
    now = ports().now()
    with transaction() as session:
        booking = history.locked(session, booking_id)
        left = besides(booking.attention, seen)
        if left != booking.attention:
            done = besides(booking.attention, left)
            history.note(session, booking, "seen to", by=by, now=now, why=done)
            booking.attention = left
        return not left
