"""Twelve obstacles, each as the page says it, and staff who set the soft ones aside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking import service
from studio.booking.models import Booking
from studio.booking.service import Details, HoldRequest
from studio.catalogue.models import BookingMode, OpenDays
from studio.db import db, epoch
from studio.explain import explain_command
from studio.payments import ledger
from studio.payments.models import Purpose
from studio.ports import ports
from studio.scheduling.models import Block, Photographer, ResourceKind, Set
from tests import factories, people
from tests.browsing import Browser, Page
from tests.factories import DAY, TEN_FIFTEEN

ROBIN: dict[str, Any] = {"name": "Robin Ash", "email": "robin@client.example"}


@pytest.fixture
def manager(app: Flask, rolled_back: None) -> Browser:
    return people.signed_in(app, Role.MANAGER)


@dataclass(frozen=True, slots=True)
class Asked:
    """A package by its slug, and the wall time it is asked for."""

    package: str
    at: str = "2026-12-08T10:15"
    photographer: str = ""
    add_on: str = ""


def ask(manager: Browser, asked: Asked, status: int = 200) -> Page:
    query = {"package": asked.package, "at": asked.at, "photographer": asked.photographer}
    if asked.add_on:
        query["add_on"] = asked.add_on
    return manager.get("/office/why", status, query_string=query)


def off_the_grid() -> Asked:
    return Asked(factories.a_bookable_package().slug, "2026-12-08T10:20")


def too_soon() -> Asked:
    return Asked(factories.a_bookable_package(lead_hours=24 * 30).slug)


def too_far() -> Asked:
    return Asked(factories.a_bookable_package(horizon_days=5).slug)


def another_day() -> Asked:
    package = factories.a_bookable_package()
    factories.kept(
        OpenDays(package_id=package.id, first_on=DAY + timedelta(3), last_on=DAY + timedelta(4))
    )
    return Asked(package.slug)


def closed() -> Asked:
    factories.a_photographer(hours=((12 * 60, 18 * 60),))
    return Asked(factories.a_package().slug)


def sunday() -> Asked:
    return Asked(factories.a_bookable_package().slug, "2026-12-13T10:15")


def time_off() -> Asked:
    package = factories.a_package()
    who = factories.a_photographer()
    factories.kept(
        Block(
            resource_id=who.id,
            busy_from=epoch(TEN_FIFTEEN),
            busy_to=epoch(TEN_FIFTEEN + timedelta(hours=3)),
            note="Dentist",
        )
    )
    return Asked(package.slug)


def other_set() -> Asked:
    room = factories.a_resource(name="Room A")
    grey = factories.a_set(rooms=[room], name="Grey seamless")
    low_key = factories.a_set(rooms=[room], name="Low-key", build=20)
    first = factories.a_package(sets=[grey])
    second = factories.a_package(sets=[low_key])
    factories.a_photographer()
    factories.a_photographer("Ben Oak")
    factories.a_hold(first, TEN_FIFTEEN + timedelta(hours=1, minutes=30))
    return Asked(second.slug, "2026-12-08T13:00")


def kit_out() -> Asked:
    kit = factories.a_resource(ResourceKind.POOL, name="Strobe kit")
    sets = [factories.a_set(equipment=[(kit, 1)]), factories.a_set(equipment=[(kit, 1)])]
    packages = [factories.a_package(sets=[each]) for each in sets]
    factories.a_photographer()
    factories.a_photographer("Ben Oak")
    factories.a_hold(packages[0])
    return Asked(packages[1].slug)


def artist_away() -> Asked:
    artist = factories.a_resource(ResourceKind.ARTIST, name="Lena Moor", hours=((720, 1080),))
    make_up = factories.make_up(artist)
    return Asked(factories.a_bookable_package(add_ons=[make_up]).slug, add_on=make_up.slug)


def no_sunset() -> Asked:
    tromso = factories.a_place("Tromso", latitude=69.65, longitude=18.96, travel=0)
    package = factories.a_bookable_package(
        place=tromso, light_before_minutes=90, light_after_minutes=0
    )
    return Asked(package.slug)


def full_day() -> Asked:
    package = factories.a_package()
    factories.a_photographer(max_per_day=1)
    factories.a_hold(package, TEN_FIFTEEN + timedelta(hours=3))
    return Asked(package.slug)


@pytest.mark.parametrize(
    ("arrange", "said"),
    [
        (off_the_grid, "Sessions start every 15 minutes, counted from midnight."),
        (too_soon, "It needs 30 days of notice: the earliest is"),
        (too_far, "That is too far ahead: bookings are open until"),
        (another_day, "It can be booked on these days only: Friday 11 December to Saturday"),
        (closed, "Amara Vale works from 12:00; this begins at 10:15"),
        (sunday, "Amara Vale does not work on Sunday 13 December."),
        (time_off, "Amara Vale has time off from 10:15 to 13:15 (Dentist), free from 13:15."),
        (other_set, "Room A: Grey seamless must be struck and Low-key built, free from 13:15."),
        (kit_out, "Strobe kit: this needs 1, and the only one is out, free from 11:40."),
        (
            artist_away,
            "Lena Moor is needed from 09:30 to 10:15, before it, and does not work then.",
        ),
        (no_sunset, "The sun does not set there on Tuesday 8 December"),
        (full_day, "Amara Vale has 1 session that day, and takes no more."),
    ],
)
def test_each_obstacle_is_said_in_a_sentence(
    app: Flask, manager: Browser, arrange: Callable[[], Asked], said: str
) -> None:
    with app.app_context():
        asked = arrange()

    assert said in ask(manager, asked).words


def test_an_open_time_is_called_open(app: Flask, manager: Browser) -> None:
    with app.app_context():
        asked = Asked(factories.a_bookable_package(sets=[a_set_in("Room A")]).slug)

    assert "It is open Amara Vale, Room A Free." in ask(manager, asked).words


def a_set_in(room: str) -> Set:
    return factories.a_set(rooms=[factories.a_resource(name=room)])


def test_a_set_that_stands_already_is_told(app: Flask, manager: Browser) -> None:
    with app.app_context():
        package = factories.a_bookable_package(sets=[a_set_in("Room A")])
        slug = factories.a_hold(package).package.slug

    words = ask(manager, Asked(slug, "2026-12-08T11:45")).words
    assert "Free, and Grey seamless stands there already." in words
    near = ask(manager, Asked(slug, "2026-12-08T11:20")).all("main li a")
    assert near[0].text == "Tue 8 Dec, 11:30, where the set stands already"
    near = ask(manager, Asked(slug, "2026-12-09T11:20")).all("main li a")
    assert near[0].text == "Wed 9 Dec, 11:00"
    assert "Free, and" not in ask(manager, Asked(slug, "2026-12-09T11:45")).words


def test_the_nearest_times_are_links_to_the_same_question(app: Flask, manager: Browser) -> None:
    with app.app_context():
        slug = factories.a_hold().package.slug
        who = the_photographer()

    page = ask(manager, Asked(slug, photographer=who))
    near = page.all("main li a")
    assert len(near) == 3
    opened = manager.get(str(near[0]["href"]))
    assert "It is open" in opened.words
    assert opened.one("select[name=photographer] option[selected]")["value"] == who


def test_a_time_that_is_over_is_said_to_be(app: Flask, manager: Browser) -> None:
    with app.app_context():
        slug = factories.a_bookable_package().slug
    page = ask(manager, Asked(slug, "2020-11-20T10:15"))
    assert "That time is over." in page.words
    assert len(page.all("main li a")) == 3


def test_a_photographer_reads_neither_names_nor_others_reasons(
    app: Flask, rolled_back: None
) -> None:
    with app.app_context():
        asked = time_off()
        package = factories.a_package(deposit_percent=0)
        ben = factories.a_photographer("Ben Oak")
        booked = Asked(package.slug, photographer=ben.slug)
        factories.a_confirmed_booking(package, photographer=ben.slug)
        number = factories.a_photographer("Cy Reed").id
    cy = people.signed_in(app, Role.PHOTOGRAPHER, number)

    words = ask(cy, asked).words
    assert "Amara Vale has time off from 10:15 to 13:15, free" in words
    assert "Dentist" not in words
    busy = ask(cy, booked).words
    assert ": another session from 10:15 to 11:15" in busy
    assert "Robin Ash" not in busy


@dataclass(frozen=True, slots=True)
class Said:
    lines: list[str]
    code: int


def explained(app: Flask, *arguments: str) -> Said:
    """What `studio explain` says, and how it ends."""
    done = app.test_cli_runner().invoke(explain_command, arguments)
    return Said(done.output.splitlines(), done.exit_code)


def test_the_command_says_the_same(app: Flask, rolled_back: None) -> None:
    with app.app_context():
        asked = other_set()

    closed = explained(app, asked.package, asked.at)
    assert closed.code == 1
    said = "Room A: Grey seamless must be struck and Low-key built, free from 13:15."
    assert closed.lines[0] == said
    opened = explained(app, asked.package, "2026-12-09T13:00+00:00")
    assert opened.code == 0
    assert opened.lines == ["It is open.", "Amara Vale, Room A: Free.", "Ben Oak, Room A: Free."]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["the-package", "noon"], "noon is no time"),
        (["the-package", "9999-12-31T10:00"], "is in a year that no studio plans"),
        (["nothing", "2026-12-08T10:00"], "We do not offer this package."),
        (
            ["the-package", "2026-12-08T10:00", "--photographer", "nobody"],
            "does not shoot the package",
        ),
        (
            ["the-package", "2026-12-08T10:00", "--add-on", "nothing"],
            "does not go with the package",
        ),
        (["the-package", "2026-12-08T10:00", "--people", "99"], "This session is for one person."),
        (
            ["the-package", "2026-12-08T10:00", "--place", "nowhere"],
            "This session is not shot there.",
        ),
        (["the-package"], "Missing argument"),
    ],
)
def test_what_the_command_does_not_understand_ends_with_two(
    app: Flask, rolled_back: None, arguments: list[str], said: str
) -> None:
    with app.app_context():
        factories.a_bookable_package(slug="the-package")

    found = explained(app, *arguments)

    assert found.code == 2
    assert said in found.lines[-1]
    assert found.lines[-1].startswith("Error: ")


def test_what_cannot_be_understood_is_said_beside_its_field(app: Flask, manager: Browser) -> None:
    with app.app_context():
        asked = Asked(factories.a_bookable_package().slug, "tomorrow at noon")

    page = ask(manager, asked, 422)
    assert "Please give a date and a time" in page.words
    assert "tomorrow at noon" in str(page.one("input[name=at]"))


def desk(app: Flask, manager: Browser, asked: Asked, status: int = 303, **more: str) -> Page:
    given = {"package": asked.package, "at": asked.at, **ROBIN, **more}
    return manager.submit(manager.get("/office/desk"), given, status=status)


def test_the_desk_books_and_confirms_at_once(app: Flask, manager: Browser) -> None:
    with app.app_context():
        asked = Asked(factories.a_bookable_package().slug)

    page = manager.follow(desk(app, manager, asked))

    assert "Robin Ash" in page.words
    assert "Confirmed" in page.words
    assert "Booked by staff" in page.words


def test_a_deposit_booked_at_the_desk_is_due_in_a_week_or_when_staff_say(
    app: Flask, manager: Browser
) -> None:
    with app.app_context():
        asked = Asked(factories.a_bookable_package(deposit_percent=50).slug)
    page = manager.get("/office/desk")
    shown = page.one("#deposit_due_on")["value"]
    desk(app, manager, asked)
    desk(app, manager, replace(asked, at="2026-12-09T10:15"), deposit_due_on="2030-01-01")
    past = replace(asked, at="2026-12-10T10:15")
    desk(app, manager, past, deposit_due_on="2026-10-01")

    with app.app_context():
        now, zone = ports().now(), ZoneInfo("Europe/London")
        first, late, early = (
            {due.purpose: due.due_at for due in ledger.dues(db.session(), booking)}
            for booking in db.session.scalars(select(Booking.id).order_by(Booking.id))
        )
        assert shown == str(now.astimezone(zone).date() + timedelta(days=7))
        assert str(first[Purpose.DEPOSIT].astimezone(zone).date()) == shown
        assert late[Purpose.DEPOSIT] == late[Purpose.BALANCE]
        assert early[Purpose.DEPOSIT] == now


def the_photographer() -> str:
    return db.session.scalars(select(Photographer)).one().slug


def test_a_soft_rule_is_set_aside_with_a_reason_that_is_kept(app: Flask, manager: Browser) -> None:
    with app.app_context():
        asked = Asked(factories.a_bookable_package().slug, "2026-12-08T18:30")
        who = the_photographer()

    refused = desk(app, manager, asked, 409, photographer=who)
    assert "Amara Vale works until 18:00; this ends at 19:30" in refused.words
    page = manager.submit(refused, {"reason": "She offered to stay"}, status=303)

    words = manager.follow(page).words
    assert "Against the rules She offered to stay" in words
    assert "Against: hours" in words
    assert "She offered to stay" in manager.get("/office/reports?month=2026-12").words


def test_a_reason_without_a_photographer_sets_nothing_aside(app: Flask, manager: Browser) -> None:
    with app.app_context():
        slug = factories.a_package().slug
        who = factories.a_photographer().slug
        factories.a_photographer("Ben Oak")
    refused = desk(app, manager, Asked(slug, "2026-12-08T18:30"), 409, photographer=who)
    anybody = {"reason": "They offered to stay", "photographer": ""}

    again = manager.submit(refused, anybody, status=409)
    assert "unless you choose a photographer" in again.words
    assert again.one("input[name=reason]")["value"] == "They offered to stay"
    # What is open needs no reason.
    manager.submit(again, anybody | {"at": "2026-12-08T10:15"}, status=303)


def test_nobody_sets_an_overlap_aside(app: Flask, manager: Browser) -> None:
    with app.app_context():
        held = factories.a_hold()
        who, slug = held.photographer.slug, held.package.slug

    refused = desk(app, manager, Asked(slug, "2026-12-08T10:45"), 409, photographer=who)

    assert "Nobody can set this aside" in refused.words
    assert not refused.all("input[name=reason]")
    again = manager.submit(refused, {"reason": "Please"}, status=409)
    assert "another session from 10:15 to 11:15" in again.words


def test_rules_are_set_aside_for_the_only_one_who_shoots_it(app: Flask, manager: Browser) -> None:
    with app.app_context():
        asked = Asked(factories.a_bookable_package().slug, "2026-12-08T18:30")

    page = manager.submit(desk(app, manager, asked, 409), {"reason": "She offered"}, status=303)

    assert "Against: hours" in manager.follow(page).words


@pytest.mark.parametrize("moving", [False, True])
def test_what_was_shown_of_one_time_sets_nothing_aside_at_another(
    app: Flask, manager: Browser, moving: bool
) -> None:
    """Both are against the hours, and only one of them has been read."""
    with app.app_context():
        booking = factories.a_confirmed_booking()
        asked = Asked(booking.package.slug, "2026-12-08T18:30")
        path = f"/office/sessions/{booking.id}/move"
    if moving:
        refused = manager.submit(manager.get(path), {"at": asked.at}, status=409)
    else:
        refused = desk(app, manager, asked, 409)
    sunday = {"at": "2026-12-13T10:15", "reason": "She offered"}

    typo = manager.submit(refused, sunday | {"at": "on Sunday"}, status=422)
    assert typo.one("input[name=reason]")["value"] == "She offered"
    shown = manager.submit(typo, sunday, status=409)
    assert "Amara Vale does not work on Sunday 13 December." in shown.words
    assert shown.one("input[name=reason]")["value"] == "She offered"
    assert "Against: hours" in manager.follow(manager.submit(shown, status=303)).words


@pytest.mark.parametrize("chosen", [True, False])
def test_nothing_is_booked_for_a_time_that_is_over(
    app: Flask, manager: Browser, chosen: bool
) -> None:
    """It would be confirmed by mail, and could be neither moved nor called off."""
    with app.app_context():
        slug = factories.a_bookable_package().slug
        who = the_photographer() if chosen else ""

    asked = Asked(slug, "2026-11-20T10:15")
    refused = desk(app, manager, asked, 409, photographer=who)
    assert "That time is over." in refused.words
    assert "Nobody can set this aside." in refused.words
    anyway = {"reason": "She was here", "set_aside": "over,notice"}
    manager.submit(refused, anyway, status=409)

    with app.app_context():
        assert not db.session.scalars(select(Booking)).all()


def test_rules_that_were_not_shown_are_not_set_aside(app: Flask, manager: Browser) -> None:
    """Between the page and the button somebody books next to it: the new rule is shown first."""
    with app.app_context():
        slug = factories.a_bookable_package().slug
        who = the_photographer()
    refused = desk(app, manager, Asked(slug, "2026-12-08T10:20"), 409, photographer=who)
    with app.app_context():
        service.hold_time(HoldRequest(package=slug, starts_at=TEN_FIFTEEN - timedelta(hours=1)))

    again = manager.submit(refused, {"reason": "He asked so nicely"}, status=409)

    assert "made ready again" in again.words


def test_pressing_the_button_twice_books_once(app: Flask, manager: Browser) -> None:
    with app.app_context():
        asked = Asked(factories.a_bookable_package().slug)
    page = manager.get("/office/desk")
    given = {"package": asked.package, "at": asked.at, **ROBIN}

    first = manager.submit(page, given, status=303).location
    assert manager.submit(page, given, status=303).location == first


@pytest.mark.parametrize("key", ["of the page", ""])
def test_another_session_from_the_same_page_is_asked_about_and_never_lost(
    app: Flask, manager: Browser, key: str
) -> None:
    """As after the browser's Back: the page still has the key of the session it has booked."""
    with app.app_context():
        slug = factories.a_bookable_package().slug
    page = manager.get("/office/desk")
    kept = {} if key else {"key": ""}
    first = {"package": slug, "at": "2026-12-08T10:15", **ROBIN}
    second = {**first, "at": "2026-12-09T10:15", "name": "Kim Holt", "email": "kim@client.example"}
    manager.submit(page, first)

    asked = manager.submit(page, second | kept, status=422)
    assert "nothing was booked just now" in asked.words
    assert asked.one("input[name=name]")["value"] == "Kim Holt"
    words = manager.follow(manager.submit(asked)).words

    assert "Kim Holt is told by mail" in words
    assert "Wednesday 9 December" in words
    with app.app_context():
        assert len(db.session.scalars(select(Booking)).all()) == 2


