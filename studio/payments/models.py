"""What is owed, what was tried, what was paid: sums over the ledger, never stored counters."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from studio.db import Base, primary_key, words
from studio.domain.money import Money


class Purpose(StrEnum):
    DEPOSIT = "deposit"
    BALANCE = "balance"


class PaymentState(StrEnum):
    """`creating` until the processor has answered, then monotonic: open to one of the others."""

    CREATING = "creating"
    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"


class RefundState(StrEnum):
    REQUESTED = "requested"
    DONE = "done"
    FAILED = "failed"


class EntryKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


class Due(Base):
    """An amount owed for a booking at a time; a deposit, or the balance before the session."""

    __tablename__ = "dues"
    __table_args__ = (
        UniqueConstraint("booking_id", "purpose"),
        CheckConstraint("amount_minor > 0", name="amount"),
    )

    id: Mapped[int] = primary_key()
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    purpose: Mapped[Purpose] = mapped_column(words(Purpose))
    amount_minor: Mapped[int]
    currency: Mapped[str]
    due_at: Mapped[datetime]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Payment(Base):
    """One attempt to pay; its row stands before the processor hears of it.

    *email* is the address the processor was given: a repeated request has to be the same.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        Index(None, "state", "created_at"),
    )

    id: Mapped[int] = primary_key()
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), index=True)
    amount_minor: Mapped[int]
    currency: Mapped[str]
    state: Mapped[PaymentState] = mapped_column(words(PaymentState))
    email: Mapped[str]
    checkout_id: Mapped[str | None] = mapped_column(unique=True)
    checkout_url: Mapped[str | None]
    intent_id: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]

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


class LedgerEntry(Base):
    """Money that moved: positive in, negative out. Append only, each *ref* once per kind."""

    __tablename__ = "ledger_entries"
    __table_args__ = (UniqueConstraint("kind", "ref"),)

    id: Mapped[int] = primary_key()
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), index=True)
    kind: Mapped[EntryKind] = mapped_column(words(EntryKind))
    ref: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    at: Mapped[datetime]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class ProcessorEvent(Base):
    """A signed event as it came in; *done_at* stands only after its effects were committed."""

    __tablename__ = "processor_events"
    __table_args__ = (Index(None, "done_at", "next_try_at"), UniqueConstraint("event_id"))

    id: Mapped[int] = primary_key()
    event_id: Mapped[str]
    type: Mapped[str]
    object_id: Mapped[str]
    intent_id: Mapped[str | None]
    live: Mapped[bool]
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(default="")
