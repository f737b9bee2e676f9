from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from bs4 import Tag
from flask import Flask

from studio.accounts.permissions import Role
from studio.booking import service
from studio.booking.service import Details
from studio.catalogue.models import Genre
from studio.db import epoch
from studio.scheduling.models import Block
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.office.counting import questions

WEEK = "/office/calendar?week=2026-12-09"


@dataclass(frozen=True, slots=True)
class Crew:
    """Amara has an hour's headshot on Tuesday at 10:15 in room A; Jonas has nothing."""

    amara: int
    amara_slug: str
    jonas: int
    jonas_slug: str
    package: str
    portrait: str
    booking: int


@pytest.fixture
def crew(app: Flask, rolled_back: None) -> Crew:
    with app.app_context():
        factories.a_studio()
        room = factories.a_resource(name="Room A")
        grey = factories.a_set(rooms=[room])
        amara = factories.a_photographer("Amara Vale")
        jonas = factories.a_photographer("Jonas Reed")
        package = factories.a_package(sets=[grey], deposit_percent=0)
        portrait = factories.a_package(
            sets=[grey],
            name="Family portrait",
            deposit_percent=0,
            session_type=factories.a_session_type(Genre.PORTRAIT),
        )
        booking = factories.a_confirmed_booking(package, photographer=amara.slug)
        return Crew(
            amara.id, amara.slug, jonas.id, jonas.slug, package.slug, portrait.slug, booking.id
        )


@pytest.fixture
def manager(app: Flask, crew: Crew) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def book(app: Flask, package: str, starts_at: datetime, photographer: str, name: str) -> None:
    with app.app_context():
        held = service.hold_time(
            service.HoldRequest(package=package, starts_at=starts_at, photographer=photographer)
        )
        booking = factories.booking_of(held.reference)
        details = Details(name=name, email=f"{name[:3]}@client.example", phone="", notes="")
        service.check_out(booking.id, details)


def day(page: Page, title: str) -> Tag:
    """The words of one column."""
    return next(each for each in page.all(".agenda section") if title in each.h3.text)  # type: ignore[union-attr]


def drawn(page: Page, kind: str) -> list[tuple[str, str]]:
    """Where the drawing has what is of *kind*: top and height in minutes."""
    return [(str(each["y"]), str(each["height"])) for each in page.all(f"svg.ev.{kind}")]


def test_a_week_shows_the_sessions_of_one_photographer(manager: Browser, crew: Crew) -> None:
    page = manager.get(f"{WEEK}&photographer={crew.amara_slug}")

    assert "7–13 December 2026" in page.words
    tuesday = day(page, "Tue 8 Dec")
    assert "10:15–11:15" in tuesday.text
    link = tuesday.select_one("li a")
    assert link is not None
    assert link.text == "Robin Ash"
    assert link["href"] == f"/office/sessions/{crew.booking}"
    assert "Standard headshot · Room A" in tuesday.text
    assert "Nothing booked" in day(page, "Mon 7 Dec").text
    assert "Not working" in day(page, "Sun 13 Dec").text
    assert drawn(page, "headshot") == [("75", "60")]
    assert drawn(page, "build") == [("60", "15")]
    assert drawn(page, "strike") == [("135", "10")]
    assert "Robin Ash" not in manager.get(f"{WEEK}&photographer={crew.jonas_slug}").words


def test_between_two_sessions_on_one_set_there_is_only_the_changeover(
    app: Flask, manager: Browser, crew: Crew
) -> None:
    # Jonas is next in the room: his changeover is short because Amara's set stays for him.
    book(app, crew.portrait, factories.days_after(hours=2), crew.jonas_slug, "Bea Moss")

    theirs = manager.get(f"{WEEK}&photographer={crew.jonas_slug}")
    hers = manager.get(f"{WEEK}&photographer={crew.amara_slug}")

    assert drawn(theirs, "portrait") == [("195", "60")]
    assert drawn(theirs, "build") == [("185", "10")]
    assert drawn(hers, "strike") == []


