"""Gift vouchers: money that was paid for a later session, spent in parts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, case, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from studio.db import Base, primary_key, words
from studio.domain.money import Money
from studio.payments.promos import CodeRefused, normal

# Letters and digits that nobody mistakes for one another; twelve of them are 58 bits.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12


class VoucherMove(StrEnum):
    """What happened to a voucher's money: taken for a hold, let go, spent, given back, changed."""

    ISSUED = "issued"
    RESERVED = "reserved"
    RELEASED = "released"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class Voucher(Base):
    """A code that stands for money; what is left of it is the sum of its entries."""

    __tablename__ = "vouchers"

    id: Mapped[int] = primary_key()
    code: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    recipient: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    expires_on: Mapped[date | None]
    issued_by: Mapped[str]
    created_at: Mapped[datetime]

    @property
    def shown(self) -> str:
        """The code in groups of four, as it is written for people."""
        return "-".join(self.code[n : n + 4] for n in range(0, len(self.code), 4))


class VoucherEntry(Base):
    """Money put on a voucher (positive) or taken from it (negative). Append only."""

    __tablename__ = "voucher_entries"
    __table_args__ = (CheckConstraint("amount_minor <> 0", name="amount"),)

    id: Mapped[int] = primary_key()
    voucher_id: Mapped[int] = mapped_column(ForeignKey("vouchers.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"), index=True)
    kind: Mapped[VoucherMove] = mapped_column(words(VoucherMove))
    amount_minor: Mapped[int]
    currency: Mapped[str]
    at: Mapped[datetime]


def issue(
    session: Session,
    amount: Money,
    *,
    recipient: str,
    note: str,
    expires_on: date | None,
    by: str,
    now: datetime,
) -> Voucher:
    """A new voucher over *amount*."""
    voucher = Voucher(
        code="".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)),
        currency=amount.currency,
        recipient=recipient,
        note=note,
        expires_on=expires_on,
        issued_by=by,
        created_at=now,
    )
    session.add(voucher)
    session.flush()
    _enter(session, voucher, VoucherMove.ISSUED, amount, None, now)
    return voucher


def find(session: Session, code: str) -> Voucher | None:
    return session.scalars(select(Voucher).where(Voucher.code == normal(code))).one_or_none()


def left(session: Session, voucher: Voucher) -> Money:
    """What can still be spent."""
    total = select(func.coalesce(func.sum(VoucherEntry.amount_minor), 0))
    minor = session.scalars(total.where(VoucherEntry.voucher_id == voucher.id)).one()
    return Money(int(minor), voucher.currency)


def issued(session: Session, voucher: Voucher) -> Money:
    """What it was over when it was made."""
    total = select(func.coalesce(func.sum(VoucherEntry.amount_minor), 0)).where(
        VoucherEntry.voucher_id == voucher.id, VoucherEntry.kind == VoucherMove.ISSUED
    )
    return Money(int(session.scalars(total).one()), voucher.currency)


def every(session: Session) -> Sequence[tuple[Voucher, Money, Money]]:
    """All vouchers, the newest first, each with what it was over and what is left."""
    issued = func.sum(case((VoucherEntry.kind == VoucherMove.ISSUED, VoucherEntry.amount_minor)))
    rows = session.execute(
        select(Voucher, issued, func.sum(VoucherEntry.amount_minor))
        .join(VoucherEntry, VoucherEntry.voucher_id == Voucher.id)
        .group_by(Voucher.id)
        .order_by(Voucher.id.desc())
    )
    return [
        (each, Money(int(whole), each.currency), Money(int(rest), each.currency))
        for each, whole, rest in rows
    ]


def reserve(
    session: Session, voucher: Voucher, booking_id: int, price: Money, today: date, now: datetime
) -> Money:
    """Take as much of the voucher for a booking as it costs; the caller holds the lock.

    Raises:
        CodeRefused: if it is spent, has expired, or is of another currency.
    """
    if voucher.currency != price.currency:
        raise CodeRefused("This voucher is for another currency.")
    if voucher.expires_on and today > voucher.expires_on:
        raise CodeRefused("This voucher has expired.")
    amount = min(left(session, voucher), price)
    if amount.minor <= 0:
        raise CodeRefused("This voucher has been spent already.")
    _enter(session, voucher, VoucherMove.RESERVED, -amount, booking_id, now)
    return amount


