"""Text from people, made fit for a page, a mail header, an invitation or a table."""

from __future__ import annotations

import re
import unicodedata

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Controls, line separators, and what turns the direction of text; a line feed and a tab may stay
# in text of several lines.
_UNWANTED = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{_BIDI}\ud800-\udfff]")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SPACES = re.compile(r"\s+")
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")


def unwanted(text: str) -> bool:
    """Whether *text* holds control characters or others that no person types on purpose."""
    return _UNWANTED.search(text.replace("\r\n", "\n")) is not None


def tidy(text: str) -> str:
    """*text* composed (NFC), with plain line ends and nothing around it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()


def one_line(text: str, limit: int = 200) -> str:
    """*text* as it may stand in a mail header or an invitation: one line, no encoded words.

    An encoded word in a name made older Pythons write a header of the sender's choice
    (CVE-2024-6923), so `=?` is broken up.
    """
    flat = _UNWANTED.sub("", _BREAKS.sub(" ", text))
    flat = unicodedata.normalize("NFC", flat).replace("=?", "= ?")
    return _SPACES.sub(" ", flat).strip()[:limit]


def within_a_sentence(name: str) -> str:
    """*name* as it stands within a sentence: professional headshot, but PR picture."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def as_slug(text: str) -> str:
    """*text* from an address where a slug may stand, or what is no slug if it cannot be one.

    PostgreSQL takes no NUL in a text, and need not be asked.
    """
    return text if text.isascii() and text.isprintable() and len(text) <= 100 else "?"


def for_cell(text: str) -> str:
    """*text* as it may stand in a table of values: one line, and never a formula.

    Programs that open such a table compute what begins like one, also in full-width letters.
    """
    flat = _SPACES.sub(" ", _UNWANTED.sub("", _BREAKS.sub(" ", text)))
    return f"'{flat}" if flat.lstrip().startswith(_FORMULA) else flat
