"""What the office's own pages read; every function asks a fixed number of questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Subquery, and_, func, or_, select, true
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.interfaces import LoaderOption

from studio.booking.models import Booking
from studio.catalogue.models import Genre
from studio.db import epoch
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.domain.turnaround import SetTimes
from studio.office.turnarounds import InRoom, Turnaround, turnarounds
from studio.payments.models import Due, LedgerEntry, Payment, Refund, RefundState
from studio.scheduling.models import Allocation, Block, Set
from studio.scheduling.queries import LONGEST

# Sessions that stand: agreed, or shot already.
STANDING = (BookingState.CONFIRMED, BookingState.COMPLETED)


def _people() -> tuple[LoaderOption, ...]:
    """Made when asked for: at import it would configure every mapper, which takes its time."""
    return (
        joinedload(Booking.client),
        joinedload(Booking.photographer),
        joinedload(Booking.package),
        joinedload(Booking.room),
    )


# As many rows as a list of money shows; the newest come first.
_MOST = 100


@dataclass(frozen=True, slots=True)
class Slot:
    """A session or a live hold in the calendar, with what its room needs around it."""

    booking: Booking
    sets: str
    turnaround: Turnaround

    @property
    def held(self) -> bool:
        return self.booking.state is BookingState.HELD

    @property
    def genre(self) -> Genre:
        return self.booking.package.session_type.genre


def minutes_left(held: Booking, now: datetime) -> int:
    """Whole minutes, begun ones included, until a hold runs out; 0 where it is over or none."""
    until = held.pay_by or held.hold_expires_at
    if held.state is not BookingState.HELD or until is None:
        return 0
    return max(0, -int((now - until) // timedelta(minutes=1)))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def slots(
    session: Session,
    since: datetime,
    until: datetime,
    now: datetime,
    *,
    zone: ZoneInfo,
    photographer_id: int | None,
) -> list[Slot]:
    """What takes time between two midnights of *zone*, of one photographer or of all, in order."""
    # Everybody's are read: who else is in the room decides what has to be built.
    rows = session.execute(
        select(
            Booking,
            Allocation.first_set_id,
            Allocation.last_set_id,
            Allocation.same_minutes,
            Allocation.clear_minutes,
        )
        .join(
            Allocation,
            and_(
                Allocation.booking_id == Booking.id,
                Allocation.resource_id == Booking.photographer_id,
            ),
        )
        .where(
            Allocation.busy_from > epoch(since) - LONGEST,
            Allocation.busy_from < epoch(until),
            Allocation.busy_to > epoch(since),
            or_(Allocation.expires_at.is_(None), Allocation.expires_at > epoch(now)),
        )
        .options(*_people())
        .order_by(Booking.starts_at, Booking.id)
    ).all()
    names, times = _sets(session)
    around = turnarounds(
        (
            # On location nobody else has set up there: each session is in a room of its own.
            InRoom(
                each.id,
                each.room_id or -each.id,
                each.starts_at,
                each.ends_at,
                first,
                last,
                same,
                clear,
            )
            for each, first, last, same, clear in rows
        ),
        times,
        zone,
    )
    return [
        Slot(
            each,
            names[first] if first == last else f"{names[first]}, then {names[last]}",
            around[each.id],
        )
        for each, first, last, *_ in rows
        if photographer_id in {None, each.photographer_id}
    ]


def blocks(
    session: Session, since: datetime, until: datetime, photographer_ids: Sequence[int]
) -> Sequence[Block]:
    """Time off of photographers that touches the time between two instants, in order."""
    return session.scalars(
        select(Block)
        .where(
            Block.resource_id.in_(photographer_ids),
            Block.busy_from < epoch(until),
            Block.busy_to > epoch(since),
        )
        .order_by(Block.busy_from, Block.id)
    ).all()


def live_holds(session: Session, now: datetime, photographer_id: int | None) -> Sequence[Booking]:
    """What is held or being paid for at *now*, for whichever day, the first to run out first."""
    return session.scalars(
        select(Booking)
        .options(*_people())
        .where(
            Booking.state == BookingState.HELD,
            or_(Booking.pay_by.is_not(None), Booking.hold_expires_at > now),
            _within(photographer_id),
        )
        .order_by(func.coalesce(Booking.pay_by, Booking.hold_expires_at), Booking.id)
        .limit(_MOST)
    ).all()


def standing_between(
    session: Session, since: datetime, until: datetime, photographer_id: int | None
) -> int:
    """How many sessions begin in the time from *since* to *until*."""
    counted = select(func.count(Booking.id)).where(
        Booking.state.in_(STANDING),
        Booking.starts_at >= since,
        Booking.starts_at < until,
        _within(photographer_id),
    )
    return session.scalars(counted).one()


def booking(session: Session, booking_id: int, photographer_id: int | None) -> Booking | None:
    """One booking with its people, unless it is somebody else's."""
    return session.scalars(
        select(Booking)
        .options(*_people())
        .where(Booking.id == booking_id, _within(photographer_id))
    ).one_or_none()


