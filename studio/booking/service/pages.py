"""The processor's pages on which payments are made: asked for once, found again, closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from studio.booking import history, links, settlement
from studio.booking.models import Booking, TokenPurpose
from studio.booking.settlement import Ending
from studio.db import db, retried, transaction
from studio.domain.money import Money
from studio.payments import kept_cards, ledger
from studio.payments.kept_cards import CardConsent
from studio.payments.models import Payment
from studio.payments.voucher_orders import VoucherOrder
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
    _know_customer(gateway, payment_id)
    attempt = _attempt(payment_id)
    checkout_id = attempt.checkout_id
    if checkout_id is None:
        if ports().now() - attempt.created_at > ASK_AGAIN:
            return gateway.find_checkout(payment_id, attempt.created_at - CLOCKS_DIFFER)
        checkout_id = gateway.open_checkout(attempt.request).id
    # A repeated answer shows the page as it was when it was made.
    return gateway.checkout(checkout_id)


def _know_customer(gateway: PaymentGateway, payment_id: int) -> None:
    """Have the processor know whose card is to be kept, before the page that keeps it is made."""
    session = db.session()
    email = session.get_one(Payment, payment_id).email
    nameless = session.execute(
        select(CardConsent.booking_id, Booking.reference)
        .join(Booking, Booking.id == CardConsent.booking_id)
        .join(Payment, Payment.booking_id == CardConsent.booking_id)
        .where(Payment.id == payment_id, CardConsent.customer_id.is_(None))
    ).one_or_none()
    session.rollback()
    if nameless:
        booking_id, reference = nameless
        _note_customer(booking_id, gateway.customer(reference, email))


@retried
def _note_customer(booking_id: int, customer_id: str) -> None:
    with transaction() as session:
        history.locked(session, booking_id)
        consent = kept_cards.of(session, booking_id)
        if consent is not None and consent.customer_id is None:
            consent.customer_id = customer_id


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
    if payment.voucher_order_id is not None:
        request = _voucher(session.get_one(VoucherOrder, payment.voucher_order_id), payment)
    else:
        consent = kept_cards.of(session, payment.for_booking) if payment.confirms else None
        customer_id = consent.customer_id if consent else None
        request = _request(session.get_one(Booking, payment.for_booking), payment, customer_id)
    found = _Attempt(payment.id, payment.checkout_id, payment.created_at, request)
    session.rollback()
    return found


def _request(booking: Booking, payment: Payment, customer_id: str | None) -> CheckoutRequest:
    """What the processor is asked, made from rows that do not change, so a repeat is the same."""
    base = links.settings().base_url
    if payment.confirms:
        token = links.own_token(TokenPurpose.HOLD, booking.reference)
        page = f"{base}/checkout/{token}"
    else:
        token = links.own_token(TokenPurpose.BOOKING, booking.reference)
        page = f"{base}/booking/{token}/pay"
    return CheckoutRequest(
        payment_id=payment.id,
        booking_reference=booking.reference,
        amount=Money(payment.amount_minor, payment.currency),
        description=f"{booking.lines[0].label}, booking {booking.reference}",
        client_email=payment.email,
        success_url=f"{page}/return?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=page,
        expires_at=payment.expires_at,
        customer_id=customer_id,
    )


def _voucher(order: VoucherOrder, payment: Payment) -> CheckoutRequest:
    """The same for a gift voucher that was ordered."""
    base, token = links.settings().base_url, links.gift_token("voucher", order.reference)
    page = f"{base}/vouchers/{token}"
    return CheckoutRequest(
        payment_id=payment.id,
        booking_reference=order.reference,
        amount=payment.amount,
        description=f"Gift voucher, order {order.reference}",
        client_email=payment.email,
        success_url=f"{page}/return?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=page,
        expires_at=payment.expires_at,
    )
