"""Tax on an amount: a part of it, or on top of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from studio.domain.money import Money


@dataclass(frozen=True, slots=True)
class Tax:
    """A rate in per cent, and whether prices include it."""

    percent: Decimal
    included: bool = True

    def of(self, price: Money) -> Money:
        """The tax in *price*, or what comes on top; half a minor unit rounds away from zero.

        A part of it: price - price / (1 + rate). On top: price x rate.
        """
        whole = 100 + self.percent if self.included else Decimal(100)
        tax = (price.minor * self.percent / whole).quantize(Decimal(1), ROUND_HALF_UP)
        return Money(int(tax), price.currency)


UNTAXED = Tax(Decimal(0))
