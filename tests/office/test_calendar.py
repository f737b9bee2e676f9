from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from bs4 import Tag
from flask import Flask

from studio.accounts.permissions import Role
from studio.booking import service
from studio.booking.models import Booking
from studio.booking.service import Details
from studio.catalogue.models import Genre
from studio.db import db, epoch
from studio.scheduling.models import Block, ResourceKind
from studio.scheduling.outside.models import OutsideBusy, OutsideCalendar
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


def book(
    app: Flask, package: str, starts_at: datetime, photographer: str, name: str, *add_ons: str
) -> None:
    with app.app_context():
        held = service.hold_time(
            service.HoldRequest(
                package=package, starts_at=starts_at, photographer=photographer, add_ons=add_ons
            )
        )
        booking = factories.booking_of(held.reference)
        details = Details(name=name, email=f"{name[:3]}@client.example", phone="", notes="")
        service.check_out(booking.id, details)


def day(page: Page, title: str) -> Tag:
    """The words of one column."""
    return next(each for each in page.all(".agenda section") if title in each.h3.text)  # type: ignore[union-attr]


def told(page: Page, title: str) -> str:
    """The words of one column in one line."""
    return " ".join(day(page, title).get_text(" ").split())


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
    assert drawn(theirs, "keep") == [("185", "10")]
    assert drawn(theirs, "build") == []
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
    assert page.one("main p a[href='/office/why']").text == "Ask why"


def test_weeks_lead_to_weeks(manager: Browser, crew: Crew) -> None:
    links = [str(each["href"]) for each in manager.get(WEEK).all(".page-head a")]
    assert [link.partition("&")[0] for link in links[:3]] == [
        "/office/calendar?week=2026-11-30",
        "/office/calendar?week=2026-11-23",
        "/office/calendar?week=2026-12-14",
    ]
    assert all(link.endswith(f"photographer={crew.amara_slug}") for link in links[:3])


@pytest.mark.parametrize("asked", ["", "?week=soon", "?week=9999-12-31", "?day=0001-01-01"])
def test_without_a_date_the_week_of_the_next_session_opens(manager: Browser, asked: str) -> None:
    assert "7–13 December 2026" in manager.get(f"/office/calendar{asked}").words


def test_who_has_no_session_ahead_sees_this_week(
    app: Flask, manager: Browser, crew: Crew, clock: Clock
) -> None:
    theirs = f"/office/calendar?photographer={crew.jonas_slug}"
    assert "23–29 November 2026" in manager.get(theirs).words
    clock.advance(days=16)
    signed_in_again = people.signed_in(app)
    assert "7–13 December 2026" in signed_in_again.get("/office/calendar").words


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


ROOMS = "/office/calendar?day=2026-12-08&by=room"


def test_a_day_by_room_tells_of_building_striking_and_clearing(
    app: Flask, manager: Browser, crew: Crew
) -> None:
    with app.app_context():
        quiet = factories.a_resource(name="Room B")
        loft = factories.a_set(rooms=[quiet], name="Loft", build=40, strike=20)
        slug = factories.a_package(
            sets=[loft], name="Loft portrait", deposit_percent=0, clear_minutes=5
        ).slug
    book(app, crew.portrait, factories.days_after(hours=2), crew.jonas_slug, "Bea Moss")
    book(app, slug, factories.days_after(hours=5), crew.jonas_slug, "Cleo Marsh")

    page = manager.get(ROOMS)

    first, second = (told(page, name) for name in ("Room A", "Room B"))
    assert "2 sessions" in first
    assert "10:00–10:15 Building Grey seamless 10:15–11:15 Robin Ash" in first
    assert "Standard headshot · Amara" in first
    assert "12:05–12:15 Grey seamless stands 12:15–13:15 Bea Moss" in first
    assert "13:15–13:25 Striking Grey seamless" in first
    assert "14:35–15:15 Building Loft" in second
    assert "16:15–16:20 Clearing up 16:20–16:40 Striking Loft" in second
    assert drawn(page, "keep") == [("185", "10")]
    assert ("335", "40") in drawn(page, "build")


def test_what_is_shot_outside_and_what_comes_before_have_columns(
    app: Flask, manager: Browser, crew: Crew
) -> None:
    with app.app_context():
        park = factories.a_place("Canal Park", travel=30)
        outside = factories.a_package(place=park, name="Park portrait", deposit_percent=0).slug
        lena = factories.a_resource(ResourceKind.ARTIST, name="Lena Moor")
        make_up = factories.make_up(lena)
        done_up = factories.a_package(
            sets=[factories.a_set()], add_ons=[make_up], deposit_percent=0
        )
        add_on, slug = make_up.slug, done_up.slug
    assert "On location" not in manager.get(ROOMS).words
    book(app, outside, factories.days_after(hours=2), crew.jonas_slug, "Bea Moss")
    book(app, slug, factories.days_after(hours=4), crew.amara_slug, "Cleo Marsh", add_on)

    page = manager.get(ROOMS)
    assert "12:15–13:15 Bea Moss Park portrait · Canal Park · Jonas" in told(page, "On location")
    assert "13:30–14:15 Cleo Marsh before Standard headshot · Amara" in told(page, "Lena Moor")
    # The way is the photographer's: half an hour before the building, and after the striking.
    assert drawn(manager.get("/office/calendar?day=2026-12-08"), "travel") == [
        ("150", "30"),
        ("265", "30"),
    ]


def test_a_photographer_sees_that_a_room_is_taken_but_not_by_whom(app: Flask, crew: Crew) -> None:
    page = people.signed_in(app, Role.PHOTOGRAPHER, crew.jonas).get(ROOMS)

    assert "10:15–11:15 Another session" in told(page, "Room A")
    assert "Robin Ash" not in page.text
    assert f"/office/sessions/{crew.booking}" not in page.text


def test_a_session_booked_against_a_rule_says_so(app: Flask, manager: Browser, crew: Crew) -> None:
    assert "against a rule" not in manager.get(WEEK).words
    with app.app_context():
        db.session.get_one(Booking, crew.booking).override_reason = "She offered to stay"
        db.session.commit()

    for path in (WEEK, ROOMS):
        assert "booked against a rule" in manager.get(path).words


def test_what_a_calendar_elsewhere_calls_busy_is_drawn(
    app: Flask, manager: Browser, crew: Crew
) -> None:
    with app.app_context():
        row = factories.kept(
            OutsideCalendar(
                photographer_id=crew.amara,
                url="https://calendar.example/amara.ics",
                next_fetch_at=factories.days_after(),
                created_at=factories.days_after(),
            )
        )
        begins = epoch(factories.days_after(days=2))
        factories.kept(
            OutsideBusy(
                calendar_id=row.id, resource_id=crew.amara, busy_from=begins, busy_to=begins + 3600
            )
        )

    assert "10:15–11:15 Busy elsewhere" in told(manager.get(WEEK), "Thu 10")


@pytest.mark.parametrize("path", [WEEK, "/office/calendar?day=2026-12-08", ROOMS])
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
