"""Money that people give back themselves, since no processor does."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from studio.payments.models import Method, Payment, Refund, RefundState


def refunds(session: Session, booking_id: int) -> set[int]:
    """The refunds of a booking that people give back: no card had paid, or its bank said no."""
    return set(
        session.scalars(
            select(Refund.id)
            .join(Payment, Payment.id == Refund.payment_id)
            .where(
                Payment.booking_id == booking_id,
                or_(Payment.method != Method.CARD, Refund.state == RefundState.FAILED),
            )
        )
    )
