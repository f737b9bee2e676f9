"""What a kept card means for a booking: what is offered, told, and going to be taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import codes
from studio.booking.models import Booking
from studio.catalogue.models import BookingMode
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money, smallest_card_payment
from studio.messaging.models import Message, MessageState
from studio.payments import kept_cards, ledger
from studio.payments.kept_cards import CardConsent
from studio.payments.models import Due, Purpose
from studio.payments.standing import Missing, Owed
from studio.ports import ports
from studio.web.filters import day, money

# Nobody's card is charged before they have had this long to say no.
NOTICE = timedelta(days=2)
STEP = "notice"
# The number of the words below: whoever changes them counts on.
WORDING = 1

_NEVER_LEFT = (MessageState.CANCELLED, MessageState.SKIPPED, MessageState.DEAD)


def wording(balance: Money, due_at: datetime, zone: str) -> str:
    """What a client agrees to, with the amount and the day of their own session."""
    return (
        f"Keep this card and take the balance of {money(balance)} on {day(due_at, zone)};"
        " we write two days before."
    )


def offer(session: Session, booking: Booking, now: datetime) -> str | None:
    """What a client may agree to before they pay the deposit; None where nothing is offered.

    Only a card that pays something now can be kept, and only for a balance so far ahead that
    there is time for the notice.
    """
    asks = booking.package.mode is BookingMode.REQUEST and booking.accepted_at is None
    if ports().gateway is None or asks or booking.pay_by or not codes.due_now(session, booking):
        return None
    due = _balance(session, booking.id)
    small = smallest_card_payment(booking.currency)
    if due is None or due.amount < small or due.due_at - NOTICE <= now:
        return None
    return wording(due.amount, due.due_at, booking.zone)


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be taken from the kept card, *at* the earliest; *told_at* is None until it left.

    *besides* is what else is missing, which the client has to pay.
    """

    consent: CardConsent
    due: Owed
    amount: Money
    at: datetime
    told_at: datetime | None
    besides: Sequence[Missing]


def missing(session: Session, booking: Booking) -> Missing | None:
    """What of the balance a card could still pay."""
    return chargeable(ledger.missing(session, booking.id, booking.currency), booking.currency)


def chargeable(found: Sequence[Missing], currency: str) -> Missing | None:
    """Of all that is missing, the balance, if a card can pay it."""
    small = smallest_card_payment(currency)
    return next(
        (each for each in found if each.due.purpose is Purpose.BALANCE and each.amount >= small),
        None,
    )


def plan(session: Session, booking: Booking) -> Plan | None:
    """What is going to be taken from the kept card; None without one, or without its notice."""
    consent = kept_cards.standing(session, booking.id)
    found = ledger.missing(session, booking.id, booking.currency) if consent else []
    rest = chargeable(found, booking.currency)
    if consent is None or rest is None or booking.state not in _OWING:
        return None
    told = notice_of(session, booking.id, rest)
    if told is None:
        return None
    at = max(rest.due.due_at, (told.sent_at or told.due_at) + NOTICE)
    besides = [each for each in found if each is not rest]
    return Plan(consent, rest.due, rest.amount, at, told.sent_at, besides)


def notice_of(session: Session, booking_id: int, rest: Missing) -> Message | None:
    """The notice of this charge, sent or still to be: of this day, and of no less money."""
    written = session.scalars(
        select(Message)
        .where(
            Message.booking_id == booking_id,
            Message.step == STEP,
            Message.state.not_in(_NEVER_LEFT),
        )
        .order_by(Message.id.desc())
    )
    day_of = rest.due.due_at.isoformat()
    return next(
        (
            each
            for each in written
            if each.context["due_at"] == day_of and each.context["minor"] >= rest.amount.minor
        ),
        None,
    )


_OWING = (BookingState.CONFIRMED, BookingState.COMPLETED)


def _balance(session: Session, booking_id: int) -> Due | None:
    return session.scalars(
        select(Due).where(Due.booking_id == booking_id, Due.purpose == Purpose.BALANCE)
    ).one_or_none()
