from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from wtforms import BooleanField, HiddenField, SelectField

from studio.domain.questions import Kind, OnlyIf, Option, Question, faults
from studio.web.fields import LineField, ParagraphField, WholeNumberField
from studio.web.form import Form, SelectChoice
from studio.web.text import tidy

MOST_QUESTIONS = 60
# Empty ones at the end, for what is added.
_MORE = 2
_LARGEST_NUMBER = 1_000_000

KINDS = {
    Kind.SHORT: "A line of text",
    Kind.LONG: "Several lines of text",
    Kind.CHOICE: "One of several answers",
    Kind.SEVERAL: "Some of several answers",
    Kind.YES_NO: "Yes or no",
    Kind.NUMBER: "A number",
    Kind.DATE: "A date",
    Kind.PICTURES: "Pictures",
}


class QuestionForm(Form):
    """One question; without words and key it is none."""

    key = HiddenField()
    text = LineField("Question", longest=200, required=False)
    place = WholeNumberField("Place in the form", least=1, most=999, required=False)
    kind = SelectField("Answered by", choices=[SelectChoice(k.value, w) for k, w in KINDS.items()])
    help = LineField("Said beside it, in small letters", longest=300, required=False)
    options = ParagraphField("Answers to choose from", longest=3_000, required=False)
    least = WholeNumberField("Smallest number", least=0, most=_LARGEST_NUMBER, required=False)
    most = WholeNumberField("Largest number", least=0, most=_LARGEST_NUMBER, required=False)
    ground = SelectField("Asked", validate_choice=False)
    values = ParagraphField("if the answer there is one of", longest=2_000, required=False)
    required = BooleanField("The form cannot be sent in without it")
    marked = BooleanField("Something to take care of: marked on the sheet")
    archived = BooleanField("Ask this no longer")

    def __init__(self, number: int, **kwargs: Any) -> None:
        super().__init__(prefix=f"question{number}-", meta={"csrf": False}, **kwargs)

    @property
    def is_blank(self) -> bool:
        return not (self.key.data or self.text.data or self.errors)


class QuestionsForm(Form):
    """All that a kind of session asks; *questions* are forms of their own."""

    days_before = WholeNumberField("The form should be in, days before the session", least=0,
                                   most=90)  # fmt: skip
    based_on = HiddenField()
    count = HiddenField()

    def __init__(self, before: Sequence[Question], days_before: int, version: int) -> None:
        """*before* is what is being changed, in its *version*; what it offers keeps its values."""
        super().__init__(
            data={
                "days_before": days_before,
                "based_on": str(version),
                "count": str(len(before) + _MORE),
            }
        )
        self._before = {each.key: each for each in before}
        told: list[Question | None] = [*before, *[None] * MOST_QUESTIONS]
        texts = {each.key: each.text for each in before}
        self.questions = [QuestionForm(n, data=_data(told, n)) for n in range(self._count())]
        for each in self.questions:
            each.ground.choices = [
                SelectChoice("", "of everybody"),
                *(
                    SelectChoice(key, f"after “{text}”")
                    for key, text in texts.items()
                    if key != each.key.data
                ),
            ]

    def check(self) -> bool:
        """Whether it was posted and can be asked; else each field says what is wrong with it."""
        fine = self.validate_on_submit()
        whole = True
        for each in self.questions:
            whole = each.validate() and whole
            if each.key.data and not each.text.data and not each.text.errors:
                each.text.errors = ["Please fill this in. To leave it out, ask it no longer."]
                whole = False
        if not (fine and whole):
            return False
        made = self._made()
        wrong = faults([question for _, question in made])
        for form, question in made:
            if why := wrong.get(question.key):
                form.text.errors = [why]
        return not wrong and not any(form.errors for form, _ in made)

    def to_questions(self) -> list[Question]:
        """The questions in their new order."""
        return [question for _, question in self._made()]

    def _count(self) -> int:
        text = str(self.count.data or "")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
        return min(max(number, 1), MOST_QUESTIONS)

    def _made(self) -> list[tuple[QuestionForm, Question]]:
        given = [each for each in self.questions if not each.is_blank]
        given.sort(key=lambda each: each.place.data or 1_000)
        taken = set(self._before)
        keys = [
            each.key.data if each.key.data in self._before else _key(each.text.data, taken)
            for each in given
        ]
        options = {
            key: _options(form, self._before.get(key))
            for key, form in zip(keys, given, strict=True)
        }
        return [
            (form, _question(form, key, options)) for key, form in zip(keys, given, strict=True)
        ]


def _question(form: QuestionForm, key: str, options: Mapping[str, Sequence[Option]]) -> Question:
    kind = Kind(form.kind.data)
    is_number = kind is Kind.NUMBER
    ground = form.ground.data
    return Question(
        key=key,
        text=form.text.data,
        kind=kind,
        help=form.help.data,
        required=form.required.data,
        options=tuple(options[key]) if kind in {Kind.CHOICE, Kind.SEVERAL} else (),
        least=(form.least.data or 0) if is_number else 0,
        most=_LARGEST_NUMBER if form.most.data is None or not is_number else form.most.data,
        only_if=OnlyIf(ground, _values(form, options.get(ground, ()))) if ground else None,
        marked=form.marked.data,
        archived=form.archived.data,
    )


def _values(form: QuestionForm, offered: Sequence[Option]) -> tuple[str, ...]:
    """The values of the answers that are named, a line each; one that is none says so by itself."""
    by_label = {each.label.casefold(): each.value for each in offered}
    return tuple(by_label.get(each.casefold(), each) for each in _lines(form.values.data))


def _options(form: QuestionForm, before: Question | None) -> list[Option]:
    """What is offered, a line each; words that hardly changed keep the value that rules ask for."""
    if form.kind.data == Kind.YES_NO:
        return [Option("yes", "Yes"), Option("no", "No")]
    lines = _lines(form.options.data)
    known = {each.label: each.value for each in before.options} if before else {}
    taken = set(known.values())
    found = []
    for line in lines:
        same = line if line in known else ""
        near = get_close_matches(line, [k for k in known if k not in lines], n=1, cutoff=0.7)
        value = known.pop(same or (near[0] if near else ""), None)
        found.append(Option(value or _key(line, taken), line))
    return found


def _key(text: str, taken: set[str]) -> str:
    words = re.findall(r"[a-z0-9]+", text.lower())[:4] or ["question"]
    key, number = "-".join(words), 1
    while key in taken:
        number += 1
        key = f"{'-'.join(words)}-{number}"
    taken.add(key)
    return key


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in tidy(text or "").splitlines() if line.strip()]


def _data(told: Sequence[Question | None], number: int) -> dict[str, Any]:
    """What is asked now, as the form shows it."""
    question = told[number]
    if question is None:
        return {"kind": Kind.SHORT.value}
    by_key = {each.key: each for each in told if each}
    ground = question.only_if
    labels = {o.value: o.label for o in by_key[ground.key].choices} if ground else {}
    return {
        "key": question.key,
        "text": question.text,
        "place": number + 1,
        "kind": question.kind.value,
        "help": question.help,
        "options": "\n".join(each.label for each in question.options),
        "least": question.least if question.kind is Kind.NUMBER else None,
        "most": question.most if question.kind is Kind.NUMBER else None,
        "ground": ground.key if ground else "",
        "values": "\n".join(labels.get(each, each) for each in ground.values) if ground else "",
        "required": question.required,
        "marked": question.marked,
        "archived": question.archived,
    }
