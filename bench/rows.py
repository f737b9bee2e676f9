"""A goal as it was measured: a row of the table and of results.json."""

from __future__ import annotations

import operator
from collections.abc import Iterable

Row = dict[str, object]

ROUNDS = 3

_MEETS = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}


def row(name: str, value: float, unit: str, goal: str) -> Row:
    """*goal* says what *value* has to be, such as "<= 1.5"; it is judged as it is written down."""
    sign, _, bound = goal.partition(" ")
    written = round(value, 3)
    ok = bool(_MEETS[sign](written, float(bound)))
    return {"name": name, "value": written, "unit": unit, "goal": goal, "ok": ok}


def show(rows: Iterable[Row]) -> None:
    for each in rows:
        met = "ok" if each["ok"] else "MISSED"
        print(f"{each['name']:<88} {each['value']:>9} {each['unit']:<6} {each['goal']:<8} {met}")
