"""Two versions of a guide beside each other, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from studio.prep.editing import GuideDraft

# Lines that stand around a change, so that one knows where it is.
_AROUND = 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line of either version; a *gap* stands for lines that are the same in both."""

    what: Literal["same", "added", "removed", "gap"]
    text: str


def compared(before: GuideDraft, after: GuideDraft) -> list[Line]:
    """What has changed from *before* to *after*; nothing if nothing has."""
    return list(_lines(before.lines(), after.lines()))


def _lines(before: list[str], after: list[str]) -> Iterator[Line]:
    groups = SequenceMatcher(a=before, b=after, autojunk=False).get_grouped_opcodes(_AROUND)
    for n, group in enumerate(groups):
        if n:
            yield Line("gap", "")
        for tag, from_a, to_a, from_b, to_b in group:
            if tag == "equal":
                yield from (Line("same", text) for text in before[from_a:to_a])
            else:
                yield from (Line("removed", text) for text in before[from_a:to_a])
                yield from (Line("added", text) for text in after[from_b:to_b])
