"""One of each kind that the demo studio sells, booked and paid as a visitor would."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from studio.booking import links
from studio.booking.models import Booking
from studio.db import db
from studio.demo.service import load
from studio.domain.lifecycle import BookingState
from studio.messaging.jobs import send_due_mail
from studio.scheduling.daylight import sunset
from tests import people
from tests.browsing import Browser, Page
from tests.fakes.mailer import FakeMailer
from tests.fakes.payment_gateway import FakeGateway

LONDON = ZoneInfo("Europe/London")
HERE = "http://127.0.0.1:8000"
ROBIN = {"name": "Robin Ash", "email": "robin@client.example", "accept_policy": "y"}
ADDRESS = "Alder & Fenn, second floor\n6 Copper Row\nLondon EC1"


@pytest.fixture
def demo(app: Flask, browser: Browser) -> Browser:
    with app.app_context():
        load()
    return browser


def held(browser: Browser, package: str, asked: str = "") -> Page:
    """The details page for the first time that is offered."""
    page = browser.get(f"/book/{package}?{asked}")
    first = page.all("input[name=starts_at]")[0]
    return browser.follow(browser.submit(page, {"starts_at": str(first["value"])}, form="/hold"))


def where_to_come(page: Page) -> dict[str, str]:
    """The address, where a page asks for it."""
    return {"address": ADDRESS} if page.all("[name=address]") else {}


def booked(browser: Browser, gateway: FakeGateway, page: Page, **details: str) -> Page:
    """The session's own page, once the card has paid."""
    return paid(browser, gateway, browser.submit(page, {**ROBIN, **details}, form="/checkout/"))


def paid(browser: Browser, gateway: FakeGateway, page: Page) -> Page:
    assert page.location.startswith("http")
    checkout_id = list(gateway.pages)[-1]
    gateway.pay(checkout_id)
    back = gateway.pages[checkout_id].request.success_url.removeprefix(HERE)
    return browser.follow(browser.get(back, status=303))


def the_booking(app: Flask) -> Booking:
    with app.app_context():
        db.session.rollback()
        found = db.session.scalars(select(Booking)).one()
        assert found.place is None or found.place.name
        return found


# Booked one after the other: people, what is paid now and later, and what the guide speaks of.
SELDOM = {
    "company-day-half": ("people=16", "£605", "£605", "relaxed volunteer"),
    "company-day-full": ("people=28", "£975", "£975", "thirty-three times"),
    "conference-booth": ("people=36", "£675", "£675", "guest of honour"),
    "new-colleague-headshot": ("", "£110", "", "team page"),
    "branding-half-day": ("people=2", "£825", "£825", "shot list"),
    "extended-family": ("people=12", "£695", "", "by noon on the day"),
    "milestone-and-cake": ("people=2", "£197.50", "£197.50", "cake"),
    "senior-portrait": ("", "£275", "£275", "yearbook"),
    "editorial-session": ("people=2", "£447.50", "£447.50", "agency"),
}


def test_what_is_seldom_is_booked_as_all_the_rest(demo: Browser, gateway: FakeGateway) -> None:
    for package, (asked, now, later, told) in SELDOM.items():
        page = held(demo, package, asked)

        page = booked(demo, gateway, page, **where_to_come(page))

        assert f"Paid {now}" in page.words, package
        assert page.words.count("Still to pay") == bool(later), package
        assert later in page.words, package
        assert told in guide_of(demo, page), package


def test_looking_at_pictures_costs_nothing(app: Flask, demo: Browser, gateway: FakeGateway) -> None:
    page = held(demo, "viewing", "people=2")

    page = demo.follow(demo.submit(page, ROBIN, form="/checkout/"))

    assert not gateway.pages
    assert the_booking(app).state is BookingState.CONFIRMED
    assert "large screen" in page.words + guide_of(demo, page)


def guide_of(browser: Browser, page: Page) -> str:
    return browser.get(f"{page.path}/prep").words


def test_a_team_of_four(app: Flask, demo: Browser, gateway: FakeGateway) -> None:
    page = held(demo, "small-team-headshots", "people=4")
    assert "1 hour 15 minutes" in page.words
    assert "2 more people £200" in page.words

    page = booked(demo, gateway, page)

    assert "Paid £275" in page.words
    assert the_booking(app).people == 4
    assert "First all of you" in guide_of(demo, page)


