"""Giving a session another time: it keeps the one it has unless the new one can be had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from studio.booking import agreement, history, letters, sale
from studio.booking.account import account_of
from studio.booking.models import Booking, BookingEvent
from studio.booking.service import charging
from studio.booking.service.charging import Charge
from studio.catalogue.queries import who_may_shoot
from studio.db import retried, transaction
from studio.domain.availability import Needs, Obstacle
from studio.domain.lifecycle import BookingState
from studio.domain.pricing import LineKind
from studio.domain.terms import CalledOffBy, Moving, moving
from studio.payments.models import Due, Purpose
from studio.ports import ports
from studio.scheduling import calendar, judgement, openings
from studio.scheduling.models import Photographer

# A fee for moving is due so long after it, or when the session begins.
FEE_DUE = timedelta(days=7)


class CannotMove(Exception):
    """The session is over, has begun, or was never confirmed; or its client may not move it."""


class CostChanged(Exception):
    """What moving costs, or the session's time, is no longer what was shown."""


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
    *set_aside* are broken for it; nothing else is. What a client asks for costs what the policy
    says, which has to be *fee_shown*, in minor units.
    """

    starts_at: datetime
    photographer: str | None
    by: str
    reason: str = ""
    set_aside: frozenset[str] = frozenset()
    asked_by: CalledOffBy = CalledOffBy.STUDIO
    fee_shown: int = 0


def cost_of_moving(session: Session, booking: Booking, now: datetime) -> Moving:
    """What the policy asks of a client for moving the session now; moves they asked for count."""
    moved = select(BookingEvent.detail).where(
        BookingEvent.booking_id == booking.id, BookingEvent.kind == "moved"
    )
    asked = [each.get("asked_by") for each in session.scalars(moved)]
    return moving(
        booking.policy.policy,
        account_of(session, booking),
        moves=asked.count(CalledOffBy.CLIENT.value),
        starts_at=booking.starts_at,
        now=now,
    )


@retried
def move_booking(booking_id: int, request: MoveRequest) -> None:
    """Move a confirmed session; its people are told, and what prepares them is planned anew.

    Raises:
        CannotMove: if it is not a session still to come.
        NobodySuch: if the photographer does not shoot the package.
        calendar.StartNotOpen: if the new time is not open, or nobody could set aside why; the
            session keeps the time it has.
        RulesBroken: if other rules are broken than the ones set aside.
        CostChanged: if a client's move now costs something else than was shown.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        must_be_movable(booking, now)
        asked = request.asked_by is CalledOffBy.CLIENT
        cost = agreed_cost(session, booking, request.fee_shown, now) if asked else None
        needs = sale.needs_now(session, booking, [photographer_for(session, booking, request)])
        broken: tuple[Obstacle, ...] = ()
        if request.reason:
            found, broken = anyway(session, needs, request, now, leaving_out=booking.id)
            calendar.reallocate(session, found, booking.id)
        else:
            found = calendar.move(session, needs, booking.id, request.starts_at, now)
        finish(session, booking, found, request, broken, cost, now)


def agreed_cost(session: Session, booking: Booking, fee_shown: int, now: datetime) -> Moving:
    """What a client pays for the move they ask for now.

    Raises:
        CostChanged: if it is another fee than was shown.
    """
    cost = cost_of_moving(session, booking, now)
    if cost.fee.minor != fee_shown:
        raise CostChanged
    return cost


def finish(
    session: Session,
    booking: Booking,
    found: calendar.Claim,
    request: MoveRequest,
    broken: tuple[Obstacle, ...],
    cost: Moving | None,
    now: datetime,
) -> None:
    """All that follows from a time that was taken in place of another."""
    before, whose = booking.starts_at, booking.photographer
    _retime(session, booking, found, request.reason if broken else "")
    history.note(
        session, booking, "moved", by=request.by, now=now,
        before=before.isoformat(), after=booking.starts_at.isoformat(),
        reason=request.reason, rules=[each.rule.value for each in broken],
        asked_by=request.asked_by.value, former=whose.id,
    )  # fmt: skip
    session.flush()
    session.refresh(booking)
    letters.moved(session, booking, before, now)
    if booking.photographer_id != whose.id:
        letters.handed_over(session, booking, before, whose, now)
    if cost is not None and cost.fee:
        charging.put_on(session, booking, _fee(booking, cost, request.by, now), now)


def _fee(booking: Booking, cost: Moving, by: str, now: datetime) -> Charge:
    return Charge(
        label="Moving the session: the deposit anew" if cost.forfeits else "Moving the session",
        amount=cost.fee,
        kind=LineKind.FEE,
        due_at=fee_due_at(booking.starts_at, now),
        by=by,
        whole=True,
    )


def fee_due_at(starts_at: datetime, now: datetime) -> datetime:
    """By when the fee for moving a session to *starts_at* is to be paid."""
    return min(now + FEE_DUE, starts_at)


def must_be_movable(booking: Booking, now: datetime) -> None:
    """Raises CannotMove unless it is a confirmed session still to come."""
    if booking.state is not BookingState.CONFIRMED or booking.starts_at <= now:
        raise CannotMove


def photographer_for(session: Session, booking: Booking, request: MoveRequest) -> Photographer:
    if request.photographer in {None, booking.photographer.slug}:
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
    hours = timedelta(hours=booking.balance_hours_before)
    # What was added later is due with the balance, unless it came too late for that.
    with_the_balance = or_(
        Due.purpose == Purpose.BALANCE,
        and_(Due.purpose == Purpose.EXTRA, Due.due_at == booking.starts_at - hours),
    )
    booking.starts_at, booking.ends_at = found.starts_at, found.ends_at
    booking.arrive_at = agreement.arrival(
        found.starts_at,
        booking.before_minutes,
        agreement.early(booking.place, booking.sets[0].set, known.arrive_minutes),
    )
    booking.local_time = agreement.wall_time(found.starts_at, known.zone)
    booking.zone = known.zone.key
    booking.photographer_id, booking.room_id = found.photographer_id, found.room_id
    booking.override_reason = override_reason
    session.execute(
        update(Due)
        .where(Due.booking_id == booking.id, with_the_balance)
        .values(due_at=found.starts_at - hours)
    )
