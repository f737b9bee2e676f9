"""The payment that a processor's page or charge is about, found with its booking and locked."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from studio.booking import together
from studio.booking.models import Booking, BookingLine
from studio.payments.models import Payment
from studio.payments.voucher_orders import VoucherOrder
from studio.ports import ports
from studio.ports.payment_gateway import Checkout
from studio.scheduling import calendar
from studio.scheduling.models import Studio


class Found(NamedTuple):
    """Our row for a payment page, and its booking with all that what follows has to say of it.

    The studio is here to stay: a session forgets what nobody holds. *lasting* is whether the
    booking has its time for good, as `calendar.lasting` says, *alone* whether nothing that prepares
    its client for another session could leave together with what prepares them for this.
    """

    payment: Payment
    booking: Booking
    studio: Studio
    lasting: int | None
    alone: bool


_WHOLE = (
    joinedload(Booking.package),
    joinedload(Booking.photographer),
    joinedload(Booking.room),
    joinedload(Booking.place),
    joinedload(Booking.policy),
    joinedload(Booking.card_consent),
    joinedload(Booking.covered),
    joinedload(Booking.after_rules),
    joinedload(Booking.wishes),
    joinedload(Booking.lines).joinedload(BookingLine.add_on),
    joinedload(Booking.sets),
)


def for_checkout(session: Session, checkout: Checkout) -> Found | None:
    """Locked, by the page's id, else by the row's id it carries."""
    known = first(session, Payment.checkout_id == checkout.id)
    if known is None and checkout.payment_id is not None:
        return first(
            session,
            Payment.id == checkout.payment_id,
            Payment.checkout_id.is_(None),
            Booking.reference == checkout.booking_reference,
        )
    return known


def for_a_gift(session: Session, checkout: Checkout) -> Payment | None:
    """The payment of a voucher that is bought, found in the same way."""
    ours = select(Payment).join(VoucherOrder, VoucherOrder.id == Payment.voucher_order_id)
    found = session.scalars(ours.where(Payment.checkout_id == checkout.id)).first()
    if found is None and checkout.payment_id is not None:
        return session.scalars(
            ours.where(
                Payment.id == checkout.payment_id,
                Payment.checkout_id.is_(None),
                VoucherOrder.reference == checkout.booking_reference,
            )
        ).first()
    return found


def first(session: Session, *where: ColumnElement[bool]) -> Found | None:
    rows = session.execute(
        select(
            Payment,
            Booking,
            Studio,
            calendar.lasting(Booking.id),
            ~together.others(Booking.id, Booking.client_id, ports().now()),
        )
        .join(Booking, Booking.id == Payment.booking_id)
        .join(Studio, Studio.id == 1)
        .where(*where)
        .options(*_WHOLE)
        .with_for_update(of=Booking, key_share=True)
    )
    row = rows.unique().first()
    return None if row is None else Found(*row)
