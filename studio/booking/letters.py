"""What a booking writes to people, planned in the transaction that decides it.

Every function takes a session, a booking and the instant of the decision, and posts to the
outbox; nothing is sent here. The words are in ``templates/email``; what they need goes into each
message's context, as plain JSON.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.booking.invitations import invitation
from studio.booking.letter_facts import Facts, facts_of, moment
from studio.booking.models import Booking
from studio.domain.money import Money
from studio.messaging import outbox
from studio.messaging.invitation import Invitation
from studio.messaging.models import Message, MessageKind, MessageState
from studio.messaging.outbox import NewMessage
from studio.payments import ledger
from studio.prep import planner
from studio.prep.queries import guide_for
from studio.scheduling.models import Photographer
from studio.web.filters import clock, day, money

# A client who is still typing a card number is not to be interrupted.
_NUDGE_AFTER = timedelta(minutes=10)


def confirmed(session: Session, booking: Booking, paid: Money, now: datetime) -> None:
    """Tell the client and the photographer that *booking* stands; *paid* is all paid so far."""
    facts = facts_of(session, booking, paid)
    _to_client(
        session, facts, "confirmation", MessageKind.CONFIRMATION, now,
        link_to="booking",
        calendar=_calendar(facts, now),
        arrive_time=clock(booking.arrive_at, booking.zone),
        when=facts.when(),
        place=facts.place(),
        at_studio=booking.place is None,
        price=facts.price(),
        policy=facts.policy(),
    )  # fmt: skip
    _to_photographer(session, facts, "staff_booked", now)


def plan_prep(session: Session, booking: Booking, now: datetime) -> None:
    """Plan all that prepares the client, by the newest guide, to which the booking then keeps."""
    if booking.guide_id is None:
        guide = guide_for(session, booking.package.session_type_id, booking.language)
        booking.guide_id = guide.id if guide else None
    facts = facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
    about = planner.BookingFacts(
        session_type_id=booking.package.session_type_id,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        zone=booking.zone,
        quiet_from_minute=facts.studio.quiet_from_minute,
        quiet_to_minute=facts.studio.quiet_to_minute,
        guide_id=booking.guide_id,
    )
    for planned in planner.plan(session, about, now):
        outbox.post(
            session,
            NewMessage(
                dedupe_key=f"booking:{booking.id}:{planned.key}:{booking.generation}",
                kind=MessageKind.PREP,
                template="prep",
                recipient=facts.client.email,
                context={
                    "link_to": "prep",
                    "subject": planned.subject,
                    "body": planned.body,
                    "essentials": list(planned.essentials),
                    "values": facts.values(),
                },
                due_at=planned.due_at,
                booking_id=booking.id,
                step=planned.key,
                use_by=planned.use_by,
                language=booking.language,
            ),
            now,
        )


def moved(session: Session, booking: Booking, before: datetime, now: datetime) -> None:
    """Write anew what tells of a booking's time, which was *before*.

    A client whose confirmation has not left gets it with the new time; others are told what has
    changed. What prepares them is planned again.
    """
    outbox.withdraw(session, booking.id, keep=(MessageKind.RECEIPT, MessageKind.PAYMENT))
    booking.generation += 1
    booking.sequence += 1
    plan_prep(session, booking, now)
    paid = ledger.paid(session, booking.id, booking.currency)
    sent = select(Message.id).where(
        Message.booking_id == booking.id,
        Message.kind == MessageKind.CONFIRMATION,
        Message.state == MessageState.SENT,
    )
    if session.scalars(sent.limit(1)).first() is None:
        confirmed(session, booking, paid, now)
        return
    facts = facts_of(session, booking, paid)
    was = moment(before, booking.zone)
    _to_client(
        session, facts, "moved", MessageKind.CHANGE, now,
        link_to="booking",
        calendar=_calendar(facts, now),
        was=was,
        when=[*facts.when(), *facts.still_to_pay()],
        place=facts.place(),
    )  # fmt: skip
    _to_photographer(session, facts, "staff_moved", now, was=was)


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
    _to_staff(
        session, facts, "staff_handed_over", whose.email, now,
        first_name=whose.first_name,
        calendar=_enclosed(entry),
        was=moment(before, booking.zone),
    )  # fmt: skip


def requested(session: Session, booking: Booking, now: datetime) -> None:
    """Tell the client that the studio has been asked, and ask the studio."""
    facts = facts_of(session, booking, Money.zero(booking.currency))
    _to_client(
        session, facts, "requested", MessageKind.CHANGE, now,
        link_to="booking", when=facts.when(),
    )  # fmt: skip
    _to_staff(session, facts, "staff_requested", facts.studio.email, now)


def accepted(session: Session, booking: Booking, now: datetime) -> None:
    """Tell the client that the studio says yes, and until when the time is kept for the deposit."""
    facts = facts_of(session, booking, Money.zero(booking.currency))
    until = booking.hold_expires_at or booking.starts_at
    amount = money(ledger.deposit(session, booking.id, booking.currency))
    letter = _letter(
        facts, "accepted", MessageKind.PAYMENT, facts.client.email,
        {"link_to": "checkout", "amount": amount, "until": moment(until, booking.zone)}, now,
    )  # fmt: skip
    outbox.post(session, replace(letter, use_by=until), now)


def declined(session: Session, booking: Booking, reason: str, now: datetime) -> None:
    """Tell the client that the studio cannot do it, in the staff's own words."""
    facts = facts_of(session, booking, Money.zero(booking.currency))
    _to_client(session, facts, "declined", MessageKind.CHANGE, now, reason=reason)


