"""What a session costs and when it is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from studio.domain.money import Money


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a quote; *key* names what it is for within its kind."""

    kind: str
    key: str
    label: str
    minutes: int
    unit: Money
    quantity: int = 1

    @property
    def total(self) -> Money:
        return self.unit * self.quantity


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines that add up to *total*, of which *due_now* is paid when booking.

    The rest, if there is one, is due at *balance_due_at*. Prices include tax.
    """

    lines: tuple[Line, ...]
    total: Money
    due_now: Money
    balance_due_at: datetime

    @property
    def balance(self) -> Money:
        return self.total - self.due_now


def quote(
    lines: Sequence[Line],
    *,
    deposit_percent: int,
    balance_hours_before: int,
    starts_at: datetime,
    now: datetime,
) -> Quote:
    """The price of *lines* for a session at *starts_at*, booked *now*.

    The deposit is a share of everything booked, half a penny rounded up. Where the balance would
    already be due, the whole price is due now.
    """
    total = Money.zero(lines[0].unit.currency)
    for line in lines:
        total += line.total
    balance_due_at = starts_at - timedelta(hours=balance_hours_before)
    due_now = total.share(deposit_percent) if now < balance_due_at else total
    return Quote(tuple(lines), total, due_now, balance_due_at)
