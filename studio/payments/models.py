"""What is owed, what was tried, what was paid: sums over the ledger, never stored counters."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from studio.db import Base, primary_key, words
from studio.domain.money import Money

_ONE_OWNER = "(booking_id IS NULL) <> (voucher_order_id IS NULL)"


class Purpose(StrEnum):
    """What something is due for; an extra is added to a session later, a fee by its policy."""

    DEPOSIT = "deposit"
    BALANCE = "balance"
    EXTRA = "extra"
    FEE = "fee"


class Method(StrEnum):
    """How money came in; all but cards are written down by staff."""

    CARD = "card"
    CASH = "cash"
    TRANSFER = "transfer"
    TERMINAL = "terminal"
    CHEQUE = "cheque"


class PaymentState(StrEnum):
    """`creating` until the processor has answered, then monotonic: open to one of the others.

    What staff wrote down is paid from the first, and may be reversed.
    """

    CREATING = "creating"
    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    REVERSED = "reversed"


class RefundState(StrEnum):
    """A refund is withdrawn where a lost dispute gives the money back instead, or another refund.

    That is one made in place of it, after it had failed.
    """

    REQUESTED = "requested"
    DONE = "done"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class DisputeState(StrEnum):
    """An inquiry only asks and moves no money; it is closed, or becomes a dispute."""

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


class EntryKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    REVERSAL = "reversal"
    VOUCHER = "voucher"
    WRITE_OFF = "write_off"
    DISPUTE = "dispute"


class Due(Base):
    """An amount owed for a booking at a time; *label* says what an extra or a fee is for."""

    __tablename__ = "dues"
    __table_args__ = (
        Index(
            "ix_dues_once",
            "booking_id",
            "purpose",
            unique=True,
            sqlite_where=text("purpose IN ('deposit', 'balance')"),
            postgresql_where=text("purpose IN ('deposit', 'balance')"),
        ),
        CheckConstraint("amount_minor > 0", name="amount"),
    )

    id: Mapped[int] = primary_key()
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    purpose: Mapped[Purpose] = mapped_column(words(Purpose))
    label: Mapped[str] = mapped_column(default="")
    amount_minor: Mapped[int]
    currency: Mapped[str]
    due_at: Mapped[datetime]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Payment(Base):
    """One attempt to pay; its row stands before the processor hears of it.

    It is for a booking, or for a gift voucher that was ordered. *email* is the address the
    processor was given: a repeated request has to be the same. With *confirms* paying it makes a
    hold a session. What staff wrote down has *recorded_by*. An *unattended* one charges a kept
    card, with nobody on a page: once in a booking's life.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint(_ONE_OWNER, name="one_owner"),
        Index(None, "state", "created_at"),
        Index(
            "ix_payments_unattended_once",
            "booking_id",
            unique=True,
            sqlite_where=text("unattended"),
            postgresql_where=text("unattended"),
        ),
    )

    id: Mapped[int] = primary_key()
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"), index=True)
    voucher_order_id: Mapped[int | None] = mapped_column(
        ForeignKey("voucher_orders.id"), index=True
    )
    amount_minor: Mapped[int]
    currency: Mapped[str]
    state: Mapped[PaymentState] = mapped_column(words(PaymentState))
    method: Mapped[Method] = mapped_column(words(Method), default=Method.CARD)
    confirms: Mapped[bool] = mapped_column(default=True)
    unattended: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[str] = mapped_column(default="")
    email: Mapped[str]
    checkout_id: Mapped[str | None] = mapped_column(unique=True)
    checkout_url: Mapped[str | None]
    intent_id: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]

    @property
    def for_booking(self) -> int:
        """The booking it is for.

        Raises:
            LookupError: if it buys a gift voucher.
        """
        if self.booking_id is None:
            raise LookupError("the payment buys a gift voucher")
        return self.booking_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class PaymentDue(Base):
    """Which dues a payment is for, and how much of each."""

    __tablename__ = "payment_dues"

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), primary_key=True)
    due_id: Mapped[int] = mapped_column(ForeignKey("dues.id"), primary_key=True)
    amount_minor: Mapped[int]


class Refund(Base):
    """Money to be given back; sent by a job, with a key made from this row."""

    __tablename__ = "refunds"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"),)

    id: Mapped[int] = primary_key()
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    amount_minor: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[str]
    requested_by: Mapped[str]
    state: Mapped[RefundState] = mapped_column(words(RefundState))
    processor_id: Mapped[str | None] = mapped_column(unique=True)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Dispute(Base):
    """A client's bank that asks for a payment back, as the processor last told of it.

    What has moved stands in the ledger, each entry's *ref* beginning with `ref_prefix`. While it
    is not *refundable* nothing of the payment can be given back. *due_at* is when evidence has
    to be there, None once nothing is expected of the studio.
    """

    __tablename__ = "disputes"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"),)

    id: Mapped[int] = primary_key()
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    processor_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[DisputeState] = mapped_column(words(DisputeState))
    reason: Mapped[str]
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    currency: Mapped[str]
    refundable: Mapped[bool]
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)

    @property
    def ref_prefix(self) -> str:
        return f"{self.processor_id}/"

    @property
    def ended(self) -> bool:
        return self.state not in {DisputeState.INQUIRY, DisputeState.OPEN}


class LedgerEntry(Base):
    """Money that moved: positive in, negative out. Append only, each *ref* once per kind.

    It moved for a booking, or for a gift voucher that was ordered.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        UniqueConstraint("kind", "ref"),
        CheckConstraint(_ONE_OWNER, name="one_owner"),
    )

    id: Mapped[int] = primary_key()
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"), index=True)
    voucher_order_id: Mapped[int | None] = mapped_column(
        ForeignKey("voucher_orders.id"), index=True
    )
    kind: Mapped[EntryKind] = mapped_column(words(EntryKind))
    ref: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    at: Mapped[datetime]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class ProcessorEvent(Base):
    """A signed event as it came in; *done_at* stands only after its effects were committed.

    One that did not reach us and was fetched is *caught*.
    """

    __tablename__ = "processor_events"
    __table_args__ = (Index(None, "done_at", "next_try_at"), UniqueConstraint("event_id"))

    id: Mapped[int] = primary_key()
    event_id: Mapped[str]
    type: Mapped[str]
    object_id: Mapped[str]
    intent_id: Mapped[str | None]
    live: Mapped[bool]
    caught: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(default="")