def covered(session: Session, booking_id: int, currency: str) -> Money:
    """What vouchers pay of a booking now, less what went back to them."""
    total = select(func.coalesce(func.sum(VoucherEntry.amount_minor), 0))
    minor = session.scalars(total.where(VoucherEntry.booking_id == booking_id)).one()
    return Money(-int(minor), currency)


def returned(session: Session, booking_id: int, currency: str) -> Money:
    """What went back to vouchers of what they had paid of a booking."""
    total = select(func.coalesce(func.sum(VoucherEntry.amount_minor), 0))
    minor = session.scalars(
        total.where(
            VoucherEntry.booking_id == booking_id, VoucherEntry.kind == VoucherMove.RETURNED
        )
    ).one()
    return Money(int(minor), currency)


def of(session: Session, booking_id: int) -> Sequence[Voucher]:
    """The vouchers that a booking has, or had, money of."""
    return session.scalars(
        select(Voucher)
        .where(
            Voucher.id.in_(
                select(VoucherEntry.voucher_id).where(VoucherEntry.booking_id == booking_id)
            )
        )
        .order_by(Voucher.id)
    ).all()


def release(session: Session, booking_id: int, now: datetime) -> None:
    """Put back what a booking has of its vouchers, since nothing came of it."""
    for voucher in of(session, booking_id):
        mine = part(session, voucher, booking_id)
        if mine:
            _enter(session, voucher, VoucherMove.RELEASED, mine, booking_id, now)


def take_again(session: Session, booking_id: int, now: datetime) -> None:
    """Take once more what a booking had released, as far as it is still there."""
    for voucher in of(session, booking_id):
        released = session.scalars(
            select(VoucherEntry.amount_minor)
            .where(
                VoucherEntry.voucher_id == voucher.id,
                VoucherEntry.booking_id == booking_id,
                VoucherEntry.kind == VoucherMove.RELEASED,
            )
            .order_by(VoucherEntry.id.desc())
        ).first()
        again = min(left(session, voucher), Money(released or 0, voucher.currency))
        if again and not part(session, voucher, booking_id):
            _enter(session, voucher, VoucherMove.RESERVED, -again, booking_id, now)


def give_back(session: Session, booking_id: int, amount: Money, now: datetime) -> Money:
    """Put up to *amount* back on the vouchers that paid for a booking; what was put back."""
    rest = amount
    for voucher in reversed(of(session, booking_id)):
        back = min(rest, part(session, voucher, booking_id))
        if back.minor > 0:
            _enter(session, voucher, VoucherMove.RETURNED, back, booking_id, now)
            rest -= back
    return amount - rest


def withdraw(session: Session, voucher: Voucher, now: datetime, most: Money | None = None) -> Money:
    """Let nothing more be spent, or *most* less; how much was taken."""
    rest = left(session, voucher)
    if most is not None:
        rest = min(rest, most)
    if rest:
        _enter(session, voucher, VoucherMove.WITHDRAWN, -rest, None, now)
    return rest


def part(session: Session, voucher: Voucher, booking_id: int) -> Money:
    """What a booking has of a voucher now."""
    total = select(func.coalesce(func.sum(VoucherEntry.amount_minor), 0))
    minor = session.scalars(
        total.where(VoucherEntry.voucher_id == voucher.id, VoucherEntry.booking_id == booking_id)
    ).one()
    return Money(-int(minor), voucher.currency)


def _enter(
    session: Session,
    voucher: Voucher,
    kind: VoucherMove,
    amount: Money,
    booking_id: int | None,
    now: datetime,
) -> None:
    session.add(
        VoucherEntry(
            voucher_id=voucher.id,
            booking_id=booking_id,
            kind=kind,
            amount_minor=amount.minor,
            currency=amount.currency,
            at=now,
        )
    )
    session.flush()
