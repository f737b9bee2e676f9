"""What a session costs, in lines that add up, and what of it is due when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from studio.domain.money import Money, smallest_card_payment
from studio.domain.tax import UNTAXED, Tax


class LineKind(StrEnum):
    """What a line is for; a discount is a line below zero."""

    PACKAGE = "package"
    PEOPLE = "people"
    ADD_ON = "add_on"
    TRAVEL = "travel"
    PREMIUM = "premium"
    DISCOUNT = "discount"
    EXTRA = "extra"
    FEE = "fee"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a quote; *key* names what it is for within its kind.

    *tax* is rounded once a line. Where prices do not include it, *total* is more than *price*.
    """

    kind: LineKind
    key: str
    label: str
    minutes: int
    unit: Money
    quantity: int
    taxed: Tax
    tax: Money

    @property
    def price(self) -> Money:
        return self.unit * self.quantity

    @property
    def total(self) -> Money:
        """What it adds to what the client pays."""
        return self.price if self.taxed.included else self.price + self.tax


def line(
    kind: LineKind,
    key: str,
    label: str,
    unit: Money,
    *,
    minutes: int = 0,
    quantity: int = 1,
    taxed: Tax = UNTAXED,
) -> Line:
    """A line with the tax that its price asks for."""
    return Line(kind, key, label, minutes, unit, quantity, taxed, taxed.of(unit * quantity))


@dataclass(frozen=True, slots=True)
class PayTerms:
    """How much is paid when booking, and when the rest is due."""

    deposit_percent: int
    balance_hours_before: int

    def at_stake(self, deposit: Money, agreed: Money) -> Money:
        """What a policy may keep of the *deposit* that made a session, of the price *agreed* then.

        Where the whole price was due at once, that is still no more than its share.
        """
        return deposit if deposit < agreed else agreed.share(self.deposit_percent)


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines that add up to *total*, and who pays it when.

    *total* is *covered* (by a gift voucher) + *due_now* + *balance* + *written_off*. The balance,
    if there is one, is due at *balance_due_at*. *written_off* is too little for any card.
    *deposit* is what makes it a session, whoever pays it.
    """

    lines: tuple[Line, ...]
    total: Money
    deposit: Money
    covered: Money
    due_now: Money
    balance: Money
    written_off: Money
    balance_due_at: datetime

    @property
    def tax(self) -> Money:
        return added((each.tax for each in self.lines), self.total.currency)


def quote(
    lines: Sequence[Line],
    pay: PayTerms,
    *,
    starts_at: datetime,
    now: datetime,
    voucher: Money | None = None,
) -> Quote:
    """The price of *lines* for a session at *starts_at*, booked *now*.

    The deposit is a share of everything booked, half a minor unit rounded up. Where the balance
    would already be due, the whole price is due now. A voucher pays what is due first, first. No
    part is left between nothing and the smallest card payment: such a deposit is raised to it,
    such a balance is paid with the deposit, and such a rest is written off.
    """
    currency = lines[0].unit.currency
    nothing = Money.zero(currency)
    total = added((each.total for each in lines), currency)
    balance_due_at = starts_at - timedelta(hours=pay.balance_hours_before)
    first = total.share(pay.deposit_percent) if now < balance_due_at else total
    covered = min(voucher or nothing, total)
    rest = total - covered
    least = smallest_card_payment(currency)
    if rest < least:
        return Quote(tuple(lines), total, first, covered, nothing, nothing, rest, balance_due_at)
    due_now = max(first - covered, nothing)
    if nothing < due_now < least:
        due_now = least
    if rest - due_now < least:
        # Nothing was due now, and yet some of the rest: then all of it is the balance.
        due_now = rest if due_now or now >= balance_due_at else nothing
    deposit = max(first, covered + due_now) if due_now else first
    balance = rest - due_now
    return Quote(tuple(lines), total, deposit, covered, due_now, balance, nothing, balance_due_at)


def added(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of *amounts*; nothing, if there are none."""
    total = Money.zero(currency)
    for amount in amounts:
        total += amount
    return total
