"""What becomes of the money when a session is cancelled or moved: the policy applied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from studio.domain.money import Money
from studio.domain.policy import Deposit, Policy


class CalledOffBy(StrEnum):
    CLIENT = "client"
    STUDIO = "studio"


@dataclass(frozen=True, slots=True)
class Account:
    """The money of a booking: what was *paid*, of which *deposit* may be kept, and the *price*.

    *crew* is what others were booked for, such as make-up before the session; *fees* are part of
    the price for what was done already, such as moving the session.
    """

    price: Money
    deposit: Money
    crew: Money
    paid: Money
    fees: Money


class Figures(NamedTuple):
    """What becomes of the money, in minor units: shown to whoever decides, and compared then."""

    refund: int
    credit: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of the money paid: *refund* + *credit* + *kept* is all of it.

    *owed* is what the policy asks for beyond what was paid.
    """

    refund: Money
    credit: Money
    kept: Money
    owed: Money
    credit_until: datetime | None
    reason: str
    # When it may become something else; None where it always stays as it is.
    until: datetime | None

    @property
    def figures(self) -> Figures:
        return Figures(self.refund.minor, self.credit.minor, self.kept.minor)


@dataclass(frozen=True, slots=True)
class Moving:
    """What moving a session costs: *fee*, and with *forfeits* a new deposit of the same amount.

    It costs that *until* then, and the client may move it *left* times more.
    """

    fee: Money
    forfeits: bool
    left: int
    until: datetime
    reason: str


def cancellation(
    policy: Policy,
    account: Account,
    *,
    booked_at: datetime,
    booked_for: datetime,
    starts_at: datetime,
    now: datetime,
    by: CalledOffBy,
) -> Settlement:
    """What a session cancelled *now* gives back of what was paid.

    The studio returns everything when it cancels itself. A client gets everything back within
    the cooling-off time; else the policy's band decides on the deposit, and on what the crew
    costs, and fees stay. What was paid beyond that always goes back.
    """
    if by is CalledOffBy.STUDIO:
        return _all_back(account, "The studio cancels the session.", None)
    free = policy.free_until(booked_at, booked_for)
    if free is not None and now < free:
        within = f"Within {policy.cooling_off_hours} hours of booking."
        return _all_back(account, within, min(free, starts_at))
    band = policy.cancel_band(starts_at, now)
    nothing = Money.zero(account.paid.currency)
    crew = account.crew if band.crew else nothing
    # A deposit that was never paid is neither kept nor asked for.
    deposit = nothing
    if band.deposit is not Deposit.RETURNED:
        deposit = min(account.deposit, account.paid)
    asked = deposit + crew + account.fees
    held = min(account.paid, asked)
    credited = band.deposit is Deposit.CREDITED
    credit = deposit if credited else nothing
    return Settlement(
        refund=account.paid - held,
        credit=credit,
        kept=held - credit,
        owed=asked - held,
        credit_until=now + timedelta(days=policy.credit_days) if credited else None,
        reason=_before(band.hours_before, [each.hours_before for each in policy.cancel]),
        until=starts_at - timedelta(hours=band.hours_before),
    )


def no_show(policy: Policy, account: Account) -> Settlement:
    """What becomes of the money when nobody came.

    As the policy says, all that was paid is kept, or what cancelling at the last moment keeps.
    Nothing beyond what was paid is asked for.
    """
    nothing = Money.zero(account.paid.currency)
    crew = account.crew if policy.cancel[-1].crew else nothing
    asked = account.paid if policy.no_show_keeps_all else account.deposit + crew + account.fees
    kept = min(account.paid, asked)
    return Settlement(account.paid - kept, nothing, kept, nothing, None, "Nobody came.", None)


def moving(
    policy: Policy, account: Account, *, moves: int, starts_at: datetime, now: datetime
) -> Moving:
    """What a client pays to move a session that they have moved *moves* times already."""
    band = policy.move_band(starts_at, now)
    price = account.price - account.fees
    fee = band.fee.of(price, account.deposit)
    if moves and not band.fee.forfeits:
        fee += policy.again.of(price, account.deposit)
    return Moving(
        fee=fee,
        forfeits=band.fee.forfeits,
        left=max(0, policy.most_moves - moves),
        until=starts_at - timedelta(hours=band.hours_before),
        reason=_before(band.hours_before, [each.hours_before for each in policy.move]),
    )


def _all_back(account: Account, reason: str, until: datetime | None) -> Settlement:
    nothing = Money.zero(account.paid.currency)
    return Settlement(account.paid, nothing, nothing, nothing, None, reason, until)


def _before(hours_before: int, bands: list[int]) -> str:
    if hours_before:
        return f"{span(hours_before)} or more ahead."
    return f"Less than {span(bands[-2])} ahead." if len(bands) > 1 else "Whenever it is."


def span(hours: int) -> str:
    """14 days, 72 hours, 1 hour: whole days from four on, else hours."""
    if hours % 24 == 0 and hours >= 96:
        return f"{hours // 24} days"
    return "1 hour" if hours == 1 else f"{hours} hours"
