"""What has to be done with a client before they can be forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from studio.booking.companies import billing, covering
from studio.booking.models import Booking
from studio.clients.models import Client
from studio.domain.lifecycle import BookingState
from studio.messaging.models import Message, MessageState
from studio.payments import disputes, ledger
from studio.payments.models import PaymentState, RefundState
from studio.payments.voucher_orders import VoucherOrder
from studio.web.filters import day, money

_TO_COME = (BookingState.HELD, BookingState.REQUESTED, BookingState.CONFIRMED)
_OWING = (BookingState.COMPLETED, BookingState.NO_SHOW)
_LEAVING = (MessageState.CLAIMED, MessageState.DATA)
_UNSENT = (MessageState.PLANNED, MessageState.HELD, MessageState.JOINED, *_LEAVING)
_EVER = timedelta(days=3650)


def bookings_of(session: Session, client_id: int) -> Sequence[Booking]:
    return session.scalars(
        select(Booking).where(Booking.client_id == client_id).order_by(Booking.id)
    ).all()


def orders_of(session: Session, client: Client) -> Sequence[VoucherOrder]:
    """The gift vouchers that a client bought or was given."""
    bought = func.lower(VoucherOrder.buyer_email) == client.address_key
    given = func.lower(VoucherOrder.recipient_email) == client.address_key
    return session.scalars(
        select(VoucherOrder).where(or_(bought, given)).order_by(VoucherOrder.id)
    ).all()


def in_the_way(session: Session, client: Client, now: datetime) -> list[str]:
    """A sentence for each thing that still needs to know who the client is."""
    bookings = bookings_of(session, client.id)
    found = [sentence for each in bookings for sentence in _of_session(session, each, now)]
    about = Message.booking_id.in_([each.id for each in bookings])
    to_them = func.lower(Message.recipient) == client.address_key
    leaving = select(Message.id).where(or_(about, to_them), Message.state.in_(_LEAVING))
    if session.scalars(leaving.limit(1)).first() is not None:
        found.append("A message to them or about them is leaving this moment: try again shortly.")
    for order in orders_of(session, client):
        letters = Message.dedupe_key.startswith(f"voucher:{order.id}:")
        unsent = select(Message.id).where(letters, Message.state.in_(_UNSENT)).limit(1)
        if session.scalars(unsent).first() is not None:
            found.append(f"The gift voucher of order {order.reference} is still to be sent.")
    return found


def _of_session(session: Session, booking: Booking, now: datetime) -> Iterator[str]:
    name = f"The session on {day(booking.starts_at, booking.zone)} {booking.starts_at.year}"
    if booking.state in _TO_COME:
        yield f"{name} is not over: cancel it, or wait until it is."
        return
    owed = ledger.owed(session, booking.id, booking.currency)
    if booking.state in _OWING and owed.minor > 0:
        yield f"{name} still owes {money(owed)}: write down what came in, or write it off."
    payments = ledger.payments(session, booking.id)
    if any(each.state in {PaymentState.CREATING, PaymentState.OPEN} for each in payments):
        yield f"{name} has a payment page that is open still."
    for each in ledger.refunds(session, booking.id):
        if each.state is RefundState.REQUESTED:
            yield f"{name}: {money(each.amount)} is on its way back."
        elif each.state is RefundState.FAILED and not ledger.closed(session, each):
            yield f"{name}: giving back {money(each.amount)} has failed, and nobody saw to it."
    if any(not each.ended for each in disputes.of_booking(session, booking.id)):
        yield f"{name}: the bank has not decided a dispute."
    payer = covering.payer(session, booking.id)
    if payer and any(
        each.booking.id == booking.id for each in billing.unbilled(session, payer, now + _EVER)
    ):
        yield f"{name} is not on an invoice of {payer.name} yet."
