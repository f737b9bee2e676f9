"""The page on which the weather is decided."""

from __future__ import annotations

from flask import Flask

from studio.accounts.permissions import Role
from studio.db import db
from studio.messaging.models import Message
from tests import factories, people
from tests.browsing import Browser


def test_it_asks_decides_and_says_so(app: Flask, browser: Browser) -> None:
    with app.app_context():
        package = factories.a_package(deposit_percent=0, place=factories.a_place())
        theirs = factories.a_photographer()
        others = factories.a_photographer("Ines Bell")
        booking = factories.a_confirmed_booking(package, photographer=theirs.slug)
        path = f"/office/sessions/{booking.id}/weather"
        mine, not_mine = theirs.id, others.id
    staff = people.signed_in(app, Role.PHOTOGRAPHER, mine)

    page = staff.get(path)
    page = staff.submit(page, {"words": "Rain all day"}, form="", status=422)
    assert "Please choose one." in page.text
    assert "Rain all day" in page.text
    page = staff.follow(staff.submit(page, {"decision": "move"}))
    assert "Decided about the weather" in page.text
    assert "another time has to be found: Rain all day" in page.text
    assert "You have decided" in staff.get(path).text
    with app.app_context():
        assert db.session.query(Message).filter_by(step="weather").count() == 1

    people.signed_in(app, Role.PHOTOGRAPHER, not_mine).get(path, 404)


def test_indoors_there_is_nothing_to_decide(app: Flask, browser: Browser) -> None:
    with app.app_context():
        booking_id = factories.a_confirmed_booking().id
    staff = people.signed_in(app, Role.MANAGER)
    page = staff.get(f"/office/sessions/{booking_id}/weather")
    assert "There is nothing to decide" in page.text
    fields = page.fields(page.form("sign-out"))
    staff.post(page.path, {**fields, "decision": "off"}, 409)
    with app.app_context():
        assert db.session.query(Message).filter_by(step="weather").count() == 0
