"""Invoices on the client's page and in the office: shown, taken away, and nobody else's."""

from __future__ import annotations

import csv
import io
from zipfile import ZipFile

import pytest
from flask import Flask

from studio.accounts.permissions import Role
from studio.booking.links import own_token
from studio.booking.models import TokenPurpose
from studio.db import db
from studio.payments import invoices
from tests import factories, people
from tests.booking.test_invoicing import cancel, in_cash, paid_by_card
from tests.browsing import Browser
from tests.factories import days_after
from tests.fakes.payment_gateway import FakeGateway

LIST = "/office/payments/invoices"


@pytest.fixture
def reference(app: Flask, rolled_back: None, gateway: FakeGateway) -> str:
    """A session of 395 pounds, paid in two parts in November."""
    with app.app_context():
        booking = paid_by_card(factories.a_hold(), gateway)
        in_cash(booking, 19750)
        return booking.reference


@pytest.fixture
def own(app: Flask, reference: str) -> str:
    with app.app_context():
        return f"/booking/{own_token(TokenPurpose.BOOKING, reference)}"


@pytest.fixture
def manager(app: Flask, reference: str) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def name_of(browser: Browser, path: str) -> str:
    response = browser.client.get(path)
    assert response.status_code == 200, path
    assert response.mimetype == "application/pdf"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.data.startswith(b"%PDF-")
    return str(response.headers["Content-Disposition"])


def test_the_client_has_every_paper(browser: Browser, own: str) -> None:
    page = browser.get(own)
    links = [str(each["href"]) for each in page.all("a[href*='invoice.pdf']")]

    assert "Deposit invoice 2026-0001" in page.words
    assert "Final invoice 2026-0002" in page.words
    assert ["2026-0001" in name_of(browser, link) for link in links] == [True, False]
    assert "2026-0002.pdf" in name_of(browser, f"{own}/invoice.pdf")


@pytest.mark.parametrize("number", ["2026-0003", "2025-0001", "C2026-0001", "", "%00", "'", "1"])
def test_what_is_no_paper_of_the_session_is_not_found(
    browser: Browser, own: str, number: str
) -> None:
    browser.get(f"{own}/invoice.pdf?number={number}", 404)


def test_nobody_elses_paper_is_found(
    app: Flask, browser: Browser, own: str, gateway: FakeGateway
) -> None:
    with app.app_context():
        package = factories.a_bookable_package(deposit_percent=100)
        other = paid_by_card(factories.a_hold(package, days_after(days=1)), gateway)
        (paper,) = invoices.of_booking(db.session(), other.id)
        theirs = f"/booking/{own_token(TokenPurpose.BOOKING, other.reference)}"
    assert paper.name == "2026-0003"

    name_of(browser, f"{theirs}/invoice.pdf?number=2026-0003")
    browser.get(f"{own}/invoice.pdf?number=2026-0003", 404)
    browser.get(f"{theirs}/invoice.pdf?number=2026-0001", 404)


def test_a_session_without_a_paper_has_none(app: Flask, browser: Browser) -> None:
    with app.app_context():
        reference = factories.a_confirmed_booking().reference
        own = f"/booking/{own_token(TokenPurpose.BOOKING, reference)}"

    assert not browser.get(own).all("a[href*='invoice.pdf']")
    browser.get(f"{own}/invoice.pdf", 404)


def test_the_office_lists_a_month(app: Flask, manager: Browser, reference: str) -> None:
    with app.app_context():
        cancel(factories.booking_of(reference), 39500)
    page = manager.get(LIST)

    assert page.one("h1").text == "Invoices, November 2026"
    assert "3 in all, together £0, of which £0 VAT." in page.words
    names = [each.text.strip() for each in page.all("td[data-label='Number']")]
    assert names == ["2026-0001 as PDF", "2026-0002 as PDF", "C2026-0001 as PDF"]
    link = str(page.all("td[data-label='Number'] a")[2]["href"])
    assert "C2026-0001.pdf" in name_of(manager, link)
    assert "No invoices this month" in manager.get(f"{LIST}?month=2026-10").words


def test_a_session_and_the_payments_lead_to_them(
    app: Flask, manager: Browser, reference: str
) -> None:
    with app.app_context():
        booking_id = factories.booking_of(reference).id
    page = manager.get(f"/office/sessions/{booking_id}")

    assert "Final invoice 2026-0002" in page.words
    assert manager.get("/office/payments").one(f"a[href='{LIST}']").text == "Invoices"


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "2026", "26-11", "x", "", "2026-11-01"])
@pytest.mark.parametrize("path", [LIST, f"{LIST}.zip", f"{LIST}.csv"])
def test_what_is_no_month_is_not_found(manager: Browser, path: str, month: str) -> None:
    manager.get(f"{path}?month={month}", 404)


def test_an_unknown_paper_is_not_found(manager: Browser) -> None:
    manager.get(f"{LIST}/999999.pdf", 404)
    manager.get(f"{LIST}/{2**70}.pdf", 404)


def test_a_month_is_taken_away_as_a_zip(manager: Browser) -> None:
    response = manager.client.get(f"{LIST}.zip?month=2026-11")
    archive = ZipFile(io.BytesIO(response.data))

    assert "invoices-2026-11.zip" in response.headers["Content-Disposition"]
    assert archive.testzip() is None
    assert archive.namelist() == ["2026-0001.pdf", "2026-0002.pdf"]
    assert all(archive.read(each).startswith(b"%PDF-") for each in archive.namelist())
    assert manager.client.get(f"{LIST}.zip?month=2026-11").data == response.data
    assert (
        ZipFile(io.BytesIO(manager.client.get(f"{LIST}.zip?month=2026-01").data)).namelist() == []
    )


def test_a_month_is_taken_away_as_a_table(manager: Browser) -> None:
    response = manager.client.get(f"{LIST}.csv?month=2026-11")
    rows = list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))

    assert response.mimetype == "text/csv"
    assert [(each["Number"], each["Net"], each["Tax"], each["Total"]) for each in rows] == [
        ("2026-0001", "164.58", "32.92", "197.50"),
        ("2026-0002", "164.59", "32.91", "197.50"),
    ]
    assert rows[0]["Issued on"] == "2026-11-23"


@pytest.mark.parametrize("role", [Role.PHOTOGRAPHER, Role.PREP])
def test_who_may_not_see_money_sees_no_invoice(app: Flask, reference: str, role: Role) -> None:
    with app.app_context():
        photographer = factories.booking_of(reference).photographer_id
        (paper, _) = invoices.of_booking(db.session(), factories.booking_of(reference).id)
    them = people.signed_in(app, role, photographer if role is Role.PHOTOGRAPHER else None)

    for path in (LIST, f"{LIST}.zip", f"{LIST}.csv", f"{LIST}/{paper.id}.pdf"):
        them.get(path, 403)
