"""What a booking writes about money, planned in the transaction that decides it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.booking import codes, kept_card
from studio.booking.letter_facts import Facts, facts_of
from studio.booking.models import Booking
from studio.booking.posting import letter_of, to_client, to_staff, written_so_far
from studio.domain.money import Money
from studio.domain.prep_plan import QuietHours, held_back
from studio.domain.pricing import added
from studio.messaging import outbox
from studio.messaging.models import Message, MessageKind, MessageState
from studio.messaging.outbox import NewMessage
from studio.payments import invoices, ledger
from studio.payments.models import Purpose
from studio.payments.standing import Missing
from studio.web.filters import clock, day, moment, money

# A client who is still typing a card number is not to be interrupted.
_NUDGE_AFTER = timedelta(minutes=10)
# When what is still to be paid is asked for: before it is due, and once more after. A balance is
# due shortly before the session, and the rest of it is short.
_ASK_BEFORE, _ASK_AFTER = timedelta(days=3), timedelta(days=2)
_ASK_AFTER_BALANCE = timedelta(hours=6)
_ASKING = ("balance", "overdue", kept_card.STEP)


def remind_of_balance(session: Session, booking: Booking, now: datetime) -> None:
    """Plan the letters that ask for what is still to be paid: before it is due, and after.

    A balance that is taken from a kept card has one notice instead. They are taken back when it
    is paid; what they say is true until then.
    """
    taken_back = session.scalar(
        select(func.count(Message.id)).where(
            Message.booking_id == booking.id,
            Message.step.in_(_ASKING),
            Message.state == MessageState.CANCELLED,
        )
    )
    facts = facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
    outbox.post_all(session, reminders(session, facts, taken_back or 0, now), now)


def reminders(session: Session, facts: Facts, taken_back: int, now: datetime) -> list[NewMessage]:
    """The letters that ask for what is missing, where so many like them were *taken_back*."""
    booking, found, asked = facts.booking, [], []
    consent = booking.card_consent
    standing = consent is not None and consent.stands
    by_card = kept_card.chargeable(facts.missing, booking.currency) if standing else None
    for each in facts.missing:
        due_at = each.due.due_at
        if consent and by_card and each.due.id == by_card.due.id:
            if kept_card.notice_of(session, booking.id, each):
                continue
            at = due_at - kept_card.NOTICE
            # By night too: the card is charged two days after it, which is the day it names.
            if now < at:
                told = {
                    "amount": money(each.amount),
                    "on": day(due_at, booking.zone),
                    "last4": consent.last4,
                    "besides": [
                        [money(other.amount), moment(other.due.due_at, booking.zone)]
                        for other in facts.missing
                        if other is not each
                    ],
                    "link_to": "pay",
                    "due_at": due_at.isoformat(),
                    "minor": each.amount.minor,
                    "number": f"{due_at:%y%m%d%H%M}:{taken_back}",
                }
                letter = letter_of(
                    facts, kept_card.STEP, MessageKind.PAYMENT, facts.client.email, told, now
                )
                found.append(replace(letter, due_at=at, use_by=due_at))
                continue
        asked.append(each)
    return [*found, *_asking(facts, asked, taken_back, now)]


def _asking(
    facts: Facts, missing: Sequence[Missing], taken_back: int, now: datetime
) -> Iterator[NewMessage]:
    """The letters that ask for what no card pays: one for all that is due at one moment."""
    booking = facts.booking
    zone = ZoneInfo(booking.zone)
    quiet = QuietHours(facts.studio.quiet_from_minute, facts.studio.quiet_to_minute)
    for due_at, run in groupby(missing, lambda each: each.due.due_at):
        dues = list(run)
        amount = added((each.amount for each in dues), booking.currency)
        balance = any(each.due.purpose is Purpose.BALANCE for each in dues)
        late = _ASK_AFTER_BALANCE if balance else _ASK_AFTER
        for step, meant in (("balance", due_at - _ASK_BEFORE), ("overdue", due_at + late)):
            at = held_back(meant, zone, quiet)
            if not now < at < booking.starts_at:
                continue
            told = {
                "amount": money(amount),
                "until": moment(due_at, booking.zone),
                "link_to": "pay",
                "late": step == "overdue",
            }
            letter = letter_of(facts, "balance", MessageKind.PAYMENT, facts.client.email, told, now)
            key = f"booking:{booking.id}:{step}:{dues[0].due.id}:{due_at:%y%m%d%H%M}:{taken_back}"
            yield replace(letter, dedupe_key=key, step=step, due_at=at, use_by=booking.starts_at)


def received(session: Session, booking: Booking, amount: Money, now: datetime) -> None:
    """Say that money came in for a session; what asks for it is taken back, or asks for less."""
    facts = facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
    number = written_so_far(session, booking, "received")
    to_client(
        session, facts, "received", MessageKind.RECEIPT, now,
        link_to="booking", amount=money(amount), rest=facts.still_to_pay(), number=number,
        invoice=invoices.newest(session, booking.id),
    )  # fmt: skip
    ask_anew(session, booking, now)


def ask_anew(session: Session, booking: Booking, now: datetime) -> None:
    """Take back what asks for money, and plan it by what is owed now."""
    outbox.withdraw(session, booking.id, steps=_ASKING)
    remind_of_balance(session, booking, now)


def card_refused(
    session: Session, booking: Booking, amount: Money, last4: str, now: datetime, *, asked: bool
) -> None:
    """Say that a kept card was not charged, and where to pay: *asked*, or declined."""
    facts = facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
    to_client(
        session, facts, "refused", MessageKind.PAYMENT, now,
        link_to="pay", amount=money(amount), last4=last4, asked=asked,
    )  # fmt: skip


def charged(session: Session, booking: Booking, label: str, amount: Money, now: datetime) -> None:
    """Say what was added to a session's price, and where it is paid."""
    ask_anew(session, booking, now)
    facts = facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
    number = written_so_far(session, booking, "charged")
    to_client(
        session, facts, "charged", MessageKind.PAYMENT, now,
        link_to="pay", label=label, amount=money(amount), rest=facts.still_to_pay(), number=number,
    )  # fmt: skip


def payment_unfinished(session: Session, booking: Booking, now: datetime) -> None:
    """Plan a nudge for a client who left the payment page; it is withdrawn when they pay."""
    until = booking.pay_by or booking.hold_expires_at
    if until is None or until <= now + _NUDGE_AFTER:
        return
    facts = facts_of(session, booking, Money.zero(booking.currency))
    # Anybody may type an address: nobody is nudged more than once an hour.
    nudged = select(Message.id).where(
        Message.recipient == facts.client.email,
        Message.step == "payment",
        Message.created_at > now - timedelta(hours=1),
    )
    if session.scalars(nudged.limit(1)).first() is not None:
        return
    amount = codes.due_now(session, booking)
    told = {"amount": money(amount), "until": clock(until, booking.zone), "link_to": "checkout"}
    nudge = letter_of(facts, "payment", MessageKind.PAYMENT, facts.client.email, told, now)
    outbox.post(session, replace(nudge, due_at=now + _NUDGE_AFTER, use_by=until), now)


def money_returned(
    session: Session, booking: Booking, amount: Money, why: str, now: datetime
) -> None:
    """Say that money goes back: it came "late", "twice", once it was "cancelled", or is "more"."""
    facts = facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
    number = written_so_far(session, booking, "returned")
    told = {"amount": money(amount), "why": why, "number": number}
    to_client(session, facts, "returned", MessageKind.RECEIPT, now, **told)
    to_staff(session, facts, "staff_returned", facts.studio.email, now, **told)
