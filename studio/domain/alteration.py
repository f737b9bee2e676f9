"""Another price for what was sold already: what was bought stays as it was bought."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from studio.domain.adjustments import Discount, Premium, discounted, with_premiums
from studio.domain.money import Money
from studio.domain.pricing import Line, LineKind, added

_KINDS = list(LineKind)
_SESSION = (LineKind.PACKAGE, LineKind.PEOPLE)
# What is no choice of the client's stays whatever they choose.
_CHARGED = (LineKind.EXTRA, LineKind.FEE)
_MADE_OF_OTHERS = (LineKind.PREMIUM, LineKind.DISCOUNT)


@dataclass(frozen=True, slots=True)
class Added:
    """What holds for that which is bought now: premiums at the session's *local* time."""

    premiums: Sequence[Premium]
    local: datetime
    discount: Discount | None


def altered(bought: Sequence[Line], wanted: Sequence[Line], now: Added) -> list[Line]:
    """The lines of a session that is to be what *wanted* says, at the prices of now.

    As much of each as was *bought* keeps its price, minutes and tax; the rest is added as *wanted*
    has it. Premiums follow the session they are for: those that were agreed in proportion to what
    is left of it, today's for what is added. A discount is worked out anew, unless nothing that it
    takes from has changed. Extras and fees that were charged stay.
    """
    kept = [line for each in wanted for line in _kept(bought, each)]
    more = [line for each in wanted if (line := _beyond(bought, each))]
    lines = _joined([*kept, *more])
    lines += _joined([*_premiums_kept(bought, kept), *_premiums_added(more, now)])
    order = [(each.kind, each.key) for each in wanted]
    lines.sort(key=lambda each: (_KINDS.index(each.kind), *_place(order, each)))
    if lines == [each for each in bought if each.kind not in (*_CHARGED, LineKind.DISCOUNT)]:
        lines += [each for each in bought if each.kind is LineKind.DISCOUNT]
    elif now.discount is not None:
        lines = discounted(lines, now.discount)
    return [*lines, *(each for each in bought if each.kind in _CHARGED)]


def more_people(number: int) -> str:
    """What a line for people beyond those included is called."""
    return "One more person" if number == 1 else f"{number} more people"


def _place(order: Sequence[tuple[LineKind, str]], line: Line) -> list[int]:
    return [n for n, named in enumerate(order) if named == (line.kind, line.key)]


def _same(bought: Sequence[Line], wanted: Line) -> list[Line]:
    return [each for each in bought if (each.kind, each.key) == (wanted.kind, wanted.key)]


def _kept(bought: Sequence[Line], wanted: Line) -> Iterable[Line]:
    """So much of what was bought as is *wanted* still, what was bought first, first."""
    left = wanted.quantity
    for each in _same(bought, wanted):
        if left:
            yield times(each, min(left, each.quantity))
        left -= min(left, each.quantity)


def _beyond(bought: Sequence[Line], wanted: Line) -> Line | None:
    had = sum(each.quantity for each in _same(bought, wanted))
    return times(wanted, wanted.quantity - had) if wanted.quantity > had else None


def times(line: Line, quantity: int) -> Line:
    """*quantity* of what *line* has so many of."""
    if quantity == line.quantity:
        return line
    price = line.unit * quantity
    label = more_people(quantity) if line.kind is LineKind.PEOPLE else line.label
    minutes = line.minutes * quantity // line.quantity
    return replace(line, label=label, quantity=quantity, minutes=minutes, tax=line.taxed.of(price))


def _joined(lines: Iterable[Line]) -> list[Line]:
    """*lines*, of which those are one that differ in nothing but how many, or how much."""
    found: list[Line] = []
    for each in lines:
        n = next((n for n, other in enumerate(found) if _alike(other, each)), None)
        if n is None:
            found.append(each)
        elif each.kind in _MADE_OF_OTHERS:
            other = found[n]
            found[n] = replace(other, unit=other.unit + each.unit, tax=other.tax + each.tax)
        else:
            other = found[n]
            whole = replace(other, minutes=0)
            number = other.quantity + each.quantity
            found[n] = replace(times(whole, number), minutes=other.minutes + each.minutes)
    return found


def _alike(one: Line, other: Line) -> bool:
    if (one.kind, one.key, one.taxed) != (other.kind, other.key, other.taxed):
        return False
    if one.kind in _MADE_OF_OTHERS:
        return True
    # People are counted in their label; nothing else is called otherwise but by a new name.
    named = one.kind is LineKind.PEOPLE or one.label == other.label
    each = one.minutes * other.quantity == other.minutes * one.quantity
    return named and each and one.unit == other.unit


def _premiums_kept(bought: Sequence[Line], kept: Sequence[Line]) -> Iterable[Line]:
    currency = bought[0].unit.currency
    before, after = _session(bought, currency), _session(kept, currency)
    for each in bought:
        if each.kind is not LineKind.PREMIUM or not after:
            continue
        if before == after:
            yield each
            continue
        unit, _ = each.unit.split([after.minor, (before - after).minor])
        yield replace(each, unit=unit, tax=each.taxed.of(unit))


def _premiums_added(more: Sequence[Line], now: Added) -> list[Line]:
    session = [each for each in more if each.kind in _SESSION]
    if not session:
        return []
    return [
        each
        for each in with_premiums(session, now.premiums, now.local)
        if each.kind is LineKind.PREMIUM
    ]


def _session(lines: Iterable[Line], currency: str) -> Money:
    """What the session itself comes to."""
    return added((each.price for each in lines if each.kind in _SESSION), currency)
