"""The client's prep page over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.booking import links
from studio.booking.models import Booking, TokenPurpose
from studio.db import db, transaction
from studio.domain.lifecycle import BookingState
from studio.prep.models import PrepGuide, PrepOpening, PrepTick
from tests import factories
from tests.browsing import Browser
from tests.clock import Clock

JSON = {"Accept": "application/json"}


@pytest.fixture
def token(app: Flask, browser: Browser) -> str:
    """A link to a session on Tuesday 8 December, 15 days ahead."""
    with app.app_context():
        booking = factories.a_confirmed_booking()
        with transaction() as session:
            return links.link_for(session, booking.id, "prep").split("/")[-2]


def rows(app: Flask, model: Any) -> list[Any]:
    with app.app_context():
        return list(db.session.scalars(select(model)).all())


def ticks(app: Flask) -> set[str]:
    return {tick.item for tick in rows(app, PrepTick)}


def change(app: Flask, token: str, **values: Any) -> None:
    with app.app_context(), transaction() as session:
        booking = links.find(session, token, TokenPurpose.BOOKING)
        assert booking is not None
        for name, value in values.items():
            setattr(booking, name, value)


def test_the_page_says_when_where_with_whom_and_what_to_do(browser: Browser, token: str) -> None:
    page = browser.get(f"/booking/{token}/prep")

    for said in (
        "15 days to go",
        "Tuesday 8 December, 10:15",
        "with Amara",
        "Please come at 10:05",
        "A little care beforehand",
        "0 of 2 ready",
        "Two plain tops, tried on",
        "Cut days before",
        "What to wear",
        "Lantern Yard",
        "green gate",
    ):
        assert said in page.words
    assert [h.text for h in page.all("h2")][:3] == ["Your list", "What to wear", "On the day"]
    assert page.response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (datetime(2026, 12, 7, 23, 30, tzinfo=UTC), "Tomorrow"),
        (datetime(2026, 12, 8, 0, 30, tzinfo=UTC), "Today"),
        (datetime(2026, 12, 9, 0, 30, tzinfo=UTC), "Your session was on Tuesday 8 December"),
    ],
)
def test_days_are_counted_on_the_studios_calendar(
    browser: Browser, token: str, clock: Clock, now: datetime, said: str
) -> None:
    clock.set(now)

    assert said in browser.get(f"/booking/{token}/prep").words


def test_looking_writes_nothing(app: Flask, browser: Browser, token: str) -> None:
    browser.get(f"/booking/{token}/prep")

    assert rows(app, PrepOpening) == []


def test_the_button_keeps_the_list_and_comes_back(app: Flask, browser: Browser, token: str) -> None:
    page = browser.get(f"/booking/{token}/prep")

    page = browser.follow(browser.submit(page, {"done": ["tops", "hair"]}, form="ticks"))

    assert "2 of 2 ready" in page.words
    assert "Your list is saved." in page.words
    assert ticks(app) == {"tops", "hair"}
    assert len(rows(app, PrepOpening)) == 1

    browser.submit(page, {"done": ["hair"]}, form="ticks")

    assert ticks(app) == {"hair"}
    assert len(rows(app, PrepOpening)) == 1


def test_a_script_is_answered_with_nothing(app: Flask, browser: Browser, token: str) -> None:
    page = browser.get(f"/booking/{token}/prep")
    fields = page.fields(page.form("ticks"))

    answer = browser.client.post(
        f"/booking/{token}/prep/ticks", data={**fields, "done": "tops"}, headers=JSON
    )

    assert (answer.status_code, answer.data) == (204, b"")
    assert ticks(app) == {"tops"}


def test_a_tick_that_is_already_kept_is_kept_once(app: Flask, browser: Browser, token: str) -> None:
    page = browser.get(f"/booking/{token}/prep")
    for _ in range(2):
        browser.submit(page, {"done": ["tops", "tops"]}, form="ticks")

    assert [tick.item for tick in rows(app, PrepTick)] == ["tops"]


def test_what_is_not_on_the_list_is_refused_whole(app: Flask, browser: Browser, token: str) -> None:
    page = browser.get(f"/booking/{token}/prep")

    browser.submit(page, {"done": ["tops", "champagne"]}, form="ticks", status=422)

    assert ticks(app) == set()
    assert rows(app, PrepOpening) == []


def test_being_seen_is_remembered_once(
    app: Flask, browser: Browser, token: str, clock: Clock
) -> None:
    page = browser.get(f"/booking/{token}/prep")
    first = clock.now()
    browser.submit(page, form="opened", status=204)
    clock.advance(hours=1)
    browser.submit(page, form="opened", status=204)

    assert [opening.opened_at for opening in rows(app, PrepOpening)] == [first]


@pytest.mark.parametrize("what", ["ticks", "opened"])
def test_a_post_without_the_pages_token_is_refused(
    app: Flask, browser: Browser, token: str, what: str
) -> None:
    browser.get(f"/booking/{token}/prep")

    browser.post(f"/booking/{token}/prep/{what}", {"done": "tops"}, status=400)

    assert rows(app, PrepOpening) == []
    assert ticks(app) == set()


@pytest.mark.parametrize("token_given", ["x", "A" * 43, "..", "%00"])
def test_another_link_opens_nothing(browser: Browser, token: str, token_given: str) -> None:
    browser.get(f"/booking/{token_given}/prep", status=404)


def test_a_cancelled_session_says_so_and_takes_no_ticks(
    app: Flask, browser: Browser, token: str
) -> None:
    page = browser.get(f"/booking/{token}/prep")
    change(app, token, state=BookingState.CANCELLED)

    assert "This session was cancelled" in browser.get(f"/booking/{token}/prep").words
    browser.submit(page, {"done": ["tops"]}, form="ticks", status=409)
    browser.submit(page, form="opened", status=409)
    assert ticks(app) == set()


def test_the_guide_that_was_sent_stays_when_a_new_one_is_written(
    app: Flask, browser: Browser, token: str
) -> None:
    with app.app_context():
        old = db.session.scalars(select(PrepGuide)).one()
        kind = old.session_type_id
        factories.kept(
            PrepGuide(
                session_type_id=kind,
                version=2,
                title="All new",
                intro="New.",
                essentials=[],
                checklist=[],
                body="",
                created_at=datetime(2026, 12, 1, tzinfo=UTC),
            )
        )
    assert browser.get(f"/booking/{token}/prep").one("h1").text == "Get ready"

    change(app, token, guide_id=None)

    assert browser.get(f"/booking/{token}/prep").one("h1").text == "All new"


def test_what_staff_write_cannot_carry_script(app: Flask, browser: Browser, token: str) -> None:
    with app.app_context(), transaction() as session:
        guide = session.scalars(select(PrepGuide)).one()
        guide.body = "## Hi\n\n<script>alert(1)</script> [x](javascript:alert(1)) **bold**"
        guide.title = "<b>Title</b>"
        guide.checklist = [{"key": "a", "text": "<i>one</i>", "note": ""}]

    page = browser.get(f"/booking/{token}/prep")

    assert "<b>Title</b>" in page.one("h1").text
    assert "<i>one</i>" in page.one(".checks span").text
    assert not page.all(".prep script")
    assert not [a for a in page.all("a") if str(a.get("href")).startswith("javascript")]
    assert page.one(".prep-section strong").text == "bold"


def test_a_kind_of_session_without_a_guide_still_shows_the_way(
    app: Flask, browser: Browser, token: str
) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Booking)).one().guide_id = None
        session.flush()
        session.delete(session.scalars(select(PrepGuide)).one())

    page = browser.get(f"/booking/{token}/prep")

    assert "We are still writing the guide" in page.words
    assert "green gate" in page.words
