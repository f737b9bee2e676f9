"""A company is added, its code is used, its invoice made, paid and taken back, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking.companies.jobs import bill_last_month
from studio.booking.links import own_token
from studio.booking.models import TokenPurpose
from studio.clients.companies import Company
from studio.db import db
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
    page = manager.submit(manager.get(paid), {"paid_on": "2027-02-02"}, status=422)
    assert "still to come" in page.words
    page = manager.follow(manager.submit(page, {"paid_on": "2027-01-31", "note": "Bank"}))
    assert "£395 is written down" in page.words
    page = manager.follow(manager.submit(page, form="take-back"))
    assert "counts as not paid" in page.words


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