@pytest.mark.parametrize("role", [Role.PREP, Role.PHOTOGRAPHER])
def test_only_managers_and_owners_book(app: Flask, rolled_back: None, role: Role) -> None:
    with app.app_context():
        who = factories.a_photographer().id
    browser = people.signed_in(app, role, who if role is Role.PHOTOGRAPHER else None)

    browser.get("/office/desk", 403)
    browser.get("/office/requests", 403)


@pytest.mark.parametrize("at", ["2020-12-17T11:00", "2026-11-23T10:29"])
def test_a_session_is_never_moved_into_the_past(app: Flask, manager: Browser, at: str) -> None:
    with app.app_context():
        path = f"/office/sessions/{factories.a_confirmed_booking().id}"
    page = manager.submit(
        manager.get(f"{path}/move"),
        {"at": at, "reason": "Because", "set_aside": "over,notice,hours"},
        status=409,
    )
    assert "That time is over" in page.words
    assert "8 December" in manager.get(path).words


def test_a_session_moves_and_everybody_is_told(app: Flask, manager: Browser) -> None:
    with app.app_context():
        booking = factories.a_confirmed_booking()
        path = f"/office/sessions/{booking.id}"

    page = manager.submit(manager.get(f"{path}/move"), {"at": "2026-12-09T14:00"}, status=303)

    words = manager.follow(page).words
    assert "Wednesday 9 December" in words
    assert "from Tue 8 Dec, 10:15 to Wed 9 Dec, 14:00" in words


