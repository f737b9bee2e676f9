"""A client answers before their session: kept as they go, sent in whole, changed until then."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.booking import links
from studio.booking.form import service
from studio.booking.models import Booking
from studio.db import db, transaction
from studio.domain.readiness import Form
from studio.prep.answers import answers_of
from studio.prep.models import PrepOpening
from studio.prep.questionnaires import queries
from studio.prep.questionnaires.models import PrepAnswer, PrepForm
from tests import factories
from tests.browsing import Browser, Page
from tests.clock import Clock

JSON = {"Accept": "application/json"}


@pytest.fixture
def own(app: Flask, browser: Browser) -> str:
    """The address of a client's form, for a session on Tuesday 8 December."""
    with app.app_context():
        booking = factories.a_confirmed_booking()
        factories.a_questionnaire(booking.package.session_type_id)
        return address(booking)


def address(booking: Booking) -> str:
    with transaction() as session:
        token = links.link_for(session, booking.id, "booking").split("/")[-1]
        return f"/booking/{token}/form"


@pytest.fixture(autouse=True)
def _own_folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(app.extensions["settings"]), "pictures", tmp_path / "pictures")


def answers(app: Flask) -> dict[str, Any]:
    with app.app_context():
        return {row.key: row.answer for row in db.session.scalars(select(PrepAnswer))}


def counted(app: Flask) -> Any:
    with app.app_context():
        return answers_of(db.session(), db.session.scalars(select(Booking.id)).one())


def form(app: Flask) -> PrepForm | None:
    with app.app_context():
        return db.session.scalars(select(PrepForm)).one_or_none()


def sent(app: Flask) -> bool:
    found = form(app)
    return found is not None and found.sent_at is not None


def by_script(browser: Browser, page: Page, key: str, value: str) -> Any:
    fields = page.fields(page.form())
    data = {
        "csrf_token": fields["csrf_token"],
        "questionnaire": fields["questionnaire"],
        "asked": key,
        f"q-{key}": value,
    }
    return browser.client.post(page.path, data=data, headers=JSON)


ALL = {
    "q-glasses": "always",
    "q-darken": "no",
    "q-name": "Robin Ash",
    "q-allergies": "None\nthat I know of",
    "q-used": ["web", "wall"],
    "q-children": "0",
    "q-needed": "2026-12-24",
}
KEPT = {
    "glasses": "always",
    "darken": False,
    "name": "Robin Ash",
    "allergies": "None\nthat I know of",
    "used": ["web", "wall"],
    "children": 0,
    "needed": "2026-12-24",
}


def test_everything_is_asked_and_looking_writes_nothing(
    app: Flask, browser: Browser, own: str
) -> None:
    page = browser.get(own)

    assert "Please send it in by Tuesday 1 December" in page.words
    assert "Only if your answer to “Glasses?” is “Always”" in page.words
    assert len(page.all("[data-question]")) == 8
    assert [str(e["data-question"]) for e in page.all("[data-hide]")] == ["darken"]
    assert form(app) is None


def test_whoever_is_late_is_asked_for_it_soon(browser: Browser, own: str, clock: Clock) -> None:
    for path in (own, own.replace("/form", "/prep")):
        clock.set(factories.days_after(days=-7))
        assert "by Tuesday 1 December" in browser.get(path).words
        clock.set(factories.days_after(days=-6))
        assert "as soon as you can" in browser.get(path).words


def test_answers_of_every_kind_are_kept_and_shown_again(
    app: Flask, browser: Browser, own: str
) -> None:
    page = browser.get(own)
    page = browser.follow(browser.submit(page, {**ALL, "do": "save"}))

    assert answers(app) == KEPT
    assert counted(app) == KEPT
    assert "Saved." in page.words
    assert not page.all("[data-hide]")
    shown = page.fields(page.form())
    assert {name: shown[name] for name in ALL} == ALL
    assert not sent(app)
    with app.app_context():
        assert len(db.session.scalars(select(PrepOpening)).all()) == 1
    browser.submit(page, {**ALL, "q-name": "", "q-used": [], "do": "save"})
    assert answers(app) == {k: v for k, v in KEPT.items() if k not in {"name", "used"}}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("q-children", "many", "Please type a whole number"),
        ("q-children", "10", "Please choose from 0 to 9."),
        ("q-needed", "soon", "Please give a date"),
        ("q-name", "x" * 301, "That is too long"),
        ("q-name", "a\x07b", "cannot be printed"),
        ("q-glasses", "x", "Please choose one of these."),
        ("q-used", "x", "Please choose from these."),
    ],
)
def test_what_cannot_be_kept_is_said_and_the_rest_is_kept(
    app: Flask, browser: Browser, own: str, field: str, value: str, said: str
) -> None:
    page = browser.submit(browser.get(own), {**ALL, field: value, "do": "send"}, status=422)

    assert said in page.words
    assert "Everything else is saved." in page.words
    key = field.removeprefix("q-")
    assert answers(app) == {k: v for k, v in KEPT.items() if k != key}
    assert not sent(app)
    if key in {"children", "needed"}:
        assert page.one(f"#{field}")["value"] == value


