from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from wtforms import BooleanField, HiddenField, SelectField

from studio.domain.conditions import FACTS
from studio.domain.prep_plan import Anchor
from studio.messaging import placeholders
from studio.office.prep_forms import unknown_name
from studio.prep import editing, marks, tailoring
from studio.prep.editing import GuideDraft, StepDraft
from studio.prep.sections import sections
from studio.web.fields import ClockField, LineField, ParagraphField, WholeNumberField
from studio.web.form import Form, SelectChoice
from studio.web.text import one_line

MOST_STEPS = 20
_LONGEST_GUIDE = 60_000
_NAME_IN_BRACES = re.compile(r"\{([a-z_]+)\}")


class StepForm(Form):
    """One message of the track; without subject and text it is none."""

    key = HiddenField()
    anchor = SelectField(
        "Leaves",
        choices=[
            SelectChoice(Anchor.BEFORE.value, "before the session"),
            SelectChoice(Anchor.AFTER.value, "after the session"),
        ],
    )
    days = WholeNumberField("Days before", least=0, most=365, required=False)
    minute = ClockField("At", required=False)
    hours = WholeNumberField("Hours after the end", least=0, most=9_000, required=False)
    subject = LineField("Subject", longest=150, required=False)
    body = ParagraphField("Text", longest=20_000, required=False)
    essentials = ParagraphField(
        "If it is missed, the next message says", longest=2_000, required=False
    )
    guide_sections = ParagraphField("Sections that go along", longest=4_000, required=False)
    condition = LineField("Sent only when", longest=300, required=False)
    left_out = BooleanField("Leave this message out from now on")

    def __init__(self, number: int, **kwargs: Any) -> None:
        super().__init__(prefix=f"step{number}-", meta={"csrf": False}, **kwargs)

    @property
    def is_blank(self) -> bool:
        return not (self.key.data or self.subject.data or self.body.data or self.errors)

    def check(self, titles: Sequence[str], names: Collection[str]) -> bool:
        """Whether it can be sent, with the guide's sections called *titles*.

        *names* are what its conditions can ask for.
        """
        if self.left_out.data or (self.is_blank and self.validate()):
            return True
        if not self.validate():
            return False
        for field in (self.subject, self.body):
            if not field.data:
                field.errors = ["Please fill this in."]
        for field in (self.subject, self.body, self.essentials):
            _refuse_unknown(field)
        _refuse(self.body, tailoring.mistakes(self.body.data or "", names))
        _refuse(self.essentials, marks.mistakes(self.essentials.data or "", names))
        _refuse(self.subject, _out_of_place(self.subject.data or ""))
        _refuse(self.condition, self._against_condition(names))
        if self.anchor.data == Anchor.BEFORE.value and self.minute.data is None:
            self.minute.errors = ["Please give a time of the day, such as 09:00."]
        for title in _lines(self.guide_sections.data):
            if title != "*" and title not in titles:
                self.guide_sections.errors = [_no_section(title, titles)]
        return not self.errors

    def _against_condition(self, names: Collection[str]) -> list[str]:
        """Why this message cannot be sent only to some."""
        if not self.condition.data:
            return []
        found = marks.mistake(self.condition.data, names)
        if marks.is_safety(f"{self.body.data}\n{self.essentials.data}"):
            found.append("This speaks of safety and is for everybody: leave out the condition.")
        return found

    def draft(self) -> StepDraft:
        before = self.anchor.data == Anchor.BEFORE.value
        return StepDraft(
            key=self.key.data or "",
            anchor=Anchor(self.anchor.data),
            days=(self.days.data or 0) if before else 0,
            hours=0 if before else self.hours.data or 0,
            minute=self.minute.data if before else 540,
            subject=one_line(self.subject.data),
            body=self.body.data,
            essentials=_lines(self.essentials.data),
            guide_sections=_lines(self.guide_sections.data),
            condition=one_line(self.condition.data),
        )