def test_a_move_to_a_taken_time_leaves_the_session_where_it_is(
    app: Flask, manager: Browser
) -> None:
    with app.app_context():
        package = factories.a_bookable_package(deposit_percent=0)
        mine = factories.a_confirmed_booking(package)
        factories.a_confirmed_booking(
            package, TEN_FIFTEEN + timedelta(hours=3), email="kim@client.example"
        )
        path, when = f"/office/sessions/{mine.id}", mine.starts_at

    refused = manager.submit(manager.get(f"{path}/move"), {"at": "2026-12-08T13:15"}, status=409)

    assert "another session from 13:15 to 14:15" in refused.words
    assert when == datetime(2026, 12, 8, 10, 15, tzinfo=UTC)
    assert "10:15 to 11:15" in manager.get(path).words


def test_moving_by_an_hour_over_its_own_time_is_fine(app: Flask, manager: Browser) -> None:
    with app.app_context():
        path = f"/office/sessions/{factories.a_confirmed_booking().id}"

    page = manager.submit(manager.get(f"{path}/move"), {"at": "2026-12-08T10:45"}, status=303)

    assert "10:45 to 11:45" in manager.follow(page).words


def test_a_session_stays_with_its_photographer_who_would_not_be_booked_for_it_any_more(
    app: Flask, manager: Browser
) -> None:
    with app.app_context():
        booking = factories.a_confirmed_booking()
        booking.package.skills = [factories.a_skill()]
        factories.kept(booking.package)
        path = f"/office/sessions/{booking.id}"

    page = manager.submit(manager.get(f"{path}/move"), {"at": "2026-12-09T14:00"}, status=303)

    assert "Wednesday 9 December" in manager.follow(page).words


