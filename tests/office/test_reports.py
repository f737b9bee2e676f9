"""How the work is shared, and what was booked against a rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking.models import Booking
from studio.db import db
from tests import factories, people
from tests.browsing import Browser, Page
from tests.office.counting import questions

DECEMBER = "/office/reports?month=2026-12"


@pytest.fixture
def manager(app: Flask, rolled_back: None) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def shares(page: Page) -> dict[str, list[str]]:
    """Sessions, hours, by name, left to the studio and an equal share, by photographer."""
    rows = [
        [" ".join(cell.get_text(" ").split()) for cell in row.select("td")]
        for row in page.all("table")[0].select("tbody tr")
    ]
    return {row[0]: row[1:] for row in rows}


def test_work_is_told_beside_an_equal_share_of_it(app: Flask, manager: Browser) -> None:
    with app.app_context():
        babies = factories.a_skill("babies")
        amara = factories.a_photographer("Amara Vale", skills=[babies])
        factories.a_photographer("Ben Oak")
        anybody = factories.a_package(deposit_percent=0)
        newborn = factories.a_package(deposit_percent=0, skills=[babies], minutes=90)
        start = factories.TEN_FIFTEEN
        for n in range(3):
            factories.a_confirmed_booking(
                anybody, start + timedelta(days=n), email=f"{n}@x.example"
            )
        factories.a_confirmed_booking(newborn, start + timedelta(days=7))
        factories.a_confirmed_booking(anybody, start + timedelta(days=8), photographer=amara.slug)

    page = manager.get(DECEMBER)

    # Ben had one when the second came, so it was his; the third was the first by name again.
    assert shares(page) == {
        "Amara Vale": ["4", "4.5", "1", "3", "2.5"],
        "Ben Oak": ["1", "1.0", "0", "1", "1.5"],
    }
    assert "the fewest of one photographer differ by 2 ." in page.words
    assert [str(each["width"]) for each in page.all(".share-part")] == ["100", "33"]
    assert [str(each["x"]) for each in page.all(".share-mark")] == ["83", "50"]


def test_a_month_begins_and_ends_at_the_studios_midnight(app: Flask, manager: Browser) -> None:
    with app.app_context():
        booking = factories.a_confirmed_booking()
        booking.starts_at = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
        booking.ends_at = booking.starts_at + timedelta(hours=1)
        db.session.commit()

    assert shares(manager.get(DECEMBER))["Amara Vale"][0] == "1"
    assert shares(manager.get("/office/reports?month=2027-01"))["Amara Vale"][0] == "0"


def test_who_has_left_is_told_of_too(app: Flask, manager: Browser) -> None:
    with app.app_context():
        booking = factories.a_confirmed_booking()
        booking.photographer.resource.archived_at = booking.created_at
        db.session.commit()

    assert shares(manager.get(DECEMBER)) == {"Amara Vale": ["1", "1.0", "0", "1", "0.0"]}


def test_what_was_booked_against_a_rule_is_listed(app: Flask, manager: Browser) -> None:
    with app.app_context():
        booking = factories.a_confirmed_booking()
        booking.override_reason = "She offered to stay"
        db.session.commit()
        number = booking.id

    page = manager.get(DECEMBER)
    assert "She offered to stay" in page.words
    assert page.one(f"a[href='/office/sessions/{number}']").text == "Tue 8 Dec, 10:15"
    assert "None this month." in manager.get("/office/reports?month=2026-11").words


@pytest.mark.parametrize(
    "month", ["", "?month=", "?month=soon", "?month=9999-12", "?month=2026-13"]
)
def test_what_is_no_month_is_this_one(app: Flask, manager: Browser, month: str) -> None:
    with app.app_context():
        factories.a_studio()
    assert manager.get(f"/office/reports{month}").one("h1").text == "November 2026"


def test_more_sessions_ask_no_more_questions(app: Flask, manager: Browser) -> None:
    with app.app_context():
        package = factories.a_bookable_package(deposit_percent=0)
        factories.a_confirmed_booking(package)
    manager.get(DECEMBER)
    with questions() as few:
        manager.get(DECEMBER)
    with app.app_context():
        for n in range(3):
            factories.a_photographer(f"Ben Oak {n}")
            other = factories.a_package(deposit_percent=0)
            factories.a_confirmed_booking(
                other, factories.days_after(days=n + 1), email=f"{n}@x.example"
            )
        for each in db.session.scalars(select(Booking)):
            each.override_reason = "Because"
        db.session.commit()
    manager.get(DECEMBER)
    with questions() as many:
        manager.get(DECEMBER)

    assert len(many) == len(few) <= 20


def test_photographers_do_not_see_how_work_is_shared(app: Flask, rolled_back: None) -> None:
    with app.app_context():
        number = factories.a_photographer().id
    people.signed_in(app, Role.PHOTOGRAPHER, number).get(DECEMBER, 403)
