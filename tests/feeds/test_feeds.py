"""A photographer's sessions, read back by two readers that share no code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import icalendar
import pytest
import vobject
from flask import Flask

from studio.accounts.permissions import Role
from studio.booking import service as booking
from studio.booking.service import Cancellation, Details
from studio.db import db
from studio.domain.terms import CalledOffBy, Figures
from studio.feeds import service
from studio.scheduling.models import Resource
from tests import factories, people
from tests.browsing import Browser
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN


@pytest.fixture
def booked(app: Flask, rolled_back: None) -> tuple[int, str]:
    """A photographer with one session, and its reference."""
    with app.app_context():
        found = factories.a_confirmed_booking()
        return found.photographer_id, found.reference


def address(app: Flask, photographer_id: int, *, detailed: bool = True) -> str:
    with app.app_context():
        return f"/feeds/{service.make_feed(photographer_id, detailed=detailed)}.ics"


def read(app: Flask, path: str) -> bytes:
    response = Browser(app).client.get(path)
    assert response.status_code == 200
    assert response.content_type == "text/calendar; charset=utf-8"
    return bytes(response.data)


def only_event(text: bytes) -> Any:
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return event


def test_both_readers_find_the_session(app: Flask, booked: tuple[int, str]) -> None:
    text = read(app, address(app, booked[0]))

    event = only_event(text)
    assert event["UID"].startswith(booked[1])
    assert event["DTSTART"].dt == TEN_FIFTEEN
    assert event["DTEND"].dt == TEN_FIFTEEN + timedelta(hours=1)
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 0)
    assert event["SUMMARY"] == "Standard headshot, Robin Ash"
    other = vobject.readOne(text.decode())
    assert other.vevent.dtstart.value == TEN_FIFTEEN
    assert b"DTSTART:20261208T101500Z" in text


def test_every_line_is_folded_and_ends_as_the_standard_says(
    app: Flask, booked: tuple[int, str]
) -> None:
    text = read(app, address(app, booked[0]))

    assert text.endswith(b"\r\n")
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    assert b"\n" not in text.replace(b"\r\n", b"")


def test_where_the_client_is_only_the_address_counts(app: Flask, rolled_back: None) -> None:
    """The place's name is a word to the client: in the photographer's calendar it is not theirs."""
    with app.app_context():
        home = factories.a_place("Your home or office", at_client=True)
        found = factories.a_hold(factories.a_bookable_package(place=home, deposit_percent=0))
        details = Details(name="Robin Ash", email="robin@client.example", address="3 Rope Lane\nE9")
        booking.check_out(found.id, details)
        who = found.photographer_id

    assert only_event(read(app, address(app, who)))["LOCATION"] == "3 Rope Lane, E9"


def test_a_busy_only_feed_tells_nothing_else(app: Flask, booked: tuple[int, str]) -> None:
    text = read(app, address(app, booked[0], detailed=False)).decode()

    assert "SUMMARY:Busy" in text
    for secret in ("Robin", "headshot", "LOCATION", "office"):
        assert secret not in text


def test_the_same_feed_is_sent_once(app: Flask, booked: tuple[int, str], clock: Clock) -> None:
    path = address(app, booked[0])
    client = Browser(app).client
    first = client.get(path)
    clock.advance(hours=3)

    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert client.head(path).status_code == 200


def test_what_moves_rises_in_sequence_and_keeps_its_name(
    app: Flask, booked: tuple[int, str]
) -> None:
    path = address(app, booked[0])
    with app.app_context():
        number = factories.booking_of(booked[1]).id
        request = booking.MoveRequest(
            starts_at=TEN_FIFTEEN + timedelta(days=1), photographer=None, by="Rosalind"
        )
        booking.move_booking(number, request)

    event = only_event(read(app, path))
    assert event["SEQUENCE"] == 1
    assert event["UID"].startswith(booked[1])
    assert event["DTSTART"].dt == TEN_FIFTEEN + timedelta(days=1)


def test_what_is_cancelled_stays_for_a_month(
    app: Flask, booked: tuple[int, str], clock: Clock
) -> None:
    path = address(app, booked[0])
    with app.app_context():
        off = Cancellation(
            called_off_by=CalledOffBy.STUDIO, reason="ill", shown=Figures(0), actor="Rosalind"
        )
        booking.cancel_booking(factories.booking_of(booked[1]).id, off)

    assert b"STATUS:CANCELLED" in read(app, path)
    clock.advance(days=31)
    assert b"VEVENT" not in read(app, path)


def test_what_is_handed_over_stays_for_a_month_as_cancelled(
    app: Flask, booked: tuple[int, str], clock: Clock
) -> None:
    mine = address(app, booked[0])
    with app.app_context():
        ben = factories.a_photographer("Ben Oak")
        ben_id = ben.id
        request = booking.MoveRequest(
            starts_at=TEN_FIFTEEN + timedelta(days=1), photographer=ben.slug, by="Rosalind"
        )
        booking.move_booking(factories.booking_of(booked[1]).id, request)

    gone, taken = (only_event(read(app, each)) for each in (mine, address(app, ben_id)))
    assert (gone["STATUS"], gone["TRANSP"]) == ("CANCELLED", "TRANSPARENT")
    assert (taken["STATUS"], taken["SEQUENCE"]) == ("CONFIRMED", gone["SEQUENCE"])
    assert gone["UID"] == taken["UID"]
    clock.advance(days=31)
    assert b"VEVENT" not in read(app, mine)


def test_holds_are_not_shown(app: Flask, rolled_back: None) -> None:
    with app.app_context():
        who = factories.a_hold().photographer_id

    assert b"VEVENT" not in read(app, address(app, who))


def test_a_withdrawn_address_and_an_invented_one_read_the_same(
    app: Flask, booked: tuple[int, str]
) -> None:
    path = address(app, booked[0])
    manager = people.signed_in(app, Role.MANAGER)
    page = manager.get("/office/feeds")
    action = next(str(f["action"]) for f in page.all("form") if "revoke" in str(f.get("action")))
    manager.submit(page, form=action, status=303)

    client = Browser(app).client
    gone, never = client.get(path), client.get(f"/feeds/{'x' * 43}.ics")
    assert gone.status_code == never.status_code == 404
    assert client.get("/feeds/short.ics").status_code == 404


def test_who_is_archived_reads_no_clients_names_any_more(
    app: Flask, booked: tuple[int, str], clock: Clock
) -> None:
    path = address(app, booked[0])
    assert b"Robin Ash" in read(app, path)

    for archived_at, status in ((clock.now(), 404), (None, 200)):
        with app.app_context():
            who = db.session.get_one(Resource, booked[0])
            who.archived_at = archived_at
            factories.kept(who)
        assert Browser(app).client.get(path).status_code == status


def test_the_address_of_a_new_feed_is_shown_once(app: Flask, booked: tuple[int, str]) -> None:
    manager = people.signed_in(app, Role.MANAGER)

    page = manager.submit(manager.get("/office/feeds"), {"shows": "detailed"}, status=200)

    assert "/feeds/" in page.one("code.address").text
    assert not manager.get("/office/feeds").all("code.address")