def test_a_request_is_accepted_and_paid_for(app: Flask, manager: Browser) -> None:
    with app.app_context():
        package = factories.a_bookable_package(mode=BookingMode.REQUEST, deposit_percent=0)
        asked = factories.a_hold(package)
        service.check_out(asked.id, Details(**ROBIN))
        path = f"/office/sessions/{asked.id}"

    assert "1 request waits for an answer" in manager.get("/office/").words
    page = manager.get("/office/requests")
    assert "Robin Ash, Tuesday 8 December, 10:15" in page.words
    assert "The time is open." in page.words
    assert "Asked by robin@client.example" in page.words
    manager.submit(page, form=f"/office/requests/{path.rsplit('/', 1)[1]}/accept", status=303)

    assert "Confirmed" in manager.get(path).words
    assert "Nobody is waiting" in manager.get("/office/requests").words
    assert "for an answer" not in manager.get("/office/").words


def test_what_is_accepted_waits_for_its_deposit_for_days(app: Flask, manager: Browser) -> None:
    with app.app_context():
        asked = factories.a_hold(factories.a_bookable_package(mode=BookingMode.REQUEST))
        service.check_out(asked.id, Details(**ROBIN))
        service.accept_request(asked.id, by="Ola Nowak")
        path = f"/office/sessions/{asked.id}"

    assert "48 hours more, deposit to be paid" in manager.get(path).words
    assert "48 hours Robin Ash" in manager.get("/office/").words


def test_a_request_is_declined_in_the_staffs_words(app: Flask, manager: Browser) -> None:
    with app.app_context():
        package = factories.a_bookable_package(mode=BookingMode.REQUEST, deposit_percent=0)
        asked = factories.a_hold(package)
        service.check_out(asked.id, Details(**ROBIN))
        number = asked.id
    page = manager.get(f"/office/requests/{number}/decline")

    assert "Please say why" in manager.submit(page, {"reason": ""}, status=422).words
    manager.submit(page, {"reason": "We are away that week."}, status=303)

    words = manager.get(f"/office/sessions/{number}").words
    assert "Cancelled" in words
    assert "We are away that week." in words
