"""Using a code on a hold, and leaving it out again."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from studio.booking import history, repricing
from studio.booking.companies import covering
from studio.booking.models import Booking
from studio.booking.service.holding import must_be_held
from studio.clients import companies
from studio.db import retried, transaction
from studio.payments import promos, vouchers
from studio.payments.promos import CodeRefused
from studio.payments.vouchers import Voucher
from studio.ports import ports
from studio.scheduling import calendar


@retried
def use_code(booking_id: int, code: str) -> None:
    """Let a promo code, a voucher or a company change what a hold costs; the same twice is once.

    A promo code takes the place of another one. Vouchers add up, each with what is left of it. A
    company pays for all of it, so that vouchers get their money back.

    Raises:
        CodeRefused: with a sentence; nothing has changed.
        HoldOver: if the hold has run out.
    """
    with transaction() as session:
        booking, now, today = _held(session, booking_id)
        promo, voucher = promos.find(session, code), vouchers.find(session, code)
        company = companies.find(session, promos.normal(code))
        if promo is not None:
            promos.use(session, promo, booking.id, booking.package_id, today)
        elif voucher is not None:
            _reserve(session, booking, voucher, today, now)
        elif company is not None:
            covering.use(session, company, booking)
            everything = vouchers.covered(session, booking.id, booking.currency)
            vouchers.give_back(session, booking.id, everything, now)
        else:
            raise CodeRefused("We do not know this code.")
        repricing.rewrite(session, booking, now)
        history.note(session, booking, "code", by=history.CLIENT, now=now, why=promos.normal(code))


@retried
def leave_codes_out(booking_id: int) -> None:
    """Sell a hold without codes again.

    Raises:
        CodeRefused: if it has gone to payment.
        HoldOver: if the hold has run out.
    """
    with transaction() as session:
        booking, now, _ = _held(session, booking_id)
        promos.leave_out(session, booking.id)
        covering.leave_out(session, booking.id)
        everything = vouchers.covered(session, booking.id, booking.currency)
        vouchers.give_back(session, booking.id, everything, now)
        repricing.rewrite(session, booking, now)
        history.note(session, booking, "no code", by=history.CLIENT, now=now)


def _held(session: Session, booking_id: int) -> tuple[Booking, datetime, date]:
    calendar.queue(session)
    now = ports().now()
    booking = history.locked(session, booking_id)
    must_be_held(booking, now)
    if booking.pay_by is not None:
        raise CodeRefused("Codes are used before you go to the payment page.")
    return booking, now, now.astimezone(ZoneInfo(booking.zone)).date()


def _reserve(
    session: Session, booking: Booking, voucher: Voucher, today: date, now: datetime
) -> None:
    if vouchers.part(session, voucher, booking.id):
        return
    payer = covering.payer(session, booking.id)
    if payer is not None:
        raise CodeRefused(f"{payer.name} pays for this session: nothing is left for a voucher.")
    rest = booking.price - vouchers.covered(session, booking.id, booking.currency)
    vouchers.reserve(session, voucher, booking.id, rest, today, now)
