"""Keeping companies, invoicing them, and writing down that they paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from studio.booking import history
from studio.booking.companies import billing
from studio.booking.companies.models import CompanyBill, CompanyLine
from studio.booking.models import Booking
from studio.clients import companies
from studio.clients.companies import Company, company_packages
from studio.db import retried, transaction
from studio.domain.invoice import total
from studio.domain.money import Money
from studio.payments import ledger, promos, vouchers
from studio.payments.models import Method, Payment, PaymentState
from studio.payments.promos import PromoCode
from studio.ports import ports
from studio.scheduling import calendar
from studio.scheduling.queries import the_studio


class CodeTaken(Exception):
    """Another company, a promo code or a voucher is called so."""


class NotToBePaid(Exception):
    """It is no invoice that waits to be paid, or none that was written down as paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyEdit:
    """A company as staff want it; *limit* None is no limit, no packages are all."""

    name: str
    address: str
    email: str
    tax_number: str
    code: str
    order_required: bool
    limit: Money | None
    payment_days: int
    packages: tuple[int, ...]
    in_use: bool


@retried
def keep_company(edit: CompanyEdit, company_id: int | None = None) -> int:
    """Add a company, or change the one of *company_id*; what it has agreed to pay stays so.

    Raises:
        CodeTaken: if another code is called so.
    """
    with transaction() as session:
        calendar.queue(session)
        code, now = promos.normal(edit.code), ports().now()
        rival = companies.find(session, code)
        promo = session.scalars(select(PromoCode.id).where(PromoCode.code == code)).first()
        if (rival and rival.id != company_id) or promo or vouchers.find(session, code):
            raise CodeTaken
        known = session.get(Company, company_id) if company_id else None
        if known is None:
            known = Company(created_at=now, currency=the_studio(session).currency)
            session.add(known)
        known.name, known.address, known.email = edit.name, edit.address, edit.email
        known.tax_number, known.code = edit.tax_number, code
        known.order_required, known.payment_days = edit.order_required, edit.payment_days
        known.limit_minor = edit.limit.minor if edit.limit else None
        known.archived_at = None if edit.in_use else known.archived_at or now
        session.flush()
        session.execute(delete(company_packages).where(company_packages.c.company_id == known.id))
        if edit.packages:
            rows = [{"company_id": known.id, "package_id": each} for each in edit.packages]
            session.execute(insert(company_packages), rows)
        return known.id


@retried
def bill_company(company_id: int, until: datetime) -> str | None:
    """Invoice what is on no paper yet of sessions before *until*; the number, None for nothing.

    Asked twice, also at once, it is one invoice.
    """
    with transaction() as session:
        calendar.queue(session)
        company = session.get_one(Company, company_id)
        paper = billing.bill(session, company, until, ports().now())
        return None if paper is None else paper.name


@retried
def record_paid(invoice_id: int, paid_on: date, *, note: str, by: str) -> Money:
    """Write down that an invoice was paid by transfer, as far as it is still owed; the amount.

    Raises:
        NotToBePaid: if it was paid before, or is a credit note.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        bill = session.get(CompanyBill, invoice_id, with_for_update=True)
        if bill is None or bill.due_on is None or bill.paid_on is not None:
            raise NotToBePaid
        company = session.get_one(Company, bill.company_id)
        whole, ids = Money.zero(company.currency), []
        for booking_id, amount in owed(session, invoice_id, company.currency).items():
            booking = history.locked(session, booking_id)
            payment = _transfer(booking, amount, note, by, now)
            session.add(payment)
            session.flush()
            payment.intent_id = f"studio-{payment.id}"
            ledger.record_payment(session, payment, payment.intent_id, amount, now)
            history.note(
                session, booking, "paid", by=by, now=now, method=Method.TRANSFER.value,
                amount=amount.minor, currency=amount.currency, payment=payment.id,
            )  # fmt: skip
            ids.append(payment.id)
            whole += amount
        bill.paid_on, bill.recorded_by, bill.note, bill.payment_ids = paid_on, by, note, ids
        return whole


@retried
def take_back_paid(invoice_id: int, *, by: str) -> None:
    """An invoice was written down as paid by mistake.

    Raises:
        NotToBePaid: if it was not, or some of the money was given back since.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        bill = session.get(CompanyBill, invoice_id, with_for_update=True)
        if bill is None or bill.paid_on is None:
            raise NotToBePaid
        for payment_id in bill.payment_ids:
            payment = session.get_one(Payment, payment_id, with_for_update=True)
            if ledger.returnable(session, payment) != payment.amount:
                raise NotToBePaid
            payment.state = PaymentState.REVERSED
            ledger.record_reversal(session, payment, now)
            booking = history.locked(session, payment.for_booking)
            history.note(
                session, booking, "reversed", by=by, now=now, reason="taken back",
                amount=payment.amount_minor, currency=payment.currency, payment=payment.id,
            )  # fmt: skip
        bill.paid_on, bill.recorded_by, bill.note, bill.payment_ids = None, "", "", []


def owed(session: Session, invoice_id: int, currency: str) -> dict[int, Money]:
    """What is still to be paid of an invoice, by booking: less what was credited or paid since."""
    lines = session.scalars(select(CompanyLine).where(CompanyLine.invoice_id == invoice_id)).all()
    here: dict[int, Money] = {}
    for each in lines:
        so_far = here.get(each.booking_id, Money.zero(currency))
        here[each.booking_id] = so_far + Money(each.gross_minor, currency)
    billed = billing.billed(session, list(here))
    found = {}
    for booking_id, amount in here.items():
        left = total(billed[booking_id], currency) - ledger.kept(session, booking_id, currency)
        if min(amount, left).minor > 0:
            found[booking_id] = min(amount, left)
    return found


def _transfer(booking: Booking, amount: Money, note: str, by: str, now: datetime) -> Payment:
    return Payment(
        booking_id=booking.id,
        amount_minor=amount.minor,
        currency=amount.currency,
        state=PaymentState.PAID,
        method=Method.TRANSFER,
        confirms=False,
        note=note,
        recorded_by=by,
        email="",
        created_at=now,
        expires_at=now,
    )
