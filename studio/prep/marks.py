"""The marks that make words conditional: `{when: glasses}` behind a heading, an item, a paragraph.

Behind a heading it stands for the section, in a line of a list for that item and what lies under
it, else for the paragraph it stands in. What speaks of safety is said to everybody, whatever
stands behind it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import groupby, takewhile
from operator import itemgetter

from studio.domain import conditions
from studio.domain.conditions import Known, Unreadable

MARK = re.compile(r"[ \t]*\{\s*when\s*:([^{}\n]*)\}", re.IGNORECASE)
# What was meant as one, and would be printed as it stands.
_MEANT = re.compile(r"\{\s*(?:when|if|only|unless)\b[^{}\n]*\}?", re.IGNORECASE)
_SAFETY = re.compile(r"\b(?:safety|allerg\w*|emergenc\w*)\b", re.IGNORECASE)
_BLANK = re.compile(r"\n(?:[ \t]*\n)+")
_ITEM = re.compile(r"^(?=[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t])", re.MULTILINE)


def cut(text: str) -> tuple[str, str]:
    """*text* without its marks, and the condition that they come to, as it is written."""
    found = [each.strip() for each in MARK.findall(text)]
    if not found:
        return text, ""
    when = found[0] if len(found) == 1 else " and ".join(f"({each})" for each in found)
    return MARK.sub("", text).strip(), when


def is_safety(said: str) -> bool:
    """Whether something is said for somebody's safety."""
    return _SAFETY.search(said) is not None


def applies(when: str, said: str, known: Known) -> bool:
    """Whether what is *said* under the condition *when* is for a client of whom this is *known*.

    Only what surely does not concern them is left out.
    """
    if not when or is_safety(said):
        return True
    try:
        return conditions.read(when).holds(known) is not False
    except Unreadable:  # it was checked when it was saved; what is said counts for more
        return True


def shown(text: str, known: Known) -> str:
    """*text*, Markdown without headings, as a client reads it of whom this is *known*."""
    if not MARK.search(text):
        return text
    units, kept, at = _units(text), [], 0
    while at < len(units):
        block, unit = units[at]
        branch = _branch([each for _, each in units[at:]])
        if not applies(cut(unit)[1], "".join(branch), known):
            at += len(branch)
            continue
        # Only the mark goes: what stands before an item says how deep it lies.
        if said := MARK.sub("", unit).rstrip():
            kept.append((block, said))
        at += 1
    blocks = (units for _, units in groupby(kept, key=itemgetter(0)))
    return "\n\n".join("\n".join(said for _, said in units) for units in blocks)


def mistakes(text: str, names: Collection[str]) -> list[str]:
    """What is wrong with the marks in *text*, a sentence each, where *names* can be asked for."""
    found = []
    items = [each for _, each in _units(text)]
    for at, item in enumerate(items):
        said = MARK.sub("", item)
        safety = is_safety(MARK.sub("", "".join(_branch(items[at:]))))
        for when in MARK.findall(item):
            found += mistake(when, names)
            if safety:
                found.append(
                    f"This speaks of safety and is for everybody: leave out {{when:{when}}}."
                )
        found += [
            f"{each} is printed as it stands. A condition is written {{when: glasses}}."
            for each in _MEANT.findall(said)
        ]
    return list(dict.fromkeys(found))


def mistake(when: str, names: Collection[str]) -> list[str]:
    """What is wrong with one condition."""
    try:
        condition = conditions.read(when)
    except Unreadable as error:
        return [f"{error} It says “{when.strip()}”." if when.strip() else str(error)]
    return [
        f"Nobody knows “{name}”." + (f" Did you mean “{near}”?" if near else "")
        for name, near in conditions.unknown(condition, names)
    ]


def _units(text: str) -> list[tuple[int, str]]:
    """Each paragraph and each item of a list, with the number of the block it stands in.

    Between the items of a loose list there are blank lines, so that each is a block of its own.
    """
    blocks = enumerate(_BLANK.split(text.strip("\n")))
    return [(at, unit) for at, block in blocks for unit in _ITEM.split(block) if unit.strip()]


def _branch(items: Sequence[str]) -> Sequence[str]:
    """The first of a list's *items* with what lies under it, paragraphs too."""
    first, *rest = items
    if not _ITEM.match(first):
        return [first]
    # One space more is a slip of the hand: Markdown takes it for the same list, too.
    return [first, *takewhile(lambda each: _depth(each) > _depth(first) + 1, rest)]


def _depth(item: str) -> int:
    wide = item.expandtabs(4)
    return len(wide) - len(wide.lstrip(" "))
