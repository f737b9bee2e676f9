"""Adding to a session's price after it was sold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from studio.booking import history, letters_of_money, surplus
from studio.booking.companies import covering
from studio.booking.models import Booking, BookingLine
from studio.booking.service.dues import OWING, NothingDue
from studio.db import retried, transaction
from studio.domain.money import Money
from studio.domain.pricing import LineKind
from studio.domain.tax import Tax
from studio.payments import once
from studio.payments.models import Due, Purpose
from studio.ports import ports
from studio.scheduling import calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Something added to a session's price, *by* whom; *amount* as the studio prices.

    With *whole* the tax is part of the amount, however the studio prices: a policy names what the
    client pays. With *once* it is added only once.
    """

    label: str
    amount: Money
    kind: LineKind
    due_at: datetime
    by: str
    whole: bool = False
    once: str = ""


@retried
def add_charge(booking_id: int, charge: Charge) -> None:
    """Add an extra or a fee to a session's price, and tell the client where it is paid.

    What a company pays for has it on its next invoice, and the client is not asked.

    Raises:
        DoneBefore: if its form was sent before.
        ValueError: if it comes to nothing, or is in another currency than the booking.
        NothingDue: if the booking is no session.
    """
    with transaction() as session:
        calendar.queue(session)
        booking, now = history.locked(session, booking_id), ports().now()
        once.claim(session, charge.once, now)
        if booking.state not in OWING:
            raise NothingDue
        put_on(session, booking, charge, now)


def put_on(session: Session, booking: Booking, charge: Charge, now: datetime) -> None:
    """Add to the price of a booking that the caller has locked, and tell the client.

    What a company pays for is on its next invoice, and asks the client for nothing.

    Raises:
        ValueError: if it comes to nothing, or is in another currency than the booking.
    """
    if charge.amount.minor <= 0:
        raise ValueError("a charge is more than nothing")
    if charge.amount.currency != booking.currency:
        raise ValueError("a booking has one currency")
    total = _add_line(session, booking, charge)
    covered = covering.of(session, booking.id) is not None
    purpose = Purpose.FEE if charge.kind is LineKind.FEE else Purpose.EXTRA
    if not covered:
        session.add(
            Due(
                booking_id=booking.id,
                purpose=purpose,
                label=charge.label,
                amount_minor=total.minor,
                currency=total.currency,
                due_at=charge.due_at,
            )
        )
    history.note(
        session, booking, "charged", by=charge.by, now=now,
        label=charge.label, amount=total.minor, currency=total.currency,
    )  # fmt: skip
    session.flush()
    session.expire(booking, ["lines"])
    surplus.ask_less(session, booking, now)
    if not covered:
        letters_of_money.charged(session, booking, charge.label, total, now)


def _add_line(session: Session, booking: Booking, charge: Charge) -> Money:
    """The charge as a line of the booking, taxed as its first one; what it adds to the price."""
    first = booking.lines[0]
    taxed = Tax(first.tax_percent, charge.whole or first.tax_included)
    tax = taxed.of(charge.amount)
    total = charge.amount if taxed.included else charge.amount + tax
    session.add(
        BookingLine(
            booking_id=booking.id,
            revision=max(line.revision for line in booking.lines) + 1,
            kind=charge.kind.value,
            label=charge.label,
            minutes=0,
            quantity=1,
            unit_minor=charge.amount.minor,
            tax_percent=taxed.percent,
            tax_included=taxed.included,
            tax_minor=tax.minor,
            total_minor=total.minor,
            currency=total.currency,
        )
    )
    booking.price_minor += total.minor
    return total
