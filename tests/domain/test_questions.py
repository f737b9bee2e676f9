"""Which questions apply, which answers count, what is open: for any questions and answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.questions import (
    Answer,
    Kind,
    OnlyIf,
    Option,
    Question,
    applying,
    as_day,
    counting,
    faults,
    in_words,
    unanswered,
)

GLASSES = Question(
    key="glasses",
    text="Do you wear glasses?",
    kind=Kind.CHOICE,
    required=True,
    options=(Option("always", "Always"), Option("never", "Never")),
)
DARKEN = Question(
    key="darken",
    text="Do your lenses darken?",
    kind=Kind.YES_NO,
    required=True,
    only_if=OnlyIf("glasses", ("always",)),
)
SPARE = Question(
    key="spare",
    text="Which frames could you bring?",
    kind=Kind.SEVERAL,
    options=(Option("empty", "Empty ones"), Option("old", "An old pair")),
    only_if=OnlyIf("darken", ("yes",)),
)
THREE = [GLASSES, DARKEN, SPARE]


def keys(questions: list[Question]) -> list[str]:
    return [each.key for each in questions]


@pytest.mark.parametrize(
    ("answers", "applies", "open_"),
    [
        ({}, ["glasses"], ["glasses"]),
        ({"glasses": "never"}, ["glasses"], []),
        ({"glasses": "always"}, ["glasses", "darken"], ["darken"]),
        ({"glasses": "always", "darken": False}, ["glasses", "darken"], []),
        ({"glasses": "always", "darken": True}, ["glasses", "darken", "spare"], []),
        # What was said before the glasses came off does not count.
        ({"glasses": "never", "darken": True}, ["glasses"], []),
    ],
)
def test_a_question_follows_from_an_earlier_answer(
    answers: dict[str, Answer], applies: list[str], open_: list[str]
) -> None:
    assert keys(applying(THREE, answers)) == applies
    assert keys(unanswered(THREE, answers)) == open_


@pytest.mark.parametrize(
    ("answer", "holds"), [(["a", "b"], True), (["a"], False), ("b", True), (3, True), (True, False)]
)
def test_any_of_the_values_will_do(answer: Answer, holds: bool) -> None:
    assert OnlyIf("key", ("b", "3")).holds({"key": answer}) is holds


CHOICES = ("a", "b", "c")


@st.composite
def forms(draw: st.DrawFn) -> list[Question]:
    """Some questions, of which later ones may depend on earlier ones that offer choices."""
    found: list[Question] = []
    for n in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from([Kind.CHOICE, Kind.SEVERAL, Kind.YES_NO, Kind.SHORT]))
        grounds = [each for each in found if each.choices and not each.archived]
        only_if = None
        if draw(st.booleans()) and grounds:
            ground = draw(st.sampled_from(grounds))
            values = st.sampled_from([each.value for each in ground.choices])
            only_if = OnlyIf(ground.key, tuple(draw(st.sets(values, min_size=1))))
        with_options = kind in {Kind.CHOICE, Kind.SEVERAL}
        found.append(
            Question(
                key=f"q{n}",
                text=f"{n}?",
                kind=kind,
                required=draw(st.booleans()),
                archived=draw(st.booleans()) and draw(st.booleans()),
                options=tuple(Option(each, each) for each in CHOICES) if with_options else (),
                only_if=only_if,
            )
        )
    return found


def given_answers(questions: list[Question]) -> st.SearchStrategy[dict[str, Answer]]:
    by_kind: dict[Kind, st.SearchStrategy[Answer]] = {
        Kind.CHOICE: st.sampled_from(CHOICES),
        Kind.SEVERAL: st.lists(st.sampled_from(CHOICES), min_size=1, unique=True),
        Kind.YES_NO: st.booleans(),
        Kind.SHORT: st.just("words"),
    }
    return st.fixed_dictionaries({}, optional={q.key: by_kind[q.kind] for q in questions})


FILLED = forms().flatmap(lambda form: st.tuples(st.just(form), given_answers(form)))


@given(FILLED)
def test_a_question_applies_just_when_its_ground_counts(
    filled: tuple[list[Question], dict[str, Answer]],
) -> None:
    form, answers = filled
    counted = counting(form, answers)

    assert set(counted) <= set(answers)
    for each in form:
        grounds = each.only_if is None or each.only_if.holds(counted)
        assert (each in applying(form, answers)) is (grounds and not each.archived)
    # What does not count changes nothing.
    assert applying(form, counted) == applying(form, answers)
    assert unanswered(form, counted) == unanswered(form, answers)


@given(FILLED)
def test_nothing_open_means_that_all_that_has_to_be_is_answered(
    filled: tuple[list[Question], dict[str, Answer]],
) -> None:
    form, answers = filled
    missing = unanswered(form, answers)

    assert all(each.required and each.key not in answers for each in missing)
    applies = applying(form, answers)
    assert [e for e in applies if e.required and e.key not in answers] == missing


@given(forms())
def test_sound_questions_have_no_faults_and_are_kept_whole(form: list[Question]) -> None:
    assert faults(form) == {}
    assert [Question.from_json(each.to_json()) for each in form] == form


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ([GLASSES, GLASSES], "another question of this name"),
        ([replace(GLASSES, options=(Option("always", "Always"),))], "two answers or more"),
        ([replace(GLASSES, options=(*GLASSES.options, *GLASSES.options))], "are the same"),
        ([DARKEN, GLASSES], "an earlier question"),
        ([replace(GLASSES, archived=True), DARKEN], "an earlier question"),
        ([replace(GLASSES, kind=Kind.SHORT), DARKEN], "an earlier question"),
        ([GLASSES, replace(DARKEN, only_if=OnlyIf("glasses", ("x",)))], "no answer to “Do you"),
        ([GLASSES, replace(DARKEN, only_if=OnlyIf("glasses", ()))], "no answer to"),
        ([Question(key="n", text="?", kind=Kind.NUMBER, least=3, most=2)], "larger than"),
    ],
)
def test_what_cannot_be_asked_is_said(form: list[Question], said: str) -> None:
    (fault,) = faults(form).values()
    assert said in fault


def test_answers_are_read_as_they_were_offered() -> None:
    assert in_words(GLASSES, "always") == "Always"
    assert in_words(SPARE, ["empty", "old"]) == "Empty ones, An old pair"
    assert (in_words(DARKEN, True), in_words(DARKEN, False)) == ("Yes", "No")
    assert in_words(Question(key="n", text="?", kind=Kind.NUMBER), 3) == "3"
    assert str(as_day("2026-12-24")) == "2026-12-24"
    assert as_day("soon") is as_day(3) is None
