"""Which company pays for a booking, and whether it may."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from studio.booking.companies.models import CompanyBooking
from studio.booking.models import Booking
from studio.clients.companies import Company, packages_of
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.inserts import insert_if_new
from studio.payments.promos import CodeRefused
from studio.web.filters import money

_TAKEN = (
    BookingState.HELD,
    BookingState.REQUESTED,
    BookingState.CONFIRMED,
    BookingState.COMPLETED,
    BookingState.NO_SHOW,
)


def of(session: Session, booking_id: int) -> CompanyBooking | None:
    return session.get(CompanyBooking, booking_id)


def payer(session: Session, booking_id: int) -> Company | None:
    """The company that pays for a booking."""
    known = of(session, booking_id)
    return None if known is None else session.get_one(Company, known.company_id)


def payers(session: Session, booking_ids: Collection[int]) -> Sequence[Company]:
    """The companies that pay for some of the bookings, each once."""
    theirs = select(CompanyBooking.company_id).where(CompanyBooking.booking_id.in_(booking_ids))
    return session.scalars(select(Company).where(Company.id.in_(theirs)).order_by(Company.id)).all()


def use(session: Session, company: Company, booking: Booking) -> None:
    """Let *company* pay for a hold, in place of another one; the caller holds the lock.

    Raises:
        CodeRefused: with a sentence why it does not.
    """
    if company.archived_at is not None:
        raise CodeRefused("We do not know this code.")
    if company.currency != booking.currency:
        raise CodeRefused("This company pays in another currency.")
    must_pay_for(session, company, booking, booking.package_id, booking.price)
    row = {
        "booking_id": booking.id,
        "company_id": company.id,
        "purchase_order": "",
        "deposit_minor": 0,
        "kept_minor": 0,
    }
    if not insert_if_new(session, CompanyBooking, [row]):
        session.get_one(CompanyBooking, booking.id).company_id = company.id
    session.flush()
    session.expire(booking, ["covered"])


def must_pay_for(
    session: Session, company: Company, booking: Booking, package_id: int, price: Money
) -> None:
    """Raises CodeRefused, with a sentence, unless *company* pays *price* for such a package."""
    packages = packages_of(session, company.id)
    if packages and package_id not in packages:
        raise CodeRefused(f"{company.name} does not pay for this session.")
    if company.limit is not None:
        more = covered(session, company, booking.starts_at, booking.zone, besides=booking.id)
        if more + price > company.limit:
            raise CodeRefused(
                f"{company.name} pays for sessions up to {money(company.limit)} a month, and this"
                " one would be over it."
            )


def covered(
    session: Session, company: Company, starts_at: datetime, zone: str, *, besides: int = 0
) -> Money:
    """What the company pays for sessions in the month of *starts_at*, *besides* one booking."""
    local = starts_at.astimezone(ZoneInfo(zone))
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    total = session.scalars(
        select(func.coalesce(func.sum(Booking.price_minor), 0))
        .join(CompanyBooking, CompanyBooking.booking_id == Booking.id)
        .where(
            CompanyBooking.company_id == company.id,
            Booking.id != besides,
            Booking.state.in_(_TAKEN),
            Booking.starts_at >= first,
            Booking.starts_at < after,
        )
    ).one()
    return Money(int(total), company.currency)


def leave_out(session: Session, booking_id: int) -> None:
    """The client pays themselves after all."""
    session.execute(delete(CompanyBooking).where(CompanyBooking.booking_id == booking_id))
    session.expire_all()


def take_order(session: Session, booking: Booking, purchase_order: str) -> None:
    """Keep the purchase order with what a company pays for.

    Raises:
        CodeRefused: if the company wants one and there is none.
    """
    company, known = payer(session, booking.id), of(session, booking.id)
    if company is None or known is None:
        return
    if company.order_required and not purchase_order:
        raise CodeRefused(f"{company.name} wants a purchase order: please type its number.")
    known.purchase_order = purchase_order
