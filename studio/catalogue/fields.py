"""Form fields of what is sold: several ticks, lines, an address, and dates with a label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from studio.web.fields import LineField, ParagraphField, planned_day


class TickField(SelectMultipleField):
    """Ids, each with a box to tick; none need be."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
    choices: Any
    data: Any

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, coerce=int, validate_choice=False, **kwargs)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        known = {str(each.value): each.value for each in self.choices or ()}
        self.data = [known[each] for each in valuelist if each in known]
        if len(self.data) < len(valuelist):
            raise ValueError("Please choose from these.")


class LinesField(ParagraphField):
    """A list of texts, one a line; empty lines are none."""

    _MOST, _LONGEST = 20, 200

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, longest=self._MOST * (self._LONGEST + 1), **kwargs)

    def parse(self, text: str) -> Any:
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        if len(lines) > self._MOST:
            raise ValueError(f"That is too much: {self._MOST} lines at most.")
        if long := next((each for each in lines if len(each) > self._LONGEST), None):
            raise ValueError(f"“{long[:60]}” is too long: {self._LONGEST} characters a line.")
        return lines

    def written(self, value: Any) -> str:
        return "\n".join(value)


_ADDRESS = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class AddressField(LineField):
    """The name that something is to have in addresses; empty leaves it to us."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, required=False, longest=60, **kwargs)

    def parse(self, text: str) -> str:
        if not _ADDRESS.fullmatch(text):
            raise ValueError("Please use small letters, digits and single hyphens between them.")
        return text


@dataclass(frozen=True, slots=True)
class DayRange:
    """Dates on which a package can be booked, both included."""

    first_on: date
    last_on: date
    label: str


_RANGE = re.compile(r"(\S+)(?:\s+to\s+(\d\S*))?(?:\s+(.*))?")
_MOST = 100
_LONGEST_LABEL = 80


class DayRangesField(ParagraphField):
    """A range of dates a line, such as "2026-12-05 to 2026-12-06 Christmas minis"."""

    example = "2026-12-05 to 2026-12-06 Christmas minis"

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, required=False, longest=12_000, **kwargs)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        super().process_formdata(valuelist)
        self.data = self.data or ()

    def parse(self, text: str) -> Any:
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        if len(lines) > _MOST:
            raise ValueError(f"That is too much: {_MOST} lines at most.")
        ranges = (_range(line, self.example) for line in lines)
        return tuple(sorted(ranges, key=lambda each: each.first_on))

    def written(self, value: Any) -> str:
        return "\n".join(
            f"{each.first_on}"
            + (f" to {each.last_on}" if each.last_on != each.first_on else "")
            + (f" {each.label}" if each.label else "")
            for each in value
        )


def _range(line: str, example: str) -> DayRange:
    found = _RANGE.fullmatch(line)
    first = planned_day(found[1]) if found else None
    last = planned_day(found[2]) if found and found[2] else first
    if found is None or first is None or last is None:
        raise ValueError(
            f"“{line[:60]}” does not begin with a date: please write a line like {example}."
        )
    if last < first:
        raise ValueError(f"“{line[:60]}” ends before it begins.")
    label = found[3] or ""
    if len(label) > _LONGEST_LABEL:
        raise ValueError(f"“{line[:60]}” is too long: {_LONGEST_LABEL} characters for its name.")
    return DayRange(first, last, label)
