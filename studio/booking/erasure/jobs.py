"""What is left to do once a client is forgotten here."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from studio.booking.models import Booking
from studio.clients.models import Client
from studio.db import db, retried, transaction
from studio.payments.kept_cards import CardConsent
from studio.ports import ports
from studio.ports.payment_gateway import GatewayRefused, GatewayUnavailable, PaymentsPaused

log = structlog.get_logger()


def forget_customers() -> int:
    """Have the processor forget the clients who were erased, and their cards; how many it has.

    Whoever it could not be asked about has their turn again.
    """
    gateway = ports().gateway
    if gateway is None:
        return 0
    session = db.session()
    rows = session.execute(
        select(CardConsent.booking_id, CardConsent.customer_id)
        .join(Booking, Booking.id == CardConsent.booking_id)
        .join(Client, Client.id == Booking.client_id)
        .where(Client.erased_at.is_not(None), CardConsent.customer_id.is_not(None))
        .order_by(CardConsent.booking_id)
    ).all()
    waiting = [(booking_id, known) for booking_id, known in rows if known is not None]
    session.rollback()
    done = 0
    for booking_id, customer_id in waiting:
        try:
            gateway.forget_customer(customer_id)
        except (GatewayUnavailable, GatewayRefused, PaymentsPaused) as error:
            log.warning("customer_not_forgotten", booking=booking_id, error=type(error).__name__)
            continue
        _note(booking_id)
        done += 1
    return done


@retried
def _note(booking_id: int) -> None:
    with transaction() as session:
        session.get_one(CardConsent, booking_id, with_for_update=True).customer_id = None
