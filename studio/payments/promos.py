"""Promo codes: what they take off, for whom and how often."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from studio.db import Base, primary_key
from studio.domain.adjustments import Discount
from studio.domain.money import Money
from studio.web.filters import long_date

_NOISE = re.compile(r"[^0-9A-Z]+")

promo_packages = Table(
    "promo_packages",
    Base.metadata,
    Column("promo_id", ForeignKey("promo_codes.id"), primary_key=True),
    Column("package_id", ForeignKey("packages.id"), primary_key=True),
)


class CodeRefused(Exception):
    """The code cannot be used; the text is a sentence for whoever typed it."""


class TakesOff:
    """What a code takes off: *percent* or an amount."""

    code: Mapped[str]
    label: Mapped[str]
    percent: Mapped[int] = mapped_column(default=0)
    amount_minor: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str]

    @property
    def discount(self) -> Discount:
        amount = Money(self.amount_minor, self.currency) if self.amount_minor else None
        return Discount(self.code, self.label, self.percent, amount)


class PromoCode(TakesOff, Base):
    """A code as the studio gives it out now; dates are both included, None is open.

    Without packages it holds for all. *most_uses* None is no limit.
    """

    __tablename__ = "promo_codes"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("(percent = 0) <> (amount_minor = 0)", name="one_of_two"),
        CheckConstraint("most_uses >= 1", name="most_uses"),
        CheckConstraint("first_on <= last_on", name="order"),
    )

    id: Mapped[int] = primary_key()
    code: Mapped[str] = mapped_column(unique=True)
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]
    most_uses: Mapped[int | None]
    first_booking_only: Mapped[bool] = mapped_column(default=False)
    archived_at: Mapped[datetime | None]


class PromoUse(TakesOff, Base):
    """A booking that has a code, on the terms of the moment it was used, whatever becomes of it.

    *packages* are those it went with, none being all. A booking that ended before it was agreed
    gives the use back.
    """

    __tablename__ = "promo_uses"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    promo_id: Mapped[int] = mapped_column(ForeignKey("promo_codes.id"), index=True)
    released_at: Mapped[datetime | None]
    packages: Mapped[list[int]]

    def goes_with(self, package_id: int) -> bool:
        """Whether the booking has it as this package, too."""
        return _goes_with(self.packages, package_id)


def normal(text: str) -> str:
    """A code as it is kept, however somebody types it."""
    return _NOISE.sub("", text.upper())


def find(session: Session, code: str) -> PromoCode | None:
    """The code in use that somebody has typed; what leaves nothing to look for is none."""
    wanted = normal(code)
    if not wanted:
        return None
    return session.scalars(
        select(PromoCode).where(PromoCode.code == wanted, PromoCode.archived_at.is_(None))
    ).one_or_none()


def of(session: Session, booking_id: int) -> PromoUse | None:
    """The code that a booking has now, as it was when it was used."""
    return session.scalars(
        select(PromoUse).where(PromoUse.booking_id == booking_id, PromoUse.released_at.is_(None))
    ).one_or_none()


def use(session: Session, promo: PromoCode, booking_id: int, package_id: int, today: date) -> None:
    """Note that a booking has the code; the caller holds the calendar's lock.

    Raises:
        CodeRefused: with a sentence why it cannot have it.
    """
    if promo.first_on and today < promo.first_on:
        raise CodeRefused(f"This code holds from {long_date(promo.first_on)}.")
    if promo.last_on and today > promo.last_on:
        raise CodeRefused("This code has expired.")
    packages = session.scalars(
        select(promo_packages.c.package_id).where(promo_packages.c.promo_id == promo.id)
    ).all()
    if not _goes_with(packages, package_id):
        raise CodeRefused("This code does not go with this session.")
    if promo.most_uses is not None and uses(session, promo.id, booking_id) >= promo.most_uses:
        raise CodeRefused("This code has been used as often as it may be.")
    known = session.get(PromoUse, booking_id) or PromoUse(booking_id=booking_id)
    known.promo_id, known.released_at = promo.id, None
    known.code, known.label, known.currency = promo.code, promo.label, promo.currency
    known.percent, known.amount_minor = promo.percent, promo.amount_minor
    known.packages = sorted(packages)
    session.add(known)
    session.flush()


def _goes_with(packages: Sequence[int], package_id: int) -> bool:
    return not packages or package_id in packages


def uses(session: Session, promo_id: int, besides: int = 0) -> int:
    """How many bookings have the code, *besides* one."""
    return session.scalars(
        select(func.count())
        .select_from(PromoUse)
        .where(
            PromoUse.promo_id == promo_id,
            PromoUse.released_at.is_(None),
            PromoUse.booking_id != besides,
        )
    ).one()


def release(session: Session, booking_id: int, now: datetime) -> None:
    """Give the use back, since nothing came of the booking."""
    known = session.get(PromoUse, booking_id)
    if known is not None:
        known.released_at = known.released_at or now


def leave_out(session: Session, booking_id: int) -> None:
    """The client wants the hold without its code."""
    session.execute(delete(PromoUse).where(PromoUse.booking_id == booking_id))


def take_again(session: Session, booking_id: int) -> None:
    """A booking that had ended came to be agreed after all: its price stands, code included."""
    known = session.get(PromoUse, booking_id)
    if known is not None:
        known.released_at = None
