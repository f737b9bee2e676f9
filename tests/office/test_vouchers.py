"""A gift voucher is bought, paid and shown over HTTP; the office sees, sends and gives back."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.db import db
from studio.messaging.models import Message
from studio.payments.models import Payment
from studio.payments.voucher_orders import VoucherOrder
from studio.ports.payment_gateway import GatewayUnavailable
from tests import factories, people
from tests.browsing import Browser, Page
from tests.fakes.payment_gateway import FakeGateway

KIM = {
    "chosen": "10000", "recipient": "Robin Ash", "greeting": "Well done!", "buyer": "Kim Vale",
    "buyer_email": "kim@client.example",
}  # fmt: skip


@pytest.fixture
def manager(app: Flask, rolled_back: None) -> Browser:
    with app.app_context():
        factories.a_studio()
    manager = people.signed_in(app, Role.MANAGER)
    page = manager.get("/office/codes/offer")
    manager.submit(page, {"amounts": "50 100", "least": "25", "most": "500", "months": "24"})
    return manager


def order_page(app: Flask, browser: Browser, gateway: FakeGateway, *, paid: bool = True) -> Page:
    """The buyer's page of an order, back from the payment page."""
    page = browser.submit(browser.get("/vouchers"), KIM)
    assert page.location.startswith("https://checkout.stripe.com/")
    with app.app_context():
        made = str(db.session.scalars(select(Payment.checkout_id)).one())
    if paid:
        gateway.pay(made)
    back = gateway.pages[made].request.success_url.partition("?")[0]
    return browser.follow(browser.get(back.removeprefix("http://127.0.0.1:8000"), 303))


def test_bought_paid_and_shown(
    app: Flask, manager: Browser, browser: Browser, gateway: FakeGateway
) -> None:
    page = order_page(app, browser, gateway)
    assert "here is the voucher" in page.words
    pdf = browser.client.get(page.path + "/voucher.pdf")
    assert pdf.data.startswith(b"%PDF-")
    browser.get(page.path + "x", 404)
    # What opens the order does not open the gift, and the other way round.
    browser.get(page.path.replace("/vouchers/", "/gift/"), 404)

    page = manager.get("/office/codes")
    assert "Kim Vale" in page.one("tbody tr").text
    page = manager.get(str(page.one("tbody a[href*=orders]")["href"]))
    assert "Robin Ash" in page.words
    paper = manager.client.get(str(page.one("a[href$='.pdf']")["href"]))
    assert paper.mimetype == "application/pdf"
    asked, page = page, manager.follow(manager.submit(page, form="send/buyer"))
    assert "on its way to kim@client.example" in page.words
    assert "once was enough" in manager.follow(manager.submit(asked, form="send/buyer")).words
    page = manager.follow(manager.submit(page, form="check"))
    page = manager.follow(manager.submit(page, form="refund"))
    assert "£100 goes back" in page.words
    assert not page.all("form[action$=refund]")
    assert "Kim Vale" in manager.get("/office/payments").words


def test_left_unpaid_it_can_be_paid_later(
    app: Flask, manager: Browser, browser: Browser, gateway: FakeGateway
) -> None:
    page = order_page(app, browser, gateway, paid=False)
    assert "Not paid yet" in page.words
    browser.get(page.path + "/voucher.pdf", 404)
    assert browser.submit(page, form="pay").location.startswith("https://checkout.stripe.com/")
    assert gateway.asked.count("open_checkout") == 1


def test_the_payment_page_cannot_be_reached(
    app: Flask, manager: Browser, browser: Browser, gateway: FakeGateway
) -> None:
    gateway.trouble = GatewayUnavailable("down")
    page = browser.submit(browser.get("/vouchers"), KIM, status=503)
    assert "cannot be reached" in page.words
    gateway.trouble = None
    assert browser.submit(page, form="pay").location.startswith("https://checkout.stripe.com/")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"chosen": ""}, "Please choose an amount."),
        ({"chosen": "9999"}, "Please choose an amount."),
        ({"chosen": "other"}, "from £25 to £500"),
        ({"chosen": "other", "amount": "24.99"}, "from £25 to £500"),
        ({"chosen": "other", "amount": "-50"}, "type an amount"),
        ({"chosen": "other", "amount": "1e3"}, "type an amount"),
        ({"chosen": "other", "amount": "50.001"}, "2 digits after the point"),
        ({"buyer": ""}, "Please fill this in."),
        ({"buyer_email": "kim"}, "does not look like an email"),
        ({"greeting": "x" * 401}, "too long"),
        ({"recipient": "a\x00b"}, "cannot be printed"),
        ({"send_on": "2026-12-24"}, "where to"),
        ({"send_on": "2026-11-22", "recipient_email": "r@client.example"}, "from today"),
        ({"send_on": "2027-12-24", "recipient_email": "r@client.example"}, "from today"),
    ],
)
def test_what_does_not_fit_is_said_and_kept(
    app: Flask, manager: Browser, browser: Browser, typed: dict[str, Any], says: str
) -> None:
    page = browser.submit(browser.get("/vouchers"), KIM | typed, status=422)
    assert says in page.words
    if "greeting" not in typed:
        assert "Well done!" in page.text
    with app.app_context():
        assert db.session.scalars(select(VoucherOrder)).all() == []
        assert db.session.scalars(select(Message)).all() == []


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"amounts": "50, 100"}, "whole amounts"),
        ({"amounts": "0"}, "whole amounts"),
        ({"amounts": "1 2 3 4 5 6 7"}, "six amounts"),
        ({"most": ""}, "both, or none"),
        ({"least": "0.10"}, "so little"),
        ({"most": "24"}, "less than the least"),
        ({"months": "121"}, "from 0 to 120"),
    ],
)
def test_an_offer_that_makes_no_sense(manager: Browser, typed: dict[str, str], says: str) -> None:
    sense = {"amounts": "50 100", "least": "25", "most": "500", "months": "24"}
    page = manager.submit(manager.get("/office/codes/offer"), sense | typed, status=422)
    assert says in page.words


def test_without_an_offer_it_says_where_to_ask(manager: Browser, browser: Browser) -> None:
    page = manager.get("/office/codes/offer")
    manager.submit(page, {"amounts": "", "least": "", "most": "", "months": "0"})
    page = browser.get("/vouchers")
    assert "We write it for you" in page.words
    assert not page.all("form")


def test_who_may_not_see_money_sees_no_orders(app: Flask, manager: Browser) -> None:
    prep = people.signed_in(app, Role.PREP)
    for path in ("/office/codes/offer", "/office/codes/orders/1", "/office/codes/voucher/1.pdf"):
        prep.get(path, 403)
    manager.get("/office/codes/orders/999", 404)
    manager.get("/office/codes/voucher/999.pdf", 404)
