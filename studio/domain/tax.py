"""Tax on an amount: a part of it, or on top of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from studio.domain.money import Money, in_steps


@dataclass(frozen=True, slots=True)
class Tax:
    """A rate in per cent, and whether prices include it."""

    percent: Decimal
    included: bool = True

    def of(self, price: Money) -> Money:
        """The tax in *price*, or what comes on top; half a minor unit rounds away from zero.

        A part of it: price - price / (1 + rate). On top: price x rate, in steps that are charged.
        """
        if not self.included:
            return in_steps(price.minor * self.percent / 100, price.currency)
        tax = (price.minor * self.percent / (100 + self.percent)).quantize(
            Decimal(1), ROUND_HALF_UP
        )
        return Money(int(tax), price.currency)


class Taxed(StrEnum):
    """What a rate is for; *ALL* is whatever has none of its own kind."""

    ALL = "all"
    SESSION = "session"
    ADD_ON = "add_on"
    TRAVEL = "travel"


@dataclass(frozen=True, slots=True)
class Rate:
    """The tax on *kind* from the start of *first_on* on the studio's wall clock."""

    kind: Taxed
    first_on: date
    tax: Tax


@dataclass(frozen=True, slots=True)
class Rates:
    """What is taxed how, and from when: *usual* where none of *dated* holds."""

    usual: Tax
    dated: Sequence[Rate] = ()

    def of(self, kind: Taxed, on: date, own: Decimal | None = None) -> Tax:
        """The tax on what is sold on the day *on*: the newest of its kind, else of all.

        What has a rate of its own has that instead, in the price or on top like its kind.
        """
        begun = sorted((e for e in self.dated if e.first_on <= on), key=lambda e: e.first_on)
        newest = {each.kind: each.tax for each in begun}
        tax = newest.get(kind) or newest.get(Taxed.ALL) or self.usual
        return tax if own is None else replace(tax, percent=own)


UNTAXED = Tax(Decimal(0))
