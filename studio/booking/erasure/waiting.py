"""What has to be done with a client before they can be forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from studio.booking.companies import billing, covering
from studio.booking.models import Booking
from studio.booking.service.crediting import loose_credit
from studio.clients.models import Client
from studio.domain.lifecycle import BookingState
from studio.messaging.models import Message, MessageState
from studio.payments import disputes, ledger
from studio.payments.models import Dispute, Payment, PaymentState, Refund, RefundState
from studio.payments.standing import standings
from studio.payments.voucher_orders import VoucherOrder
from studio.web.filters import day, money

_TO_COME = (BookingState.HELD, BookingState.REQUESTED, BookingState.CONFIRMED)
_OWING = (BookingState.COMPLETED, BookingState.NO_SHOW)
_LEAVING = (MessageState.CLAIMED, MessageState.DATA)
_UNSENT = (MessageState.PLANNED, MessageState.HELD, MessageState.JOINED, *_LEAVING)


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
    found = list(_of_sessions(session, bookings))
    # Their links open nothing afterwards, and nobody could ask for it.
    loose = (loose_credit(session, each, now) for each in bookings if each.credit)
    found += [
        f"Their credit of {money(each)} is no voucher yet: make one of it first."
        for each in loose
        if each
    ]
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


def _of_sessions(session: Session, bookings: Sequence[Booking]) -> Iterator[str]:
    """What of their sessions is: asked for all of them at once, since the calendar waits."""
    over = {each.id: each for each in bookings if each.state not in _TO_COME}
    still = {
        each.id: ["is not over: cancel it, or wait until it is."]
        for each in bookings
        if each.id not in over
    }
    for found in (_owes, _may_be_paid, _on_its_way, _disputed, _unbilled):
        for booking_id, why in found(session, over):
            still.setdefault(booking_id, []).append(why)
    for each in sorted(bookings, key=lambda each: each.starts_at):
        name = f"The session on {day(each.starts_at, each.zone)} {each.starts_at.year}"
        for why in still.get(each.id, ()):
            yield f"{name}{'' if why.startswith(':') else ' '}{why}"


_Found = Iterator[tuple[int, str]]


def _owes(session: Session, over: Mapping[int, Booking]) -> _Found:
    asked = {each.id: each.currency for each in over.values() if each.state in _OWING}
    for booking_id, money_of in standings(session, asked).items():
        if money_of.owed:
            yield (
                booking_id,
                f"still owes {money(money_of.owed)}: write down what came in, or write it off.",
            )


def _may_be_paid(session: Session, over: Mapping[int, Booking]) -> _Found:
    may_be = Payment.state.in_((PaymentState.CREATING, PaymentState.OPEN))
    for booking_id in session.scalars(
        select(Payment.booking_id).where(Payment.booking_id.in_(list(over)), may_be).distinct()
    ):
        yield booking_id or 0, "has a payment page that is open still."


def _on_its_way(session: Session, over: Mapping[int, Booking]) -> _Found:
    waits = Refund.state.in_((RefundState.REQUESTED, RefundState.FAILED))
    for booking_id, each in session.execute(
        select(Payment.booking_id, Refund)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.booking_id.in_(list(over)), waits)
        .order_by(Refund.id)
    ).all():
        if each.state is RefundState.REQUESTED:
            yield booking_id or 0, f": {money(each.amount)} is on its way back."
        elif not ledger.closed(session, each):
            why = f": giving back {money(each.amount)} has failed, and nobody saw to it."
            yield booking_id or 0, why


def _disputed(session: Session, over: Mapping[int, Booking]) -> _Found:
    for booking_id in session.scalars(
        select(Payment.booking_id)
        .join(Dispute, Dispute.payment_id == Payment.id)
        .where(Payment.booking_id.in_(list(over)), disputes.undecided())
        .distinct()
    ):
        yield booking_id or 0, ": the bank has not decided a dispute."


def _unbilled(session: Session, over: Mapping[int, Booking]) -> _Found:
    for payer in covering.payers(session, list(over)):
        after = max(each.ends_at for each in over.values())
        for item in billing.unbilled(session, payer, after):
            if item.booking.id in over:
                yield item.booking.id, f"is not on an invoice of {payer.name} yet."
