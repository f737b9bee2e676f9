"""The demo studio's questions: every kind of session asks some, and their conditions can hold."""

from __future__ import annotations

import pytest

from studio.demo.asking import questionnaires
from studio.domain.questions import Kind, Question, faults
from tests.demo.content import CODES, table

ASKED = {code: questions for code, _, questions in questionnaires()}


# Who comes to talk, or to look at pictures, is not photographed.
PHOTOGRAPHED = [code for code in CODES if not code.startswith("AX-")]


def test_every_kind_of_session_with_pictures_asks_once() -> None:
    assert sorted(code for code, _, _ in questionnaires()) == sorted(PHOTOGRAPHED)


@pytest.mark.parametrize("code", PHOTOGRAPHED)
def test_questions_follow_from_earlier_ones_and_care_is_always_asked_about(code: str) -> None:
    assert faults(ASKED[code]) == {}
    keys = {each.key for each in ASKED[code]}
    assert {"mobility", "senses", "allergies"} <= keys
    assert all(each.marked for each in ASKED[code] if each.key == "allergies_about")


def test_every_kind_of_question_is_asked_somewhere_and_none_for_nothing() -> None:
    asked = {each.key: each for questions in ASKED.values() for each in questions}

    assert {each.kind for each in asked.values()} == set(Kind)
    assert set(asked) == {each["key"] for each in table("questions.toml")["questions"]}
    assert all(Question.from_json(each.to_json()) == each for each in asked.values())
    for each in asked.values():
        assert each.text.endswith(("?", ".", "them", "like", "headshots", "first")), each.text
