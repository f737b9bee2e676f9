"""A guide's Markdown cut at its headings, so that each section can be drawn by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

from studio.prep.marks import cut

_HEADING = re.compile(r"^## +(.+?) *#*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Section:
    """*text* is Markdown without the heading; what stands before the first has no *title*.

    *when* is the condition that stands behind the heading, as it was written.
    """

    title: str
    text: str
    when: str = ""


def sections(body: str) -> list[Section]:
    """The sections of *body* in their order, none of them empty."""
    opening, *rest = _HEADING.split(body)
    found = [Section("", opening.strip())]
    for heading, text in zip(rest[::2], rest[1::2], strict=True):
        title, when = cut(heading)
        found.append(Section(title, text.strip(), when))
    return [section for section in found if section.text]
