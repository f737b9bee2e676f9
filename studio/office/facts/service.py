"""Changing what the studio is called, where it is, and its limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from studio.booking.models import Booking
from studio.catalogue.policies import every_in_force, keep_version
from studio.db import Base, epoch, from_epoch, retried, transaction
from studio.domain.availability import Gaps
from studio.domain.money import decimals, step
from studio.domain.policy import Fee
from studio.payments.voucher_orders import VoucherOrder
from studio.payments.vouchers import Voucher
from studio.ports import ports
from studio.scheduling import calendar
from studio.scheduling.models import Block
from studio.scheduling.queries import the_studio


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that staff may say of the studio; *max_per_day* None is no limit.

    Between the *quiet* minutes of the day no planned mail is sent; equal ones are none. Whoever
    works gets the sheet of a day at *day_sheet_minute* of the day before. *zone* and
    *currency* can be others only until something is sold. The last six stand on
    invoices; *how_to_pay* also where clients pay.
    """

    name: str
    tagline: str
    intro: str
    address: str
    directions: str
    phone: str
    email: str
    zone: str
    zone_city: str
    currency: str
    arrive_minutes: int
    quiet: tuple[int, int]
    day_sheet_minute: int
    max_per_day: int | None
    gaps: Gaps
    legal_name: str
    legal_address: str
    tax_number: str
    company_number: str
    invoice_footer: str
    how_to_pay: str


class AlreadySold(Exception):
    """Times and prices have been agreed upon, so clock and currency stay as they are."""


@retried
def change_facts(facts: Facts) -> None:
    """Be called, be found and be booked like this from now on; what is booked stays as agreed.

    With another clock, hours and time off keep the times they name; with another currency, prices
    keep their figures.

    Raises:
        AlreadySold: if clock or currency would change after the first booking or voucher.
    """
    with transaction() as session:
        calendar.lock(session)
        studio = the_studio(session)
        if (facts.zone, facts.currency) != (studio.zone, studio.currency):
            if is_fixed(session):
                raise AlreadySold
            _change_clock(session, ZoneInfo(studio.zone), ZoneInfo(facts.zone))
            _change_currency(session, studio.currency, facts.currency)
        studio.name, studio.tagline, studio.intro = facts.name, facts.tagline, facts.intro
        studio.address, studio.directions = facts.address, facts.directions
        studio.phone, studio.email = facts.phone, facts.email
        studio.zone, studio.zone_city = facts.zone, facts.zone_city
        studio.arrive_minutes = facts.arrive_minutes
        studio.quiet_from_minute, studio.quiet_to_minute = facts.quiet
        studio.day_sheet_minute = facts.day_sheet_minute
        studio.max_per_day, studio.gaps = facts.max_per_day, facts.gaps
        studio.legal_name, studio.legal_address = facts.legal_name, facts.legal_address
        studio.tax_number, studio.company_number = facts.tax_number, facts.company_number
        studio.invoice_footer, studio.how_to_pay = facts.invoice_footer, facts.how_to_pay


def is_fixed(session: Session) -> bool:
    """Whether anybody has ever booked or held a time, or has or ordered a voucher."""
    return any(
        session.scalars(select(each.id).limit(1)).first() is not None
        for each in (Booking, Voucher, VoucherOrder)
    )


def _change_clock(session: Session, old: ZoneInfo, new: ZoneInfo) -> None:
    for each in session.scalars(select(Block)):
        since, until = (
            epoch(from_epoch(at).astimezone(old).replace(tzinfo=new))
            for at in (each.busy_from, each.busy_to)
        )
        # Where the new clock skips or the old one repeats an hour, the end may meet the beginning.
        each.busy_from, each.busy_to = since, max(until, since + 60)


def _change_currency(session: Session, old: str, new: str) -> None:
    """Every amount there is gets the same figure: nothing has been sold for it."""
    more, unit = decimals(new) - decimals(old), step(new)
    for table in Base.metadata.sorted_tables:
        if "currency" in table.c:
            amounts = {
                c.name: _shifted(c, more, unit) for c in table.c if c.name.endswith("_minor")
            }
            session.execute(update(table).values(currency=new, **amounts))
    _shift_fees(session, more, unit)


def _shift_fees(session: Session, more: int, unit: int) -> None:
    """Fees keep their figures too, in a new version of each policy."""
    for known in every_in_force(session):
        policy = known.policy
        moves = tuple(replace(band, fee=_shifted_fee(band.fee, more, unit)) for band in policy.move)
        shifted = replace(policy, move=moves, again=_shifted_fee(policy.again, more, unit))
        keep_version(session, known, known.name, shifted, ports().now())


def _shifted_fee(fee: Fee, more: int, unit: int) -> Fee:
    return replace(fee, minor=_shifted(fee.minor, more, unit))


def _shifted(minor: Any, more: int, unit: int) -> Any:
    """As many minor units where *more* digits stand behind the point, rounded up to *unit*."""
    shifted = minor * 10**more if more >= 0 else (minor + 10**-more - 1) // 10**-more
    return (shifted + unit - 1) // unit * unit
