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


def test_what_is_over_elsewhere_is_free_again(source: FakeCalendarSource, clock: Clock) -> None:
    slug = subscribed()
    source.body = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"
    clock.advance(minutes=15)
    fetch_outside_calendars(HOST)

    assert "10:30" in free(slug)


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


def test_only_one_worker_takes_a_calendar(source: FakeCalendarSource) -> None:
    factories.a_package()
    who = factories.a_photographer()
    number = service.add_calendar(who.id, "https://calendar.example/x.ics")

    assert service._take(number) is not None
    assert service._take(number) is None
    assert timedelta(0) < row().next_fetch_at - ports().now() < service.EVERY
