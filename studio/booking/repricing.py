"""The price of a hold with the codes it has: worked out again from what it was sold under."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from studio.booking import agreement
from studio.booking.companies import covering
from studio.booking.models import Booking, BookingLine
from studio.domain.adjustments import discounted
from studio.domain.money import Money
from studio.domain.pricing import Line, LineKind, Quote, quote
from studio.domain.tax import Tax
from studio.inserts import insert_all
from studio.payments import promos, vouchers
from studio.payments.models import Due


def lines_of(booking: Booking) -> list[Line]:
    """The lines that a booking was sold under, as they were quoted."""
    return [
        Line(
            kind=LineKind(each.kind),
            key=each.key,
            label=each.label,
            minutes=each.minutes,
            unit=Money(each.unit_minor, each.currency),
            quantity=each.quantity,
            taxed=Tax(each.tax_percent, each.tax_included),
            tax=Money(each.tax_minor, each.currency),
        )
        for each in booking.lines
    ]


def quoted(session: Session, booking: Booking, now: datetime) -> Quote:
    """What a hold costs with its codes; without any, what it was sold for."""
    lines = [each for each in lines_of(booking) if each.kind is not LineKind.DISCOUNT]
    promo = promos.of(session, booking.id)
    if promo is not None:
        lines = discounted(lines, promo.discount)
    covered = vouchers.covered(session, booking.id, booking.currency)
    return quote(lines, booking.pay_terms, starts_at=booking.starts_at, now=now, voucher=covered)


def rewrite(session: Session, booking: Booking, now: datetime) -> Quote:
    """Sell a hold that nobody has paid for by its codes: one revision more."""
    found = quoted(session, booking, now)
    # A code that was used after a voucher leaves less to be paid by it.
    too_much = vouchers.covered(session, booking.id, booking.currency) - found.covered
    vouchers.give_back(session, booking.id, too_much, now)
    add_ons = {each.key: each.add_on_id for each in booking.lines if each.add_on_id is not None}
    revision = max(each.revision for each in booking.lines) + 1
    for table in (BookingLine, Due):
        session.execute(delete(table).where(table.booking_id == booking.id))
    insert_all(session, BookingLine, agreement.lines(booking.id, found, add_ons, revision))
    covered = covering.of(session, booking.id)
    if covered is None:
        insert_all(session, Due, agreement.dues(booking.id, found, now))
    else:
        # The client owes nothing: what the company owes follows from its sessions.
        covered.deposit_minor = booking.pay_terms.at_stake(found.deposit, found.total).minor
    booking.price_minor = found.total.minor
    session.flush()
    session.expire(booking, ["lines"])
    return found
