"""A client moves their own session, for what the policy asks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from studio.booking import history, sale
from studio.booking.models import Booking
from studio.booking.service import moving
from studio.catalogue.models import BookingMode
from studio.catalogue.queries import who_may_shoot
from studio.db import retried, transaction
from studio.domain.terms import CalledOffBy, Moving
from studio.ports import ports
from studio.scheduling import calendar
from studio.scheduling.models import Photographer


@retried
def move_own_session(
    booking_id: int, *, starts_at: datetime, away_from: datetime, fee_shown: int
) -> None:
    """Move a client's session as they ask: its own photographer shoots it if they can.

    The move that is asked for twice is made, and costs, once.

    Raises:
        CannotMove: if it is no session still to come, or its client may not move it (any more).
        CostChanged: if it does not begin at *away_from* any more, or costs another fee by now.
        calendar.StartNotOpen: if the new time is not open; the session keeps the time it has.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        moving.must_be_movable(booking, now)
        if booking.starts_at == starts_at:
            return
        request = moving.MoveRequest(
            starts_at=starts_at,
            photographer=None,
            by=history.CLIENT,
            asked_by=CalledOffBy.CLIENT,
            fee_shown=fee_shown,
        )
        if booking.starts_at != away_from:
            raise moving.CostChanged
        cost = moving.agreed_cost(session, booking, fee_shown, now)
        if not may_move_own(booking, cost):
            raise moving.CannotMove
        found = _own_time(session, booking, starts_at, now)
        moving.finish(session, booking, found, request, (), cost, now)


def may_move_own(booking: Booking, cost: Moving) -> bool:
    """Whether its client may move a session themselves; what is booked on request they may not."""
    return cost.left > 0 and booking.package.mode is BookingMode.INSTANT


def own_crew(session: Session, booking: Booking) -> list[Photographer]:
    """Who may shoot a session at another time that its client chooses, its own first.

    Nobody else where the client asked for one.
    """
    own = booking.photographer
    others = [] if booking.by_name else who_may_shoot(session, booking.package)
    able = [own] if own.resource.archived_at is None else []
    return [*able, *(each for each in others if each.id != own.id)]


def _own_time(
    session: Session, booking: Booking, starts_at: datetime, now: datetime
) -> calendar.Claim:
    """The new time, taken with the session's own photographer or else with another."""
    crew = own_crew(session, booking)
    for able in (crew[:1], crew[1:]):
        if not able:
            continue
        needs = sale.needs_now(session, booking, able)
        try:
            return calendar.move(session, needs, booking.id, starts_at, now)
        except calendar.StartNotOpen:
            continue
    raise calendar.StartNotOpen(starts_at)
