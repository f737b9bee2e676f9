"""Companies that pay for their people, their invoices, and what they have paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.accounts import people
from studio.booking.companies import billing, service
from studio.booking.companies.models import CompanyBill
from studio.booking.companies.service import CodeTaken, NotToBePaid
from studio.catalogue.queries import packages
from studio.clients.companies import Company, packages_of
from studio.db import db
from studio.domain.invoice import total
from studio.domain.money import Money
from studio.domain.pricing import added
from studio.office.company_forms import CompanyForm, PaidForm
from studio.office.shell import bp
from studio.payments.invoices import Invoice
from studio.ports import ports
from studio.scheduling.queries import the_studio
from studio.web.filters import money
from studio.web.guards import staff


@dataclass(frozen=True, slots=True)
class Bill:
    """A paper of a company, what is still to be paid of it, and whether that is overdue."""

    company: Company
    bill: CompanyBill
    paper: Invoice
    open: Money
    overdue: bool


@bp.get("/companies")
@staff("see_money")
def companies() -> ResponseReturnValue:
    session = db.session()
    known = session.scalars(
        select(Company).order_by(Company.archived_at.is_not(None), Company.name)
    ).all()
    owing = bills(session, today(), unpaid=True)
    return render_template(
        "office/companies/companies.html",
        companies=[(each, [b for b in owing if b.company.id == each.id]) for each in known],
    )


@bp.route("/companies/new", methods=["GET", "POST"])
@staff("take_money")
def new_company() -> ResponseReturnValue:
    return _edit(None)


@bp.route("/companies/<id:company_id>/change", methods=["GET", "POST"])
@staff("take_money")
def change_company(company_id: int) -> ResponseReturnValue:
    return _edit(_known(company_id))


@bp.get("/companies/<id:company_id>")
@staff("see_money")
def company(company_id: int) -> ResponseReturnValue:
    """Its invoices, and what is on none yet."""
    session, known = db.session(), _known(company_id)
    items = billing.unbilled(session, known, ports().now())
    return render_template(
        "office/companies/company.html",
        company=known,
        bills=bills(session, today(), company_id=company_id),
        items=[(each, total(each.rates, known.currency)) for each in items],
        together=added((total(each.rates, known.currency) for each in items), known.currency),
    )


@bp.post("/companies/<id:company_id>/invoice")
@staff("take_money")
def make_invoice(company_id: int) -> ResponseReturnValue:
    """Invoice the sessions until now, without waiting for the first of the month."""
    _known(company_id)
    number = service.bill_company(company_id, ports().now())
    said = f"Invoice {number} is made and on its way." if number else "Nothing waits for one."
    flash(said)
    return redirect(url_for("office.company", company_id=company_id), 303)


@bp.route("/companies/invoices/<id:invoice_id>/paid", methods=["GET", "POST"])
@staff("take_money")
def company_paid(invoice_id: int) -> ResponseReturnValue:
    """Write down that an invoice was paid by transfer."""
    bill = _bill(invoice_id)
    form = PaidForm(data={"paid_on": today()})
    if form.check(today()):
        person = people.asking()
        try:
            amount = service.record_paid(
                invoice_id, form.paid_on.data, note=form.note.data, by=person.name
            )
        except NotToBePaid:
            form.paid_on.errors = ["It was written down as paid before."]
        else:
            flash(f"{money(amount)} is written down.")
            return redirect(url_for("office.company", company_id=bill.company.id), 303)
    page = render_template("office/companies/paid.html", form=form, of=_bill(invoice_id))
    return page, 422 if form.errors else 200


@bp.post("/companies/invoices/<id:invoice_id>/take-back")
@staff("take_money")
def company_not_paid(invoice_id: int) -> ResponseReturnValue:
    """It was written down by mistake."""
    bill, person = _bill(invoice_id), people.asking()
    company_id = bill.company.id
    try:
        service.take_back_paid(invoice_id, by=person.name)
    except NotToBePaid:
        flash("It is not written down as paid, or some of it was given back.", "warning")
    else:
        flash("Taken back: it counts as not paid.")
    return redirect(url_for("office.company", company_id=company_id), 303)


def bills(
    session: Session, on: date, *, company_id: int | None = None, unpaid: bool = False
) -> list[Bill]:
    """Papers of companies, the newest first; those still to be paid alone, if *unpaid*."""
    wanted = (
        select(CompanyBill, Invoice, Company)
        .join(Invoice, Invoice.id == CompanyBill.invoice_id)
        .join(Company, Company.id == CompanyBill.company_id)
        .order_by(Invoice.id.desc())
    )
    if company_id is not None:
        wanted = wanted.where(CompanyBill.company_id == company_id)
    if unpaid:
        wanted = wanted.where(CompanyBill.due_on.is_not(None), CompanyBill.paid_on.is_(None))
    found = []
    for bill, paper, known in session.execute(wanted):
        left = Money.zero(paper.currency)
        if bill.due_on is not None and bill.paid_on is None:
            left = added(service.owed(session, paper.id, paper.currency).values(), paper.currency)
        late = bool(left) and bill.due_on is not None and bill.due_on < on
        if left or not unpaid:
            found.append(Bill(known, bill, paper, left, late))
    return found


def today() -> date:
    zone = ZoneInfo(the_studio(db.session()).zone)
    return ports().now().astimezone(zone).date()


def _edit(known: Company | None) -> ResponseReturnValue:
    session = db.session()
    chosen = packages_of(session, known.id) if known else []
    form = CompanyForm.of(known, chosen, packages(session), the_studio(session).currency)
    company_id = known.id if known else None
    if form.validate_on_submit():
        try:
            company_id = service.keep_company(form.to_request(), company_id)
        except CodeTaken:
            form.code.errors = ["There is a code of that name already."]
        else:
            flash(f"{form.name.data} is saved.")
            return redirect(url_for("office.company", company_id=company_id), 303)
    page = render_template("office/companies/edit.html", form=form, company_id=company_id)
    return page, 422 if form.errors else 200


def _known(company_id: int) -> Company:
    return db.session().get(Company, company_id) or abort(404)


def _bill(invoice_id: int) -> Bill:
    session = db.session()
    found = session.get(CompanyBill, invoice_id) or abort(404)
    every = bills(session, today(), company_id=found.company_id)
    return next(each for each in every if each.paper.id == invoice_id)
