"""Giving a session another time: the new one is taken before the old one is given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from studio.booking import agreement, history, letters, sale
from studio.booking.models import Booking
from studio.catalogue.queries import who_may_shoot
from studio.db import retried, transaction
from studio.domain.availability import Needs, Obstacle
from studio.domain.lifecycle import BookingState
from studio.payments.models import Due, Purpose
from studio.ports import ports
from studio.scheduling import calendar, judgement, openings
from studio.scheduling.models import Photographer


class CannotMove(Exception):
    """The session is over, has begun, or was never confirmed."""


class NobodySuch(Exception):
    """The photographer asked for does not shoot this package."""


class RulesBroken(Exception):
    """The new time breaks other rules than the ones that were set aside; *obstacles* are all."""

    def __init__(self, obstacles: tuple[Obstacle, ...]) -> None:
        super().__init__(", ".join(each.rule.value for each in obstacles))
        self.obstacles = obstacles


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRequest:
    """Where a session goes, and who moves it.

    Without a photographer (a slug) it stays with its own. With a *reason*, the rules named in
    *set_aside* are broken for it; nothing else is.
    """

    starts_at: datetime
    photographer: str | None
    by: str
    reason: str = ""
    set_aside: frozenset[str] = frozenset()


@retried
def move_booking(booking_id: int, request: MoveRequest) -> None:
    """Move a confirmed session; its people are told, and what prepares them is planned anew.

    Raises:
        CannotMove: if it is not a session still to come.
        NobodySuch: if the photographer does not shoot the package.
        calendar.StartNotOpen: if the new time is not open, or nobody could set aside why; the
            session keeps the time it has.
        RulesBroken: if other rules are broken than the ones set aside.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        must_be_movable(booking, now)
        before, whose = booking.starts_at, booking.photographer
        needs = sale.needs_now(session, booking, [photographer_for(session, booking, request)])
        broken: tuple[Obstacle, ...] = ()
        if request.reason:
            found, broken = anyway(session, needs, request, now, leaving_out=booking.id)
            calendar.reallocate(session, found, booking.id)
        else:
            found = calendar.move(session, needs, booking.id, request.starts_at, now)
        _retime(session, booking, found, request.reason if broken else "")
        history.note(
            session, booking, "moved", by=request.by, now=now,
            before=before.isoformat(), after=booking.starts_at.isoformat(),
            reason=request.reason, rules=[each.rule.value for each in broken],
        )  # fmt: skip
        session.flush()
        session.refresh(booking)
        letters.moved(session, booking, before, now)
        if booking.photographer_id != whose.id:
            letters.handed_over(session, booking, before, whose, now)


def must_be_movable(booking: Booking, now: datetime) -> None:
    """Raises CannotMove unless it is a confirmed session still to come."""
    if booking.state is not BookingState.CONFIRMED or booking.starts_at <= now:
        raise CannotMove


def photographer_for(session: Session, booking: Booking, request: MoveRequest) -> Photographer:
    if request.photographer is None:
        return booking.photographer
    able = who_may_shoot(session, booking.package)
    found = next((each for each in able if each.slug == request.photographer), None)
    if found is None:
        raise NobodySuch
    return found


def anyway(
    session: Session,
    needs: Needs,
    request: MoveRequest,
    now: datetime,
    *,
    leaving_out: int | None = None,
) -> tuple[calendar.Claim, tuple[Obstacle, ...]]:
    """A time against the rules that are set aside.

    Raises:
        RulesBroken: if it breaks others.
        calendar.StartNotOpen: if something is in the way that nobody can set aside.
    """
    (who,) = needs.photographers
    found, broken = judgement.claim_anyway(
        session, needs, request.starts_at, now, photographer_id=who, leaving_out=leaving_out
    )
    if {each.rule.value for each in broken} - request.set_aside:
        raise RulesBroken(broken)
    return found, broken


def _retime(
    session: Session, booking: Booking, found: calendar.Claim, override_reason: str
) -> None:
    """Everything on the booking that hangs on its time."""
    known = openings.known_house(session)
    booking.starts_at, booking.ends_at = found.starts_at, found.ends_at
    booking.arrive_at = agreement.arrival(
        found.starts_at, booking.before_minutes, known.arrive_minutes
    )
    booking.local_time = agreement.wall_time(found.starts_at, known.zone)
    booking.zone = known.zone.key
    booking.photographer_id, booking.room_id = found.photographer_id, found.room_id
    booking.override_reason = override_reason
    hours = timedelta(hours=booking.package.balance_hours_before)
    session.execute(
        update(Due)
        .where(Due.booking_id == booking.id, Due.purpose == Purpose.BALANCE)
        .values(due_at=found.starts_at - hours)
    )
