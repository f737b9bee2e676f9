"""Giving money back while a session stands, or after it was called off."""

from __future__ import annotations

from sqlalchemy.orm import Session

from studio.booking import codes, history, invoicing, surplus
from studio.booking.models import Booking
from studio.db import retried, transaction
from studio.domain.money import Money
from studio.domain.pricing import added
from studio.payments import disputes, ledger
from studio.payments import once as once_keys
from studio.ports import ports
from studio.scheduling import calendar


class NotReturnable(Exception):
    """No more than *most* can be given back; *disputed* if a bank's dispute is in the way."""

    def __init__(self, most: Money, *, disputed: bool) -> None:
        super().__init__("more than can be given back")
        self.most = most
        self.disputed = disputed


def returnable(session: Session, booking: Booking) -> Money:
    """What came in for a booking, by vouchers too, and can be given back."""
    parts = (ledger.returnable(session, each) for each in ledger.payments(session, booking.id))
    paid = added((max(each, Money.zero(booking.currency)) for each in parts), booking.currency)
    # What became a credit is on a voucher by now, and never goes back besides.
    kept = max(ledger.kept(session, booking.id, booking.currency), Money.zero(booking.currency))
    return min(paid + codes.spent(session, booking), kept)


@retried
def give_back(booking_id: int, amount: Money, *, reason: str, by: str, once: str = "") -> None:
    """Plan *amount* back to where it came from, with *once* only once; it is not asked for again.

    To payments first, then to vouchers.

    Raises:
        DoneBefore: if its form was sent before.
        NotReturnable: if it is more than can be given back, or is not more than nothing.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        once_keys.claim(session, once, now)
        most = returnable(session, booking)
        if not 0 < amount.minor <= most.minor:
            raise NotReturnable(most, disputed=disputes.blocks(session, booking.id))
        # What was paid beyond the price is not asked for, and so not let off when it goes back.
        too_much = Money.zero(booking.currency)
        if booking.covered is None:
            too_much = ledger.surplus(session, booking.id, booking.currency)
        planned = ledger.plan_refunds(session, booking.id, amount, reason=reason, by=by, now=now)
        codes.give_back(session, booking, amount - planned, now)
        # What goes back of a hold never counted for it: its price is asked for as before.
        if booking.confirmed_at is not None and amount > too_much:
            number = len(ledger.entries(session, booking.id))
            ref = f"given-back-{booking.id}-{number}"
            ledger.write_off(session, booking.id, ref, amount - too_much, now)
        history.note(
            session, booking, "given back", by=by, now=now,
            reason=reason, amount=amount.minor, currency=amount.currency,
        )  # fmt: skip
        surplus.ask_less(session, booking, now)
        invoicing.follow_the_money(session, booking, now)
