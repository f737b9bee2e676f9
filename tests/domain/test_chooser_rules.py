"""Reading the guided choice: what a person answered, and what a studio wrote."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from studio.domain.chooser import Answers, answers_from
from studio.domain.chooser_rules import rules_from
from tests.demo.content import table

DATA = table("chooser.toml")
CHOOSER = rules_from(DATA)


def test_answers_are_read_by_question_and_open_refinements_are_left_out() -> None:
    given_ = {"purpose": "self", "audience": "me", "people": "", "unknown": "x"}
    assert answers_from(given_, CHOOSER) == Answers("self", "me")


@pytest.mark.parametrize(
    ("given_", "question"),
    [
        ({}, "purpose"),
        ({"purpose": "self"}, "audience"),
        ({"purpose": "nonsense", "audience": "me"}, "purpose"),
        ({"purpose": "self", "audience": "me", "people": "crowd"}, "people"),
    ],
)
def test_the_question_that_is_open_or_answered_oddly_is_named(
    given_: dict[str, str], question: str
) -> None:
    with pytest.raises(ValueError, match=f"^{question}$"):
        answers_from(given_, CHOOSER)


def _rule(data: dict[str, Any], key: str) -> dict[str, Any]:
    return next(rule for rule in data["rules"] if rule["key"] == key)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda data: data.pop("nothing"), "nothing is missing"),
        (lambda data: data.update(extra=1), "'extra' is unknown"),
        (lambda data: data["questions"].reverse(), "questions: must be purpose, audience first"),
        (lambda data: data["questions"].pop(), "questions: must be"),
        (lambda data: data["questions"][0].update(options=[]), "question 1: options"),
        (lambda data: data["questions"][0]["options"].append("x"), "question 1: options"),
        (
            lambda data: data["questions"][0]["options"].append({"key": "self", "label": "Again"}),
            "purpose: 'self' stands twice",
        ),
        (
            lambda data: data["questions"][0]["options"].append({"key": "fun", "label": "Fun"}),
            "purpose fun: no rule names its genre",
        ),
        (
            lambda data: data["questions"][2]["options"][0].update(people=[3, 1]),
            "people, option 1: people must be two numbers",
        ),
        (lambda data: _rule(data, "self").update(genre="selfie"), "rule self: genre must be"),
        (lambda data: _rule(data, "self").update(weight=0), "rule self: weight must be"),
        (lambda data: _rule(data, "self").update(weight=True), "rule self: weight must be"),
        (lambda data: _rule(data, "self").update(because=" "), "rule self: because is missing"),
        (lambda data: _rule(data, "self").update(when=7), "rule self: when is missing"),
        (lambda data: _rule(data, "self").update(whem={}), "rule self: 'whem' is unknown"),
        (
            lambda data: _rule(data, "plain").update(when={"mood": ["good"]}),
            "rule plain: there is no question 'mood'",
        ),
        (
            lambda data: _rule(data, "plain").update(unless={"people": ["crowd"]}),
            "rule plain: people has no answer 'crowd'",
        ),
        (
            lambda data: _rule(data, "plain").update(unless={"people": "child"}),
            "rule plain: people must be a list",
        ),
        (
            lambda data: _rule(data, "self")["suggests"][0].pop("because"),
            "rule self, suggestion 1: because is missing",
        ),
        (lambda data: _rule(data, "casting").pop("genre"), "rule casting: names neither"),
        (lambda data: _rule(data, "self").update(key="brand"), "rules: 'brand' stands twice"),
        (
            lambda data: _rule(data, "self").update(unless={"people": ["child"]}),
            "purpose self: no rule names its genre",
        ),
    ],
)
def test_rules_that_cannot_work_are_refused_by_name(
    spoil: Callable[[dict[str, Any]], object], said: str
) -> None:
    data = copy.deepcopy(DATA)
    spoil(data)
    with pytest.raises(ValueError, match=said):
        rules_from(data)


def test_reading_leaves_the_data_as_it_was() -> None:
    data = copy.deepcopy(DATA)
    rules_from(data)
    assert data == DATA
