"""What is written about a gift voucher, planned in the transaction that decides it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.booking.gifts import print_out
from studio.db import db
from studio.domain.money import Money
from studio.messaging import outbox
from studio.messaging.models import Message, MessageKind
from studio.messaging.outbox import NewMessage
from studio.messaging.rendering import Paper
from studio.payments import voucher_orders
from studio.payments.voucher_orders import VoucherOrder
from studio.scheduling.queries import the_studio
from studio.web.filters import date_with_year, money
from studio.web.text import one_line

# When in the day a voucher is sent to whom it is for.
_MORNING = time(9)


@dataclass(frozen=True, slots=True)
class _Letter:
    """What one says besides what all say; with a link it encloses the voucher, too."""

    template: str
    kind: MessageKind
    recipient: str
    link_to: str | None
    told: dict[str, Any]
    due_at: datetime | None = None


def sold(session: Session, order: VoucherOrder, now: datetime) -> None:
    """Send a voucher that was paid for: to its buyer at once, to its recipient on their day."""
    to_buyer(session, order, now)
    if order.recipient_email:
        to_recipient(session, order, now)


def to_buyer(session: Session, order: VoucherOrder, now: datetime) -> None:
    told = {
        "first_name": one_line(order.buyer.split()[0]),
        "recipient": one_line(order.recipient),
        "goes_out": _goes_out(order),
    }
    letter = _Letter("voucher", MessageKind.RECEIPT, order.buyer_email, "voucher", told)
    _post(session, order, letter, now)


def to_recipient(
    session: Session, order: VoucherOrder, now: datetime, *, at_once: bool = False
) -> None:
    """Plan the gift for the morning of its day, at once if that has passed."""
    zone = ZoneInfo(the_studio(session).zone)
    due_at = now
    if order.send_on is not None and not at_once:
        due_at = max(now, datetime.combine(order.send_on, _MORNING, zone).astimezone(now.tzinfo))
    told = {
        "first_name": one_line(order.recipient.split()[0]) if order.recipient else "",
        "giver": one_line(order.buyer),
        "greeting": order.greeting.splitlines(),
    }
    letter = _Letter("gift", MessageKind.COURTESY, order.recipient_email, "gift", told, due_at)
    _post(session, order, letter, now)


def returned(session: Session, order: VoucherOrder, amount: Money, why: str, now: datetime) -> None:
    """Say that money goes back: a payment came "twice", or the voucher was given "back".

    A voucher that was given back is not sent any more.
    """
    if why == "back":
        for number in range(_written(session, order, "gift")):
            outbox.withdraw_one(session, _key(order, "gift", number))
    told = {
        "first_name": one_line(order.buyer.split()[0]),
        "back": money(amount),
        "why": why,
    }
    letter = _Letter("voucher_returned", MessageKind.RECEIPT, order.buyer_email, None, told)
    _post(session, order, letter, now)


def voucher_paper_of(order_id: int) -> Paper:
    """The voucher of an order as a PDF, to go with its mail.

    Raises:
        LookupError: if the order has none.
    """
    session = db.session()
    order = session.get_one(VoucherOrder, order_id)
    voucher = voucher_orders.voucher_of(session, order)
    if voucher is None:
        raise LookupError("the order has no voucher")
    draw = print_out.drawing(session, voucher)
    session.rollback()
    return Paper(f"voucher-{order.reference}.pdf", draw())


def _goes_out(order: VoucherOrder) -> str:
    """When and to whom the studio sends it, in words; empty if the buyer hands it over."""
    if not order.recipient_email:
        return ""
    when = f"on {date_with_year(order.send_on)}" if order.send_on else "now"
    return f"We send it to {order.recipient_email} {when}."


def _post(session: Session, order: VoucherOrder, letter: _Letter, now: datetime) -> None:
    voucher = voucher_orders.voucher_of(session, order)
    until: date | None = voucher.expires_on if voucher else None
    number = _written(session, order, letter.template)
    message = NewMessage(
        dedupe_key=_key(order, letter.template, number),
        kind=letter.kind,
        template=letter.template,
        recipient=letter.recipient,
        context={
            "about": order.id,
            "enclose": "voucher" if letter.link_to else None,
            "link_to": letter.link_to,
            "amount": money(order.amount),
            "until": date_with_year(until) if until else "",
            "reference": order.reference,
            **letter.told,
        },
        due_at=letter.due_at or now,
        step=letter.template,
    )
    outbox.post(session, message, now)


def _key(order: VoucherOrder, template: str, number: int) -> str:
    return f"voucher:{order.id}:{template}:{number}"


def _written(session: Session, order: VoucherOrder, template: str) -> int:
    """How many letters of this sort there are; an order is settled under a lock."""
    begins = _key(order, template, 0).removesuffix("0")
    counted = select(func.count(Message.id)).where(Message.dedupe_key.startswith(begins))
    return session.scalars(counted).one()
