"""The pages about what comes after a session, and the one-click way out of courtesies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from studio.accounts.permissions import Role
from studio.booking import jobs, links
from studio.booking.afterwards.models import AfterRules, ClientWishes, Delivery
from studio.db import db
from tests import factories, people
from tests.browsing import Browser
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN


@pytest.fixture
def past(app: Flask, clock: Clock, rolled_back: None) -> tuple[int, int]:
    """A session that took place, and its client."""
    with app.app_context():
        booking = factories.a_confirmed_booking()
        clock.set(TEN_FIFTEEN + timedelta(days=2))
        jobs.complete_past_sessions()
        return booking.id, booking.client_id or 0


def test_pictures_are_noted_and_bad_links_refused(app: Flask, past: tuple[int, int]) -> None:
    staff = people.signed_in(app, Role.PREP)
    path = f"/office/sessions/{past[0]}/after"
    given = {"stage": "delivered", "link": "javascript:alert(1)"}
    page = staff.submit(staff.get(path), given, form="pictures", status=422)
    assert "begins with https://" in page.text
    assert "javascript:alert(1)" in page.text
    page = staff.submit(page, given | {"link": "https://p.example/1"}, form="pictures")
    assert "Pictures delivered" in staff.follow(page).text
    with app.app_context():
        assert db.session.get_one(Delivery, past[0]).link == "https://p.example/1"


def test_switches_of_a_client_and_of_a_kind(app: Flask, past: tuple[int, int]) -> None:
    staff = people.signed_in(app, Role.MANAGER)
    page = staff.get(f"/office/sessions/{past[0]}/after")
    fields = {k: v for k, v in page.fields(page.form("wishes")).items() if k != "review"}
    staff.post(f"/office/sessions/{past[0]}/after/wishes", fields, 303)
    with app.app_context():
        assert db.session.get_one(ClientWishes, past[1]).off == ["review"]

    page = staff.get("/office/afterwards")
    page = staff.get(str(page.one("tbody a")["href"]))
    refused = staff.submit(page, {"refresh_months": "0"}, form="", status=422)
    assert refused.all(".alert")
    page = staff.follow(staff.submit(page, {"refresh_months": "12"}, form=""))
    assert "12 months" in page.text
    with app.app_context():
        assert [each.off for each in db.session.query(AfterRules)] == [[]]


def test_one_click_needs_the_link_and_nothing_else(
    app: Flask, past: tuple[int, int], browser: Browser
) -> None:
    with app.app_context():
        token = links.unsubscribe_token(past[1])
    path = f"/unsubscribe/{past[1]}/{token}"
    browser.get(path)
    with app.app_context():
        assert db.session.get(ClientWishes, past[1]) is None, "looking ends nothing"
    browser.post(path, {}, 400)
    browser.post(f"/unsubscribe/{past[1]}/{token[:-1]}x", {"List-Unsubscribe": "One-Click"}, 404)
    answer = browser.client.post(
        path,
        data={"List-Unsubscribe": "One-Click"},
        headers={"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 200
    with app.app_context():
        assert db.session.get_one(ClientWishes, past[1]).off == ["review", "refresh"]
