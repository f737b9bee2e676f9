"""What a change of a booked session does to it, told so that somebody can agree to it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking.models import Booking
from studio.domain.money import Money
from studio.domain.pricing import LineKind, added
from studio.messaging.models import Message, MessageKind, MessageState
from studio.messaging.rendering import subject_line
from studio.payments.standing import standing
from studio.web.filters import clock
from studio.web.text import one_line

_TO_COME = (MessageState.PLANNED, MessageState.HELD, MessageState.JOINED)


class Letter(NamedTuple):
    """A message that is to come, and its *words*, to compare them."""

    subject: str
    due_at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Told:
    """A session as it stands at one moment."""

    package: str
    people: int
    looks: int
    arrive_at: datetime
    starts_at: datetime
    ends_at: datetime
    zone: str
    where: str
    sets: tuple[str, ...]
    lines: tuple[tuple[str, int, Money], ...]
    extras: Mapping[str, int]
    price: Money
    crew: Money
    paid: Money
    owed: Money
    surplus: Money
    letters: Mapping[str, Letter]


@dataclass(frozen=True, slots=True)
class Effect:
    """A session *before* and *after* a change."""

    before: Told
    after: Told

    @property
    def more(self) -> Money:
        """What it costs more; below zero what it costs less."""
        return self.after.price - self.before.price

    @property
    def seal(self) -> str:
        """Stands for all that has to be agreed to, whenever that is."""
        money = [(each.lines, each.owed, each.surplus) for each in (self.before, self.after)]
        what = attrgetter("package", "people", "looks", "arrive_at", "ends_at", "where", "sets")
        told = [what(each) for each in (self.before, self.after)]
        return hashlib.sha256(repr((told, money)).encode()).hexdigest()

    @property
    def entry_changed(self) -> bool:
        """Whether it stands otherwise in calendars."""
        told = [(e.package, e.arrive_at, e.ends_at) for e in (self.before, self.after)]
        return told[0] != told[1]

    @property
    def changes(self) -> list[str]:
        """What is otherwise, a few words each; nothing of money."""
        return [*_changes(self.before, self.after)]

    @property
    def added(self) -> str:
        """What costs more, in a few words."""
        before, after = self.before, self.after
        names = [after.package] if after.package != before.package else []
        names += [name for name, n in after.extras.items() if n > before.extras.get(name, 0)]
        if after.people > before.people:
            names.append("more people")
        return one_line(", ".join(names))[:80] or "Changes to the session"

    @property
    def letters(self) -> list[tuple[str, Letter]]:
        """What is to come otherwise than it was, in order of time, each with what becomes of it."""
        before, after = self.before.letters, self.after.letters
        found = [("no longer sent", before[key]) for key in before if key not in after]
        for key, each in after.items():
            was = before.get(key)
            if was is None:
                found.append(("new", each))
            elif was.words != each.words:
                found.append(("says something else", each))
            elif was.due_at != each.due_at:
                found.append(("at another time", each))
        return sorted(found, key=lambda each: each[1].due_at)


class NotAgreed(Exception):
    """A change does what nobody has agreed to yet: *effect*; nothing is changed."""

    def __init__(self, effect: Effect) -> None:
        super().__init__("the change does something else than was agreed to")
        self.effect = effect


def told(session: Session, booking: Booking) -> Told:
    """The booking as it stands now."""
    money = standing(session, booking.id, booking.currency)
    extras: Counter[str] = Counter()
    for each in booking.lines:
        if each.kind == LineKind.ADD_ON:
            extras[each.label] += each.quantity
    return Told(
        package=booking.package.name,
        people=booking.people,
        looks=booking.looks,
        arrive_at=booking.arrive_at,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        zone=booking.zone,
        where=booking.where,
        sets=tuple(each.set.name for each in booking.sets),
        lines=tuple((each.label, each.quantity, each.total) for each in booking.lines),
        extras=extras,
        price=booking.price,
        crew=added((line.total for line in booking.lines if line.before), booking.currency),
        paid=money.paid,
        owed=money.owed,
        surplus=money.surplus if booking.covered is None else Money.zero(booking.currency),
        letters={each.step: _letter(each) for each in _to_come(session, booking)},
    )


def _to_come(session: Session, booking: Booking) -> Sequence[Message]:
    return session.scalars(
        select(Message)
        .where(
            Message.booking_id == booking.id,
            Message.kind == MessageKind.PREP,
            Message.state.in_(_TO_COME),
        )
        .order_by(Message.due_at, Message.id)
        .execution_options(populate_existing=True)
    ).all()


def _letter(message: Message) -> Letter:
    said = [message.context.get(each, "") for each in ("subject", "body", "essentials", "steps")]
    return Letter(subject_line(message), message.due_at, repr([*said, message.body]))


def _changes(before: Told, after: Told) -> Iterator[str]:
    if before.package != after.package:
        yield f"{after.package} instead of {before.package}"
    for was, now, one, many in (
        (before.people, after.people, "person", "people"),
        (before.looks, after.looks, "look", "looks"),
    ):
        if was != now:
            yield f"{now} {one if now == 1 else many} instead of {was}"
    for name in dict.fromkeys([*after.extras, *before.extras]):
        yield from _extra(name, before.extras.get(name, 0), after.extras.get(name, 0))
    for words, at, becomes in (
        ("Arriving at", before.arrive_at, after.arrive_at),
        ("Until", before.ends_at, after.ends_at),
    ):
        if at != becomes:
            yield f"{words} {clock(becomes, after.zone)} instead of {clock(at, before.zone)}"
    if before.where != after.where:
        yield f"In {after.where} instead of {before.where}"
    if before.sets != after.sets:
        yield f"Sets: {', then '.join(after.sets)}"


def _extra(name: str, had: int, has: int) -> Iterator[str]:
    if not has:
        yield f"No longer: {name}"
    elif not had:
        yield f"New: {name}, {has} times" if has > 1 else f"New: {name}"
    elif had != has:
        yield f"{name}: {has} instead of {had}"
