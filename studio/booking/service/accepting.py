"""Taking what was paid although something else was asked for: somebody decides, and says why."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from studio.booking import history, invoicing, letters_of_money, settlement
from studio.booking.models import Booking
from studio.booking.service.dues import OWING
from studio.db import retried, transaction
from studio.domain.attention import besides
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.payments import ledger
from studio.payments.models import EntryKind, LedgerEntry, Payment, PaymentState
from studio.payments.standing import standing
from studio.ports import ports
from studio.scheduling import calendar

_WAITING = (BookingState.HELD, BookingState.EXPIRED)


class NothingToAccept(Exception):
    """Nothing waits to be accepted: it was before, went back, or came in another currency."""


class OddPayment(NamedTuple):
    """A payment that *came* to another amount than its row asks for, and what is *owed* with it."""

    payment: Payment
    came: Money
    owed: Money

    @property
    def acceptable(self) -> bool:
        """Whether it could count: what came in another currency can only go back."""
        return self.came.currency == self.payment.currency

    @property
    def short(self) -> Money:
        """How much of what was asked for is missing still: the rest may have been paid since."""
        zero = Money.zero(self.payment.currency)
        if not self.acceptable:
            return zero
        return max(min(self.payment.amount - self.came, self.owed), zero)


def odd_payment(session: Session, booking: Booking) -> OddPayment | None:
    """The first payment of another amount that nobody has accepted or given back yet."""
    found = session.execute(
        select(Payment, LedgerEntry)
        .join(
            LedgerEntry,
            (LedgerEntry.kind == EntryKind.PAYMENT) & (LedgerEntry.ref == Payment.intent_id),
        )
        .where(
            Payment.booking_id == booking.id,
            Payment.state == PaymentState.PAID,
            or_(
                LedgerEntry.amount_minor != Payment.amount_minor,
                LedgerEntry.currency != Payment.currency,
            ),
        )
        .order_by(Payment.id)
    ).all()
    here = ((each, entry.amount) for each, entry in found if _is_here(session, each))
    return next(
        (OddPayment(*each, ledger.owed(session, booking.id, booking.currency)) for each in here),
        None,
    )


def _is_here(session: Session, payment: Payment) -> bool:
    return ledger.left_of(session, payment).minor > 0


@retried
def accept_paid(
    booking_id: int, payment_id: int, *, let_off: bool, reason: str, by: str
) -> BookingState:
    """Count a payment of another amount than was asked for as the one that was asked for.

    A hold becomes a session by it. What is missing is still owed, or with *let_off* asked for no
    more; what is too much pays what is owed otherwise, and beyond that goes back.

    Returns:
        What the booking is then.

    Raises:
        NothingToAccept: if it was accepted before, went back, came in another currency, or is for
            a session that was called off.
        calendar.StartNotOpen: if the hold had run out, and somebody else has its time.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        odd = odd_payment(session, booking)
        wanted = odd is not None and odd.payment.id == payment_id and odd.acceptable
        if odd is None or not wanted or booking.state not in (*_WAITING, *OWING):
            raise NothingToAccept
        payment, asked, short = odd.payment, odd.payment.amount, odd.short
        # From here on it is an attempt like any other; the history has what had been asked for.
        payment.amount_minor = odd.came.minor
        decided = settlement.other_amount(asked, odd.came)
        booking.attention = besides(booking.attention, decided)
        if let_off and short:
            ledger.write_off(session, booking.id, f"accepted-{payment.id}", short, now)
        if booking.state in _WAITING:
            settlement.take_time(session, booking, now)
            settlement.confirm(session, booking, by=by, now=now)
            back = _return_surplus(session, booking, payment, by, now)
        else:
            back = _return_surplus(session, booking, payment, by, now)
            invoicing.follow_the_money(session, booking, now)
            letters_of_money.received(session, booking, odd.came - back, now)
        history.note(
            session, booking, "accepted", by=by, now=now, reason=reason, payment=payment.id,
            amount=odd.came.minor, asked=asked.minor, currency=asked.currency,
            let_off=short.minor if let_off else 0,
        )  # fmt: skip
        return booking.state


def _return_surplus(
    session: Session, booking: Booking, payment: Payment, by: str, now: datetime
) -> Money:
    """Plan back what came beyond all that is owed; how much that is."""
    surplus = standing(session, booking.id, booking.currency).surplus
    back = min(surplus, ledger.returnable(session, payment))
    if back.minor <= 0:
        return Money.zero(booking.currency)
    ledger.add_refund(session, payment, back, "more than was asked for", by, now)
    letters_of_money.money_returned(session, booking, back, "more", now)
    return back
