"""Amounts of money as whole minor units of one currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

# Currencies whose minor unit is not a hundredth (ISO 4217).
_DECIMALS = dict.fromkeys(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(), 0
) | dict.fromkeys("BHD JOD KWD OMR TND".split(), 3)

# What amounts are multiples of where no card is charged a single minor unit: Stripe wants the last
# of three digits, and the two that some currencies have in name only, to be noughts.
_STEP_MINOR = dict.fromkeys("BHD JOD KWD OMR TND".split(), 10) | {"ISK": 100, "UGX": 100}

# Below these Stripe takes no card payment (its page on currencies); elsewhere one whole unit.
_SMALLEST_MINOR = dict.fromkeys("AUD BRL CAD CHF EUR INR NZD SGD USD".split(), 50) | {
    "AED": 200,
    "CZK": 1500,
    "DKK": 250,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
    "JPY": 50,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "THB": 1000,
}

# Far above any studio's invoice, far below what a database integer holds.
LARGEST_MINOR = 10**12


def decimals(currency: str) -> int:
    """How many digits stand behind the point in *currency*."""
    return _DECIMALS.get(currency, 2)


def step(currency: str) -> int:
    """The minor units that everything priced is a multiple of, so that a card can be charged it."""
    return _STEP_MINOR.get(currency, 1)


def smallest_card_payment(currency: str) -> Money:
    """What a card payment has to be at least."""
    minor = _SMALLEST_MINOR.get(currency, 10 ** decimals(currency))
    return Money(minor, currency)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """*minor* units (pence, cents, yen) of an ISO 4217 *currency*; may be negative.

    Sums and differences of two currencies raise ValueError.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("minor units are whole numbers")
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.isupper():
            raise ValueError(f"not an ISO 4217 code: {self.currency!r}")
        if abs(self.minor) > LARGEST_MINOR:
            raise ValueError("amount out of range")

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(0, currency)

    @property
    def major(self) -> Decimal:
        """The amount in whole units, exact."""
        return Decimal(self.minor).scaleb(-decimals(self.currency))

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._alike(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._alike(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._alike(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._alike(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._alike(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._alike(other)

    def share(self, percent: int) -> Money:
        """*percent* hundredths of the amount, half a `step` rounded away from zero.

        Never more than the amount.
        """
        part = in_steps(Decimal(self.minor) * percent / 100, self.currency)
        return part if abs(part.minor) < abs(self.minor) or percent > 100 else self

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Parts in proportion to *weights* (none below zero, not all zero) that add up to it.

        Who lost most by rounding down gets a minor unit more, the first of equals first; a `step`
        where neither the amount nor a weight has a part of one.
        """
        unit = step(self.currency)
        if any(each % unit for each in (self.minor, *weights)):
            unit = 1
        whole, sign = sum(weights), -unit if self.minor < 0 else unit
        units = abs(self.minor) // unit
        parts = [divmod(units * weight, whole) for weight in weights]
        left = units - sum(part for part, _ in parts)
        order = sorted(range(len(parts)), key=lambda n: -parts[n][1])
        more = set(order[:left])
        return [
            Money(sign * (part + (n in more)), self.currency) for n, (part, _) in enumerate(parts)
        ]

    def _alike(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other.minor


def in_steps(minor: Decimal, currency: str) -> Money:
    """*minor* units of *currency*, half a `step` rounded away from zero."""
    unit = step(currency)
    return Money(int((minor / unit).quantize(Decimal(1), ROUND_HALF_UP)) * unit, currency)
