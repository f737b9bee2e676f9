"""A policy in sentences: as a rule, and with the dates and amounts of one session."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from studio.domain.money import Money
from studio.domain.policy import CancelBand, Deposit, Fee, Policy
from studio.domain.terms import Account, no_show, span
from studio.web.filters import moment, money


@dataclass(frozen=True, slots=True)
class Dated:
    """A session that was booked, or would be, and its money; *payer* is a company that pays."""

    policy: Policy
    account: Account
    minutes: int
    booked_at: datetime
    booked_for: datetime
    starts_at: datetime
    zone: str
    payer: str = ""

    def cancelling(self, now: datetime) -> Iterator[str]:
        """What cancelling costs until when; only what still lies ahead of *now*."""
        if self.payer:
            yield (
                f"{self.payer} pays for this session: what these rules keep or charge goes on its"
                " invoice, and you owe nothing."
            )
        free = self.policy.free_until(self.booked_at, self.booked_for)
        said = free is not None and free > now
        if said and free is not None:
            everything = "nothing is charged" if self.payer else "you get everything back"
            yield f"Cancel by {moment(free, self.zone)}, and {everything}."
        *early, (_, at_last) = _runs(self.policy.cancel, self._becomes)
        for hours, becomes in early:
            until = self.starts_at - timedelta(hours=hours)
            if until > max(now, free or now):
                yield f"Cancel by {moment(until, self.zone)}, and {becomes}."
                said = True
        when = "If you cancel later" if said else "If you cancel"
        fees = self.account.fees
        rest = f" {money(fees)} in fees stay with us, too." if fees else ""
        if self.payer:
            rest = f" {money(fees)} in fees stay on its invoice, too." if fees else ""
        elif fees or (self.account.deposit and not self._whole):
            rest += " Whatever you paid beyond that comes back."
        yield f"{when}, {at_last}.{rest}"

    def moving(self, now: datetime) -> Iterator[str]:
        """What moving costs until when; only what still lies ahead of *now*."""
        begin = "Moving the session"
        for n, band in enumerate(self.policy.move):
            until = self.starts_at - timedelta(hours=band.hours_before)
            if until <= now:
                continue
            last = n == len(self.policy.move) - 1
            ends = "" if last else f" until {moment(until, self.zone)}"
            yield f"{begin} {self._cost(band.fee)}{ends}."
            begin = "After that it"
        if self.policy.again:
            yield f"Each move after the first {self._cost(self.policy.again)} more."

    def extra_with_crew(self, now: datetime) -> str:
        """When cancelling costs an extra that somebody is booked for; "" where it never does."""
        within = _crew_within(self.policy)
        if within == 0:
            return ""
        until = self.policy.free_until(self.booked_at, self.booked_for) or now
        if within is not None:
            until = max(until, self.starts_at - timedelta(hours=within))
        when = f" after {moment(until, self.zone)}" if until > now else ""
        pays = "its price is charged" if self.payer else "you pay its price"
        return f"If you cancel{when}, {pays} all the same."

    def coming_late(self) -> str:
        grace = self.policy.grace(self.minutes)
        deposit = f"the deposit{self._crew(self.policy.cancel[-1])}"
        kept = "what you paid" if self.policy.no_show_keeps_all else deposit
        becomes = f", and we keep {kept}" if self.account.price else ""
        if self.payer:
            charged = no_show(self.policy, self.account).kept
            becomes = f", and {money(charged) if charged else 'nothing'} is charged"
        return (
            f"We wait {int(grace.total_seconds() // 60)} minutes for you. After that the session"
            f" counts as missed{becomes}."
        )

    def _becomes(self, band: CancelBand) -> str:
        amount = money(self.account.deposit)
        deposit = f"the {amount} you paid" if self._whole else f"your deposit of {amount}"
        words = {
            Deposit.RETURNED: "you get everything back",
            Deposit.CREDITED: f"{deposit} becomes a credit for {self.policy.credit_days} days",
            Deposit.KEPT: f"we keep {deposit}",
        }[band.deposit]
        if self.account.fees and band.deposit is Deposit.RETURNED:
            words = "you get your deposit back"
        if not self.account.deposit and band.deposit is not Deposit.RETURNED:
            words = "it costs you nothing"
        if self.payer:
            # A company is not given a credit: what it does not owe is not invoiced.
            kept = band.deposit is Deposit.KEPT and self.account.deposit
            words = f"{amount} is charged" if kept else "nothing is charged"
        return words + self._crew(band)

    def _crew(self, band: CancelBand) -> str:
        """Whom a client pays besides, where the band asks for it."""
        if not (band.crew and self.account.crew):
            return ""
        return f", and {money(self.account.crew)} for the person booked to get you ready"

    @property
    def _whole(self) -> bool:
        """Whether the deposit is the whole price, so that there is nothing beyond it."""
        return self.account.deposit == self.account.price

    def _cost(self, fee: Fee) -> str:
        if fee.forfeits and not self.payer:
            return "uses your deposit up, and a new one is due"
        amount = fee.of(self.account.price, self.account.deposit)
        return f"costs {money(amount)}" if amount else "is free"


def as_a_rule(policy: Policy, currency: str, *, whole: bool, crew: bool) -> Iterator[str]:
    """The policy without dates; *whole* where the whole price is paid when booking.

    With *crew* somebody may be booked to get the client ready.
    """
    paid = "payment" if whole else "deposit"
    if policy.cooling_off_hours:
        yield (
            f"Cancel within {policy.cooling_off_hours} hours of booking a session that is at least"
            f" {policy.cooling_off_days} days away, and all your money comes back."
        )
    becomes = {
        Deposit.RETURNED: "all your money comes back",
        Deposit.CREDITED: f"your {paid} becomes a credit for {policy.credit_days} days",
        Deposit.KEPT: f"we keep your {paid}",
    }
    *early, (_, at_last) = _runs(policy.cancel, lambda band: becomes[band.deposit])
    for hours, words in early:
        yield f"Cancel {span(hours)} or more ahead, and {words}."
    yield f"{'Cancel later, and' if early else 'If you cancel,'} {at_last}."
    if not whole:
        charged = policy.again or any(e.fee and not e.fee.forfeits for e in policy.move)
        beyond = "the deposit and fees for moving" if charged else "the deposit"
        yield f"Whatever you have paid beyond {beyond} comes back."
    within = _crew_within(policy)
    if crew and within != 0:
        when = f" less than {span(within)} ahead" if within else ""
        yield f"If you cancel{when}, you also pay for the person booked to get you ready."
    begin = "Moving your session"
    free = [band.hours_before for band in policy.move if not band.fee]
    if free:
        once = " once" if policy.again else ""
        until = f"{span(free[-1])} before" if free[-1] else "it begins"
        yield f"{begin}{once} is free until {until}."
        begin = "After that it"
    fees = [band for band in policy.move if band.fee and not band.fee.forfeits]
    for band in fees:
        until = f" until {span(band.hours_before)} before" if band.hours_before else ""
        yield f"{begin} costs {_fee(band.fee, currency)}{until}."
        begin = "After that it"


def _fee(fee: Fee, currency: str) -> str:
    parts = [f"{fee.percent}% of the price"] if fee.percent else []
    parts += [money(Money(fee.minor, currency))] if fee.minor else []
    return " and ".join(parts)


def _crew_within(policy: Policy) -> int | None:
    """Less than how many hours ahead cancelling pays the crew; 0 for never, None for always."""
    return min((band.hours_before for band in policy.cancel if not band.crew), default=None)


def _runs(bands: Sequence[CancelBand], words: Callable[[CancelBand], str]) -> list[tuple[int, str]]:
    """From how many hours before what holds; bands that come to the same are one."""
    return [(list(run)[-1].hours_before, said) for said, run in groupby(bands, words)]
