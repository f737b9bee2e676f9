"""What a client is asked before a session: which questions apply, and what is still open.

A question may depend on the answer to an earlier one. One that does not apply is not missed, and
what was answered to it does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeAlias

Answer: TypeAlias = str | int | bool | Sequence[str]
"""A text, a number, yes or no, several values; a date is a text such as "2026-12-24"."""

Answers: TypeAlias = Mapping[str, Answer]


class Kind(StrEnum):
    SHORT = "short"
    LONG = "long"
    CHOICE = "choice"
    SEVERAL = "several"
    YES_NO = "yes_no"
    NUMBER = "number"
    DATE = "date"
    PICTURES = "pictures"


_WITH_OPTIONS = (Kind.CHOICE, Kind.SEVERAL)
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Option:
    """What may be chosen: *value* is kept, *label* is read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """The answer to *key* has to be one of *values*, or hold one of them."""

    key: str
    values: tuple[str, ...]

    def holds(self, answers: Answers) -> bool:
        given = answers.get(self.key)
        if given is None:
            return False
        if isinstance(given, bool):
            return (YES if given else NO) in self.values
        if isinstance(given, str | int):
            return str(given) in self.values
        return any(each in self.values for each in given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question; its *key* never changes, so that other rules can ask for the answer.

    A *marked* one tells of something to take care of, such as an allergy. An *archived* one is
    asked of nobody new.
    """

    key: str
    text: str
    kind: Kind
    help: str = ""
    required: bool = False
    options: tuple[Option, ...] = ()
    least: int = 0
    most: int = 1_000_000
    only_if: OnlyIf | None = None
    marked: bool = False
    archived: bool = False

    @property
    def choices(self) -> tuple[Option, ...]:
        """What may be answered, where that can be listed."""
        if self.kind is Kind.YES_NO:
            return Option(YES, "Yes"), Option(NO, "No")
        return self.options if self.kind in _WITH_OPTIONS else ()

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Question:
        only_if = kept.get("only_if")
        return cls(
            **{name: value for name, value in kept.items() if name in _PLAIN},
            kind=Kind(kept["kind"]),
            options=tuple(Option(each["value"], each["label"]) for each in kept.get("options", ())),
            only_if=OnlyIf(only_if["key"], tuple(only_if["values"])) if only_if else None,
        )

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads; what is as usual is left out."""
        usual = Question(key="", text="", kind=self.kind)
        kept: dict[str, Any] = {"key": self.key, "text": self.text, "kind": self.kind.value}
        kept |= {
            name: getattr(self, name)
            for name in _PLAIN
            if name not in kept and getattr(self, name) != getattr(usual, name)
        }
        if self.options:
            kept["options"] = [{"value": o.value, "label": o.label} for o in self.options]
        if self.only_if:
            kept["only_if"] = {"key": self.only_if.key, "values": list(self.only_if.values)}
        return kept


_PLAIN = ("key", "text", "help", "required", "least", "most", "marked", "archived")


def applying(questions: Iterable[Question], answers: Answers) -> list[Question]:
    """The questions to be answered, in their order, given what was answered so far."""
    counted: dict[str, Answer] = {}
    found = []
    for each in questions:
        if each.archived or (each.only_if and not each.only_if.holds(counted)):
            continue
        found.append(each)
        if each.key in answers:
            counted[each.key] = answers[each.key]
    return found


def counting(questions: Iterable[Question], answers: Answers) -> Answers:
    """The answers to questions that apply; the others are as if they had not been given."""
    return {q.key: answers[q.key] for q in applying(questions, answers) if q.key in answers}


def unanswered(questions: Iterable[Question], answers: Answers) -> list[Question]:
    """The questions that have to be answered and are not."""
    return [q for q in applying(questions, answers) if q.required and q.key not in answers]


def in_words(question: Question, answer: Answer) -> str:
    """An answer as a person reads it, a date aside."""
    labels = {each.value: each.label for each in question.choices}
    if isinstance(answer, bool):
        return "Yes" if answer else "No"
    if isinstance(answer, str | int):
        return labels.get(str(answer), str(answer))
    return ", ".join(labels.get(each, each) for each in answer)


def as_day(answer: Answer) -> date | None:
    """The date that an answer is, if it is one."""
    try:
        return date.fromisoformat(answer) if isinstance(answer, str) else None
    except ValueError:
        return None


def faults(questions: Sequence[Question]) -> Mapping[str, str]:
    """What is wrong with questions that depend on others or offer choices, a sentence by key."""
    before: dict[str, Question] = {}
    found = {}
    for each in questions:
        if each.archived:
            continue
        if why := _fault(each, before):
            found[each.key] = why
        before[each.key] = each
    return found


def _fault(question: Question, before: Mapping[str, Question]) -> str:
    values = {each.value for each in question.options}
    if question.key in before:
        return "There is another question of this name."
    if question.kind in _WITH_OPTIONS and len(values) < 2:
        return "Please give two answers or more to choose from."
    if len(values) < len(question.options):
        return "Two answers to choose from are the same."
    if question.least > question.most:
        return "The smallest number is larger than the largest."
    return _groundless(question.only_if, before) if question.only_if else ""


def _groundless(only_if: OnlyIf, before: Mapping[str, Question]) -> str:
    decides = before.get(only_if.key)
    if decides is None or not decides.choices:
        return "It can depend on an earlier question with answers to choose from, and on no other."
    known = {each.value for each in decides.choices}
    sound = only_if.values and known.issuperset(only_if.values)
    return "" if sound else f"That is no answer to “{decides.text}”."