def test_it_is_sent_in_only_when_what_applies_is_answered(
    app: Flask, browser: Browser, own: str
) -> None:
    page = browser.submit(browser.get(own), {"do": "send"}, status=422)
    assert "Glasses? Please answer this." in page.words
    assert "Do they darken? Please answer this." not in page.words
    page = browser.submit(page, {"q-glasses": "always", "do": "send"}, status=422)
    assert "Do they darken? Please answer this." in page.words
    assert not sent(app)

    page = browser.follow(browser.submit(page, {"q-glasses": "never", "do": "send"}))
    assert "Thank you: your answers are in." in page.words
    assert "sent in" in page.words
    assert sent(app)
    # An answer that no longer applies does not count, and counts again when it does.
    page = browser.get(own)
    browser.submit(page, {"q-glasses": "always", "q-darken": "yes", "do": "save"})
    browser.submit(page, {"q-glasses": "never", "q-darken": "yes", "do": "save"})
    assert counted(app) == {"glasses": "never"}
    assert sent(app)


def test_what_does_not_apply_keeps_nothing_from_being_sent_in(
    app: Flask, browser: Browser, own: str
) -> None:
    with app.app_context():
        kind = db.session.scalars(select(Booking)).one().package.session_type_id
        asked = queries.newest(db.session(), kind)
        assert asked is not None
        content = [
            {**each, "only_if": {"key": "glasses", "values": ["always"]}}
            if each["key"] in {"children", "liked"}
            else each
            for each in asked.content
        ]
        factories.a_questionnaire(kind, version=2, content=content)

    def wrong() -> dict[str, Any]:
        return {"q-children": "many", "q-liked": [(BytesIO(b"none"), "a.jpg")], "do": "send"}

    page = browser.submit(browser.get(own), {**wrong(), "q-glasses": "always"}, status=422)
    assert "Please type a whole number" in page.words
    assert "That is no JPEG, PNG or WebP picture." in page.words
    assert "children" in by_script(browser, page, "children", "many").json["complaints"]
    browser.submit(page, {**wrong(), "q-glasses": "never"})

    assert answers(app) == {"glasses": "never"}
    assert sent(app)
    assert by_script(browser, browser.get(own), "children", "many").json["complaints"] == {}


def test_a_form_that_lacks_an_answer_again_is_open_again(
    app: Flask, browser: Browser, own: str
) -> None:
    page = browser.get(own)
    browser.submit(page, {"q-glasses": "never", "do": "send"})
    assert sent(app)

    browser.submit(page, {"q-glasses": "always", "do": "save"})

    assert not sent(app)
    with app.app_context():
        events = [e.kind for e in db.session.scalars(select(Booking)).one().events]
        assert events[-2:] == ["form sent in", "form open again"]


def test_a_script_keeps_one_answer_and_learns_what_applies(
    app: Flask, browser: Browser, own: str
) -> None:
    page = browser.get(own)
    told = by_script(browser, page, "glasses", "always").json
    assert "darken" in told["applying"]
    assert (told["complaints"], told["sent"]) == ({}, False)
    told = by_script(browser, page, "children", "many").json
    assert told["complaints"] == {"children": "Please type a whole number, in digits."}
    by_script(browser, page, "name", "Robin")

    assert answers(app) == {"glasses": "always", "name": "Robin"}


def test_whoever_has_begun_keeps_their_questions(app: Flask, browser: Browser, own: str) -> None:
    page = browser.get(own)
    browser.submit(page, {"q-name": "Robin", "do": "save"})
    with app.app_context():
        kind = db.session.scalars(select(Booking)).one().package.session_type_id
        factories.a_questionnaire(
            kind, version=2, content=[{"key": "new", "kind": "short", "text": "New?"}]
        )
        assert queries.newest(db.session(), kind).version == 2  # type: ignore[union-attr]

    assert "New?" not in browser.get(own).words
    assert "Glasses?" in browser.get(own).words


@pytest.fixture
def outdated(app: Flask, browser: Browser, own: str) -> Page:
    """A form that a client has before them, while the studio has come to ask something else."""
    page = browser.get(own)
    with app.app_context():
        kind = db.session.scalars(select(Booking)).one().package.session_type_id
        factories.a_questionnaire(
            kind,
            version=2,
            content=[
                {"key": "name", "kind": "short", "text": "New?"},
                {"key": "new", "kind": "short", "text": "Newer?", "required": True},
            ],
        )
    return page


def test_whoever_is_answering_keeps_what_they_were_shown(
    app: Flask, browser: Browser, own: str, outdated: Page
) -> None:
    browser.submit(outdated, {**ALL, "do": "save"})

    assert answers(app) == KEPT
    assert "Glasses?" in browser.get(own).words


