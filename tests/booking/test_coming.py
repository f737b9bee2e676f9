"""Clients say that they come, that they are on their way, or late, and what they would add."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking import links, service
from studio.booking.coming import queries
from studio.booking.coming.models import Attendance, Said
from studio.booking.models import Booking
from studio.booking.service import MoveRequest
from studio.db import db, transaction
from studio.domain.lifecycle import BookingState
from studio.messaging.models import Message, MessageKind
from tests import factories, people
from tests.browsing import Browser
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN

pytestmark = pytest.mark.usefixtures("rolled_back")


@pytest.fixture
def prep(app: Flask, browser: Browser) -> str:
    """The prep page of a session on Tuesday 8 December at 10:15, with Amara."""
    with app.app_context():
        factories.a_studio()
        amara = factories.a_photographer("Amara Vale", email="amara@studio.example")
        package = factories.a_package(
            deposit_percent=0, lead_hours=0,
            add_ons=[
                factories.an_add_on(lead_hours=48),
                factories.an_add_on(name="Rush", minutes=0),
            ],
        )  # fmt: skip
        booking = factories.a_confirmed_booking(package, photographer=amara.slug)
        with transaction() as session:
            return f"/booking/{links.link_for(session, booking.id, 'prep').split('/')[-2]}/prep"


def letters(app: Flask, template: str) -> list[Message]:
    with app.app_context():
        wanted = select(Message).where(Message.template == template).order_by(Message.recipient)
        return list(db.session.scalars(wanted))


def said(app: Flask) -> set[Said]:
    with app.app_context():
        return set(queries.heard_of(db.session(), the_booking().id).said)


def the_booking() -> Booking:
    return db.session.scalars(select(Booking)).one()


def test_whether_they_come_is_asked_three_days_before_and_answered_by_a_press(
    app: Flask, browser: Browser, prep: str, clock: Clock
) -> None:
    clock.set(TEN_FIFTEEN - timedelta(days=3, seconds=1))
    early = browser.get(prep)
    assert not early.all("form[action$='/coming']")
    token = early.fields(early.form("opened"))
    assert browser.client.post(f"{prep}/coming", data=token).status_code == 409

    clock.set(TEN_FIFTEEN - timedelta(days=3))
    page = browser.get(prep)
    assert said(app) == set()
    for _ in range(2):
        browser.submit(page, form="/coming")
    page = browser.get(prep)

    assert "you are coming" in page.words
    assert not page.all("form[action$='/coming']")
    with app.app_context():
        heard = queries.heard_of(db.session(), the_booking().id)
        assert heard.attendance_confirmed_at == clock.now()
        assert heard.on_my_way is None
        assert [each.kind for each in the_booking().events].count("coming") == 1


def test_another_time_asks_again(app: Flask, browser: Browser, prep: str, clock: Clock) -> None:
    clock.set(TEN_FIFTEEN - timedelta(days=2))
    browser.submit(browser.get(prep), form="/coming")
    with app.app_context():
        move = MoveRequest(starts_at=TEN_FIFTEEN + timedelta(days=1), photographer=None, by="Dev")
        service.move_booking(the_booking().id, move)
    clock.advance(hours=2)

    assert said(app) == set()
    assert browser.get(prep).all("form[action$='/coming']")


@pytest.mark.parametrize(
    ("form", "data", "subject"),
    [
        ("on-my-way", {}, Said.ON_MY_WAY),
        ("/late", {"minutes": "20"}, Said.LATE),
    ],
)
def test_on_the_day_photographer_and_studio_are_told_at_once_and_once(
    app: Flask, browser: Browser, prep: str, clock: Clock, form: str, data: dict[str, str],
    subject: Said,
) -> None:  # fmt: skip
    clock.set(TEN_FIFTEEN - timedelta(days=1))
    assert not browser.get(prep).all(f"form[action*='{form}']")
    clock.set(TEN_FIFTEEN - timedelta(hours=1))
    page = browser.get(prep)
    for _ in range(2):
        browser.submit(page, data, form=form)

    told = letters(app, "staff_coming")
    assert [each.recipient for each in told] == ["amara@studio.example", "hello@northlight.example"]
    assert {(each.kind, each.due_at) for each in told} == {(MessageKind.STAFF, clock.now())}
    assert {each.context["late"] for each in told} == {int(data.get("minutes", 0))}
    assert said(app) == {subject}
    assert not browser.get(prep).all(f"form[action*='{form}']")


@pytest.mark.parametrize("minutes", ["", "0", "91", "-5", "1e1", "٣", "5" * 900])
def test_how_late_is_a_number_that_can_be(
    app: Flask, browser: Browser, prep: str, clock: Clock, minutes: str
) -> None:
    clock.set(TEN_FIFTEEN - timedelta(hours=1))

    page = browser.follow(browser.submit(browser.get(prep), {"minutes": minutes}, form="/late"))

    assert "Please say by how many minutes" in page.words
    assert said(app) == set()


def test_of_a_cancelled_session_nothing_is_said(
    app: Flask, browser: Browser, prep: str, clock: Clock
) -> None:
    clock.set(TEN_FIFTEEN - timedelta(hours=1))
    page = browser.get(prep)
    with app.app_context(), transaction() as session:
        session.get_one(Booking, the_booking().id).state = BookingState.CANCELLED

    for form in ("/coming", "/on-my-way", "/late"):
        browser.submit(page, form=form, status=409)
    assert said(app) == set()


def test_what_still_goes_with_the_session_is_asked_for_once_and_owes_nothing(
    app: Flask, browser: Browser, prep: str, clock: Clock
) -> None:
    page = browser.get(prep)
    assert "One more look , £60, 20 minutes" in page.words
    look = page.form("add-on-")
    for _ in range(2):
        browser.submit(page, form=str(look["action"]))

    page = browser.get(prep)
    assert "asked for" in page.words
    (told,) = letters(app, "staff_add_on")
    assert (told.recipient, told.context["add_on"]) == ("hello@northlight.example", "One more look")
    with app.app_context():
        assert the_booking().price_minor == 39500
    clock.set(TEN_FIFTEEN - timedelta(hours=47))
    page = browser.get(prep)
    assert "One more look" not in page.words
    assert "Rush" in page.words
    clock.set(TEN_FIFTEEN - timedelta(minutes=30))
    assert "Still possible" not in browser.get(prep).words


def test_the_way_is_a_map_of_the_place(app: Flask, browser: Browser, prep: str) -> None:
    link = "a[href^='https://www.openstreetmap.org/']"
    assert "query=3+Lantern+Yard%2C+London+E8+0ZZ" in str(browser.get(prep).one(link)["href"])
    assert "The weather" not in browser.get(prep).words
    with app.app_context():
        place = factories.a_place()
        with transaction() as session:
            session.get_one(Booking, the_booking().id).place_id = place.id
    page = browser.get(prep)
    assert "mlat=51.54000&mlon=-0.03000" in str(page.one(link)["href"])
    assert "We are outdoors. Amara watches the sky" in page.words
    with app.app_context():
        theirs = factories.a_place(at_client=True)
        with transaction() as session:
            session.get_one(Booking, the_booking().id).place_id = theirs.id
    page = browser.get(prep)
    assert not page.all(link)
    assert "The weather" not in page.words


@pytest.fixture
def day_before(app: Flask, prep: str, clock: Clock) -> None:
    clock.set(TEN_FIFTEEN - timedelta(days=1))


@pytest.mark.usefixtures("day_before")
def test_the_phone_list_names_who_has_not_said_and_takes_the_mark(app: Flask, prep: str) -> None:
    office = people.signed_in(app, Role.PREP)
    page = office.get("/office/prep/phone-list")
    assert "1 client has not said yet" in page.words
    for _ in range(2):
        office.submit(page, form="/called")
    page = office.get("/office/prep/phone-list?day=2026-12-08")
    assert "Prep Person" in page.one("tbody").text
    assert not page.all("form[action$='/called']")
    page = office.follow(office.submit(page, form="/coming"))

    assert "Everybody has said that they come." in page.words
    assert said(app) == {Said.CALLED, Said.COMING}
    with app.app_context():
        by = db.session.scalars(select(Attendance.by)).all()
        assert set(by) == {"Prep Person"}


@pytest.mark.usefixtures("day_before")
def test_photographers_ring_their_own_clients_only(app: Flask, prep: str) -> None:
    with app.app_context():
        bo = factories.a_photographer("Bo Lind").id
        booking_id, amara = the_booking().id, the_booking().photographer_id
    other = people.signed_in(app, Role.PHOTOGRAPHER, bo)
    page = other.get("/office/prep/phone-list")
    assert "Nobody to ring" in page.words
    token = page.fields(page.form("sign-out"))
    path = f"/office/prep/phone-list/{booking_id}/called"
    assert other.client.post(path, data=token).status_code == 404
    assert said(app) == set()
    mine = people.signed_in(app, Role.PHOTOGRAPHER, amara)
    mine.submit(mine.get("/office/prep/phone-list"), form="/called")
    assert said(app) == {Said.CALLED}
