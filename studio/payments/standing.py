"""The money of bookings, all of it read by one statement, and the sums that follow from it."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from studio.domain.money import Money
from studio.domain.pricing import added
from studio.payments.models import EntryKind, Purpose
from studio.payments.standing_rows import everything


@dataclass(frozen=True, slots=True)
class Owed:
    """A due, as it is written down."""

    id: int
    purpose: Purpose
    label: str
    amount: Money
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """An entry of the ledger, and how it came in where that is a payment."""

    kind: EntryKind
    ref: str
    amount: Money
    at: datetime
    method: str


@dataclass(frozen=True, slots=True)
class Missing:
    """What of a due has not been paid."""

    due: Owed
    amount: Money


@dataclass(frozen=True, slots=True)
class Standing:
    """What is owed, what moved, what was *asked* back and has not gone, what vouchers cover.

    *meant* is how much was paid for each due, by its id.
    *disputed* is whether a bank has ever asked for some of it, *for_a_first* whether its price is
    one for first bookings only.
    """

    currency: str
    dues: tuple[Owed, ...]
    moved: tuple[Moved, ...]
    asked: Money
    covered: Money
    disputed: bool
    for_a_first: bool
    meant: Mapping[int, int]

    @property
    def paid(self) -> Money:
        """What has come in less what has gone back."""
        return added(
            (each.amount for each in self.moved if each.kind is not EntryKind.WRITE_OFF),
            self.currency,
        )

    @property
    def kept(self) -> Money:
        """What is left once every refund that was asked for has gone."""
        return self.paid - self.asked

    @property
    def undecided(self) -> bool:
        """Whether people have to decide about what came in for a hold, since it does not fit.

        Once all of it has gone back, or is on its way, nothing is left to decide.
        """
        return bool(self.kept) or self.disputed

    @property
    def deposit(self) -> Money:
        """What has to be paid before a booking is confirmed; nothing, where no deposit is due."""
        return added(
            (each.amount for each in self.dues if each.purpose is Purpose.DEPOSIT), self.currency
        )

    @property
    def agreed(self) -> Money:
        """What was asked for when it was booked; what was added since is an extra or a fee."""
        first = (Purpose.DEPOSIT, Purpose.BALANCE)
        return added((each.amount for each in self.dues if each.purpose in first), self.currency)

    @property
    def given_up(self) -> Money:
        """What is asked for no more, since it was given back or let off."""
        return added(
            (each.amount for each in self.moved if each.kind is EntryKind.WRITE_OFF), self.currency
        )

    @property
    def let_off(self) -> Money:
        """What is asked for no more by people's choice, so without what a bank has taken."""
        return self.given_up + self._taken

    @property
    def surplus(self) -> Money:
        """What is here beyond all that is asked for, since the price has fallen.

        Neither what a bank has taken nor what was given back as a present is here. What a company
        pays for has no dues, so that this says nothing about it.
        """
        return self._surplus_before(Money.zero(self.currency))

    def surplus_of(self, gone: Money) -> Money:
        """How much of what has just *gone* back was no part of what is asked for."""
        return min(gone, self._surplus_before(gone))

    def owed_of(self, more: Money) -> Money:
        """How much of *more* has to be paid once it is asked for: a surplus pays for it first."""
        nothing = Money.zero(self.currency)
        left = max(self.kept + self.given_up, nothing)
        return max(min(more, self._asked + more - left), nothing)

    @property
    def _asked(self) -> Money:
        return added((each.amount for each in self.dues), self.currency)

    def _surplus_before(self, gone: Money) -> Money:
        here = self.kept + gone
        beyond = here + self.let_off - self._asked
        return max(min(here, beyond), Money.zero(self.currency))

    @property
    def _taken(self) -> Money:
        # Each dispute gives up just what its bank took: that is here no more, and no present.
        return added(
            (each.amount for each in self.moved if each.kind is EntryKind.DISPUTE), self.currency
        )

    @property
    def missing(self) -> list[Missing]:
        """What is still to be paid, earliest first.

        Money pays what it was paid for, and what is left of it what is due first, first: a fee
        that is due before a balance takes nothing from who has paid the balance.
        """
        left = max(self.kept + self.given_up, Money.zero(self.currency))
        open_ = {due.id: due.amount for due in self.dues}
        meant = {due.id: Money(self.meant.get(due.id, 0), self.currency) for due in self.dues}
        for most in (meant, open_):
            for due in self.dues:
                covered = min(left, open_[due.id], most[due.id])
                left -= covered
                open_[due.id] -= covered
        return [Missing(due, open_[due.id]) for due in self.dues if open_[due.id]]

    @property
    def owed(self) -> Money:
        """All that is still to be paid, whenever it is due."""
        return added((each.amount for each in self.missing), self.currency)


def standing(session: Session, booking_id: int, currency: str) -> Standing:
    """The money of a booking as this transaction sees it now."""
    return standings(session, {booking_id: currency})[booking_id]


def standings(session: Session, currencies: Mapping[int, str]) -> dict[int, Standing]:
    """The money of each of some bookings, which are named with their currencies."""
    rows: dict[int, list[Row[Any]]] = {each: [] for each in currencies}
    for row in session.execute(everything(), {"bookings": list(currencies)}):
        rows[row.booking_id].append(row)
    return {each: _standing(rows[each], currency) for each, currency in currencies.items()}


def _standing(rows: Iterable[Row[Any]], currency: str) -> Standing:
    dues, moved, asked, covered, marks = [], [], [], [], set()
    meant: dict[int, int] = {}
    for row in rows:
        amount = Money(row.minor, currency)
        if row.what == "due":
            dues.append(Owed(row.id, Purpose(row.kind), row.word, amount, row.at))
        elif row.what == "moved":
            kind = EntryKind(row.kind)
            moved.append((row.id, Moved(kind, row.word, amount, row.at, row.method or "")))
        elif row.what == "asked":
            asked.append(amount)
        elif row.what == "covered":
            covered.append(-amount)
        elif row.what == "meant":
            meant[row.id] = meant.get(row.id, 0) + row.minor
        else:
            marks.add(row.what)
    dues.sort(key=operator.attrgetter("due_at", "id"))
    moved.sort(key=operator.itemgetter(0))
    return Standing(
        currency,
        tuple(dues),
        tuple(each for _, each in moved),
        added(asked, currency),
        added(covered, currency),
        "disputed" in marks,
        "for a first" in marks,
        meant,
    )