def test_two_tabs_of_different_questions_lose_nothing(
    app: Flask, browser: Browser, own: str, outdated: Page
) -> None:
    newer = browser.get(own)
    browser.submit(newer, {"q-new": "From the newer", "do": "save"})

    browser.submit(outdated, {**ALL, "do": "save"})

    assert answers(app) == {**KEPT, "new": "From the newer"}
    page = browser.get(own)
    assert page.one("[name=q-new]")["value"] == "From the newer"
    assert page.one("[name=q-allergies]").text.strip() == KEPT["allergies"]
    assert "How many children?" in page.words
    by_script(browser, newer, "name", "Kim")
    assert answers(app)["name"] == "Kim"


def test_a_question_that_nobody_is_shown_or_answered_is_not_asked(
    app: Flask, browser: Browser, own: str, outdated: Page
) -> None:
    browser.submit(browser.get(own), {"q-new": "Newer", "do": "save"})
    browser.submit(outdated, {"q-name": "Robin", "do": "save"})

    page = browser.get(own)
    assert "Glasses?" not in page.words
    assert browser.follow(browser.submit(page, {"do": "send"})).path.endswith("/prep")
    assert sent(app)


@pytest.mark.parametrize("given", [{}, {"q-name": "Robin"}, {"q-children": "many"}])
def test_what_is_wrong_is_said_of_the_questions_that_were_shown(
    app: Flask, browser: Browser, outdated: Page, given: dict[str, str]
) -> None:
    page = browser.submit(outdated, {**given, "do": "send"}, status=422)

    assert "Glasses?" in page.words
    assert "Newer?" not in page.words
    assert not sent(app)


def test_a_script_keeps_an_answer_to_what_was_shown(
    app: Flask, browser: Browser, outdated: Page
) -> None:
    assert "darken" in by_script(browser, outdated, "glasses", "always").json["applying"]
    assert answers(app) == {"glasses": "always"}


def test_the_questions_of_other_sessions_are_never_asked(
    app: Flask, browser: Browser, own: str
) -> None:
    with app.app_context():
        other = factories.a_package(session_type=factories.a_session_type(slug="other"))
        foreign = factories.a_questionnaire(
            other.session_type_id, content=[{"key": "theirs", "kind": "short", "text": "Theirs?"}]
        ).id
    browser.submit(browser.get(own), {**ALL, "questionnaire": str(foreign), "do": "save"})

    assert answers(app) == KEPT


def test_answers_change_until_the_session_begins(
    app: Flask, browser: Browser, own: str, clock: Clock
) -> None:
    page = browser.get(own)
    browser.submit(page, {"q-name": "Robin", "q-glasses": "never", "do": "send"})
    clock.set(factories.TEN_FIFTEEN)

    again = browser.submit(page, {"q-name": "Kim", "do": "save"}, status=409)

    assert "The time for answers has passed" in again.words
    assert answers(app)["name"] == "Robin"
    page = browser.get(own)
    assert "Glasses? Never" in page.words
    assert not page.all("input[type=text]")
    with pytest.raises(service.NothingAsked), app.app_context():
        service.keep_answers(_booking_id(), 0, {"name": "Kim"})


def _booking_id() -> int:
    return db.session.scalars(select(Booking.id)).one()


def test_no_questions_are_none(app: Flask, browser: Browser) -> None:
    with app.app_context():
        booking = factories.a_confirmed_booking()
        factories.a_questionnaire(booking.package.session_type_id, content=[])
        own = address(booking)

    assert "There is nothing to fill in" in browser.get(own).words
    assert "A few questions" not in browser.get(own.replace("/form", "/prep")).words
    browser.get(own.replace("form", "x"), 404)


def test_the_prep_page_asks_and_the_own_page_leads_there(browser: Browser, own: str) -> None:
    prep = own.replace("/form", "/prep")
    assert "not filled in yet" in browser.get(prep).words
    assert browser.get(own.removesuffix("/form")).all(f"a[href='{own}']")

    browser.submit(browser.get(own), {"q-name": "Robin", "do": "save"})
    assert "Go on with the form" in browser.get(prep).words
    browser.submit(browser.get(own), {"q-glasses": "never", "do": "send"})
    assert "See your answers" in browser.get(prep).words


def test_states_are_told_of_many_at_once(app: Flask, browser: Browser, own: str) -> None:
    from studio.prep.progress import progress

    def state() -> Form:
        with app.app_context():
            booking = db.session.scalars(select(Booking)).one()
            done = progress(db.session(), [booking.id])
            return done.form(booking.id, booking.package.session_type_id)

    assert state() is Form.MISSING
    browser.submit(browser.get(own), {"q-name": "Robin", "do": "save"})
    assert state() is Form.BEGUN
    browser.submit(browser.get(own), {"q-glasses": "never", "do": "send"})
    assert state() is Form.IN