class GuideForm(Form):
    """A guide; *steps* are forms of their own, the last of them for one more message."""

    title = LineField("Title", longest=150)
    intro = ParagraphField("Introduction", longest=2_000)
    essentials = ParagraphField(
        "Essentials",
        longest=2_000,
        required=False,
        description="A sentence a line: what stands on top when somebody books late.",
    )
    checklist = ParagraphField(
        "List to tick off",
        longest=6_000,
        required=False,
        description="A thing a line. After | comes what is said beside it in small letters."
        " {when: glasses} asks it only of some.",
    )
    body = ParagraphField(
        "Sections",
        longest=_LONGEST_GUIDE,
        description="Markdown: ## begins a section, **two stars** make bold. {when: glasses} behind"
        " a heading, in a paragraph or in a line of a list shows that only to those who wear some.",
    )
    based_on = HiddenField()
    once = HiddenField()
    step_count = HiddenField()

    def __init__(self, draft: GuideDraft, **kwargs: Any) -> None:
        """*draft* is what is being changed; what hardly changes on its list keeps its ticks."""
        self._before = draft
        super().__init__(
            data={
                "title": draft.title,
                "intro": draft.intro,
                "essentials": "\n".join(draft.essentials),
                "checklist": "\n".join(editing.written(each) for each in draft.checklist),
                "body": draft.body,
                "step_count": len(draft.steps) + 1,
            },
            **kwargs,
        )
        count = str(self.step_count.data or "")
        steps = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 0
        told = [*draft.steps, *[None] * MOST_STEPS]
        self.steps = [
            StepForm(n, data=_step_data(told[n])) for n in range(min(max(steps, 1), MOST_STEPS))
        ]

    def check(self, names: Collection[str] = FACTS) -> bool:
        """Whether it was posted and can be kept; else each field says what is wrong with it.

        *names* are what conditions can ask for.
        """
        fine = self.validate_on_submit()
        titles = [each.title for each in sections(self.body.data or "") if each.title]
        for field in (self.title, self.intro, self.essentials, self.checklist, self.body):
            fills = _NAME_IN_BRACES.findall(field.data or "")
            if fills:
                why = f"Nothing fills {{{fills[0]}}} on the guide's page: it is for messages."
                field.errors = [*field.errors, why]
        for field in (self.title, self.intro):
            _refuse(field, _out_of_place(field.data or ""))
        for field in (self.essentials, self.checklist):
            _refuse(field, _by_line(field.data or "", names))
        _refuse(self.body, tailoring.mistakes(self.body.data or "", names))
        steps = [each.check(titles, names) for each in self.steps]
        return fine and not self.errors and all(steps)

    def draft(self) -> GuideDraft:
        return GuideDraft(
            title=self.title.data,
            intro=self.intro.data,
            essentials=_lines(self.essentials.data),
            checklist=_items(_lines(self.checklist.data), self._before.checklist),
            body=self.body.data,
            steps=tuple(
                each.draft() for each in self.steps if not each.left_out.data and not each.is_blank
            ),
        )


def _items(
    lines: Sequence[str], before: Sequence[Mapping[str, Any]]
) -> tuple[Mapping[str, Any], ...]:
    """The list that *lines* write; a thing whose words hardly changed keeps what was ticked."""
    known = {each["text"]: each for each in before}
    found: list[Mapping[str, Any]] = []
    split: list[tuple[str, str, str]] = [
        (text.strip(), when, note.strip())
        for said, when in (marks.cut(each) for each in lines)
        for text, _, note in [said.partition("|")]
    ]
    texts = {text for text, _, _ in split}
    for text, when, note in split:
        # Those that stand as they stood are taken first; then what is nearest to a line.
        same = text if text in known else ""
        near = get_close_matches(text, [k for k in known if k not in texts], n=1, cutoff=0.7)
        old = known.pop(same or (near[0] if near else ""), None)
        told = {"text": text, "note": note} | ({"when": when} if when else {})
        found.append({**({"key": old["key"]} if old else {}), **told})
    taken = {each["key"] for each in (*before, *found) if "key" in each}
    return tuple(each if "key" in each else _keyed(each, taken) for each in found)


def _keyed(item: Mapping[str, Any], taken: set[str]) -> Mapping[str, Any]:
    words = re.findall(r"[a-z0-9]+", str(item["text"]).lower())[:4] or ["item"]
    key, number = "-".join(words), 1
    while key in taken:
        number += 1
        key = f"{'-'.join(words)}-{number}"
    taken.add(key)
    return {"key": key, **item}


def _step_data(step: StepDraft | None) -> dict[str, Any]:
    if step is None:
        return {"anchor": Anchor.BEFORE.value, "minute": 540}
    return {
        "key": step.key,
        "anchor": step.anchor.value,
        "days": step.days,
        "minute": step.minute,
        "hours": step.hours,
        "subject": step.subject,
        "body": step.body,
        "essentials": "\n".join(step.essentials),
        "guide_sections": "\n".join(step.guide_sections),
        "condition": step.condition,
    }


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(line.strip() for line in (text or "").splitlines() if line.strip())


def _refuse_unknown(field: Any) -> None:
    # What a condition stands in ({when: glasses}) is no name to be filled.
    unknown = placeholders.unknown(marks.MARK.sub("", field.data or ""))
    _refuse(field, (unknown_name(name, near) for name, near in unknown))


def _refuse(field: Any, why: Iterable[str]) -> None:
    field.errors = list(dict.fromkeys([*field.errors, *why]))


def _by_line(text: str, names: Collection[str]) -> list[str]:
    return [why for line in _lines(text) for why in marks.mistakes(line, names)]


def _out_of_place(text: str) -> list[str]:
    if marks.MARK.search(text):
        return ["A condition belongs to a section, a paragraph or a line of a list, not here."]
    return []


def _no_section(title: str, titles: Sequence[str]) -> str:
    near = get_close_matches(title, titles, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"The guide has no section {title}.{meant}"
