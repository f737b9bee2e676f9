"""Times that cost more, in the office."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.catalogue import premium_service
from studio.catalogue.premium_service import PremiumEdit, PremiumGone
from studio.catalogue.premiums import PremiumTimes, when
from studio.db import db
from studio.domain.adjustments import Premium
from studio.scheduling.models import CalendarLock
from tests import factories, people
from tests.browsing import Browser, Page

PATH = "/office/packages/premiums"
# The day of the tests is a Tuesday.
TUESDAY = 2


@pytest.fixture
def slug(app: Flask, rolled_back: None) -> str:
    with app.app_context():
        return factories.a_bookable_package().slug


@pytest.fixture
def office(app: Flask, slug: str) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def add(office: Browser, status: int = 303, /, **fields: Any) -> Page:
    page = office.get(f"{PATH}/new")
    return office.submit(page, {"label": "Tuesday", "percent": "20"} | fields, status=status)


def only(app: Flask) -> PremiumTimes:
    with app.app_context():
        return db.session.scalars(select(PremiumTimes)).one()


def total(browser: Browser, slug: str) -> str:
    return browser.get(f"/book/{slug}?day={factories.DAY}").words


def test_what_is_added_is_asked_at_once_and_what_is_booked_keeps_its_price(
    app: Flask, office: Browser, browser: Browser, slug: str
) -> None:
    with app.app_context():
        before = factories.a_hold()
    assert "£474" not in total(browser, slug)

    page = office.follow(add(office, weekdays=[str(TUESDAY)]))

    assert "Tuesday is saved. What is booked already keeps its price." in page.words
    assert "on Tuesday 20% Standard headshot: £395 becomes £474" in page.words
    assert "£474" in total(browser, slug)
    with app.app_context():
        assert factories.booking_of(before.reference).price_minor == 39500


def test_it_can_be_changed_and_removed(
    app: Flask, office: Browser, browser: Browser, slug: str
) -> None:
    add(office, weekdays=["1", "2", "3", "4", "5", "6", "7"])
    known = only(app)
    assert (known.weekdays, known.from_minute, known.to_minute) == ([], 0, 1440)

    page = office.get(f"{PATH}/{known.id}")
    changed = {"percent": "10", "since": "16:00", "until": "18:30", "last_on": "2026-12-31"}
    page = office.follow(office.submit(page, changed))
    assert "every day, from 16:00 to 18:30, until Thursday 31 December 2026 10%" in page.words
    slots = browser.get(f"/book/{slug}?day={factories.DAY}").all("label.slot")
    assert {"10:15": False, "16:00": True}.items() <= {
        each.text.split()[0]: "£434.50" in each.text for each in slots
    }.items()

    again = office.get(f"{PATH}/{known.id}")
    shown = again.fields(again.form())
    assert (shown["since"], shown["until"], shown["last_on"]) == ("16:00", "18:30", "2026-12-31")

    words = office.follow(office.submit(page, form="/remove")).words
    assert "Every time costs the same" in words
    assert "£434.50" not in total(browser, slug)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("label", ""), ("label", "x" * 61), ("label", "two\nlines"), ("percent", ""),
        ("percent", "0"), ("percent", "201"), ("percent", "-5"), ("percent", "1.5"),
        ("since", "25:00"), ("until", "08:59"), ("until", "late"), ("first_on", "soon"),
        ("last_on", "2026-12-09"), ("last_on", "2026-02-30"),
    ],
)  # fmt: skip
def test_what_is_odd_is_refused_and_kept(
    app: Flask, office: Browser, field: str, typed: str
) -> None:
    page = add(office, 422, **{"since": "09:00", "first_on": "2026-12-10", field: typed})

    assert page.one(f"#{field}-error").text.strip()
    assert page.fields(page.form())[field].strip() == typed
    with app.app_context():
        assert db.session.scalars(select(PremiumTimes)).all() == []


def test_a_day_that_is_none_and_days_that_are_over_are_refused(app: Flask, office: Browser) -> None:
    assert "Please choose from these." in add(office, 422, weekdays=["8"]).words
    assert "These days are over." in add(office, 422, last_on="2026-11-20").words


def test_what_was_removed_meanwhile_is_not_brought_back(app: Flask, office: Browser) -> None:
    add(office)
    known = only(app).id
    page = office.get(f"{PATH}/{known}")
    with app.app_context():
        premium_service.remove_premium(known)
        premium_service.remove_premium(known)
        with pytest.raises(PremiumGone):
            premium_service.keep_premium(known, PremiumEdit("x", 5, (), 0, 1440, None, None))

    assert "removed meanwhile" in office.follow(office.submit(page)).words
    office.get(f"{PATH}/{known}", 404)


def test_a_change_queues_behind_claims(app: Flask, office: Browser) -> None:
    def version() -> int:
        with app.app_context():
            return db.session.scalars(select(CalendarLock.version)).one()

    before = version()
    add(office)
    assert version() == before + 1
    with app.app_context():
        premium_service.remove_premium(only(app).id)
    assert version() == before + 2


def test_times_are_told_in_words() -> None:
    day = date(2026, 12, 5)
    premium = Premium("1", "Minis", 15, frozenset({7, 6}), 540, 1440, day, day)
    assert when(premium) == (
        "on Saturday and Sunday, from 09:00 to 24:00, only Saturday 5 December 2026"
    )
