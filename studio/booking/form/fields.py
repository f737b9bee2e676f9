"""A questionnaire as a form: a field a question, of which none is required until it is sent in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import (
    Field,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectMultipleField,
    ValidationError,
)
from wtforms.widgets import CheckboxInput, ListWidget

from studio.domain.questions import NO, YES, Answer, Kind, Question, as_day
from studio.prep.questionnaires.queries import Asked
from studio.web.fields import DayField, LineField, ParagraphField, WholeNumberField
from studio.web.form import Form, SelectChoice

_PREFIX = "q-"


class _OneOfField(RadioField):
    """One of the choices, or none."""

    choices: Any

    def pre_validate(self, form: Any) -> None:
        if self.data and self.data not in {each.value for each in self.choices}:
            raise ValidationError("Please choose one of these.")


class _SeveralField(SelectMultipleField):
    """Some of the choices, or none."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
    choices: Any

    def pre_validate(self, form: Any) -> None:
        if not {each.value for each in self.choices}.issuperset(self.data or ()):
            raise ValidationError("Please choose from these.")


class _PicturesField(MultipleFileField):
    @property
    def files(self) -> Sequence[FileStorage]:
        """What was sent; a browser sends an empty one where nothing was chosen."""
        return [each for each in self.data or () if isinstance(each, FileStorage) and each.filename]


class AnswersForm(Form):
    """What was answered; `of` makes it, with a field for each question."""

    questionnaire = HiddenField()
    _questions: Mapping[str, Question]

    @classmethod
    def of(cls, asked: Asked) -> AnswersForm:
        """The form as posted, or with the answers given so far."""
        made = type("AnswersForm", (cls,), {_PREFIX + q.key: _field(q) for q in asked.questions})
        form: AnswersForm = made(
            data={_PREFIX + q.key: _shown(q, asked.answers) for q in asked.questions}
            | {"questionnaire": str(asked.questionnaire.id)},
        )
        form._questions = {q.key: q for q in asked.questions}
        return form

    def answer_to(self, key: str) -> Field:
        """The field of the question *key*."""
        field: Field = self._fields[_PREFIX + key]
        return field

    def given(self, keys: Collection[str]) -> Mapping[str, Answer | None]:
        """What was answered to the questions *keys*, but for what cannot be kept."""
        return {
            key: _answer(question, self.answer_to(key).data)
            for key, question in self._questions.items()
            if key in keys and question.kind is not Kind.PICTURES and not self.answer_to(key).errors
        }

    def pictures(self) -> Iterator[tuple[str, FileStorage]]:
        """Every file that was sent, with the question it is for."""
        for key in self._questions:
            field = self.answer_to(key)
            if isinstance(field, _PicturesField):
                yield from ((key, each) for each in field.files)

    def refuse(self, key: str, why: str) -> None:
        self.answer_to(key).errors = [*self.answer_to(key).errors, why]

    def overlook(self, keys: Collection[str]) -> None:
        """Say nothing of what is wrong with the answers to the questions *keys*."""
        for key in self._questions.keys() & set(keys):
            self.answer_to(key).errors = []

    def complaints(self) -> Mapping[str, str]:
        """What is wrong with each answer, by the key of its question."""
        return {
            key: " ".join(map(str, self.answer_to(key).errors))
            for key in self._questions
            if self.answer_to(key).errors
        }


def _field(question: Question) -> Any:
    told: dict[str, Any] = {"description": question.help}
    choices = [SelectChoice(each.value, each.label) for each in question.choices]
    chosen = {**told, "choices": choices, "validate_choice": False}
    bounds = {**told, "least": question.least, "most": question.most}
    kind, given = {
        Kind.SHORT: (LineField, {**told, "required": False, "longest": 300}),
        Kind.LONG: (ParagraphField, {**told, "required": False, "longest": 4_000}),
        Kind.NUMBER: (WholeNumberField, {**bounds, "required": False}),
        Kind.DATE: (DayField, {**told, "required": False}),
        Kind.CHOICE: (_OneOfField, chosen),
        Kind.YES_NO: (_OneOfField, chosen),
        Kind.SEVERAL: (_SeveralField, {**chosen, "coerce": str}),
        Kind.PICTURES: (_PicturesField, told),
    }[question.kind]
    return kind(question.text, **given)


def _shown(question: Question, answers: Mapping[str, Answer]) -> Any:
    """An answer as its field shows it."""
    answer = answers.get(question.key)
    if question.kind is Kind.PICTURES:
        return None
    if isinstance(answer, bool):
        return YES if answer else NO
    return as_day(answer) if question.kind is Kind.DATE and answer is not None else answer


def _answer(question: Question, data: Any) -> Answer | None:
    if data is None or data in ("", []):
        return None
    match question.kind:
        case Kind.YES_NO:
            return bool(data == YES)
        case Kind.DATE:
            return str(data.isoformat())
        case Kind.SEVERAL:
            return list(data)
        case _:
            answer: Answer = data
            return answer
