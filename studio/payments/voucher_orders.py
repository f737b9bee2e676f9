"""Gift vouchers sold online: what the studio offers, and what somebody has asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from studio.db import Base, primary_key
from studio.domain.money import Money, decimals
from studio.payments.models import LedgerEntry, Payment, PaymentState, Refund, RefundState
from studio.payments.vouchers import Voucher


class VoucherOffer(Base):
    """What vouchers clients may buy themselves: some whole amounts, and any from least to most.

    There is one row, or none before anything was ever offered. *months* is how long a voucher is
    good for, 0 for ever; *most_minor* 0 offers the *amounts* alone.
    """

    __tablename__ = "voucher_offers"

    id: Mapped[int] = primary_key()
    amounts: Mapped[list[int]]
    least_minor: Mapped[int]
    most_minor: Mapped[int]
    months: Mapped[int]
    currency: Mapped[str]

    @property
    def fixed(self) -> list[Money]:
        unit = 10 ** decimals(self.currency)
        return [Money(each * unit, self.currency) for each in self.amounts]

    @property
    def limits(self) -> tuple[Money, Money] | None:
        """From what to what an amount may be chosen freely."""
        if not self.most_minor:
            return None
        return Money(self.least_minor, self.currency), Money(self.most_minor, self.currency)

    def has(self, amount: Money) -> bool:
        if amount.currency != self.currency:
            return False
        free = self.limits
        return amount in self.fixed or (free is not None and free[0] <= amount <= free[1])


class VoucherOrder(Base):
    """A voucher that somebody wants to buy; it has its *voucher* once the money has come in.

    *request_hash* makes a form sent twice one order. The two links open it for who bought it and
    for whom it is; only their SHA-256 is kept.
    """

    __tablename__ = "voucher_orders"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"),)

    id: Mapped[int] = primary_key()
    reference: Mapped[str] = mapped_column(unique=True)
    request_hash: Mapped[str] = mapped_column(unique=True)
    order_hash: Mapped[str] = mapped_column(unique=True)
    gift_hash: Mapped[str] = mapped_column(unique=True)
    amount_minor: Mapped[int]
    currency: Mapped[str]
    months: Mapped[int]
    buyer: Mapped[str]
    buyer_email: Mapped[str]
    recipient: Mapped[str]
    recipient_email: Mapped[str]
    greeting: Mapped[str]
    send_on: Mapped[date | None]
    voucher_id: Mapped[int | None] = mapped_column(ForeignKey("vouchers.id"), unique=True)
    attention: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


def offer(session: Session, currency: str) -> VoucherOffer | None:
    """What is offered now; None if that is nothing."""
    found = session.get(VoucherOffer, 1)
    if found is None or found.currency != currency or not (found.amounts or found.most_minor):
        return None
    return found


def payments(session: Session, order_id: int) -> Sequence[Payment]:
    return session.scalars(
        select(Payment).where(Payment.voucher_order_id == order_id).order_by(Payment.id)
    ).all()


def payable(session: Session, order_id: int) -> Sequence[Payment]:
    """The attempts with which somebody might still pay for an order."""
    still = (PaymentState.CREATING, PaymentState.OPEN)
    return [each for each in payments(session, order_id) if each.state in still]


def kept(session: Session, order: VoucherOrder) -> Money:
    """What came in for an order, less what goes back."""
    moved = select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0)).where(
        LedgerEntry.voucher_order_id == order.id
    )
    asked = (
        select(func.coalesce(func.sum(Refund.amount_minor), 0))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.voucher_order_id == order.id, Refund.state == RefundState.REQUESTED)
    )
    left = int(session.scalars(moved).one()) - int(session.scalars(asked).one())
    return Money(left, order.currency)


def refunds(session: Session, order_id: int) -> Sequence[Refund]:
    return session.scalars(
        select(Refund)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.voucher_order_id == order_id)
        .order_by(Refund.id)
    ).all()


def voucher_of(session: Session, order: VoucherOrder) -> Voucher | None:
    return None if order.voucher_id is None else session.get_one(Voucher, order.voucher_id)


def flagged(session: Session) -> Sequence[VoucherOrder]:
    """Orders that ask to be looked at, the oldest first."""
    return session.scalars(
        select(VoucherOrder).where(VoucherOrder.attention != "").order_by(VoucherOrder.id)
    ).all()


@dataclass(frozen=True, slots=True)
class Sold:
    """Who bought a voucher online."""

    order_id: int
    buyer: str


def sold(session: Session) -> dict[int, Sold]:
    """Who bought which voucher, by the voucher's id."""
    rows = session.execute(
        select(VoucherOrder.voucher_id, VoucherOrder.id, VoucherOrder.buyer).where(
            VoucherOrder.voucher_id.is_not(None)
        )
    )
    return {voucher: Sold(order, buyer) for voucher, order, buyer in rows if voucher is not None}
