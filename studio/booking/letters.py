"""What a booking writes to people, planned in the transaction that decides it.

Every function takes a session, a booking and the instant of the decision, and posts to the
outbox; nothing is sent here. The words are in ``templates/email``; what they need goes into each
message's context, as plain JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import (
    codes,
    letters_of_crew,
    letters_of_money,
    letters_of_prep,
    letters_of_weather,
    together,
)
from studio.booking.invitations import invitation
from studio.booking.letter_facts import Facts, facts_by, facts_of
from studio.booking.models import Booking
from studio.booking.posting import (
    calendar_of,
    enclosed,
    for_photographer,
    letter_of,
    to_client,
    to_photographer,
    to_staff,
)
from studio.domain.money import Money
from studio.messaging import outbox
from studio.messaging.models import Message, MessageKind, MessageState
from studio.messaging.outbox import NewMessage
from studio.payments import invoices, ledger
from studio.payments.invoices import Invoice
from studio.payments.standing import Standing
from studio.prep.queries import Track
from studio.scheduling.models import Photographer
from studio.web.filters import clock, day, moment, money


def agreed(
    session: Session,
    booking: Booking,
    money: Standing,
    track: Track,
    paper: Invoice | None,
    now: datetime,
    *,
    alone: bool = False,
) -> None:
    """Plan all that a booking sends which has just become a session, by one statement.

    With *alone* nothing that prepares its client could leave together.
    """
    facts = facts_by(session, booking, money)
    number = paper.name if paper else ""
    letters = [
        *letters_of_prep.messages(session, facts, track, now),
        *_confirmation(facts, number, now),
        *letters_of_money.reminders(session, facts, 0, now),
        *letters_of_weather.question(facts, now),
        *letters_of_crew.news(session, facts, now, first=True),
    ]
    outbox.post_all(session, letters, now)
    if not alone:
        together.join(session, booking, facts.studio, now)


def confirmed(session: Session, booking: Booking, paid: Money, now: datetime) -> None:
    """Tell the client and the photographer that *booking* stands; *paid* is all paid so far."""
    facts = facts_of(session, booking, paid)
    number = invoices.newest(session, booking.id)
    crew = letters_of_crew.news(session, facts, now)
    outbox.post_all(session, [*_confirmation(facts, number, now), *crew], now)
    letters_of_money.remind_of_balance(session, booking, now)


def _confirmation(facts: Facts, paper: str, now: datetime) -> list[NewMessage]:
    booking = facts.booking
    told = {
        "link_to": "booking",
        "calendar": calendar_of(facts, now),
        "arrive_time": clock(booking.arrive_at, booking.zone),
        "when": facts.when(),
        "place": facts.place(),
        "at_studio": booking.place is None,
        "at_client": booking.comes_to_client,
        "remote": booking.is_remote,
        "price": facts.price(),
        # From a kept card it is taken, and nobody has to pay.
        "pay": bool(facts.owed) and not (booking.card_consent and booking.card_consent.stands),
        "policy": facts.policy(),
        "invoice": paper,
    }
    kind = MessageKind.CONFIRMATION
    return [
        letter_of(facts, "confirmation", kind, facts.client.email, told, now),
        *for_photographer(facts, "staff_booked", now),
    ]


def moved(session: Session, booking: Booking, before: datetime, now: datetime) -> None:
    """Write anew what tells of a booking's time, which was *before*.

    A client whose confirmation has not left gets it with the new time; others are told what has
    changed. What prepares them is planned again.
    """
    outbox.withdraw(session, booking.id, keep=(MessageKind.RECEIPT,))
    booking.generation += 1
    booking.sequence += 1
    letters_of_prep.plan_prep(session, booking, now)
    paid = ledger.paid(session, booking.id, booking.currency)
    sent = select(Message.id).where(
        Message.booking_id == booking.id,
        Message.kind == MessageKind.CONFIRMATION,
        Message.state == MessageState.SENT,
    )
    if session.scalars(sent.limit(1)).first() is None:
        confirmed(session, booking, paid, now)
        return
    letters_of_money.remind_of_balance(session, booking, now)
    facts = facts_of(session, booking, paid)
    was = moment(before, booking.zone)
    to_client(
        session, facts, "moved", MessageKind.CHANGE, now,
        link_to="booking",
        calendar=calendar_of(facts, now),
        was=was,
        when=[*facts.when(), *facts.still_to_pay()],
        place=facts.place(),
    )  # fmt: skip
    to_photographer(session, facts, "staff_moved", now, was=was)
    outbox.post_all(session, letters_of_crew.news(session, facts, now), now)


def handed_over(
    session: Session, booking: Booking, before: datetime, whose: Photographer, now: datetime
) -> None:
    """Tell *whose* session it was, at *before*, that somebody else shoots it from now on."""
    if whose.email is None:
        return
    facts = facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
    entry = invitation(
        booking, facts.studio, now, attendee=(whose.name, whose.email), taken_back=True
    )
    to_staff(
        session, facts, "staff_handed_over", whose.email, now,
        first_name=whose.first_name,
        calendar=enclosed(entry),
        was=moment(before, booking.zone),
    )  # fmt: skip


def requested(session: Session, booking: Booking, now: datetime) -> None:
    """Tell the client that the studio has been asked, and ask the studio."""
    facts = facts_of(session, booking, Money.zero(booking.currency))
    to_client(
        session, facts, "requested", MessageKind.CHANGE, now,
        link_to="booking", when=facts.when(),
    )  # fmt: skip
    to_staff(session, facts, "staff_requested", facts.studio.email, now)


def accepted(session: Session, booking: Booking, now: datetime) -> None:
    """Tell the client that the studio says yes, and until when the time is kept for the deposit."""
    facts = facts_of(session, booking, Money.zero(booking.currency))
    until = booking.hold_expires_at or booking.starts_at
    amount = money(codes.due_now(session, booking))
    letter = letter_of(
        facts, "accepted", MessageKind.PAYMENT, facts.client.email,
        {"link_to": "checkout", "amount": amount, "until": moment(until, booking.zone)}, now,
    )  # fmt: skip
    outbox.post(session, replace(letter, use_by=until), now)


def declined(session: Session, booking: Booking, reason: str, now: datetime) -> None:
    """Tell the client that the studio cannot do it, in the staff's own words."""
    facts = facts_of(session, booking, Money.zero(booking.currency))
    to_client(session, facts, "declined", MessageKind.CHANGE, now, reason=reason)