def test_a_hold_is_dashed_and_says_how_long(
    app: Flask, manager: Browser, crew: Crew, clock: Clock
) -> None:
    with app.app_context():
        service.hold_time(
            service.HoldRequest(
                package=crew.package,
                starts_at=factories.days_after(days=1),
                photographer=crew.amara_slug,
            )
        )
    clock.advance(minutes=3, seconds=30)

    page = manager.get(WEEK)
    assert "held, 12 min left" in day(page, "Wed 9 Dec").text
    assert "filling in the details" in day(page, "Wed 9 Dec").text
    assert len(drawn(page, "hold")) == 1

    clock.advance(minutes=12)
    assert "held" not in day(manager.get(WEEK), "Wed 9 Dec").text


def test_time_off_stands_in_its_own_column(app: Flask, manager: Browser, crew: Crew) -> None:
    with app.app_context():
        begins = epoch(factories.days_after(days=2))
        factories.kept(
            Block(resource_id=crew.amara, busy_from=begins, busy_to=begins + 7200, note="Dentist")
        )

    page = manager.get(WEEK)
    assert "10:15–12:15" in day(page, "Thu 10 Dec").text
    assert "Dentist" in day(page, "Thu 10 Dec").text
    assert "Dentist" not in manager.get(f"{WEEK}&photographer={crew.jonas_slug}").words


def test_a_day_shows_everybody(manager: Browser, crew: Crew) -> None:
    page = manager.get("/office/calendar?day=2026-12-08")

    assert "Tuesday 8 December 2026" in page.words
    assert "Robin Ash" in day(page, "Amara").text
    assert "1 session" in day(page, "Amara").text
    assert "Nothing booked" in day(page, "Jonas").text
    assert [link["href"] for link in page.all(".page-head a")] == [
        "/office/calendar?day=2026-12-07",
        "/office/calendar?day=2026-11-23",
        "/office/calendar?day=2026-12-09",
        "/office/studio/time-off",
    ]


def test_weeks_lead_to_weeks(manager: Browser, crew: Crew) -> None:
    links = [str(each["href"]) for each in manager.get(WEEK).all(".page-head a")]
    assert [link.partition("&")[0] for link in links[:3]] == [
        "/office/calendar?week=2026-11-30",
        "/office/calendar?week=2026-11-23",
        "/office/calendar?week=2026-12-14",
    ]
    assert all(link.endswith(f"photographer={crew.amara_slug}") for link in links[:3])


@pytest.mark.parametrize("asked", ["", "?week=soon", "?week=9999-12-31", "?day=0001-01-01"])
def test_what_is_no_date_is_this_week(manager: Browser, asked: str) -> None:
    assert "23–29 November 2026" in manager.get(f"/office/calendar{asked}").words


def test_a_week_across_two_months_and_years_is_named(manager: Browser) -> None:
    assert "30 November – 6 December 2026" in manager.get("/office/calendar?week=2026-12-01").words
    name = "28 December 2026 – 3 January 2027"
    assert name in manager.get("/office/calendar?week=2027-01-01").words


def test_a_photographer_sees_their_own_and_nobody_elses(app: Flask, crew: Crew) -> None:
    jonas = people.signed_in(app, Role.PHOTOGRAPHER, crew.jonas)

    assert "Robin Ash" not in jonas.get(WEEK).words
    everybody = jonas.get("/office/calendar?day=2026-12-08")
    assert "Robin Ash" not in everybody.words
    assert "Amara" not in everybody.words
    jonas.get(f"{WEEK}&photographer={crew.amara_slug}", 404)


def test_nobody_called_so_is_not_found(manager: Browser) -> None:
    manager.get(f"{WEEK}&photographer=nobody", 404)


def test_a_studio_without_photographers_says_so(app: Flask, rolled_back: None) -> None:
    with app.app_context():
        factories.a_studio()
    assert "Nobody to shoot yet" in people.signed_in(app).get("/office/calendar").words


@pytest.mark.parametrize("path", [WEEK, "/office/calendar?day=2026-12-08"])
def test_more_sessions_ask_no_more_questions(
    app: Flask, manager: Browser, crew: Crew, path: str
) -> None:
    manager.get(path)
    with questions() as few:
        manager.get(path)
    for n in range(4):
        starts_at = factories.days_after() + timedelta(hours=2 * (n % 2) + 1.5, days=n // 2)
        book(app, crew.portrait, starts_at, crew.jonas_slug, f"Client {n}")
    with questions() as many:
        manager.get(path)

    assert len(many) == len(few) <= 30
