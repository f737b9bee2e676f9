"""What people agreed to, on paper: a text with what it is about above and who signed it below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from studio.payments.paper import drawn
from studio.scheduling.models import Studio

_TEMPLATE = Path(__file__).with_name("written.typ")

Row = tuple[str, str]


def told(
    studio: Studio, title: str, facts: Sequence[Row], body: str, signed: Sequence[Row] = ()
) -> dict[str, Any]:
    """All that is printed, as plain JSON that may be kept; *body* is Markdown."""
    return {
        "studio": {
            "name": studio.name,
            "address": studio.address_lines,
            "contact": [each for each in (studio.phone, studio.email) if each],
        },
        "title": title,
        "facts": [{"label": label, "value": value} for label, value in facts],
        "blocks": blocks(body),
        "signed": [{"label": label, "value": value} for label, value in signed],
    }


def pdf(snapshot: Mapping[str, Any]) -> bytes:
    """The paper that *snapshot*, which `told` made, tells of: the same one byte by byte."""
    return drawn(_TEMPLATE, snapshot)


def blocks(markdown: str) -> list[dict[str, str]]:
    """Markdown as headings, paragraphs and items, each plain text."""
    from markdown_it import MarkdownIt

    found, kind = [], "text"
    items = 0
    for token in MarkdownIt("commonmark").parse(markdown):
        if token.type == "heading_open":
            kind = "heading"
        elif token.type == "list_item_open":
            items += 1
        elif token.type == "list_item_close":
            items -= 1
        elif token.type == "inline":
            text = "".join(
                " " if each.type in {"softbreak", "hardbreak"} else each.content
                for each in token.children or ()
            )
            found.append({"kind": "item" if items else kind, "text": text})
            kind = "text"
    return found
