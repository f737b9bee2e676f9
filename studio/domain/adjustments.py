"""What some times cost more, and what a code takes off: lines made from other lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from studio.domain.money import Money
from studio.domain.pricing import Line, LineKind, added
from studio.domain.tax import Tax

_SESSION = (LineKind.PACKAGE, LineKind.PEOPLE)


@dataclass(frozen=True, slots=True)
class Premium:
    """What a session costs more, in per cent, at some times of the studio's wall clock.

    *weekdays* are ISO numbers, none meaning every day. The times from *from_minute* up to
    *to_minute*, in minutes since midnight, lie within a day. Dates are both included, None open.
    """

    key: str
    label: str
    percent: int
    weekdays: frozenset[int] = frozenset()
    from_minute: int = 0
    to_minute: int = 1440
    first_on: date | None = None
    last_on: date | None = None

    def holds(self, local: datetime) -> bool:
        """Whether a session that starts when the studio's clock reads *local* costs it."""
        day, minute = local.date(), local.hour * 60 + local.minute
        return (
            (not self.weekdays or local.isoweekday() in self.weekdays)
            and self.from_minute <= minute < self.to_minute
            and (self.first_on is None or self.first_on <= day)
            and (self.last_on is None or day <= self.last_on)
        )


@dataclass(frozen=True, slots=True)
class Discount:
    """What a code takes off: *percent* of everything, or *amount* of it, as far as there is."""

    key: str
    label: str
    percent: int = 0
    amount: Money | None = None


def with_premiums(
    lines: Sequence[Line], premiums: Iterable[Premium], local: datetime
) -> list[Line]:
    """*lines*, and what each premium that holds adds: to the session alone, not to add-ons."""
    session = [each for each in lines if each.kind in _SESSION]
    found = [*lines]
    for premium in premiums:
        if premium.holds(local):
            more = _whole(session).share(premium.percent)
            found += _shared(session, more, 1, LineKind.PREMIUM, premium.key, premium.label)
    return found


def discounted(lines: Sequence[Line], discount: Discount) -> list[Line]:
    """*lines*, and what *discount* takes off them: never more than they come to, tax included."""
    whole = _whole(lines)
    off = whole.share(discount.percent) if discount.amount is None else min(discount.amount, whole)
    return [*lines, *_shared(lines, off, -1, LineKind.DISCOUNT, discount.key, discount.label)]


def _whole(lines: Sequence[Line]) -> Money:
    """What *lines* come to as they are priced, with or without tax."""
    return added((each.price for each in lines), lines[0].unit.currency)


def _shared(
    lines: Sequence[Line], amount: Money, sign: int, kind: LineKind, key: str, label: str
) -> list[Line]:
    """*amount* as one line for each tax.

    It is shared among *lines* in proportion, and its tax is that of the shares: so what takes a
    line away takes all of its tax, whatever was rounded.
    """
    if not amount:
        return []
    parts = amount.split([each.price.minor for each in lines])
    found: dict[Tax, Line] = {}
    for each, part in zip(lines, parts, strict=True):
        taxed = each.taxed
        tax = (each.tax if part == each.price else taxed.of(part)) * sign
        before = found.get(taxed)
        price = part * sign + before.unit if before else part * sign
        found[taxed] = Line(
            kind, key, label, 0, price, 1, taxed, tax + before.tax if before else tax
        )
    return [each for each in found.values() if each.unit]
