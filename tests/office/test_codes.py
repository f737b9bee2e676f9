"""Promo codes and vouchers in the office, and on the client's page."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking.links import own_token
from studio.booking.models import TokenPurpose
from studio.db import db
from studio.payments.models import Payment
from tests import factories, people
from tests.browsing import Browser
from tests.fakes.payment_gateway import FakeGateway


@pytest.fixture
def manager(app: Flask, rolled_back: None) -> Browser:
    with app.app_context():
        factories.a_studio()
    return people.signed_in(app, Role.MANAGER)


@pytest.fixture
def checkout(app: Flask, manager: Browser) -> str:
    with app.app_context():
        booking = factories.a_hold()
        return f"/checkout/{own_token(TokenPurpose.HOLD, booking.reference)}"


SPRING = {"code": "spring-26", "label": "Spring offer", "percent": "20", "in_use": "y"}


def test_a_code_is_made_used_and_paid_with(
    app: Flask, manager: Browser, browser: Browser, checkout: str, gateway: FakeGateway
) -> None:
    page = manager.follow(manager.submit(manager.get("/office/codes/promo"), SPRING))
    assert "SPRING26" in page.words

    page = browser.get(checkout)
    typed = {"name": "Robin Ash", "notes": "A wheelchair", "code": "Spring 26"}
    page = browser.submit(page, typed, form="checkout", button="/code", status=200)
    assert "Spring offer" in page.words
    assert "-£79" in page.words
    assert "£158" in page.words
    fields = page.fields(page.form("checkout"))
    assert (fields["name"], fields["notes"]) == ("Robin Ash", "A wheelchair")

    rest = {"email": "robin@client.example", "accept_policy": "y"}
    browser.submit(page, rest, form="checkout")
    with app.app_context():
        assert db.session.scalars(select(Payment.amount_minor)).all() == [15800]
    assert "1" in manager.get("/office/codes").one("tbody tr").text


def test_a_code_typed_and_not_used_counts_when_going_on(
    app: Flask, manager: Browser, browser: Browser, checkout: str
) -> None:
    manager.submit(manager.get("/office/codes/promo"), {**SPRING, "percent": "100"})
    details = {"name": "Robin Ash", "email": "robin@client.example", "accept_policy": "y"}
    wrong = browser.submit(
        browser.get(checkout), {**details, "code": "winter"}, form="checkout", status=422
    )
    assert "We do not know this code." in wrong.one("[role=alert]").text, "said first on the page"
    assert wrong.fields(wrong.form("checkout"))["name"] == "Robin Ash"

    done = browser.submit(wrong, {**details, "code": "spring26"}, form="checkout")
    assert "/booking/" in done.location


@pytest.mark.parametrize("code", ["nobody", "", "x" * 61])
def test_odd_codes_are_refused_beside_the_field(
    manager: Browser, browser: Browser, checkout: str, code: str
) -> None:
    page = browser.submit(
        browser.get(checkout), {"name": "Robin", "code": code}, form="checkout",
        button="/code", status=422,
    )  # fmt: skip
    assert page.one("#code-error").text.strip()
    assert page.fields(page.form("checkout"))["name"] == "Robin"


def test_a_voucher_is_made_spent_in_part_and_withdrawn(
    app: Flask, manager: Browser, browser: Browser, checkout: str
) -> None:
    made = manager.submit(
        manager.get("/office/codes/voucher"), {"amount": "500", "recipient": "Robin"}
    )
    page = manager.follow(made)
    found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", page.words)
    assert found
    code = found.group()

    page = browser.submit(
        browser.get(checkout), {"code": code.lower()}, form="checkout", button="/code", status=200
    )
    assert "Paid by voucher" in page.words
    details = {"name": "Robin Ash", "email": "robin@client.example", "accept_policy": "y"}
    assert "/booking/" in browser.submit(page, details, form="checkout").location
    page = manager.get("/office/codes")
    assert "£105" in page.words
    page = manager.follow(manager.submit(page, form="/withdraw"))
    assert "£105 was left on it" in page.words
    assert not page.all("form[action$='/withdraw']")


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("percent", "0"), ("percent", "101"), ("percent", ""), ("percent", "1.5"),
        ("amount", "10"), ("amount", "x"), ("code", ""), ("label", ""), ("most_uses", "0"),
        ("last_on", "2026-02-30"),
    ],
)  # fmt: skip
def test_an_odd_promo_code_is_refused_and_kept(manager: Browser, field: str, typed: str) -> None:
    page = manager.submit(manager.get("/office/codes/promo"), {**SPRING, field: typed}, status=422)

    assert page.all(".field-error, [id$=-error]")
    assert page.fields(page.form(""))[field] == typed


def test_two_codes_of_one_name_are_refused(manager: Browser) -> None:
    for status in (303, 422):
        page = manager.submit(manager.get("/office/codes/promo"), SPRING, status=status)
    assert "a code of that name already" in page.words


def test_a_code_is_changed_and_taken_out_of_use(
    manager: Browser, browser: Browser, checkout: str
) -> None:
    page = manager.follow(manager.submit(manager.get("/office/codes/promo"), SPRING))
    known = manager.get(str(page.one("tbody a")["href"]))
    assert known.one("#percent")["value"] == "20"
    fields = {**{n: v for n, v in SPRING.items() if n != "in_use"}, "in_use": ""}
    page = manager.follow(manager.submit(known, fields))
    assert "not in use" in page.words
    page = browser.submit(
        browser.get(checkout), {"code": "spring26"}, form="checkout", button="/code", status=422
    )
    assert "We do not know this code." in page.words


def test_a_voucher_whose_form_is_sent_twice_is_made_once(app: Flask, manager: Browser) -> None:
    asked = manager.get("/office/codes/voucher")
    first = manager.follow(manager.submit(asked, {"amount": "500"}))
    again = manager.follow(manager.submit(asked, {"amount": "500"}))

    assert "made already" in again.words
    assert len(first.all("tbody tr")) == len(again.all("tbody tr"))


@pytest.mark.parametrize("amount", ["0", "-1", "1000001", "x", ""])
def test_an_odd_voucher_is_refused(manager: Browser, amount: str) -> None:
    page = manager.submit(manager.get("/office/codes/voucher"), {"amount": amount}, status=422)
    assert page.one("#amount-error").text.strip()


def test_the_clients_page_counts_what_the_voucher_paid(
    manager: Browser, browser: Browser, checkout: str
) -> None:
    made = manager.submit(manager.get("/office/codes/voucher"), {"amount": "250"})
    code = re.search(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){2}", manager.follow(made).words)
    assert code
    page = browser.get(checkout)
    details = {"name": "Robin Ash", "email": "robin@client.example", "accept_policy": "y"}
    own = browser.follow(browser.submit(page, {**details, "code": code.group()}, form="checkout"))
    assert "Paid £250" in own.words
    assert "£145" in own.words
