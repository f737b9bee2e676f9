"""Adding one extra to a booked session, as its client has asked."""

from __future__ import annotations

from dataclasses import replace

from studio.booking import alterations, history
from studio.booking.alterations import Wish
from studio.booking.effects import Effect
from studio.booking.models import Booking
from studio.booking.sale import NotOffered
from studio.booking.service import moving
from studio.booking.service.altering import (
    AlterRequest,
    NothingChanges,
    alter,
    close_stale_page,
)
from studio.db import retried, transaction
from studio.payments import once as once_keys
from studio.ports import ports
from studio.scheduling import calendar


def with_one_more(booking: Booking, slug: str) -> Wish:
    """The session as it is now, with one of an extra that it does not have.

    Raises:
        NotOffered: if it goes with the package no more.
        NothingChanges: if the session has it.
    """
    now = alterations.booked(booking)
    if now.add_ons.get(slug):
        raise NothingChanges
    if slug not in {e.slug for e in booking.package.add_ons if e.archived_at is None}:
        raise NotOffered(
            f"{alterations.EXTRA}{slug}", "This extra does not go with the package any more."
        )
    return replace(now, add_ons={**now.add_ons, slug: 1})


def add_extra(booking_id: int, slug: str, *, by: str, once: str = "") -> Effect:
    """Add an extra that a client has asked for, as `alter_booking` does, and with its errors."""
    effect = _add_extra(booking_id, slug, by, once)
    close_stale_page(booking_id, effect)
    return effect


@retried
def _add_extra(booking_id: int, slug: str, by: str, once: str) -> Effect:
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        once_keys.claim(session, once, now)
        moving.must_be_movable(booking, now)
        request = AlterRequest(wish=with_one_more(booking, slug), by=by)
        return alter(session, booking, request, now)
