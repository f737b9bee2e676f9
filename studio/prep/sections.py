"""A guide's Markdown cut at its headings, so that each section can be drawn by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADING = re.compile(r"^## +(.+?) *#*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Section:
    """*text* is Markdown without the heading; what stands before the first has no *title*."""

    title: str
    text: str


def sections(body: str) -> list[Section]:
    """The sections of *body* in their order, none of them empty."""
    opening, *rest = _HEADING.split(body)
    cut = [Section("", opening.strip())]
    cut += [Section(title, text.strip()) for title, text in zip(rest[::2], rest[1::2], strict=True)]
    return [section for section in cut if section.text]