def test_an_executive_where_they_work(app: Flask, demo: Browser, gateway: FakeGateway) -> None:
    page = held(demo, "executive-on-location", "people=2")
    assert "Please tell us where to come." in (
        demo.submit(page, ROBIN, form="/checkout/", status=422).words
    )

    page = booked(demo, gateway, page, address=ADDRESS)

    booking = the_booking(app)
    assert booking.starts_at - booking.arrive_at == timedelta(minutes=30)
    assert booking.address == ADDRESS
    assert "We arrive at" in page.words
    assert "6 Copper Row" in guide_of(demo, page)


@pytest.mark.parametrize("place", ["larchmere-park", "saltwater-steps"])
@pytest.mark.parametrize(
    ("package", "ends"),
    [("family-golden-hour", (-30, 0)), ("couple-at-sunset", (-15, 15))],
)
def test_an_evening_outdoors(
    app: Flask,
    demo: Browser,
    gateway: FakeGateway,
    package: str,
    ends: tuple[int, int],
    place: str,
) -> None:
    times = demo.get(f"/book/{package}?place={place}").all("input[name=starts_at]")
    page = booked(demo, gateway, held(demo, package, f"place={place}"))

    booking = the_booking(app)
    assert booking.place is not None
    assert booking.place.slug == place
    day = booking.starts_at.astimezone(LONDON).date()
    down = sunset(booking.place.latitude, booking.place.longitude, day, LONDON)
    assert down is not None
    for each in times:
        ended = datetime.fromisoformat(str(each["value"])) + timedelta(minutes=booking.minutes)
        late = ended - datetime.fromtimestamp(down, LONDON)
        assert timedelta(minutes=ends[0]) <= late <= timedelta(minutes=ends[1])
    words = guide_of(demo, page)
    assert f"Where we meet {booking.place.name}" in words
    assert "noon on the day" in words


def test_a_mini_session_on_one_of_its_days(app: Flask, demo: Browser, gateway: FakeGateway) -> None:
    page = demo.get("/book/mini-session")
    assert "Saturday 5 December" in page.words
    days = {str(link["href"]).rpartition("day=")[2][:10] for link in page.all(".month a[href]")}
    assert days == {"2026-12-05", "2026-12-12"}
    assert "fits well" in page.words

    page = booked(demo, gateway, held(demo, "mini-session", "people=6"))

    booking = the_booking(app)
    assert booking.ends_at - booking.starts_at == timedelta(minutes=15)
    assert booking.starts_at.minute % 20 == 0
    assert "Paid £175" in page.words
    assert "Still to pay" not in page.words


@pytest.mark.parametrize(
    ("package", "asked", "told"),
    [
        ("maternity-portrait", "people=2", "Between the thirtieth and the thirty-fourth week"),
        ("newborn-portrait", "people=4", "trained to handle newborns"),
        ("newborn-at-home", "people=3", "in the basket, never on anything high"),
        ("boudoir-portrait", "add_on=make-up-and-hair-unhurried", "your identity card"),
    ],
)
def test_what_is_on_request_is_asked_for_accepted_and_paid(
    app: Flask,
    demo: Browser,
    gateway: FakeGateway,
    mailer: FakeMailer,
    package: str,
    asked: str,
    told: str,
) -> None:
    page = held(demo, package, asked)
    page = demo.follow(demo.submit(page, ROBIN | where_to_come(page), form="/checkout/"))
    assert "We have your request, Robin" in page.words
    assert not gateway.pages

    owner = people.signed_in(app)
    waiting = owner.get("/office/requests")
    assert "The time is open." in waiting.words
    owner.submit(waiting, form=f"/office/requests/{the_booking(app).id}/accept")
    with app.app_context():
        mailer.sent.clear()
        send_due_mail(links.link_for)
    [yes] = [mail for mail in mailer.sent if str(mail["Subject"]).startswith("Yes: ")]
    plain = yes.get_body(("plain",))
    assert plain is not None
    [link] = re.findall(rf"{HERE}(/checkout/\S+)", str(plain.get_content()))
    page = booked(demo, gateway, demo.get(link))

    booking = the_booking(app)
    assert booking.state is BookingState.CONFIRMED
    early = 85 if booking.before_minutes else 30 if booking.place_id else 10
    assert booking.starts_at - booking.arrive_at == timedelta(minutes=early)
    assert told in demo.get(f"{page.path}/prep").text
