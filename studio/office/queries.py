"""What the office's own pages read; every function asks a fixed number of questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Subquery, func, or_, select, true
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.interfaces import LoaderOption

from studio.booking.models import Booking
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.domain.pricing import added
from studio.payments.models import Due, LedgerEntry, Payment, Refund, RefundState
from studio.payments.standing import standings
from studio.payments.voucher_orders import VoucherOrder

# Sessions that stand: agreed, or shot already.
STANDING = (BookingState.CONFIRMED, BookingState.COMPLETED)


def with_people() -> tuple[LoaderOption, ...]:
    """Bookings with all who have a part in them, and where.

    Made when asked for: at import it would configure every mapper, which takes its time.
    """
    return (
        joinedload(Booking.client),
        joinedload(Booking.photographer),
        joinedload(Booking.package),
        joinedload(Booking.room),
        joinedload(Booking.place),
    )


# As many rows as a list of money shows; the newest come first.
_MOST = 100


def minutes_left(held: Booking, now: datetime) -> int:
    """Whole minutes, begun ones included, until a hold runs out; 0 where it is over or none."""
    until = held.pay_by or held.hold_expires_at
    if held.state is not BookingState.HELD or until is None:
        return 0
    return max(0, -int((now - until) // timedelta(minutes=1)))


def time_left(held: Booking, now: datetime) -> str:
    """12 min; what was accepted is kept for days: 44 hours."""
    minutes = minutes_left(held, now)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} hours"


def waits_for(held: Booking) -> str:
    """What a hold waits for, in the staff's words."""
    if held.pay_by:
        return "paying now"
    return "deposit to be paid" if held.accepted_at else "filling in the details"


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def live_holds(session: Session, now: datetime, photographer_id: int | None) -> Sequence[Booking]:
    """What is held or being paid for at *now*, for whichever day, the first to run out first."""
    return session.scalars(
        select(Booking)
        .options(*with_people())
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
        .options(*with_people())
        .where(Booking.id == booking_id, _within(photographer_id))
    ).one_or_none()


def flagged(session: Session) -> Sequence[Booking]:
    """Bookings that ask to be looked at, the next session first."""
    return session.scalars(
        select(Booking)
        .options(*with_people())
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
    asked = (
        select(Payment.booking_id, func.sum(Refund.amount_minor).label("total"))
        .join(Refund, Refund.payment_id == Payment.id)
        .where(Refund.state == RefundState.REQUESTED)
        .group_by(Payment.booking_id)
        .subquery()
    )
    here = func.coalesce(paid.c.total, 0) - func.coalesce(asked.c.total, 0)
    due = (
        select(Due.booking_id, func.sum(Due.amount_minor).label("total"))
        .group_by(Due.booking_id)
        .having(func.min(Due.due_at) <= now)
        .subquery()
    )
    # Which of its dues the money has paid is not for SQL to say.
    unpaid = session.scalars(
        select(Booking)
        .join(due, due.c.booking_id == Booking.id)
        .join(paid, paid.c.booking_id == Booking.id, isouter=True)
        .join(asked, asked.c.booking_id == Booking.id, isouter=True)
        .options(*with_people())
        .where(Booking.state.in_(STANDING), due.c.total > here)
    ).all()
    money = standings(session, {each.id: each.currency for each in unpaid})
    found = []
    for each in unpaid:
        late = [part for part in money[each.id].missing if part.due.due_at <= now]
        if late:
            amount = added((part.amount for part in late), each.currency)
            found.append(Overdue(each, amount, late[0].due.due_at))
    return sorted(found, key=lambda each: (each.since, each.booking.id))[:_MOST]


def recent_payments(
    session: Session,
) -> Sequence[tuple[Payment, Booking | None, VoucherOrder | None]]:
    """The latest attempts to pay, whatever became of them, and what they are for."""
    rows = session.execute(
        select(Payment, Booking, VoucherOrder)
        .outerjoin(Booking, Booking.id == Payment.booking_id)
        .outerjoin(VoucherOrder, VoucherOrder.id == Payment.voucher_order_id)
        .options(*with_people())
        .order_by(Payment.created_at.desc(), Payment.id.desc())
        .limit(_MOST)
    )
    return [(payment, each, order) for payment, each, order in rows]


def recent_refunds(
    session: Session,
) -> Sequence[tuple[Refund, Booking | None, VoucherOrder | None]]:
    """The latest refunds, those that failed before all others."""
    rows = session.execute(
        select(Refund, Booking, VoucherOrder)
        .join(Payment, Payment.id == Refund.payment_id)
        .outerjoin(Booking, Booking.id == Payment.booking_id)
        .outerjoin(VoucherOrder, VoucherOrder.id == Payment.voucher_order_id)
        .options(*with_people())
        .order_by(
            (Refund.state == RefundState.FAILED).desc(), Refund.created_at.desc(), Refund.id.desc()
        )
        .limit(_MOST)
    )
    return [(refund, each, order) for refund, each, order in rows]


def waiting_requests(session: Session) -> int:
    """How many clients have asked for a session and have no answer yet."""
    asked = Booking.state == BookingState.REQUESTED
    return session.scalar(select(func.count(Booking.id)).where(asked)) or 0


def failed_refunds(session: Session) -> int:
    counted = select(func.count(Refund.id)).where(Refund.state == RefundState.FAILED)
    return session.scalars(counted).one()


def waiting_refunds(session: Session) -> int:
    """How many refunds were tried and are still to be made, each with its reason."""
    counted = select(func.count(Refund.id)).where(
        Refund.state == RefundState.REQUESTED, Refund.error != ""
    )
    return session.scalars(counted).one()


def _within(photographer_id: int | None) -> ColumnElement[bool]:
    return true() if photographer_id is None else Booking.photographer_id == photographer_id


def _paid_by_booking() -> Subquery:
    return (
        select(LedgerEntry.booking_id, func.sum(LedgerEntry.amount_minor).label("total"))
        .group_by(LedgerEntry.booking_id)
        .subquery()
    )
