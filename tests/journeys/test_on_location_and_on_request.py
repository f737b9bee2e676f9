"""A client has the studio come, asks for what is on request, and adds what comes before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from studio.booking.models import Booking
from studio.catalogue.models import BookingMode, OpenDays
from studio.db import db
from studio.domain.availability import Gaps
from studio.domain.lifecycle import BookingState
from studio.scheduling.models import Allocation, ResourceKind
from tests import factories
from tests.browsing import Browser, Page
from tests.factories import DAY, TEN_FIFTEEN

pytestmark = pytest.mark.usefixtures("rolled_back")

ROBIN = {"name": "Robin Ash", "email": "robin@client.example", "accept_policy": "y"}
ADDRESS = "4 Mill Lane\nLondon"


@pytest.fixture
def elsewhere(app: Flask) -> tuple[str, str]:
    """A package that is shot in the park or, better, where the client is; and that place."""
    with app.app_context():
        park, office = factories.a_place(), factories.a_place("At your office", at_client=True)
        package = factories.a_bookable_package(
            package_places=factories.at(park, office), deposit_percent=0
        )
        return package.slug, office.slug


def times(browser: Browser, package: str, asked: str = "") -> Page:
    return browser.get(f"/book/{package}?day={DAY.isoformat()}{asked}")


def held(browser: Browser, page: Page) -> Page:
    chosen = {"starts_at": TEN_FIFTEEN.isoformat()}
    return browser.follow(browser.submit(page, chosen, form="/hold"))


def booked(app: Flask) -> Booking:
    with app.app_context():
        db.session.rollback()
        return db.session.scalars(select(Booking)).one()


def test_the_studio_comes_to_the_client(
    app: Flask, browser: Browser, elsewhere: tuple[str, str]
) -> None:
    package, office = elsewhere
    page = held(browser, times(browser, package, f"&place={office}"))
    assert "At your address" in page.words
    assert "Where shall we come? required" in page.words

    refused = browser.submit(page, {**ROBIN, "notes": "Ring twice"}, form="/checkout/", status=422)
    assert "Please tell us where to come." in refused.words
    assert "Ring twice" in refused.text
    page = browser.follow(browser.submit(refused, {**ROBIN, "address": ADDRESS}, form="/checkout/"))

    assert "We arrive at 10:00" in page.words
    assert "4 Mill Lane London" in page.words
    guide = browser.get(f"{page.path}/prep")
    assert "We come to you 4 Mill Lane London" in guide.words
    assert "We arrive at 10:00" in guide.words
    assert "Lantern Yard" not in guide.one("main").text
    assert booked(app).address == ADDRESS


def test_the_guide_says_where_we_meet(browser: Browser, elsewhere: tuple[str, str]) -> None:
    page = held(browser, times(browser, elsewhere[0]))
    page = browser.follow(browser.submit(page, ROBIN, form="/checkout/"))

    guide = browser.get(f"{page.path}/prep")

    assert "Where we meet Canal Park West gate London E9 0ZZ" in guide.words
    assert "Meet at the gate." in guide.words
    assert "Lantern Yard" not in guide.one("main").text


def test_a_taken_time_is_taken_again_at_the_same_place(
    app: Flask, browser: Browser, elsewhere: tuple[str, str]
) -> None:
    package, office = elsewhere
    page = times(browser, package, f"&place={office}")
    rival = Browser(app)
    held(rival, times(rival, package))
    gone = browser.submit(page, {"starts_at": TEN_FIFTEEN.isoformat()}, form="/hold", status=409)

    nearest = str(gone.all("button[name=starts_at]")[0]["value"])
    page = browser.follow(browser.submit(gone, {"starts_at": nearest}, form="/hold"))

    assert "At your address" in page.words


def test_a_place_that_is_not_offered_is_said_in_words(
    browser: Browser, elsewhere: tuple[str, str]
) -> None:
    page = browser.get(f"/book/{elsewhere[0]}?place=the-moon", status=422)

    assert "This session is not shot there." in page.words
    assert page.one("input[name=place][checked]")


def test_what_is_on_request_is_asked_for_and_takes_no_time(app: Flask, browser: Browser) -> None:
    with app.app_context():
        package = factories.a_bookable_package(mode=BookingMode.REQUEST).slug
    page = times(browser, package)
    assert "Nothing is reserved until" in page.words
    assert "Ask for this time" in page.words
    assert "Hold this time" not in page.words
    assert "today" not in page.one("aside").text, "nothing is due when asking"
    assert "Deposit once we have said yes" in page.words
    assert "Cancel by" not in page.words, "nobody knows when it will be booked"

    page = held(browser, page)
    assert "Send the request" in page.words
    assert "Nothing is reserved and nothing is due until we have said yes." in page.words
    assert "Cancel by" not in page.words
    page = browser.follow(browser.submit(page, ROBIN, form="/checkout/"))

    assert "We have your request, Robin" in page.words
    assert "Nothing is reserved and nothing is paid until then." in page.words
    booking = booked(app)
    assert booking.state is BookingState.REQUESTED
    with app.app_context():
        assert not db.session.scalars(select(Allocation)).all()
    browser.submit(page, form="/withdraw")
    assert booked(app).state is BookingState.CANCELLED


def test_what_comes_before_is_told_with_every_time(app: Flask, browser: Browser) -> None:
    with app.app_context():
        artist = factories.a_resource(ResourceKind.ARTIST, name="Lena Moor")
        make_up = factories.make_up(artist)
        package = factories.a_bookable_package(add_ons=[make_up]).slug
        chosen = f"&add_on={make_up.slug}"

    page = times(browser, package)
    assert "45 minutes before the session" in page.words
    assert "arrival" not in page.one("#hold").text
    page = times(browser, package, chosen)
    assert "11:15 Amara arrival 10:20" in page.words
    later = (TEN_FIFTEEN + timedelta(hours=1)).isoformat()
    page = browser.follow(browser.submit(page, {"starts_at": later}, form="/hold"))

    assert "Come at 10:20 Make-up 10:30 We begin at 11:15" in page.words


def test_more_people_are_shown_with_time_and_price(app: Flask, browser: Browser) -> None:
    with app.app_context():
        package = factories.a_bookable_package(
            people_max=4, people_included=1, minutes_per_extra=15, price_per_extra_minor=5000
        ).slug

    page = times(browser, package)
    assert "each more costs £50 and takes 15 minutes" in page.words
    page = held(browser, times(browser, package, "&people=3"))

    assert "2 more people £100" in page.words
    assert "90 minutes" in page.words


def test_times_that_fit_well_say_so(app: Flask, browser: Browser) -> None:
    with app.app_context():
        package = factories.a_bookable_package(gaps=Gaps.PREFER).slug

    assert times(browser, package).words.count("fits well") == 2


def test_open_days_are_opened_on_and_past_ones_not_named(app: Flask, browser: Browser) -> None:
    far = date(2027, 5, 15)
    with app.app_context():
        package = factories.a_bookable_package(horizon_days=300)
        for day in (date(2026, 3, 1), far):
            factories.kept(OpenDays(package_id=package.id, first_on=day, last_on=day, label=""))
        slug = package.slug

    page = browser.get(f"/book/{slug}")

    assert "May 2027" in page.words
    assert "Saturday 15 May" in page.words
    assert "March" not in page.words


def test_beyond_the_open_days_nothing_is_looked_for(app: Flask, browser: Browser) -> None:
    sunday = date(2026, 12, 13)
    with app.app_context():
        package = factories.a_bookable_package()
        factories.kept(OpenDays(package_id=package.id, first_on=sunday, last_on=sunday, label=""))
        slug = package.slug

    words = browser.get(f"/book/{slug}").words
    assert "Nothing is free until the end of December 2026." in words
    assert "Look at the month after" not in words
