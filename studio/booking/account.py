"""The money of a booking as its policy asks about it, and the policy in sentences."""

from __future__ import annotations

from sqlalchemy.orm import Session

from studio.booking.companies import covering
from studio.booking.models import Booking
from studio.catalogue.promises import Dated
from studio.domain.money import Money
from studio.domain.pricing import LineKind, added
from studio.domain.terms import Account
from studio.payments import disputes, ledger
from studio.payments.standing import Standing, standing


def account_of(session: Session, booking: Booking) -> Account:
    """What a company pays for counts as paid: it is owed until the policy says otherwise."""
    return _account(session, booking, standing(session, booking.id, booking.currency))


def dated(session: Session, booking: Booking) -> Dated:
    """The policy that the booking was sold under, with its own dates and amounts."""
    return dated_by(session, booking, standing(session, booking.id, booking.currency))


def dated_by(session: Session, booking: Booking, money: Standing) -> Dated:
    """`dated`, where the booking's *money* has been read."""
    payer = covering.payer(session, booking.id) if booking.covered else None
    return Dated(
        booking.policy.policy,
        _account(session, booking, money),
        booking.minutes,
        booking.booked_at,
        booking.booked_for,
        booking.starts_at,
        booking.zone,
        payer.name if payer else "",
    )


def _account(session: Session, booking: Booking, money: Standing) -> Account:
    deposit, agreed, paid = money.deposit, money.agreed, money.kept
    if booking.covered is not None:
        # It has no dues: what may be kept was written down when it was agreed.
        deposit = Money(booking.covered.deposit_minor, booking.currency)
        agreed = _sold(booking)
        paid = booking.price - money.given_up
    elif money.disputed:
        # What a bank disputes is nobody's to give back or to keep until it has decided.
        paid -= _stuck(session, booking.id, booking.currency)
    return Account(
        price=booking.price,
        deposit=booking.pay_terms.at_stake(deposit, agreed),
        crew=added((line.total for line in booking.lines if line.before), booking.currency),
        paid=paid,
        # By its lines: what a company pays for has no dues.
        fees=added(
            (line.total for line in booking.lines if line.kind == LineKind.FEE), booking.currency
        ),
    )


def _sold(booking: Booking) -> Money:
    """The price without what was charged since."""
    charged = (LineKind.EXTRA, LineKind.FEE)
    lines = (line.total for line in booking.lines if line.kind not in charged)
    return added(lines, booking.currency)


def _stuck(session: Session, booking_id: int, currency: str) -> Money:
    """What is left of payments of which nothing can be given back, since a bank disputes them."""
    total = Money.zero(currency)
    for payment in ledger.payments(session, booking_id):
        if disputes.blocked(session, payment.id):
            total += max(ledger.left_of(session, payment), Money.zero(currency))
    return total
