"""A calendar elsewhere takes availability away, and does nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask, current_app
from sqlalchemy import func, select

from studio.accounts.permissions import Role
from studio.booking import sale
from studio.booking.models import Booking
from studio.db import db
from studio.ports import ports
from studio.ports.calendar_source import Trouble
from studio.scheduling import openings
from studio.scheduling.contradictions import contradictions
from studio.scheduling.memory import version
from studio.scheduling.outside import service
from studio.scheduling.outside.jobs import fetch_outside_calendars
from studio.scheduling.outside.models import OutsideBusy, OutsideCalendar
from tests import factories, people
from tests.clock import Clock
from tests.factories import DAY
from tests.fakes.calendar_source import FakeCalendarSource

HOST = "studio.example"
BUSY = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1@x\r\n"
    b"DTSTART:20261208T100000Z\r\nDTEND:20261208T120000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture
def source(database: None) -> FakeCalendarSource:
    found = FakeCalendarSource()
    found.body = BUSY
    current_app.extensions["ports"] = replace(current_app.extensions["ports"], calendars=found)
    return found


def free(slug: str) -> list[str]:
    db.session.rollback()
    needs = sale.sale_of(db.session(), slug).needs
    starts = openings.starts_on(db.session(), needs, [DAY], ports().now())
    return [f"{each.at % 86400 // 3600:02}:{each.at % 3600 // 60:02}" for each in starts]


def row() -> OutsideCalendar:
    db.session.rollback()
    return db.session.scalars(select(OutsideCalendar)).one()


def subscribed() -> str:
    """The slug of a package whose photographer has a calendar elsewhere, which was read."""
    slug = factories.a_package().slug
    who = factories.a_photographer()
    service.add_calendar(who.id, "https://calendar.example/secret-abcd.ics")
    assert fetch_outside_calendars(HOST) == 1
    return slug


def test_what_is_busy_elsewhere_is_not_offered(source: FakeCalendarSource) -> None:
    found = free(subscribed())

    assert "09:00" not in found  # an hour and the striking would meet ten o'clock
    assert "10:30" not in found
    assert "12:15" in found


@pytest.mark.parametrize("trouble", list(Trouble))
def test_the_last_good_copy_counts_whatever_goes_wrong(
    source: FakeCalendarSource, clock: Clock, trouble: Trouble
) -> None:
    slug = subscribed()
    before, read_at = free(slug), clock.now()
    source.trouble = trouble
    clock.advance(minutes=15)

    assert fetch_outside_calendars(HOST) == 1

    assert free(slug) == before
    assert row().stale_since == read_at
    assert row().trouble == trouble.value
    source.trouble = None
    clock.advance(minutes=15)
    fetch_outside_calendars(HOST)
    assert row().stale_since is None


def test_a_page_in_its_place_frees_nothing(source: FakeCalendarSource, clock: Clock) -> None:
    slug = subscribed()
    before = free(slug)
    source.body = b"<html>Please sign in</html>"
    clock.advance(minutes=15)

    fetch_outside_calendars(HOST)

    assert free(slug) == before
    assert "not a calendar" in row().trouble


def test_it_is_read_every_quarter_of_an_hour_and_asked_only_for_changes(
    source: FakeCalendarSource, clock: Clock
) -> None:
    source.etag = '"7"'
    subscribed()
    assert fetch_outside_calendars(HOST) == 0
    clock.advance(minutes=15)
    assert fetch_outside_calendars(HOST) == 1

    assert [etag for _, etag in source.asked] == ["", '"7"']
    assert db.session.scalar(select(func.count(OutsideBusy.id))) == 1


def test_reading_the_same_again_ends_nobodys_memory(
    source: FakeCalendarSource, clock: Clock
) -> None:
    slug = subscribed()

    def read_again() -> int:
        clock.advance(minutes=15)
        assert fetch_outside_calendars(HOST) == 1
        db.session.rollback()
        return version(db.session()).house

    before = version(db.session()).house
    assert read_again() == before
    source.body = BUSY.replace(b"T12", b"T13")
    assert read_again() == before + 1
    assert "12:15" not in free(slug)


def test_what_repeats_for_ever_is_followed_on_and_on(
    source: FakeCalendarSource, clock: Clock
) -> None:
    source.body = BUSY.replace(b"DTEND", b"RRULE:FREQ=DAILY\r\nDTEND")
    source.etag = '"7"'
    subscribed()
    last = db.session.scalar(select(func.max(OutsideBusy.busy_to)))

    for _ in range(2):
        clock.advance(days=1)
        fetch_outside_calendars(HOST)

    # Unchanged, as the other side says, and then asked for whole.
    assert [etag for _, etag in source.asked] == ["", '"7"', ""]
    reached = db.session.scalar(select(func.max(OutsideBusy.busy_to)))
    assert last is not None
    assert reached == last + 2 * 86_400


def test_what_is_over_elsewhere_is_free_again(source: FakeCalendarSource, clock: Clock) -> None:
    slug = subscribed()
    source.body = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"
    clock.advance(minutes=15)
    fetch_outside_calendars(HOST)

    assert "10:30" in free(slug)


def test_a_zone_that_is_not_known_is_told_as_long_as_it_stands_there(
    app: Flask, rolled_back: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = FakeCalendarSource()
    source.body = BUSY.replace(b"DTSTART:", b"DTSTART;TZID=Venus:").replace(
        b"0000Z\r\nDTEND", b"0000\r\nDTEND"
    )
    source.etag = '"7"'
    told = []
    with app.app_context():
        monkeypatch.setitem(
            app.extensions, "ports", replace(app.extensions["ports"], calendars=source)
        )
        subscribed()
    manager = people.signed_in(app, Role.MANAGER)
    # Read, not changed, out of reach, not changed, and read again.
    for trouble in (None, None, Trouble.SLOW, None, None):
        with app.app_context():
            source.trouble = trouble
            fetch_outside_calendars(HOST)
        clock.advance(minutes=15)
        words = manager.get("/office/calendars").words
        told.append("do not know (Venus)" in words)

    assert told == [True, True, False, False, True]


def test_a_session_that_meets_it_stays_and_is_listed(
    source: FakeCalendarSource, clock: Clock
) -> None:
    booking = factories.a_confirmed_booking()
    service.add_calendar(booking.photographer_id, "https://calendar.example/secret-abcd.ics")
    fetch_outside_calendars(HOST)

    db.session.rollback()
    found = contradictions(db.session(), clock.now())
    assert [each.booking_id for each in found] == [booking.id]
    assert db.session.get_one(Booking, booking.id).state.value == "confirmed"


def test_removing_it_frees_what_it_took(source: FakeCalendarSource) -> None:
    slug = subscribed()
    service.remove_calendar(row().id)

    assert "10:30" in free(slug)


def test_the_address_is_never_shown_whole(source: FakeCalendarSource) -> None:
    subscribed()
    assert row().shown == "calendar.example … .ics"


def test_photographers_see_and_change_their_own_only(app: Flask, rolled_back: None) -> None:
    with app.app_context():
        factories.a_studio()
        mine, other = factories.a_photographer("Amara Vale"), factories.a_photographer("Ben Oak")
        mine_id = mine.id
        theirs = service.add_calendar(other.id, "https://calendar.example/ben-secret.ics")
    browser = people.signed_in(app, Role.PHOTOGRAPHER, mine_id)

    page = browser.get("/office/calendars")
    assert "Ben Oak" not in page.words
    browser.submit(page, {"url": "https://calendar.example/amara.ics"}, status=303)
    assert "Amara Vale" in browser.get("/office/calendars").words
    token = str(page.all("input[name=csrf_token]")[0]["value"])
    browser.post(f"/office/calendars/{theirs}/remove", {"csrf_token": token}, 404)


def test_what_was_never_read_is_not_called_old(app: Flask, rolled_back: None, clock: Clock) -> None:
    """A wrong address has said nothing before that could still count."""
    said: list[str] = []
    manager = people.signed_in(app, Role.MANAGER)
    with app.app_context():
        source = FakeCalendarSource()
        app.extensions["ports"] = replace(app.extensions["ports"], calendars=source)
        factories.a_studio()
        service.add_calendar(factories.a_photographer().id, "https://calendar.example/a.ics")
    for source.body, source.trouble in ((b"", Trouble.REFUSED), (BUSY, None), (b"", Trouble.SLOW)):
        with app.app_context():
            fetch_outside_calendars(HOST)
        said.append(manager.get("/office/calendars").words)
        clock.advance(minutes=15)

    never, _, old = said
    assert "never read since" in never
    assert "It takes no time away yet." in never
    assert "still counts" not in never
    assert "stale since" in old
    assert "What it said before still counts." in old


def test_an_address_of_another_kind_is_refused_and_kept(app: Flask, rolled_back: None) -> None:
    with app.app_context():
        factories.a_studio()
        factories.a_photographer()
    manager = people.signed_in(app, Role.MANAGER)

    page = manager.submit(
        manager.get("/office/calendars"), {"url": "http://127.0.0.1/x.ics"}, status=422
    )

    assert "it begins with https" in page.words
    assert "http://127.0.0.1/x.ics" in str(page.one("input[name=url]"))


def test_each_calendar_is_added_once_and_five_at_most(app: Flask, rolled_back: None) -> None:
    with app.app_context():
        factories.a_studio()
        amara, ben = (
            factories.a_photographer("Amara Vale").id,
            factories.a_photographer("Ben Oak").id,
        )
    manager = people.signed_in(app, Role.MANAGER)

    def add(path: str, status: int = 303, who: int = amara) -> str:
        token = manager.get("/office/calendars").all("input[name=csrf_token]")[0]["value"]
        given = {"photographer": str(who), "url": path, "csrf_token": token}
        return manager.post("/office/calendars", given, status).words

    add("https://calendar.example/0.ics")
    assert "is read already" in add("webcal://calendar.example/0.ics", 422)
    for n in range(1, 5):
        add(f"https://calendar.example/{n}.ics")
    assert "5 calendars are the most" in add("https://calendar.example/5.ics", 422)
    add("https://calendar.example/0.ics", who=ben)
    with app.app_context():
        assert db.session.scalar(select(func.count(OutsideCalendar.id))) == 6


def test_only_one_worker_takes_a_calendar(source: FakeCalendarSource) -> None:
    factories.a_package()
    who = factories.a_photographer()
    number = service.add_calendar(who.id, "https://calendar.example/x.ics")

    assert service._take(number) is not None
    assert service._take(number) is None
    assert timedelta(0) < row().next_fetch_at - ports().now() < service.EVERY


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/x.ics", "https://10.0.0.1/x.ics", "https://[::1]/x.ics",
        "https://169.254.169.254/latest", "https://2130706433/x.ics", "https://name:word@a.example/x",
        "https:///x.ics", "https://[::1/x",
    ],
)  # fmt: skip
def test_an_address_that_could_never_be_read_is_refused_at_once(
    app: Flask, rolled_back: None, url: str
) -> None:
    with app.app_context():
        factories.a_studio()
        factories.a_photographer()
    manager = people.signed_in(app, Role.MANAGER)
    page = manager.submit(manager.get("/office/calendars"), {"url": url}, status=422)

    assert page.one("#url-error").text.strip()
