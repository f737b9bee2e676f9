"""Values and Markdown, for the text part of a mail and for its HTML."""

from __future__ import annotations

import re
from typing import Any

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_STRESS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +", re.MULTILINE)


def flat(value: Any) -> str:
    return "\n".join(f"- {item}" for item in value) if isinstance(value, list) else str(value)


def marked(value: Any) -> str:
    """A value as Markdown that says just that: nothing in it is taken for a mark."""
    if isinstance(value, list):
        return "\n".join(f"- {_literal(item)}" for item in value)
    return "  \n".join(map(_literal, str(value).splitlines()))


def _literal(line: str) -> str:
    return _PUNCTUATION.sub(r"\\\1", line.strip())


def without_marks(source: str) -> str:
    """Markdown as a plain text shows it."""
    return _HEADING.sub("", _LINK.sub(r"\1: \2", _STRESS.sub(r"\2", source)))


def spaced(text: str) -> str:
    """No more than one empty line in a row, none at the ends."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(map(str.rstrip, text.splitlines()))).strip() + "\n"
