"""The invoices and credit notes of a month: to look at, to take away, for the accountant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from studio.db import db
from studio.domain.money import Money
from studio.domain.pricing import added
from studio.office.shell import bp
from studio.payments import invoices as issued
from studio.payments import papers
from studio.payments.invoices import Invoice
from studio.ports import ports
from studio.scheduling.queries import the_studio
from studio.web.fields import planned_day
from studio.web.guards import staff


@bp.get("/payments/invoices")
@staff("see_money")
def invoices() -> ResponseReturnValue:
    """What was issued in a month, this one or that of the address."""
    session = db.session()
    month, after = _month()
    found = _issued(month, after)
    currency = the_studio(session).currency
    return render_template(
        "office/payments/invoices.html",
        month=month,
        before=(month - timedelta(days=1)).replace(day=1),
        after=after,
        papers=found,
        total=added((each.total for each in found), currency),
        tax=Money(sum(each.tax_minor for each in found), currency),
        tax_name=the_studio(session).tax_name,
    )


@bp.get("/payments/invoices/<id:invoice_id>.pdf")
@staff("see_money")
def invoice(invoice_id: int) -> ResponseReturnValue:
    return papers.as_pdf(db.session().get(Invoice, invoice_id) or abort(404))


@bp.get("/payments/invoices.zip")
@staff("see_money")
def invoices_zip() -> ResponseReturnValue:
    month, after = _month()
    return papers.as_zip(_issued(month, after), f"invoices-{month:%Y-%m}")


@bp.get("/payments/invoices.csv")
@staff("see_money")
def invoices_csv() -> ResponseReturnValue:
    month, after = _month()
    return papers.as_csv(_issued(month, after), f"invoices-{month:%Y-%m}")


def _month() -> tuple[date, date]:
    """The first days of the month asked for and of the one after; what is no month is not found."""
    asked = request.args.get("month")
    if asked is None:
        zone = ZoneInfo(the_studio(db.session()).zone)
        first = ports().now().astimezone(zone).date().replace(day=1)
    else:
        first = planned_day(f"{asked}-01") or abort(404)
    return first, (first + timedelta(days=31)).replace(day=1)


def _issued(first: date, after: date) -> Sequence[Invoice]:
    return issued.between(db.session(), first, after)
