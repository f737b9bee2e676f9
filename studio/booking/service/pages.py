"""The processor's pages on which payments are made: asked for once, found again, closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from studio.booking import links, settlement
from studio.booking.models import Booking, TokenPurpose
from studio.booking.settlement import Ending
from studio.db import db
from studio.domain.money import Money
from studio.payments import ledger
from studio.payments.models import Payment
from studio.ports import ports
from studio.ports.payment_gateway import (
    Checkout,
    CheckoutRequest,
    CheckoutState,
    GatewayRefused,
    PaymentGateway,
)

# Under one key a page is asked for only while it can still stay open for half an hour.
ASK_AGAIN = timedelta(seconds=45)
# How much earlier than our own clock said the processor may think it made a page.
CLOCKS_DIFFER = timedelta(minutes=5)


def page(gateway: PaymentGateway, payment_id: int) -> Checkout | None:
    """The payment's page as it is now, made if there is none; None if it is too late to make it.

    A page may be asked for under the payment's own key for a minute, since it has to stay open
    for half an hour. Later it is looked for: the answer that named it may have been lost.
    """
    attempt = _attempt(payment_id)
    checkout_id = attempt.checkout_id
    if checkout_id is None:
        if ports().now() - attempt.created_at > ASK_AGAIN:
            return gateway.find_checkout(payment_id, attempt.created_at - CLOCKS_DIFFER)
        checkout_id = gateway.open_checkout(attempt.request).id
    # A repeated answer shows the page as it was when it was made.
    return gateway.checkout(checkout_id)


def close(booking_id: int, ending: Ending) -> None:
    """See to it that nothing can be paid for a booking any more, and settle what was.

    A hold that turns out unpaid ends as *ending* says.

    Raises:
        GatewayUnavailable: when the processor could not be asked; the rest is done again later.
    """
    gateway = ports().gateway
    session = db.session()
    waiting = [each.id for each in ledger.payable(session, booking_id)]
    session.rollback()
    for payment_id in waiting:
        checkout = _closed(gateway, _attempt(payment_id)) if gateway else None
        if checkout is None:
            settlement.never_made(payment_id, ending)
        else:
            settlement.apply(checkout, ending)


def _closed(gateway: PaymentGateway, attempt: _Attempt) -> Checkout | None:
    """The page of *attempt* with nobody able to pay on it; None if the processor knows none."""
    try:
        if attempt.checkout_id:
            checkout = gateway.checkout(attempt.checkout_id)
        else:
            since = attempt.created_at - CLOCKS_DIFFER
            found = gateway.find_checkout(attempt.id, since)
            if found is None:
                return None
            checkout = found
        if checkout.state is CheckoutState.OPEN:
            checkout = gateway.close_checkout(checkout.id)
    except GatewayRefused as error:
        # Another account or key than the page was made with: it can be neither read nor paid.
        if error.code == "resource_missing":
            return None
        raise
    return checkout


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A payment row, read before the processor is called."""

    id: int
    checkout_id: str | None
    created_at: datetime
    request: CheckoutRequest


def _attempt(payment_id: int) -> _Attempt:
    session = db.session()
    payment = session.get_one(Payment, payment_id)
    request = _request(session.get_one(Booking, payment.booking_id), payment)
    found = _Attempt(payment.id, payment.checkout_id, payment.created_at, request)
    session.rollback()
    return found


def _request(booking: Booking, payment: Payment) -> CheckoutRequest:
    """What the processor is asked, made from rows that do not change, so a repeat is the same."""
    base = links.settings().base_url
    token = links.own_token(TokenPurpose.HOLD, booking.reference)
    return CheckoutRequest(
        payment_id=payment.id,
        booking_reference=booking.reference,
        amount=Money(payment.amount_minor, payment.currency),
        description=f"{booking.lines[0].label}, booking {booking.reference}",
        client_email=payment.email,
        success_url=f"{base}/checkout/{token}/return?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{base}/checkout/{token}",
        expires_at=payment.expires_at,
    )
