"""What follows when a kept card's bank does not pay."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from studio.booking import history, letters_of_money
from studio.booking.models import Booking
from studio.domain.lifecycle import OFF
from studio.payments.models import Payment
from studio.ports.card_charges import Charge, ChargeState
from studio.web.filters import money


def refused(
    session: Session, booking: Booking, payment: Payment, charge: Charge, last4: str, now: datetime
) -> None:
    """The client gets a link, once; staff a note, and where the bank declined, a task."""
    asked = charge.state is ChargeState.ASKED
    history.note(
        session, booking, "card refused", by=history.SYSTEM, now=now, payment=payment.id,
        amount=payment.amount_minor, currency=payment.currency,
        reason="the client must confirm" if asked else charge.why.replace("_", " "),
    )  # fmt: skip
    if booking.state in OFF:
        return
    if not asked:
        why = (
            f"The card ending {last4} was declined for {money(payment.amount)}. The client has a"
            " link to pay: please see that it is paid."
        )
        history.flag(session, booking, why, now=now)
    letters_of_money.card_refused(session, booking, payment.amount, last4, now, asked=asked)
