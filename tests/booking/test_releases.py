"""Who is photographed, and how far their pictures may be shown: asked, signed, taken back."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.booking import links
from studio.booking.models import Booking
from studio.booking.releases import queries, service
from studio.booking.releases.models import Level, Release, Sitter
from studio.db import db, transaction
from studio.domain.lifecycle import BookingState
from studio.messaging.models import Message
from studio.scheduling.models import Studio
from tests import factories
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.pdf_text import text_of


@pytest.fixture
def own(app: Flask, browser: Browser) -> str:
    """The address of a client's release page, for a session on Tuesday 8 December."""
    with app.app_context():
        factories.a_release_text()
        booking = factories.a_confirmed_booking()
        with transaction() as session:
            return f"/booking/{links.link_for(session, booking.id, 'booking').split('/')[-1]}"


def named(browser: Browser, own: str, name: str = "Robin Ash", **more: Any) -> Page:
    """The page on which somebody answers who was just named."""
    page = browser.get(f"{own}/release")
    browser.submit(page, {"name": name, **more}, form="/release")
    page = browser.get(f"{own}/release")
    (link,) = [each for each in page.all("a.btn") if str(each.get("aria-label")).endswith(name)]
    return browser.get(str(link["href"]))


def signed(browser: Browser, page: Page, level: str, name: str = "Robin Ash") -> Page:
    fields = page.fields(page.form())
    assert "level" not in fields
    return browser.follow(browser.submit(page, {"level": level, "name": name}))


def releases(app: Flask) -> list[Release]:
    with app.app_context():
        return list(db.session.scalars(select(Release).order_by(Release.id)))


def letters(app: Flask) -> list[Message]:
    with app.app_context():
        wanted = select(Message).where(Message.template == "staff_release").order_by(Message.id)
        return list(db.session.scalars(wanted))


def copy(browser: Browser, page: Page) -> str:
    (link,) = [each for each in page.all("a") if str(each["href"]).endswith("copy.pdf")]
    response = browser.client.get(str(link["href"]))
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    return text_of(response.data)


def test_nothing_is_chosen_beforehand_and_an_empty_answer_is_none(
    app: Flask, browser: Browser, own: str
) -> None:
    page = named(browser, own)

    assert [str(each["value"]) for each in page.all("input[type=radio]")] == list(Level)
    assert not page.all("input[checked]")
    assert "You need not sign this." in page.words
    page = browser.submit(page, {"name": "Robin Ash"}, status=422)
    assert "Please choose one. Each of them is fine." in page.words
    assert releases(app) == []


def test_a_yes_is_signed_by_name_and_kept_with_its_words(
    app: Flask, browser: Browser, own: str, clock: Clock
) -> None:
    page = named(browser, own)
    for name in ("", "Somebody Else"):
        again = browser.submit(page, {"level": "portfolio", "name": name}, status=422)
        assert "please type Robin Ash" in again.words
        assert again.one("input[checked]")["value"] == "portfolio"
    page = signed(browser, page, "portfolio", " robin  ASH ")

    (kept,) = releases(app)
    assert (kept.level, kept.signed_name) == (Level.PORTFOLIO, "robin  ASH")
    assert (kept.signed_at, kept.signed_from) == (clock.now(), "127.0.0.1")
    assert "Portfolio since Monday 23 November, signed by robin ASH." in page.words
    said = copy(browser, page)
    for words in (
        "North Light", "Model release", "Photographed Robin Ash",
        "Standard headshot, Tuesday 8 December 2026", "Version 1, of Thursday 1 January 2026",
        "You need not sign this.", "At any time", "What is allowed", "On our own pages.",
        "Answer Portfolio", "Signed, by typing the name robin ASH", "127.0.0.1",
    ):  # fmt: skip
        assert words in said
    assert "paid advertisements" not in said


def test_a_no_needs_no_name_and_answers(app: Flask, browser: Browser, own: str) -> None:
    page = signed(browser, named(browser, own), "none", "")

    assert "Show them to nobody since" in page.words
    assert not page.all("form[action$='withdraw']")
    with app.app_context():
        (answer,) = queries.answers_of(db.session(), _booking_id())
        assert answer.stands
    assert letters(app) == []


