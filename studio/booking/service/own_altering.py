"""A client adds to their own session what takes nothing but money."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from studio.booking import alterations, history
from studio.booking.coming.service import add_ons_left
from studio.booking.effects import Effect
from studio.booking.models import Booking
from studio.booking.service import adding, altering, moving
from studio.booking.service.altering import AlterRequest
from studio.catalogue.models import AddOn, BookingMode
from studio.db import retried, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.domain.pricing import added
from studio.payments.standing import standing
from studio.ports import ports
from studio.scheduling import calendar


class CannotAdd(Exception):
    """The extra takes time or somebody's work, comes too late, or is the studio's to decide."""


def add_own_extra(booking_id: int, slug: str, *, price_shown: int) -> None:
    """Add an extra as its client asks; what is asked for twice is added, and costs, once.

    Raises:
        CannotMove: if it is no session still to come.
        CannotAdd: if the client may not add it, or not any more.
        CostChanged: if it costs something else than was shown, in minor units.
        ChargeUnderWay: if the kept card is being charged just now.
    """
    effect = _add(booking_id, slug, price_shown)
    if effect is not None:
        altering.close_stale_page(booking_id, effect)


@retried
def _add(booking_id: int, slug: str, price_shown: int) -> Effect | None:
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        moving.must_be_movable(booking, now)
        if alterations.booked(booking).add_ons.get(slug):
            return None
        if slug not in {each.slug for each in addable_at_once(booking, now)}:
            raise CannotAdd
        wish = adding.with_one_more(booking, slug)
        request = AlterRequest(wish=wish, by=history.CLIENT)
        effect = altering.alter(session, booking, request, now)
        if effect.more.minor != price_shown:
            raise moving.CostChanged
        return effect


def addable_at_once(booking: Booking, now: datetime) -> list[AddOn]:
    """The extras that a client may add without asking: they change nothing but the price.

    Until the package's own notice, for what is not known by then cannot be made ready. What is
    booked on request, and what a company pays for, is the studio's to decide.
    """
    notice = timedelta(hours=booking.package.lead_hours)
    ours = booking.package.mode is BookingMode.REQUEST or booking.covered is not None
    if ours or booking.state is not BookingState.CONFIRMED or booking.starts_at - notice <= now:
        return []
    return [
        each
        for each in add_ons_left(booking, now)
        if not (each.minutes or each.before_minutes or each.resources)
    ]


def price_of_extra(session: Session, booking: Booking, slug: str) -> Money:
    """How much more a session costs with one of an extra, codes and taxes as it was sold under.

    Raises:
        NotOffered: if it goes with the package no more.
        NothingChanges: if the session has it.
    """
    wanted = alterations.plan(session, booking, adding.with_one_more(booking, slug))
    return added((each.total for each in wanted.lines), booking.currency) - booking.price


def owed_of(session: Session, booking: Booking, price: Money) -> Money:
    """How much of an extra's *price* has to be paid: what was paid too much pays for it first."""
    return standing(session, booking.id, booking.currency).owed_of(price)
