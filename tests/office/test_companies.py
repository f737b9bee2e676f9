"""A company is added, its code is used, its invoice made, paid and taken back, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking import service
from studio.booking.companies import service as companies
from studio.booking.companies.jobs import bill_last_month
from studio.booking.links import own_token
from studio.booking.models import TokenPurpose
from studio.booking.service import Details
from studio.clients.companies import Company
from studio.db import db
from studio.messaging.models import Message
from studio.payments.invoices import Invoice
from tests import factories, people
from tests.browsing import Browser
from tests.clock import Clock

ACME = {
    "name": "Acme Ltd", "address": "1 Mill Lane\nLeeds", "email": "accounts@acme.example",
    "tax_number": "GB 123", "code": "acme 26", "order_required": "y", "limit": "",
    "payment_days": "30", "in_use": "y",
}  # fmt: skip
ROBIN = {"name": "Robin Ash", "email": "robin@client.example", "accept_policy": "y"}


@pytest.fixture
def manager(app: Flask, rolled_back: None) -> Browser:
    with app.app_context():
        factories.a_studio()
    manager = people.signed_in(app, Role.MANAGER)
    page = manager.submit(manager.get("/office/companies/new"), ACME)
    assert "Acme Ltd is saved" in manager.follow(page).words
    return manager


def only(app: Flask, kind: type[Company | Invoice]) -> int:
    with app.app_context():
        return db.session.scalars(select(kind.id)).one()


def company(app: Flask) -> str:
    return f"/office/companies/{only(app, Company)}"


def test_from_code_to_paid(app: Flask, manager: Browser, browser: Browser, clock: Clock) -> None:
    with app.app_context():
        booking = factories.a_hold()
        path = f"/checkout/{own_token(TokenPurpose.HOLD, booking.reference)}"
    page = browser.submit(browser.get(path), {"code": "Acme-26"}, button="/code", status=200)
    assert "Acme Ltd pays for it" in page.words
    page = browser.submit(page, ROBIN, form="checkout", status=422)
    assert "Acme Ltd wants a purchase order" in page.words
    page = browser.submit(page, {"purchase_order": "PO 4711"}, form="checkout")
    page = browser.follow(page)
    assert "You are booked, Robin" in page.words
    assert "Acme Ltd" in page.words

    clock.set(datetime(2027, 1, 1, 1, tzinfo=UTC))
    with app.app_context():
        assert bill_last_month() == 1
    manager = people.signed_in(app, Role.OWNER)  # weeks later, nobody is signed in any more
    page = manager.get(company(app))
    assert "Invoice 2027-0001" in page.words
    pdf = manager.client.get(str(page.one("tbody a[href$='.pdf']")["href"]))
    assert pdf.data.startswith(b"%PDF-")
    assert "£395" in manager.get("/office/companies").words
    assert "Acme Ltd" in manager.get("/office/payments/invoices").words
    csv = manager.client.get("/office/payments/invoices.csv?month=2027-01").get_data(as_text=True)
    assert '"Acme Ltd"' in csv

    assert "owes" not in manager.get("/office/").words
    clock.set(datetime(2027, 2, 1, 1, tzinfo=UTC))
    people.sign_in(manager, "owner@example.com")
    assert "Acme Ltd owes £395 of invoice 2027-0001" in manager.get("/office/").words

    paid = f"/office/companies/invoices/{only(app, Invoice)}/paid"
    page = manager.get(paid)
    assert page.one("h1").text == "Was 2027-0001 paid?"
    page = manager.submit(page, {"paid_on": "2027-02-02"}, status=422)
    assert "still to come" in page.words
    page = manager.follow(manager.submit(page, {"paid_on": "2027-01-31", "note": "Bank"}))
    assert "£395 is written down" in page.words
    page = manager.follow(manager.submit(page, form="take-back"))
    assert "counts as not paid" in page.words


def test_who_does_not_pay_reads_of_no_payment_of_theirs(
    app: Flask, manager: Browser, browser: Browser, clock: Clock
) -> None:
    with app.app_context():
        booking = factories.a_hold()
        service.use_code(booking.id, "ACME26")
        service.check_out(
            booking.id, Details(name="Robin", email="r@a.example", purchase_order="1")
        )
        company_id = db.session.scalars(select(Company.id)).one()
        clock.set(factories.days_after(days=-2))
        # Paid before it was off: that goes back to the company.
        companies.bill_company(company_id, factories.days_after(days=1))
        companies.record_paid(only(app, Invoice), clock.now().date(), note="", by="Manager")
        path = f"/booking/{own_token(TokenPurpose.BOOKING, booking.reference)}"

    page = browser.get(f"{path}/cancel")
    assert (
        "£197.50 goes on its invoice, as we agreed when you booked. You owe nothing." in page.words
    )
    for theirs in ("give it back to you", "what you paid"):
        assert theirs not in page.words
    page = browser.get(f"{path}/reschedule?day=2026-12-15")
    assert "£65, which goes on the invoice of Acme Ltd" in page.words
    page = browser.submit(
        page, {"to": page.one("[name=to][value$='10:15:00+00:00']")["value"]}, form="", status=200
    )
    for theirs in ("link to pay", "What you paid", "£65 , by"):
        assert theirs not in page.words
    page = browser.follow(browser.submit(browser.get(f"{path}/cancel"), form=""))
    with app.app_context():
        told = db.session.scalars(
            select(Message.context).where(Message.step == "cancellation")
        ).one()
    assert "£197.50 goes on its invoice" in told["money"][0]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"name": ""}, "Please fill this in."),
        ({"email": "accounts"}, "does not look like an email"),
        ({"code": "a!"}, "three letters"),
        ({"code": "ACME-26"}, "of that name already"),
        ({"limit": "0", "code": "other"}, "more than nothing"),
        ({"limit": "-5", "code": "other"}, "type an amount"),
        ({"payment_days": "181", "code": "other"}, "from 0 to 180"),
    ],
)
def test_what_makes_no_sense_is_said(manager: Browser, typed: dict[str, Any], says: str) -> None:
    page = manager.submit(manager.get("/office/companies/new"), ACME | typed, status=422)
    assert says in page.words


def test_archived_its_code_is_unknown(app: Flask, manager: Browser, browser: Browser) -> None:
    page = manager.get(f"{company(app)}/change")
    form = page.fields(page.form())
    form.pop("in_use")
    manager.client.post(f"{company(app)}/change", data=form)
    with app.app_context():
        booking = factories.a_hold()
        path = f"/checkout/{own_token(TokenPurpose.HOLD, booking.reference)}"
    page = browser.submit(browser.get(path), {"code": "ACME26"}, button="/code", status=422)
    assert "do not know this code" in page.words


def test_nothing_to_invoice_and_nobody_who_may_not(app: Flask, manager: Browser) -> None:
    page = manager.get(company(app))
    assert "sessions stand here once their day has come" in page.words
    for path in ("/office/companies/99", "/office/companies/invoices/99/paid"):
        manager.get(path, 404)
    people.signed_in(app, Role.PREP).get("/office/companies", 403)
