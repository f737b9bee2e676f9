"""The words in braces that staff may write, and what becomes of them.

One pass of a regular expression over the staff's text: no template language ever sees it, and
what a value says is not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

NAMES = (
    "first_name",
    "session",
    "day",
    "time",
    "arrive_time",
    "photographer",
    "place",
    "studio",
    "balance",
    "balance_due",
    "link",
    "checklist",
    "essentials",
    "proofs",
    "missing",
    "phone",
)

_BRACED = re.compile(r"\{([^{}\n]{0,60})\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """*text* with every known name in braces replaced by its value, all else as it stands."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        return values.get(name, found.group()) if name in NAMES else found.group()

    return _BRACED.sub(value, text)


def unknown(text: str) -> list[tuple[str, str | None]]:
    """The names in braces that nothing fills, each once, with the nearest that something does."""
    found = dict.fromkeys(name for name in _BRACED.findall(text) if name not in NAMES)
    return [(name, _nearest(name)) for name in found]


def _nearest(name: str) -> str | None:
    wanted = name.strip().lower().replace(" ", "_")
    near = get_close_matches(wanted, NAMES, n=1, cutoff=0.6)
    return near[0] if near else None
