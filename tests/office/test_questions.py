"""Staff write what a kind of session asks: added, changed, put in order, left out."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking.form.service import keep_answers
from studio.booking.models import Booking
from studio.catalogue.models import SessionType
from studio.db import db
from studio.domain.questions import Question
from studio.prep.questionnaires import queries
from studio.prep.questionnaires.models import Questionnaire
from tests import factories, people
from tests.browsing import Browser


@pytest.fixture
def path(app: Flask, rolled_back: None) -> str:
    with app.app_context():
        kind = factories.a_confirmed_booking().package.session_type
        slug = kind.slug
        factories.a_questionnaire(kind.id)
        return f"/office/prep/questions/{slug}/edit"


@pytest.fixture
def staff(app: Flask, path: str) -> Browser:
    return people.signed_in(app, Role.PREP)


def asked(app: Flask) -> dict[str, Question]:
    """What the newest version asks, by key, in its order."""
    with app.app_context():
        kind = db.session.scalars(select(SessionType.id)).one()
        newest = queries.newest(db.session(), kind)
        return {each.key: each for each in newest.questions} if newest else {}


def versions(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(Questionnaire)).all())


def change(staff: Browser, path: str, status: int = 303, **fields: Any) -> Any:
    """Save the page with some of a question's fields changed: `q2_text="Where?"`."""
    named = {}
    for key, value in fields.items():
        of, _, field = key.partition("_")
        named[f"question{of[1:]}-{field}" if of[1:].isdigit() else key] = value
    return staff.submit(staff.get(path), named, form="/questions/", status=status)


def test_saving_what_stands_there_changes_nothing(app: Flask, staff: Browser, path: str) -> None:
    before = asked(app)
    change(staff, path)

    assert (asked(app), versions(app)) == (before, 1)


def test_a_question_is_added_with_its_condition_and_moved(
    app: Flask, staff: Browser, path: str
) -> None:
    change(
        staff, path,
        q8_text="Which frames?", q8_kind="several", q8_options="Empty ones\nAn old pair",
        q8_ground="glasses", q8_values="always", q8_place="2", q8_required="y", q8_marked="y",
        days_before="10",
    )  # fmt: skip

    new = asked(app)
    assert list(new)[:3] == ["glasses", "darken", "which-frames"]
    question = new["which-frames"]
    assert question.only_if is not None
    assert question.only_if.values == ("always",)
    assert [each.value for each in question.options] == ["empty-ones", "an-old-pair"]
    assert (question.required, question.marked) == (True, True)
    with app.app_context():
        newest = db.session.scalars(select(Questionnaire).where(Questionnaire.version == 2)).one()
        assert (newest.days_before, newest.asked, newest.saved_by) == (10, 9, "Prep Person")


def test_other_words_keep_what_rules_ask_for(app: Flask, staff: Browser, path: str) -> None:
    change(staff, path, q0_text="Do you wear glasses?", q0_options="Alway\nNever\nAt times",
           q1_values="Alway")  # fmt: skip

    glasses = asked(app)["glasses"]
    assert [each.value for each in glasses.options] == ["always", "never", "at-times"]
    assert asked(app)["darken"].only_if.values == ("always",)  # type: ignore[union-attr]


def test_a_question_left_out_is_asked_of_nobody_new_and_old_answers_keep_it(
    app: Flask, staff: Browser, path: str
) -> None:
    with app.app_context():
        booking = db.session.scalars(select(Booking)).one()
        number, kind = booking.id, booking.package.session_type_id
        keep_answers(number, 0, {"name": "Robin"})
    change(staff, path, q2_archived="y")

    assert asked(app)["name"].archived
    with app.app_context():
        theirs = queries.asked_of(db.session(), number, kind)
        new = queries.asked_of(db.session(), 0, kind)
        assert theirs is not None
        assert new is not None
        assert theirs.answers == {"name": "Robin"}
        assert "name" in {each.key for each in theirs.questions}
        assert "name" not in {each.key for each in new.questions}
    assert "not asked any more" in staff.get(path).words
    fields = staff.get(path).fields(staff.get(path).form("/questions/"))
    del fields["question2-archived"]
    staff.client.post(path, data=fields)
    assert not asked(app)["name"].archived


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"q0_text": ""}, "To leave it out, ask it no longer."),
        ({"q0_archived": "y"}, "It can depend on an earlier question"),
        ({"q1_place": "1", "q0_place": "2"}, "It can depend on an earlier question"),
        ({"q1_values": "Perhaps"}, "That is no answer to “Glasses?”"),
        ({"q0_options": "Always"}, "two answers or more"),
        ({"q5_least": "12"}, "The smallest number is larger"),
        ({"q5_most": "x"}, "Please type a whole number"),
        ({"days_before": "91"}, "Please choose from 0 to 90."),
        ({"q8_text": "x" * 201}, "That is too long"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_it_and_kept(
    app: Flask, staff: Browser, path: str, fields: dict[str, str], said: str
) -> None:
    page = change(staff, path, 422, q9_text="Nothing lost?", **fields)

    assert said in page.words
    assert page.one("#question9-text")["value"] == "Nothing lost?"
    assert versions(app) == 1


def test_nobody_s_questions_are_overwritten_unseen(app: Flask, staff: Browser, path: str) -> None:
    page = staff.get(path)
    change(staff, path, q2_text="Theirs?")
    mine = staff.submit(page, {"question2-text": "Mine?"}, form="/questions/", status=409)

    assert "has saved version 2 meanwhile" in mine.words
    assert asked(app)["name"].text == "Theirs?"
    staff.submit(mine, form="/questions/")
    assert asked(app)["name"].text == "Mine?"
    assert versions(app) == 3


def test_who_may_not_write_guides_sees_no_editor(app: Flask, path: str) -> None:
    with app.app_context():
        mine = db.session.scalars(select(Booking.photographer_id)).one()
    photographer = people.signed_in(app, Role.PHOTOGRAPHER, photographer_id=mine)

    assert photographer.client.get(path).status_code == 403
    page = photographer.get("/office/prep/guides")
    assert "8 questions" in page.words
    assert not page.all(f"a[href='{path}']")


def test_the_guides_lead_there_and_a_kind_without_questions_begins_empty(
    app: Flask, staff: Browser, path: str
) -> None:
    assert staff.get("/office/prep/guides").all(f"a[href='{path}']")
    with app.app_context():
        slug = factories.a_session_type().slug
    other = f"/office/prep/questions/{slug}/edit"
    change(staff, other, q0_text="Anything?", q0_kind="yes_no")
    page = staff.get(other)
    assert page.one("#question0-key")["value"] == "anything"
    staff.get("/office/prep/questions/none/edit", 404)