def flagged(session: Session) -> Sequence[Booking]:
    """Bookings that ask to be looked at, the next session first."""
    return session.scalars(
        select(Booking)
        .options(*_people())
        .where(Booking.attention != "")
        .order_by(Booking.starts_at, Booking.id)
        .limit(_MOST)
    ).all()


def open_balances(session: Session, currency: str) -> tuple[int, Money]:
    """How many standing sessions are not paid in full, and what is missing in all."""
    paid = _paid_by_booking()
    left = Booking.price_minor - func.coalesce(paid.c.total, 0)
    count, total = session.execute(
        select(func.count(Booking.id), func.coalesce(func.sum(left), 0))
        .join(paid, paid.c.booking_id == Booking.id, isouter=True)
        .where(Booking.state.in_(STANDING), left > 0)
    ).one()
    return int(count), Money(int(total), currency)


@dataclass(frozen=True, slots=True)
class Overdue:
    """A standing session for which *amount* should have been paid by *since*."""

    booking: Booking
    amount: Money
    since: datetime


def overdue(session: Session, now: datetime) -> list[Overdue]:
    """What should have been paid by *now* and was not, the longest overdue first."""
    paid = _paid_by_booking()
    due = (
        select(
            Due.booking_id,
            func.sum(Due.amount_minor).label("total"),
            func.max(Due.due_at).label("since"),
        )
        .where(Due.due_at <= now)
        .group_by(Due.booking_id)
        .subquery()
    )
    missing = due.c.total - func.coalesce(paid.c.total, 0)
    rows = session.execute(
        select(Booking, missing, due.c.since)
        .join(due, due.c.booking_id == Booking.id)
        .join(paid, paid.c.booking_id == Booking.id, isouter=True)
        .options(*_people())
        .where(Booking.state.in_(STANDING), missing > 0)
        .order_by(due.c.since, Booking.id)
        .limit(_MOST)
    )
    return [Overdue(each, Money(int(minor), each.currency), since) for each, minor, since in rows]


def recent_payments(session: Session) -> Sequence[tuple[Payment, Booking]]:
    """The latest attempts to pay, whatever became of them."""
    rows = session.execute(
        select(Payment, Booking)
        .join(Booking, Booking.id == Payment.booking_id)
        .options(*_people())
        .order_by(Payment.created_at.desc(), Payment.id.desc())
        .limit(_MOST)
    )
    return [(payment, each) for payment, each in rows]


def recent_refunds(session: Session) -> Sequence[tuple[Refund, Booking]]:
    """The latest refunds, those that failed before all others."""
    rows = session.execute(
        select(Refund, Booking)
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Booking, Booking.id == Payment.booking_id)
        .options(*_people())
        .order_by(
            (Refund.state == RefundState.FAILED).desc(), Refund.created_at.desc(), Refund.id.desc()
        )
        .limit(_MOST)
    )
    return [(refund, each) for refund, each in rows]


def failed_refunds(session: Session) -> int:
    counted = select(func.count(Refund.id)).where(Refund.state == RefundState.FAILED)
    return session.scalars(counted).one()


def _within(photographer_id: int | None) -> ColumnElement[bool]:
    return true() if photographer_id is None else Booking.photographer_id == photographer_id


def _paid_by_booking() -> Subquery:
    return (
        select(LedgerEntry.booking_id, func.sum(LedgerEntry.amount_minor).label("total"))
        .group_by(LedgerEntry.booking_id)
        .subquery()
    )


def _sets(session: Session) -> tuple[dict[int, str], dict[int, SetTimes]]:
    """The names of all sets, and how long they take, by their ids."""
    rows = session.execute(select(Set.id, Set.name, Set.build_minutes, Set.strike_minutes)).all()
    return (
        {each: name for each, name, *_ in rows},
        {each: SetTimes(build * 60, strike * 60) for each, _, build, strike in rows},
    )