def _booking_id() -> int:
    return db.session.scalars(select(Booking.id)).one()


def test_a_guardian_signs_for_a_child(app: Flask, browser: Browser, own: str) -> None:
    page = browser.get(f"{own}/release")
    for lacking in ({}, {"guardian_name": "Robin Ash"}, {"guardian_relation": "mother"}):
        fields = {"name": "Kim Ash", "minor": "y", **lacking}
        again = browser.submit(page, fields, form="/release", status=422)
        assert "A guardian signs for a child" in again.words
        assert again.one("input[name=name]")["value"] == "Kim Ash"
    page = named(
        browser, own, "Kim Ash",
        minor="y", guardian_name="Robin Ash", guardian_relation="mother",
    )  # fmt: skip
    assert "type your full name: Robin Ash" in page.words
    browser.submit(page, {"level": "advertising", "name": "Kim Ash"}, status=422)
    page = signed(browser, page, "advertising", "Robin Ash")

    said = copy(browser, page)
    assert "Photographed Kim Ash, under 18" in said
    assert "For the child, as mother" in said
    assert "On our own pages. In paid advertisements of ours." in said


def test_the_database_keeps_no_child_without_a_guardian(app: Flask, own: str) -> None:
    from sqlalchemy.exc import IntegrityError

    with app.app_context(), pytest.raises(IntegrityError), transaction() as session:
        session.add(Sitter(booking_id=_booking_id(), name="Kim", minor=True))


def test_levels_change_and_only_less_is_told(
    app: Flask, browser: Browser, own: str, clock: Clock
) -> None:
    page = named(browser, own)
    signed(browser, page, "portfolio")
    first = releases(app)[0].told
    clock.advance(hours=1)
    signed(browser, page, "advertising")
    assert letters(app) == []
    signed(browser, page, "portfolio")

    assert [each.level for each in releases(app)] == ["portfolio", "advertising", "portfolio"]
    assert releases(app)[0].told == first
    (told,) = letters(app)
    assert (told.recipient, told.kind) == ("hello@northlight.example", "staff")
    assert (told.context["sitter"], told.context["allows"]) == ("Robin Ash", "Portfolio")


def test_a_yes_is_taken_back_at_any_time(
    app: Flask, browser: Browser, own: str, clock: Clock
) -> None:
    page = signed(browser, named(browser, own), "advertising")
    with app.app_context(), transaction() as session:
        session.get_one(Booking, _booking_id()).state = BookingState.CANCELLED
    clock.advance(days=100)
    for _ in range(2):
        browser.submit(page, form="withdraw")
    page = browser.get(f"{own}/release")

    (kept,) = releases(app)
    assert (kept.level, kept.allows, kept.withdrawn_at) == ("advertising", "none", clock.now())
    assert "taken back on" in page.words
    assert "Taken back on Wednesday 3 March 2027" in copy(browser, page)
    assert [each.context["allows"] for each in letters(app)] == ["Show them to nobody"]


def test_another_text_asks_again_only_where_it_says_something_else(
    app: Flask, browser: Browser, own: str
) -> None:
    signed(browser, named(browser, own), "portfolio")

    def stands() -> bool:
        with app.app_context():
            (answer,) = queries.answers_of(db.session(), _booking_id())
            return answer.stands

    def write(body: str, *, asks_again: bool) -> int | None:
        with app.app_context():
            text = service.write_text(
                body, "On our own pages.", "In print.", asks_again=asks_again, by="Owner"
            )
            return text.version if text else None

    assert write("You need not sign this!", asks_again=False) == 2
    assert stands()
    assert write("You need not sign this!", asks_again=True) is None
    assert stands()
    assert write("Something else.", asks_again=True) == 3
    assert not stands()
    page = browser.get(f"{own}/release")
    assert "please read again" in page.words
    assert "You need not sign this." in copy(browser, page)
    assert write("Something else!", asks_again=False) == 4
    assert not stands()
    page = browser.get(f"{own}/release")
    (link,) = [each for each in page.all("a.btn") if "answer" in str(each.get("aria-label"))]
    page = browser.get(str(link["href"]))
    signed(browser, page, "portfolio")
    assert stands()
    versions = [each.told["facts"][3]["value"].split(",")[0] for each in releases(app)]
    assert versions == ["Version 1", "Version 4"]


