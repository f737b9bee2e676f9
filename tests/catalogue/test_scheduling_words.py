"""What a client reads about where, when and for how many a package is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from studio.catalogue.models import BookingMode, OpenDays, Package, PackagePlace
from studio.db import db
from studio.demo.service import load
from studio.scheduling.places import Place
from tests import factories
from tests.browsing import Browser


def words_of(app: Flask, browser: Browser, **changes: Any) -> str:
    with app.app_context():
        slug = factories.a_bookable_package(slug="the-one", **changes).slug
    return browser.get(f"/packages/{slug}").words


def test_an_ordinary_package_says_none_of_it(app: Flask, browser: Browser) -> None:
    words = words_of(app, browser)
    for said in ("on request", "We meet", "last light", "When it is open", "Each person more"):
        assert said not in words


def test_a_package_on_request_says_so(app: Flask, browser: Browser) -> None:
    assert "This session is on request" in words_of(app, browser, mode=BookingMode.REQUEST)


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        (15, "Each person more costs £12.50 and adds 15 minutes."),
        (0, "Each person more costs £12.50."),
    ],
)
def test_more_people_cost_and_take_what_it_says(
    app: Flask, browser: Browser, minutes: int, sentence: str
) -> None:
    words = words_of(
        app,
        browser,
        people_max=6,
        people_included=2,
        minutes_per_extra=minutes,
        price_per_extra_minor=1250,
    )
    assert "The price is for 2 people." in words
    assert sentence in words


def test_more_people_for_nothing_are_not_worth_a_word(app: Flask, browser: Browser) -> None:
    words = words_of(app, browser, people_max=6, people_included=2)
    assert "Each person more" not in words


def test_the_place_the_light_and_the_days_are_told(app: Flask, browser: Browser) -> None:
    with app.app_context():
        package: Package = factories.a_bookable_package(
            slug="the-one", light_before_minutes=90, light_after_minutes=0
        )
        place = Place(
            slug="heath",
            name="Larkfield Heath",
            address="1 Heath Row",
            latitude=51.5,
            longitude=-0.1,
            travel_minutes=25,
        )
        package.package_places.append(PackagePlace(place=place))
        package.open_days = [
            OpenDays(first_on=date(2026, 12, 5), last_on=date(2026, 12, 6), label="By candlelight"),
            OpenDays(first_on=date(2026, 12, 12), last_on=date(2026, 12, 12)),
        ]
        db.session.commit()
    words = browser.get("/packages/the-one").words
    assert "We meet at Larkfield Heath: 1 Heath Row." in words
    assert "at the earliest 90 minutes before sunset and is over when the sun has gone" in words
    assert "Saturday 5 December to Sunday 6 December: By candlelight" in words
    assert "Saturday 12 December" in words
    assert "Saturday 12 December to" not in words


def test_days_that_are_over_are_not_named(app: Flask, browser: Browser) -> None:
    with app.app_context():
        package = factories.a_bookable_package(slug="the-one")
        package.open_days = [
            OpenDays(first_on=date(2026, 3, 7), last_on=date(2026, 3, 7), label=""),
            OpenDays(first_on=date(2026, 12, 5), last_on=date(2026, 12, 5), label=""),
        ]
        db.session.commit()
    words = browser.get("/packages/the-one").words
    assert "Saturday 5 December" in words
    assert "March" not in words

    with app.app_context():
        package = factories.a_bookable_package(slug="over")
        package.open_days = [
            OpenDays(first_on=date(2026, 3, 7), last_on=date(2026, 3, 7), label="")
        ]
        db.session.commit()
    assert "The days it could be had on are over." in browser.get("/packages/over").words


def test_make_up_says_how_much_earlier_to_arrive(app: Flask, browser: Browser) -> None:
    with app.app_context():
        load()
    assert "You arrive 45 minutes earlier" in browser.get("/packages/professional-headshot").words
    assert "You arrive 60 minutes earlier" in browser.get("/packages/actor-two-looks").words
