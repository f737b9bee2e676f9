"""Conditions on what is known of a session, as a person writes them: `glasses and not make-up`.

    glasses                     a fact or an answer that is a yes
    not pets, first visit       names may have spaces or hyphens
    people at least 7           also: at most, more than, fewer than, and the signs for them
    trade is actor              also: is not
    surely beard                only where we know it
    (minors or children) and outdoors

What nobody knows yet is neither true nor false, and so is all that hangs on it alone.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

Value: TypeAlias = bool | int | float | str | Sequence[str]
# What is known, by name; who asks for a name that is not in it is told that nobody knows.
Known: TypeAlias = Mapping[str, Value]

# What a booking may tell, and what an editor is told of it.
FACTS: Mapping[str, str] = {
    "glasses": "they wear glasses",
    "beard": "they have a beard",
    "children": "children come along",
    "minors": "somebody photographed is under eighteen",
    "pets": "an animal comes along",
    "outdoors": "it is shot outside",
    "on location": "it is not shot in the studio",
    "make-up": "make-up is booked",
    "looks": "the number of outfits",
    "people": "how many are photographed",
    "first visit": "they have not been here before",
    "trade": "actor, agent, executive, medical or speaker",
    "team": "colleagues come together",
    "company": "a company pays",
}

_NO = {"", "no", "never", "none", "false"}
_TOKEN = re.compile(r'\(|\)|>=|<=|[<>=]|"[^"]*"|[^\s()<>="]+')
_JOINING = {"and", "or", "not", "surely", "(", ")"}
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "at least": operator.ge, ">=": operator.ge,
    "at most": operator.le, "<=": operator.le,
    "more than": operator.gt, ">": operator.gt,
    "fewer than": operator.lt, "less than": operator.lt, "<": operator.lt,
}  # fmt: skip
_SAME = {"is", "="}
_LONGEST, _DEEPEST = 300, 20


class Unreadable(Exception):
    """A condition that says nothing; the argument is the sentence that says why."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; *holds* answers None where it hangs on what is not known."""

    names: frozenset[str]
    holds: Callable[[Known], bool | None]


def named(name: str) -> str:
    """*name* as it is compared: first-visit, First Visit and first_visit are one."""
    return re.sub(r"[\s_-]+", " ", name).strip().lower()


def known(*told: Known) -> dict[str, Value]:
    """What is *told*, by the names that conditions ask for; of two, the later counts."""
    return {named(name): value for each in told for name, value in each.items()}


def read(text: str) -> Condition:
    """What *text* says.

    Raises:
        Unreadable: if it is no condition.
    """
    if len(text) > _LONGEST:
        raise Unreadable("A condition has 300 characters at most.")
    if text.count("(") > _DEEPEST:
        raise Unreadable("There are too many brackets.")
    reader = _Reader(_TOKEN.findall(text.lower()))
    found = reader.either()
    if reader.left:
        raise Unreadable(f"“{reader.left[0]}” stands where a condition should have ended.")
    return found


def unknown(condition: Condition, names: Collection[str]) -> list[tuple[str, str | None]]:
    """The names of *condition* that are not among *names*, each with the nearest that is."""
    by_name = {named(each): each for each in names}
    missing = sorted(condition.names - set(by_name))
    return [(name, _nearest(name, by_name)) for name in missing]


def _nearest(name: str, by_name: Mapping[str, str]) -> str | None:
    near = get_close_matches(name, by_name, n=1, cutoff=0.6)
    return by_name[near[0]] if near else None


class _Reader:
    """Reads from the front of what is *left*, one word after the other."""

    def __init__(self, words: list[str]) -> None:
        self.left = words

    def either(self) -> Condition:
        found = self._all_of()
        while self._took("or"):
            found = _joined(found, self._all_of(), decided_by=True)
        return found

    def _all_of(self) -> Condition:
        found = self._one()
        while self._took("and"):
            found = _joined(found, self._one(), decided_by=False)
        return found

    def _one(self) -> Condition:
        if self._took("not"):
            return _changed(self._one(), lambda answer: None if answer is None else not answer)
        if self._took("surely"):
            return _changed(self._one(), bool)
        if self._took("("):
            found = self.either()
            if not self._took(")"):
                raise Unreadable("A bracket is not closed.")
            return found
        return self._claim()

    def _claim(self) -> Condition:
        name = named(" ".join(self._words(until=(*_ORDER, *_SAME))))
        if not name:
            raise Unreadable("A name is missing, such as glasses.")
        how = next((each for each in (*_ORDER, *_SAME) if self._took(*each.split())), None)
        if how is None:
            return Condition(frozenset({name}), lambda told: _truth(told.get(name)))
        if how in _ORDER:
            return _ordered(name, how, self._value())
        other = self._took("not")
        value = self._value()
        same = Condition(frozenset({name}), lambda told: _is(told.get(name), value))
        return _changed(same, lambda is_it: None if is_it is None else is_it is not other)

    def _value(self) -> str:
        words = [each.strip('"').strip() for each in self._words()]
        if not any(words):
            raise Unreadable("It does not say what something is compared with.")
        return " ".join(words)

    def _words(self, until: Sequence[str] = ()) -> list[str]:
        """The words up to the next that joins conditions, or to one of *until*."""
        found: list[str] = []
        while self.left and self.left[0] not in _JOINING and not self._stands(until):
            found.append(self.left.pop(0))
        return found

    def _stands(self, any_of: Sequence[str]) -> bool:
        return any(self.left[: len(e.split())] == e.split() for e in any_of)

    def _took(self, *words: str) -> bool:
        if not words or self.left[: len(words)] != list(words):
            return False
        del self.left[: len(words)]
        return True


def _joined(one: Condition, other: Condition, *, decided_by: bool) -> Condition:
    """Both, or either: the answer *decided_by* of one of them is the answer."""

    def holds(told: Known) -> bool | None:
        answers = (one.holds(told), other.holds(told))
        if decided_by in answers:
            return decided_by
        return None if None in answers else not decided_by

    return Condition(one.names | other.names, holds)


def _changed(one: Condition, change: Callable[[bool | None], bool | None]) -> Condition:
    return Condition(one.names, lambda told: change(one.holds(told)))


def _ordered(name: str, how: str, text: str) -> Condition:
    limit = _number(text)
    if limit is None:
        raise Unreadable(f"“{how}” asks for a number, not for “{text}”.")
    compare = _ORDER[how]

    def holds(told: Known) -> bool | None:
        number = _number(told.get(name))
        return None if number is None else compare(number, limit)

    return Condition(frozenset({name}), holds)


def _truth(value: Value | None) -> bool | None:
    if value is None:
        return None
    return value.strip().lower() not in _NO if isinstance(value, str) else bool(value)


def _is(value: Value | None, text: str) -> bool | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return value is (text not in _NO)
    if isinstance(value, (int, float)):
        return value == _number(text)
    several = [value] if isinstance(value, str) else value
    return named(text) in {named(each) for each in several}


def _number(value: Value | None) -> float | None:
    if isinstance(value, (bool, type(None))) or not isinstance(value, (int, float, str)):
        return None
    text = str(value).strip()
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text, re.ASCII) else None
