"""What artists and assistants are told of their own time, planned as `letters` are.

One function follows what has been told and what holds now: it writes to those for whom something
is new, whatever it was that changed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import crew
from studio.booking.crew import Duty
from studio.booking.invitations import invitation
from studio.booking.letter_facts import Facts
from studio.booking.models import Booking
from studio.booking.posting import enclosed, letter_of
from studio.messaging import outbox
from studio.messaging.models import Message, MessageKind, MessageState
from studio.messaging.outbox import NewMessage
from studio.web.filters import clock, day, duration, short_day
from studio.web.text import one_line

_BOOKED, _CHANGED, _OFF = "crew_booked", "crew_changed", "crew_off"
_STEPS = (_BOOKED, _CHANGED, _OFF)
_UNTOLD = (MessageState.CANCELLED, MessageState.SKIPPED)
_OVER = (MessageState.SENT, *_UNTOLD)


def news(
    session: Session, facts: Facts, now: datetime, *, first: bool = False
) -> Sequence[NewMessage]:
    """What tells each of them what is new since they were last told, if anything is.

    With *first* it has just become a session, of which nobody is told whose time it does not take.
    """
    booking, duties = facts.booking, crew.of(session, facts.booking)
    if first and not duties:
        return []
    written = _written(session, booking)
    if any(each.state not in _OVER for each in written):
        # What has not left says what does not hold any more, or is written again.
        outbox.withdraw(session, booking.id, steps=_STEPS)
        written = _written(session, booking)
    return [*_letters(session, facts, duties, written, now)]


def _written(session: Session, booking: Booking) -> Sequence[Message]:
    """All that was ever written to them of *booking*, in order; what was withdrawn, too."""
    return session.scalars(
        select(Message)
        .where(Message.booking_id == booking.id, Message.step.in_(_STEPS))
        .order_by(Message.id)
        .execution_options(populate_existing=True)
    ).all()


def _letters(
    session: Session,
    facts: Facts,
    duties: Sequence[Duty],
    written: Sequence[Message],
    now: datetime,
) -> Iterator[NewMessage]:
    told = {
        each.context["crew"]: each.context
        for each in written
        # A client who was forgotten takes the words along.
        if each.state not in _UNTOLD and "crew" in each.context
    }
    number = len(written)
    for duty in duties:
        had = told.pop(duty.key, None)
        if had is None or had["off"]:
            yield _letter(facts, _BOOKED, duty, number, now)
        elif changes := _changes(had["rows"], _facts(facts, duty)):
            moved = had["span"] != _span(duty)
            yield _letter(facts, _CHANGED, duty, number, now, changes=changes, moved=moved)
        else:
            continue
        number += 1
    for key, had in told.items():
        known = None if had["off"] else crew.address(session, key)
        if known:
            since, until = (datetime.fromisoformat(each) for each in had["span"])
            duty = Duty(key, one_line(known[0]), known[1], had["work"], since, until)
            yield _letter(facts, _OFF, duty, number, now, rows=had["rows"])
            number += 1


def _letter(
    facts: Facts, step: str, duty: Duty, number: int, now: datetime, **told: Any
) -> NewMessage:
    booking, off = facts.booking, step == _OFF
    zone = booking.zone
    entry = replace(
        invitation(
            booking, facts.studio, now, attendee=(duty.name, duty.email), taken_back=off
        ),
        starts_at=duty.since,
        ends_at=duty.until,
        sequence=number,
        summary=f"{one_line(booking.package.name)}: {duty.work}",
        description=f"Reference {booking.reference}.\n{facts.studio.phone}",
    )  # fmt: skip
    # Another entry than the session's own, which their address may have as well.
    entry = replace(entry, uid=entry.uid.replace("@", f"-{duty.key.replace(':', '-')}@", 1))
    about = {
        "first_name": duty.first_name,
        "work": duty.work,
        "short_day": short_day(duty.since, zone),
        "since": clock(duty.since, zone),
        "crew": duty.key,
        "span": _span(duty),
        "off": off,
        "rows": _facts(facts, duty),
        "calendar": enclosed(entry),
        **told,
    }
    letter = letter_of(facts, step, MessageKind.STAFF, duty.email, about, now)
    return replace(letter, dedupe_key=f"booking:{booking.id}:crew:{number}")


def _span(duty: Duty) -> list[str]:
    return [duty.since.isoformat(), duty.until.isoformat()]


def _facts(facts: Facts, duty: Duty) -> list[list[str]]:
    """Their own time first, then the session; of the client the first name alone."""
    booking, zone = facts.booking, facts.booking.zone
    since, until = clock(duty.since, zone), clock(duty.until, zone)
    begins, ends = clock(booking.starts_at, zone), clock(booking.ends_at, zone)
    address = one_line(booking.address) if booking.place else ""
    return [
        ["Your work", duty.work],
        ["Day", day(duty.since, zone)],
        ["Leave the studio at" if duty.leaves else "Be there at", since],
        ["Until", until],
        ["In all", duration(duty.minutes)],
        ["Session", one_line(booking.package.name)],
        ["Shooting", f"{begins} to {ends}"],
        ["Photographer", one_line(booking.photographer.name)],
        ["Client", one_line(facts.client.first_name)],
        ["People", str(booking.people)],
        ["Where", ", ".join(each for each in (one_line(booking.where), address) if each)],
        ["Sets", ", then ".join(one_line(each.set.name) for each in booking.sets)],
        ["Reference", booking.reference],
    ]


def _changes(had: Sequence[Sequence[str]], has: Sequence[Sequence[str]]) -> list[str]:
    """What is otherwise, a line each."""
    before = {each[0]: each[1] for each in had}
    return [
        f"{name}: {value} instead of {before[name]}" if name in before else f"{name}: {value}"
        for name, value in has
        if before.get(name) != value
    ]
