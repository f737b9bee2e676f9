"""Credits from before they were vouchers, which nobody could spend without the office."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from studio.booking import codes, history, invoicing
from studio.booking.models import Booking
from studio.booking.service.giving_back import returnable
from studio.db import retried, transaction
from studio.domain.money import Money
from studio.payments import vouchers
from studio.payments.vouchers import Voucher
from studio.ports import ports
from studio.scheduling import calendar


class NoCredit(Exception):
    """There is no credit that could be made a voucher: it is one, has run out, or went back."""


def loose_credit(session: Session, booking: Booking, now: datetime) -> Money:
    """What of a credit is no voucher yet and could be one, as far as its money is here still."""
    over = booking.credit_until is None or booking.credit_until <= now
    if over or not booking.credit or codes.credit_of(session, booking):
        return Money.zero(booking.currency)
    return min(booking.credit, returnable(session, booking))


def credit_left(session: Session, booking: Booking, now: datetime) -> Money:
    """What of a credit can be spent still: of its voucher, or else of what could be made one."""
    voucher = codes.credit_of(session, booking)
    return vouchers.left(session, voucher) if voucher else loose_credit(session, booking, now)


@retried
def make_voucher_of_credit(booking_id: int, *, by: str) -> Voucher:
    """Move a credit to a voucher with the day that was promised; its papers follow.

    Nobody can tell from the books whether the credit was honoured in another way: whoever
    decides has to know.

    Raises:
        NoCredit: if there is nothing to make one of.
    """
    with transaction() as session:
        calendar.queue(session)
        booking, now = history.locked(session, booking_id), ports().now()
        amount = loose_credit(session, booking, now)
        if not amount:
            raise NoCredit
        voucher = codes.issue_credit(session, booking, amount, booking.credit_until, by, now)
        history.note(
            session, booking, "credit to voucher", by=by, now=now,
            amount=amount.minor, currency=amount.currency,
        )  # fmt: skip
        invoicing.follow_the_money(session, booking, now)
        return voucher
