"""A client books and pays, page by page; refusals keep what was chosen and typed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.booking import jobs
from studio.booking.models import Booking
from studio.catalogue.models import Package
from studio.db import db
from studio.payments import ledger
from studio.payments.models import ProcessorEvent
from tests import factories
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN
from tests.fakes.payment_gateway import FakeGateway

ROBIN = {"name": "Robin Ash", "email": "robin@client.example", "accept_policy": "y"}


@pytest.fixture
def package(app: Flask, rolled_back: None) -> str:
    with app.app_context():
        extra = factories.an_add_on()
        found: Package = factories.a_bookable_package(add_ons=[extra])
        factories.a_photographer("Jonas Reed")
        return found.slug


def times(browser: Browser, package: str) -> Page:
    return browser.get(f"/book/{package}?month=2026-12&day=2026-12-08")


def held(browser: Browser, package: str, at: str = TEN_FIFTEEN.isoformat()) -> Page:
    page = browser.submit(times(browser, package), {"starts_at": at}, form="/hold")
    return browser.follow(page)


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalars(select(func.count(Booking.id))).one()


def test_from_the_month_to_the_confirmed_session(
    app: Flask, browser: Browser, package: str, gateway: FakeGateway
) -> None:
    page = times(browser, package)
    assert "Tuesday 8 December" in page.words
    assert "Amara or Jonas" in page.words
    page = held(browser, package)
    assert "Who is coming?" in page.words
    assert "£197.50" in page.words

    page = browser.submit(page, ROBIN, form="/checkout/")
    assert page.location.startswith("http")
    (checkout_id,) = gateway.pages
    gateway.pay(checkout_id)
    back = gateway.pages[checkout_id].request.success_url.split("127.0.0.1:8000")[1]
    page = browser.follow(browser.get(back, status=303))

    assert "You are booked, Robin" in page.words
    assert "10:05" in page.words, "arrival comes first"
    assert "Still to pay" in page.words
    ics = browser.get(f"{page.path}/calendar.ics")
    assert "BEGIN:VEVENT" in ics.text
    assert "DTSTART:20261208T100500Z" in ics.text


def test_a_taken_time_offers_the_nearest_and_keeps_the_choices(
    app: Flask, browser: Browser, package: str
) -> None:
    page = times(browser, package)
    held(Browser(app), package)

    gone = browser.submit(page, {"starts_at": TEN_FIFTEEN.isoformat()}, form="/hold", status=409)

    assert "That time has just gone" in gone.words
    nearest = gone.all("button[name=starts_at]")
    assert len(nearest) == 3
    browser.submit(gone, {"starts_at": str(nearest[0]["value"])}, form="/hold")


def test_what_is_ticked_is_held_and_can_be_shown_before(
    app: Flask, browser: Browser, package: str
) -> None:
    page = times(browser, package)
    extra = str(page.one("input[name=add_on]")["value"])
    chosen = {"add_on": extra, "photographer": ""}

    shown = browser.follow(browser.submit(page, chosen, form="/hold", button="/options"))
    assert "£455" in shown.words
    assert shown.one("input[name=add_on]").has_attr("checked")
    page = browser.follow(
        browser.submit(page, {**chosen, "starts_at": TEN_FIFTEEN.isoformat()}, form="/hold")
    )

    assert "One more look" in page.words
    assert "£455" in page.words


@pytest.mark.parametrize(
    "starts_at",
    ["", "soon", "2026-12-08T10:15", "2026-12-08T10:15:00+99:99", "9" * 500, "2026-02-30T10:00Z"],
)
def test_a_time_that_is_none_is_refused_in_words(
    app: Flask, browser: Browser, package: str, starts_at: str
) -> None:
    page = times(browser, package)

    refused = browser.submit(page, {"starts_at": starts_at}, form="/hold", status=422)

    assert refused.all("[role=alert]")
    assert count(app) == 0


@pytest.mark.parametrize(
    "starts_at",
    [
        "2020-01-01T10:15:00+00:00",
        "2026-12-08T03:00:00+00:00",
        "2026-12-08T10:17:00+00:00",
        "2029-12-08T10:15:00+00:00",
        "2026-12-06T10:15:00+00:00",
    ],
    ids=["past", "night", "off the grid", "beyond the horizon", "a closed day"],
)
def test_a_time_that_is_not_open_is_refused_with_others(
    app: Flask, browser: Browser, package: str, starts_at: str
) -> None:
    page = times(browser, package)

    browser.submit(page, {"starts_at": starts_at}, form="/hold", status=409)

    assert count(app) == 0


def test_bad_details_are_named_and_nothing_typed_is_lost(
    app: Flask, browser: Browser, package: str
) -> None:
    page = held(browser, package)
    typed = {"name": "", "email": "not an address", "phone": "call me", "notes": "Glasses\x00"}

    refused = browser.submit(page, typed, form="/checkout/", status=422)

    for field in ("name", "email", "phone", "notes", "accept_policy"):
        assert refused.one(f"#{field}-error")
    assert refused.one("#email")["value"] == "not an address"
    assert refused.one("#phone")["value"] == "call me"
    assert "Glasses" in refused.one("#notes").text
    with app.app_context():
        assert db.session.scalars(select(Booking)).one().client_id is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 201),
        ("name", "Robin\nBcc: all@x.example"),
        ("email", "a@b.example\r\nBcc: c@d.example"),
        ("email", "a@b.example, c@d.example"),
        ("notes", "x" * 5001),
        ("name", "Rob\u202ein"),
    ],
)
def test_too_long_and_control_characters_are_refused(
    browser: Browser, package: str, field: str, value: str
) -> None:
    page = held(browser, package)

    refused = browser.submit(page, {**ROBIN, field: value}, form="/checkout/", status=422)

    assert refused.one(f"#{field}-error")


def test_a_post_without_its_token_is_refused_and_writes_nothing(
    app: Flask, browser: Browser, package: str
) -> None:
    browser.post(f"/book/{package}/hold", {"starts_at": TEN_FIFTEEN.isoformat()}, status=400)

    assert count(app) == 0


def test_going_back_shows_the_hold_and_choosing_again_moves_it(
    app: Flask, browser: Browser, package: str
) -> None:
    held(browser, package)
    page = times(browser, package)
    assert "You are holding" in page.words

    later = (TEN_FIFTEEN + timedelta(minutes=15)).isoformat()
    page = browser.submit(page, {"starts_at": later, "photographer": ""}, form="/hold")

    with app.app_context():
        states = sorted(db.session.scalars(select(Booking.state)))
    assert states == ["cancelled", "held"]


def test_the_same_form_sent_twice_holds_once(app: Flask, browser: Browser, package: str) -> None:
    page = times(browser, package)
    chosen = {"starts_at": TEN_FIFTEEN.isoformat()}
    first = browser.submit(page, chosen, form="/hold")
    again = browser.submit(page, chosen, form="/hold")

    assert first.location == again.location
    assert count(app) == 1


def test_a_hold_that_ran_out_says_so(browser: Browser, package: str, clock: Clock) -> None:
    page = held(browser, package)
    clock.advance(minutes=16)

    over = browser.submit(page, ROBIN, form="/checkout/", status=410)

    assert "This hold has ended" in over.words


def test_ten_more_minutes_once(browser: Browser, package: str) -> None:
    page = held(browser, package)
    page = browser.follow(browser.submit(page, form="/extend"))

    assert "10:55" in page.one(".countdown").text
    assert not page.all("form[action$='/extend']")


def test_letting_go_frees_the_time(app: Flask, browser: Browser, package: str) -> None:
    page = times(browser, package)
    extra = str(page.one("input[name=add_on]")["value"])
    chosen = {"add_on": extra, "starts_at": TEN_FIFTEEN.isoformat()}
    page = browser.follow(browser.submit(page, chosen, form="/hold"))
    page = browser.follow(browser.submit(page, form="/release"))

    assert "free again" in page.words
    assert "Tuesday 8 December" in page.words, "the day is chosen still"
    assert page.one("input[name=add_on]").has_attr("checked")
    with app.app_context():
        assert db.session.scalars(select(Booking.state)).one() == "cancelled"


def test_coming_back_unpaid_confirms_nothing(
    app: Flask, browser: Browser, package: str, gateway: FakeGateway
) -> None:
    page = held(browser, package)
    browser.submit(page, ROBIN, form="/checkout/")

    back = browser.get(f"{page.path}/return?session_id=cs_forged")

    assert "Not paid yet" in back.words
    assert "Nothing has been paid yet." in browser.get(page.path).words
    with app.app_context():
        booking = db.session.scalars(select(Booking)).one()
        assert booking.state == "held"
        assert ledger.entries(db.session(), booking.id) == []


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 42 + "!", "%00", "a" * 5000])
@pytest.mark.parametrize("path", ["/booking/{}", "/checkout/{}", "/checkout/{}/return"])
def test_a_forged_token_opens_nothing(
    browser: Browser, package: str, path: str, token: str
) -> None:
    browser.get(path.format(token), status=404)


def test_a_holds_token_does_not_open_the_booking(browser: Browser, package: str) -> None:
    page = held(browser, package)

    browser.get(page.path.replace("/checkout/", "/booking/"), status=404)


def test_the_webhook_keeps_an_event_once_and_the_worker_settles_it(
    app: Flask, browser: Browser, package: str, gateway: FakeGateway
) -> None:
    browser.submit(held(browser, package), ROBIN, form="/checkout/")
    (checkout_id,) = gateway.pages
    gateway.pay(checkout_id)
    body, header = gateway.notice("checkout.session.completed", checkout_id)
    for _ in range(2):
        answer = browser.client.post(
            "/payments/stripe/webhook", data=body, headers={"Stripe-Signature": header}
        )
        assert answer.status_code == 204

    with app.app_context():
        assert jobs.settle_events() == 1
        assert jobs.settle_events() == 0
        assert db.session.scalars(select(Booking.state)).one() == "confirmed"


@pytest.mark.parametrize("shift", [-301, 301])
def test_an_event_signed_too_long_before_or_after_now_is_refused(
    app: Flask, browser: Browser, package: str, gateway: FakeGateway, clock: Clock, shift: int
) -> None:
    body, header = gateway.notice("checkout.session.completed", "cs_1")
    clock.advance(seconds=shift)

    answer = browser.client.post(
        "/payments/stripe/webhook", data=body, headers={"Stripe-Signature": header}
    )

    assert answer.status_code == 400
    with app.app_context():
        assert db.session.scalars(select(ProcessorEvent)).all() == []


def test_an_unknown_event_is_kept_and_an_event_of_the_other_mode_is_not(
    app: Flask, browser: Browser, package: str, gateway: FakeGateway
) -> None:
    for kind, live, status in (("sun.rises", False, 204), ("charge.updated", True, 400)):
        body, header = gateway.notice(kind, "x_1", livemode=live)
        answer = browser.client.post(
            "/payments/stripe/webhook", data=body, headers={"Stripe-Signature": header}
        )
        assert answer.status_code == status

    with app.app_context():
        assert jobs.settle_events() == 1
        assert db.session.scalars(select(ProcessorEvent.type)).all() == ["sun.rises"]