def test_nobody_signs_a_text_they_have_not_read(app: Flask, browser: Browser, own: str) -> None:
    page = named(browser, own)
    with app.app_context():
        service.write_text("All new.", "P", "A", asks_again=True, by="Owner")

    page = browser.submit(page, {"level": "portfolio", "name": "Robin Ash"}, status=409)

    assert "The text has changed" in page.words
    assert "All new." in page.words
    assert releases(app) == []
    signed(browser, browser.get(page.path), "portfolio")
    assert releases(app)[0].told["blocks"][0]["text"] == "All new."


def test_one_more_press_is_one_answer_and_one_person(
    app: Flask, browser: Browser, own: str
) -> None:
    page = named(browser, own)
    for _ in range(2):
        signed(browser, page, "portfolio")
    browser.submit(browser.get(f"{own}/release"), {"name": "ROBIN ash"}, form="/release")

    assert len(releases(app)) == 1
    with app.app_context():
        assert len(db.session.scalars(select(Sitter)).all()) == 1


def test_a_slip_of_the_hand_is_taken_away_but_nothing_signed(
    app: Flask, browser: Browser, own: str
) -> None:
    named(browser, own, "Rbin Ash")
    browser.submit(browser.get(f"{own}/release"), form="remove")
    page = named(browser, own)
    removing = browser.get(f"{own}/release")
    signed(browser, page, "none", "")
    page = browser.follow(browser.submit(removing, form="remove"))

    assert "what was signed stays" in page.words
    with app.app_context():
        assert [each.name for each in db.session.scalars(select(Sitter))] == ["Robin Ash"]


def test_nobody_reaches_into_another_session(app: Flask, browser: Browser, own: str) -> None:
    page = signed(browser, named(browser, own), "portfolio")
    (kept,) = releases(app)
    with app.app_context():
        other = factories.a_confirmed_booking(
            starts_at=factories.days_after(days=1), email="else@client.example"
        )
        with transaction() as session:
            theirs = links.link_for(session, other.id, "booking").split("/")[-1]
    browser.get(f"/booking/{theirs}/release/{kept.id}/copy.pdf", 404)
    browser.get(f"/booking/{theirs}/release/{kept.sitter_id}", 404)
    token = page.fields(page.form("withdraw"))
    path = f"/booking/{theirs}/release/{kept.sitter_id}/withdraw"
    assert browser.client.post(path, data=token).status_code == 404
    assert releases(app)[0].withdrawn_at is None


def test_without_a_text_or_a_session_there_is_nothing_to_sign(app: Flask, browser: Browser) -> None:
    with app.app_context():
        booking = factories.a_confirmed_booking()
        with transaction() as session:
            own = f"/booking/{links.link_for(session, booking.id, 'booking').split('/')[-1]}"
    assert "There is nothing to sign" in browser.get(f"{own}/release").words
    with app.app_context():
        factories.a_release_text()
    page = browser.get(f"{own}/release")
    with app.app_context(), transaction() as session:
        session.get_one(Booking, _booking_id()).state = BookingState.CANCELLED

    browser.submit(page, {"name": "Robin Ash"}, form="/release", status=409)
    assert "does not take place" in browser.get(f"{own}/release").words


def test_the_contract_is_what_was_accepted_to_read_and_to_keep(
    app: Flask, browser: Browser, own: str
) -> None:
    assert browser.get(own).all(f"a[href='{own}/terms']")
    page = browser.get(f"{own}/terms")
    assert "Fair terms." in page.words
    assert "Version 1." in page.words
    response = browser.client.get(f"{own}/terms.pdf")

    said = text_of(response.data)
    for words in (
        "What we agreed", "Client Robin Ash", "Standard headshot: £395", "Fair terms.",
        "Terms Version 1", "Show them anywhere.", "Tuesday 8 December, 10:15, London time",
        "£395 by Monday 7 December, 10:15",
    ):  # fmt: skip
        assert words in said
    with app.app_context():
        zone = db.session.get_one(Studio, 1).zone
    assert zone == "Europe/London"