def cancelled(
    session: Session, booking: Booking, refund: Money, credit: Money | None, now: datetime
) -> None:
    """Take back what is unsent, and tell client and photographer that the session is off."""
    outbox.withdraw(session, booking.id)
    booking.sequence += 1
    paid = ledger.paid(session, booking.id, booking.currency)
    facts = facts_of(session, booking, paid)
    _to_client(
        session, facts, "cancellation", MessageKind.CANCELLATION, now,
        link_to="booking",
        calendar=_calendar(facts, now),
        money=_settled(booking, paid, refund, credit),
    )  # fmt: skip
    _to_photographer(session, facts, "staff_cancelled", now)


def payment_unfinished(session: Session, booking: Booking, now: datetime) -> None:
    """Plan a nudge for a client who left the payment page; it is withdrawn when they pay."""
    until = booking.pay_by or booking.hold_expires_at
    if until is None or until <= now + _NUDGE_AFTER:
        return
    facts = facts_of(session, booking, Money.zero(booking.currency))
    # Anybody may type an address: nobody is nudged more than once an hour.
    nudged = select(Message.id).where(
        Message.recipient == facts.client.email,
        Message.kind == MessageKind.PAYMENT,
        Message.created_at > now - timedelta(hours=1),
    )
    if session.scalars(nudged.limit(1)).first() is not None:
        return
    deposit = ledger.deposit(session, booking.id, booking.currency)
    told = {"amount": money(deposit), "until": clock(until, booking.zone), "link_to": "checkout"}
    nudge = _letter(facts, "payment", MessageKind.PAYMENT, facts.client.email, told, now)
    outbox.post(session, replace(nudge, due_at=now + _NUDGE_AFTER, use_by=until), now)


def money_returned(
    session: Session, booking: Booking, amount: Money, why: str, now: datetime
) -> None:
    """Say that a payment goes back: it came "late", "twice", or after all was "cancelled"."""
    facts = facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
    number = _written_so_far(session, booking, "returned")
    told = {"amount": money(amount), "why": why, "number": number}
    _to_client(session, facts, "returned", MessageKind.RECEIPT, now, **told)
    _to_staff(session, facts, "staff_returned", facts.studio.email, now, **told)


def _settled(booking: Booking, paid: Money, refund: Money, credit: Money | None) -> list[str]:
    """What becomes of the money, a sentence each."""
    said: list[str] = []
    if refund:
        said.append(f"{money(refund)} goes back to the card it came from, within ten days.")
    if credit:
        until = f" until {day(booking.credit_until, booking.zone)}" if booking.credit_until else ""
        said.append(f"{money(credit)} is your credit for another session{until}.")
    kept = paid - refund - (credit or Money.zero(paid.currency))
    if kept.minor > 0:
        said.append(f"{money(kept)} stays with the studio, as we agreed when you booked.")
    return said or ["Nothing had been paid, and nothing is owed."]


def _to_client(
    session: Session, facts: Facts, template: str, kind: MessageKind, now: datetime, **told: Any
) -> None:
    outbox.post(session, _letter(facts, template, kind, facts.client.email, told, now), now)


def _to_photographer(
    session: Session, facts: Facts, template: str, now: datetime, **told: Any
) -> None:
    photographer = facts.booking.photographer
    if photographer.email is None:
        return
    _to_staff(
        session, facts, template, photographer.email, now,
        first_name=photographer.first_name,
        calendar=_calendar(facts, now, (photographer.name, photographer.email)),
        checklist=list(facts.booking.package.session_type.studio_checklist),
        **told,
    )  # fmt: skip


def _to_staff(
    session: Session, facts: Facts, template: str, recipient: str, now: datetime, **told: Any
) -> None:
    told = {"facts": facts.for_staff(), **told}
    outbox.post(session, _letter(facts, template, MessageKind.STAFF, recipient, told, now), now)


def _letter(
    facts: Facts, template: str, kind: MessageKind, recipient: str, told: dict[str, Any],
    now: datetime,
) -> NewMessage:  # fmt: skip
    """The message of *template*, of which a booking has one a generation, or one a *number*."""
    booking = facts.booking
    number = told.get("number", booking.generation)
    return NewMessage(
        dedupe_key=f"booking:{booking.id}:{template}:{number}",
        kind=kind,
        template=template,
        recipient=recipient,
        context={**facts.common(), **told},
        due_at=now,
        booking_id=booking.id,
        step=template,
        language=booking.language,
    )


def _calendar(
    facts: Facts, now: datetime, attendee: tuple[str, str] | None = None
) -> dict[str, str]:
    return _enclosed(invitation(facts.booking, facts.studio, now, attendee=attendee))


def _enclosed(entry: Invitation) -> dict[str, str]:
    return {"method": entry.method.value, "text": entry.text()}


def _written_so_far(session: Session, booking: Booking, step: str) -> int:
    """How many letters of this sort there are; money is settled one at a time, under a lock."""
    counted = session.scalar(
        select(func.count(Message.id)).where(Message.booking_id == booking.id, Message.step == step)
    )
    return counted or 0
