"""Asking the processor at once, for whoever has just come back from its page."""

from __future__ import annotations

from studio.booking import settlement
from studio.booking.service.checkout import PaymentUnreachable
from studio.db import db
from studio.payments import ledger
from studio.ports import ports
from studio.ports.payment_gateway import GatewayRefused, GatewayUnavailable, PaymentsPaused


def settle_now(booking_id: int) -> None:
    """Ask the processor about a hold's payments, as the worker would: for the return page.

    Raises:
        PaymentUnreachable: if it does not answer; nothing has changed.
    """
    gateway = ports().gateway
    session = db.session()
    known = [each.checkout_id for each in ledger.payable(session, booking_id)]
    session.rollback()
    if gateway is None:
        return
    try:
        for checkout_id in known:
            if checkout_id:
                settlement.settle_checkout(checkout_id)
    except (GatewayUnavailable, GatewayRefused, PaymentsPaused) as error:
        raise PaymentUnreachable from error
