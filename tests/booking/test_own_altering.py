"""Clients add to their own session what takes nothing but money; all else they ask for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from studio.booking import links, service
from studio.booking.models import Booking
from studio.booking.service import Received
from studio.catalogue.models import AddOn, BookingMode, Package
from studio.db import db, transaction
from studio.domain.money import Money
from studio.messaging.models import Message
from studio.payments import dues, ledger
from studio.payments.models import Method, Purpose
from studio.scheduling.models import ResourceKind
from tests import factories
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN

pytestmark = pytest.mark.usefixtures("rolled_back")


@pytest.fixture
def own(app: Flask, browser: Browser) -> str:
    """A session on 8 December at 10:15 that could have a print, a look and make-up, by its page."""
    with app.app_context():
        look = factories.an_add_on()
        printed = factories.an_add_on(name="Print", minutes=0, price=2500)
        make_up = factories.make_up(factories.a_resource(ResourceKind.ARTIST, name="Kit Moor"))
        booking = factories.a_confirmed_booking(
            factories.a_bookable_package(
                deposit_percent=0, lead_hours=24, add_ons=[look, printed, make_up]
            )
        )
        with transaction() as session:
            return f"/booking/{links.link_for(session, booking.id, 'prep').split('/')[-2]}"


def booking() -> Booking:
    return db.session.scalars(select(Booking)).one()


def slug_of(app: Flask, name: str) -> str:
    with app.app_context():
        return db.session.scalars(select(AddOn.slug).where(AddOn.name == name)).one()


def confirmed(app: Flask, browser: Browser, own: str) -> Page:
    """The page that asks whether to add the print."""
    (link,) = browser.get(f"{own}/prep").all("a[href*='/extras/']")
    return browser.get(str(link["href"]))


def prices(app: Flask) -> list[int]:
    with app.app_context():
        return [each.total_minor for each in booking().lines]


def test_what_takes_no_time_is_added_at_once_and_once(
    app: Flask, browser: Browser, own: str
) -> None:
    page = confirmed(app, browser, own)
    assert "Add it for £25" in page.words
    assert "7 December, 10:15" in page.words
    assert prices(app) == [39500]

    for _ in range(2):
        added = browser.follow(browser.submit(page))
        assert "Added to your session" in added.words
    assert "Pay £420" in added.words
    assert prices(app) == [39500, 2500]
    with app.app_context():
        asked = [(e.purpose, e.amount_minor) for e in ledger.dues(db.session(), booking().id)]
        assert asked == [(Purpose.BALANCE, 39500), (Purpose.EXTRA, 2500)]
        letters = db.session.scalars(select(Message).where(Message.template == "altered")).all()
        assert [each.context["link_to"] for each in letters] == ["pay"]
        assert [e.actor for e in booking().events if e.kind == "altered"] == ["client"]
    assert not browser.get(f"{own}/prep").all("a[href*='/extras/']")


def test_what_takes_time_is_asked_for_and_cannot_be_added_by_its_address(
    app: Flask, browser: Browser, own: str
) -> None:
    assert browser.get(f"{own}/prep").all("form[action*='/add-on/']")
    page = confirmed(app, browser, own)
    look = f"{own}/extras/{slug_of(app, 'One more look')}"
    assert browser.get(look, status=303).location.endswith("/prep")
    assert browser.post(look, browser_fields(page), status=303).location.endswith("/prep")
    assert prices(app) == [39500]


def browser_fields(page: Page) -> dict[str, str]:
    return page.fields(page.form())


def test_another_price_than_was_shown_is_shown_again(
    app: Flask, browser: Browser, own: str
) -> None:
    page = confirmed(app, browser, own)
    with app.app_context(), transaction() as session:
        session.scalars(select(AddOn).where(AddOn.name == "Print")).one().price_minor = 9900
    again = browser.submit(page, status=409)
    assert "The price has changed" in again.words
    assert prices(app) == [39500]
    browser.submit(again)
    assert prices(app) == [39500, 9900]


@pytest.mark.parametrize("price", ["", "-1", "x", "1" * 30])
def test_a_price_that_is_none_adds_nothing(
    app: Flask, browser: Browser, own: str, price: str
) -> None:
    browser.submit(confirmed(app, browser, own), {"price": price}, status=422)
    assert prices(app) == [39500]


def test_what_somebody_is_booked_for_says_when_it_is_paid_all_the_same(
    browser: Browser, own: str, clock: Clock
) -> None:
    clock.set(TEN_FIFTEEN - timedelta(days=10))
    told = "If you cancel after Saturday 5 December, 10:15, you pay its price all the same."
    assert browser.get(f"{own}/prep").words.count(told) == 1


def test_after_the_notice_and_for_what_is_on_request_it_is_asked_for(
    app: Flask, browser: Browser, own: str, clock: Clock
) -> None:
    page = confirmed(app, browser, own)
    clock.set(TEN_FIFTEEN - timedelta(hours=24))
    shown = browser.get(f"{own}/prep")
    assert not shown.all("a[href*='/extras/']")
    assert len(shown.all("form[action*='/add-on/']")) == 3
    assert browser.submit(page).location.endswith("/prep")

    clock.set(TEN_FIFTEEN - timedelta(days=10))
    assert browser.get(f"{own}/prep").all("a[href*='/extras/']")
    with app.app_context(), transaction() as session:
        session.scalars(select(Package)).one().mode = BookingMode.REQUEST
    assert not browser.get(f"{own}/prep").all("a[href*='/extras/']")
    assert prices(app) == [39500]


def test_who_has_paid_enough_is_not_told_to_pay(app: Flask, browser: Browser, own: str) -> None:
    page = confirmed(app, browser, own)
    assert "To be paid by" in page.words
    assert "with a link to pay" in page.words
    with app.app_context():
        found, price = booking(), Money(39500, "GBP")
        cash = Received(method=Method.CASH, amount=price, note="", by="Dev")
        service.record_payment(found.id, cash)
        # It costs 385 from now on: 10 of the print's 25 are there.
        with transaction() as session:
            dues.let_off(session, found.id, Money(1000, "GBP"))
    page = confirmed(app, browser, own)
    assert "Still to pay £15" in page.words
    with app.app_context(), transaction() as session:
        dues.let_off(session, booking().id, Money(1500, "GBP"))
    page = confirmed(app, browser, own)
    assert "nothing more to pay" in page.words
    assert "To be paid by" not in page.words
    assert "link to pay" not in page.words