@dataclass(frozen=True, slots=True)
class GoesBack:
    """What becomes of the money of a cancelled session, by the way it goes."""

    to_card: Money
    by_hand: Money
    to_voucher: Money
    credit: Money
    kept: Money
    credit_until: datetime | None = None
    code: str = ""  # what the credit is spent by, once it is one
    payer: str = ""  # a company that pays: nothing of it is the client's, who paid nothing

    @property
    def refund(self) -> Money:
        return self.to_card + self.by_hand + self.to_voucher


def missed(session: Session, booking: Booking, back: GoesBack, now: datetime) -> None:
    """Tell a client who did not come what becomes of their money."""
    paid = ledger.paid(session, booking.id, booking.currency)
    to_client(
        session, facts_of(session, booking, paid), "missed", MessageKind.CHANGE, now,
        link_to="booking",
        money=settled(booking, back),
    )  # fmt: skip


def cancelled(session: Session, booking: Booking, back: GoesBack, now: datetime) -> None:
    """Take back what is unsent, and tell client and photographer that the session is off."""
    outbox.withdraw(session, booking.id)
    booking.sequence += 1
    paid = ledger.paid(session, booking.id, booking.currency)
    facts = facts_of(session, booking, paid)
    to_client(
        session, facts, "cancellation", MessageKind.CANCELLATION, now,
        link_to="booking",
        calendar=calendar_of(facts, now),
        money=settled(booking, back),
    )  # fmt: skip
    to_photographer(session, facts, "staff_cancelled", now)
    outbox.post_all(session, letters_of_crew.news(session, facts, now), now)
    together.join(session, booking, facts.studio, now)


def settled(booking: Booking, back: GoesBack) -> list[str]:
    """What becomes of the money, a sentence each."""
    if back.payer:
        charged = "nothing is charged"
        if back.kept:
            charged = f"{money(back.kept)} goes on its invoice, as we agreed when you booked"
        return [f"{back.payer} pays for this session: {charged}. You owe nothing."]
    until = f" until {day(back.credit_until, booking.zone)}" if back.credit_until else ""
    code = f": type the code {back.code} when you book" if back.code else ""
    said = [
        f"{money(amount)} {words}"
        for amount, words in (
            (back.to_card, "goes back to the card it came from, within ten days."),
            (back.by_hand, "did not come by card: we give it back to you ourselves."),
            (back.to_voucher, "is on your gift voucher again."),
            (back.credit, f"is your credit for another session{until}{code}."),
            (back.kept, "stays with the studio, as we agreed when you booked."),
        )
        if amount
    ]
    return said or ["Nothing had been paid, and nothing is owed."]
