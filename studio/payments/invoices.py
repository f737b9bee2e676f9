"""Invoices and credit notes: numbered without gaps, and found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from studio.db import Base, primary_key, words
from studio.domain.invoice import Charged
from studio.domain.money import Money
from studio.domain.pricing import added
from studio.inserts import insert_if_new


class InvoiceKind(StrEnum):
    """What a paper is: for a part that was paid before the rest, for everything, or taken back."""

    PART = "part"
    FINAL = "final"
    CREDIT = "credit"


class Series(StrEnum):
    """Papers that are numbered together, without gaps within a year."""

    INVOICE = "invoice"
    CREDIT = "credit"


class InvoiceCounter(Base):
    """The last number that was given in a series and year; raised by whoever issues a paper."""

    __tablename__ = "invoice_counters"

    series: Mapped[Series] = mapped_column(words(Series), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Invoice(Base):
    """An invoice or a credit note as it was issued: written once, never changed.

    *snapshot* is all that is printed, so nothing that changes later alters it. A credit note's
    amounts are below zero.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("series", "year", "number"),
        CheckConstraint("number >= 1", name="number"),
    )

    id: Mapped[int] = primary_key()
    # A company's papers are of several bookings.
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"), index=True)
    kind: Mapped[InvoiceKind] = mapped_column(words(InvoiceKind))
    series: Mapped[Series] = mapped_column(words(Series))
    year: Mapped[int]
    number: Mapped[int]
    issued_on: Mapped[date] = mapped_column(index=True)
    total_minor: Mapped[int]
    tax_minor: Mapped[int]
    currency: Mapped[str]
    snapshot: Mapped[dict[str, Any]]

    @property
    def name(self) -> str:
        """How it is called on paper: 2026-0001, or C2026-0001 for a credit note."""
        mark = "C" if self.series is Series.CREDIT else ""
        return f"{mark}{self.year}-{self.number:04}"

    @property
    def title(self) -> str:
        return str(self.snapshot["title"])

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A paper without a number; *rates* is what it charges, and *told* what else is printed."""

    booking_id: int | None
    kind: InvoiceKind
    issued_on: date
    currency: str
    rates: Sequence[Charged]
    told: dict[str, Any]


def issue(session: Session, draft: Draft) -> Invoice:
    """Number *draft* and write it down; both stand or fall with the transaction."""
    series = Series.CREDIT if draft.kind is InvoiceKind.CREDIT else Series.INVOICE
    invoice = Invoice(
        booking_id=draft.booking_id,
        kind=draft.kind,
        series=series,
        year=draft.issued_on.year,
        number=_next_number(session, series, draft.issued_on.year),
        issued_on=draft.issued_on,
        total_minor=added((each.gross for each in draft.rates), draft.currency).minor,
        tax_minor=added((each.tax for each in draft.rates), draft.currency).minor,
        currency=draft.currency,
    )
    invoice.snapshot = {
        **draft.told,
        "kind": draft.kind.value,
        "number": invoice.name,
        "issued_on": draft.issued_on.isoformat(),
        "currency": draft.currency,
        "rates": [written(each) for each in draft.rates],
    }
    session.add(invoice)
    session.flush()
    return invoice


def written(charged: Charged) -> dict[str, Any]:
    """What is charged at a rate as a snapshot holds it."""
    return {
        "percent": f"{charged.percent.normalize():f}",
        "net": charged.net.minor,
        "tax": charged.tax.minor,
        "gross": charged.gross.minor,
    }


def read(row: dict[str, Any], currency: str) -> Charged:
    """The reverse of `written`."""
    gross, tax = Money(row["gross"], currency), Money(row["tax"], currency)
    return Charged(Decimal(row["percent"]), gross, tax)


def charged(invoice: Invoice) -> list[Charged]:
    """What a paper charges at each rate."""
    return [read(each, invoice.currency) for each in invoice.snapshot["rates"]]


def of_booking(session: Session, booking_id: int) -> Sequence[Invoice]:
    """The papers of a booking, the newest last."""
    return session.scalars(
        select(Invoice).where(Invoice.booking_id == booking_id).order_by(Invoice.id)
    ).all()


def newest(session: Session, booking_id: int) -> str:
    """The number of a booking's newest paper; empty if it has none."""
    papers = of_booking(session, booking_id)
    return papers[-1].name if papers else ""


def between(session: Session, first: date, after: date) -> Sequence[Invoice]:
    """What was issued from *first* up to *after*, in the order of the numbers."""
    return session.scalars(
        select(Invoice)
        .where(Invoice.issued_on >= first, Invoice.issued_on < after)
        .order_by(Invoice.series.desc(), Invoice.year, Invoice.number)
    ).all()


def _next_number(session: Session, series: Series, year: int) -> int:
    """One more than the last; whoever asks next waits until this transaction has ended."""
    counted = (
        update(InvoiceCounter)
        .where(InvoiceCounter.series == series, InvoiceCounter.year == year)
        .values(last=InvoiceCounter.last + 1)
        .returning(InvoiceCounter.last)
        .execution_options(synchronize_session=False)
    )
    number = session.scalars(counted).one_or_none()
    if number is None:
        # The year's first; of two who find none, the second waits here for the first.
        row = {"series": series.value, "year": year, "last": 0}
        insert_if_new(session, InvoiceCounter, [row])
        number = session.scalars(counted).one()
    return number
