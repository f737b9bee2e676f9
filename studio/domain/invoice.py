"""What is charged at each rate of tax, and how a payment is shared among the rates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from studio.domain.money import Money
from studio.domain.pricing import added


@dataclass(frozen=True, slots=True)
class Charged:
    """*gross* at *percent* of tax, of which *tax*; below zero where something is taken off."""

    percent: Decimal
    gross: Money
    tax: Money

    @property
    def net(self) -> Money:
        return self.gross - self.tax

    def __neg__(self) -> Charged:
        return Charged(self.percent, -self.gross, -self.tax)


def by_rate(amounts: Iterable[Charged]) -> tuple[Charged, ...]:
    """*amounts* added up rate by rate, the highest first, without rates that come to nothing."""
    alike: defaultdict[Decimal, list[Charged]] = defaultdict(list)
    for each in amounts:
        alike[each.percent].append(each)
    sums = (
        Charged(
            percent,
            added((each.gross for each in found), found[0].gross.currency),
            added((each.tax for each in found), found[0].gross.currency),
        )
        for percent, found in sorted(alike.items(), reverse=True)
    )
    return tuple(each for each in sums if each.gross or each.tax)


def less(whole: Sequence[Charged], part: Sequence[Charged]) -> tuple[Charged, ...]:
    """What is left of *whole* without *part*, rate by rate."""
    return by_rate([*whole, *(-each for each in part)])


def falling(amounts: Iterable[Charged]) -> tuple[Charged, ...]:
    """What of *amounts* is taken off, if only some of the tax."""
    return tuple(each for each in amounts if (each.gross.minor, each.tax.minor) < (0, 0))


def total(amounts: Iterable[Charged], currency: str) -> Money:
    return added((each.gross for each in amounts), currency)


def share(whole: Sequence[Charged], amount: Money) -> tuple[Charged, ...]:
    """*amount* out of *whole*, in proportion to its rates; at most all there is.

    Each part bears its share of the tax that is written down, half a minor unit rounded up: so
    parts that together are the whole bear the whole tax, however they were rounded.
    """
    above = [each for each in by_rate(whole) if each.gross.minor > 0]
    amount = min(amount, total(above, amount.currency))
    if not amount:
        return ()
    parts = amount.split([each.gross.minor for each in above])
    return by_rate(
        Charged(each.percent, part, _portion(each.tax, part, each.gross))
        for each, part in zip(above, parts, strict=True)
    )


def _portion(tax: Money, part: Money, whole: Money) -> Money:
    portion = Decimal(tax.minor * part.minor) / whole.minor
    return Money(int(portion.quantize(Decimal(1), ROUND_HALF_UP)), tax.currency)
