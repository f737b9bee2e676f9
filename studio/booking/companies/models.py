from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from studio.db import Base, primary_key


class CompanyBooking(Base):
    """That a company pays for a booking.

    *deposit_minor* is what the policy may keep of it; *kept_minor* what it did keep, once the
    session was called off.
    """

    __tablename__ = "company_bookings"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    purchase_order: Mapped[str] = mapped_column(default="")
    deposit_minor: Mapped[int] = mapped_column(default=0)
    kept_minor: Mapped[int] = mapped_column(default=0)


class CompanyBill(Base):
    """An invoice or credit note of a company; what is to be paid has *due_on*.

    *payment_ids* are the payments that were written down when it was paid.
    """

    __tablename__ = "company_bills"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    due_on: Mapped[date | None]
    paid_on: Mapped[date | None]
    recorded_by: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    payment_ids: Mapped[list[int]]


class CompanyLine(Base):
    """What a company's invoice charges for a booking at a rate of tax, below zero on a credit."""

    __tablename__ = "company_lines"

    id: Mapped[int] = primary_key()
    invoice_id: Mapped[int] = mapped_column(ForeignKey("company_bills.invoice_id"), index=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), index=True)
    percent: Mapped[Decimal]
    gross_minor: Mapped[int]
    tax_minor: Mapped[int]
    currency: Mapped[str]
