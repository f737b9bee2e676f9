"""What the prep centre shows: who is ready, what is planned, what did not arrive."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, func, select, true
from sqlalchemy.orm import Session, joinedload

from studio.booking.models import Booking
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.messaging.models import Message, MessageKind, MessageState
from studio.messaging.rendering import subject_line
from studio.payments.models import LedgerEntry
from studio.prep import queries
from studio.prep.models import PrepGuide

# As many as a page shows; a studio of three has about two weeks of sessions in that.
MOST = 100

WAITING = (MessageState.PLANNED, MessageState.HELD)
_LEAVING = (MessageState.CLAIMED, MessageState.DATA)


# These letters are about what was paid, is to be paid or goes back.
_OF_MONEY = {MessageKind.RECEIPT, MessageKind.PAYMENT, MessageKind.CANCELLATION}
_STAFF_OF_MONEY = {"staff_returned"}


@dataclass(frozen=True, slots=True)
class Reach:
    """Which messages somebody may read: of whose sessions, or None for all; and about money."""

    photographer_id: int | None
    with_money: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A message in a list, with the booking it tells of, if it is of one."""

    message: Message
    booking: Booking | None

    @property
    def subject(self) -> str:
        return subject_line(self.message)


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far one session's preparation has come; *done* of *of* things are ticked."""

    booking: Booking
    messages: Sequence[Message]
    opened: bool
    done: int
    of: int
    owed: Money

    @property
    def guide(self) -> tuple[str, str]:
        """What became of what prepares for the session, in words and as a tone."""
        states = [each.state for each in self.messages if each.use_by is not None]
        for wanted, words, tone in (
            ((MessageState.DEAD,), "not delivered", "bad"),
            ((MessageState.SENT,), "sent", "ok"),
            (_LEAVING, "leaving now", "warn"),
            ((MessageState.HELD,), "held back", "warn"),
            ((MessageState.PLANNED,), "planned", "quiet"),
        ):
            if any(state in wanted for state in states):
                return words, tone
        return "nothing planned", "warn"

    @property
    def next(self) -> Line | None:
        waiting = [each for each in self.messages if each.state in WAITING]
        return Line(waiting[0], self.booking) if waiting else None


def coming_up(
    session: Session, since: datetime, zone: str, photographer_id: int | None
) -> list[tuple[date, list[Readiness]]]:
    """Confirmed sessions from *since* on by the studio's days, of one photographer or of all."""
    wanted = (
        _with_people(select(Booking))
        .where(Booking.state == BookingState.CONFIRMED, Booking.starts_at >= since)
        .order_by(Booking.starts_at, Booking.id)
        .limit(MOST)
    )
    if photographer_id is not None:
        wanted = wanted.where(Booking.photographer_id == photographer_id)
    ready = readiness(session, session.scalars(wanted).all())
    local = ZoneInfo(zone)
    days = groupby(ready, key=lambda each: each.booking.starts_at.astimezone(local).date())
    return [(day, list(each)) for day, each in days]


def queue(session: Session, reach: Reach) -> list[Line]:
    """Every message that is planned or held, the soonest first."""
    return _lines(session, Message.state.in_(WAITING), Message.due_at, reach)


def not_delivered(session: Session, reach: Reach) -> list[Line]:
    """What was given up, the latest first; each message's *error* holds the server's words."""
    given_up = Message.state == MessageState.DEAD
    return _lines(session, given_up, Message.due_at.desc(), reach)


def counts(session: Session, reach: Reach) -> tuple[int, int]:
    """How many messages are waiting, and how many did not arrive."""
    rows = session.execute(
        select(Message.state, func.count(Message.id))
        .where(Message.state.in_((*WAITING, MessageState.DEAD)), _within(reach))
        .group_by(Message.state)
    )
    by_state = {state: int(count) for state, count in rows}
    dead = by_state.pop(MessageState.DEAD, 0)
    return sum(by_state.values()), dead


def line(session: Session, message_id: int, reach: Reach) -> Line | None:
    """One message, unless it is out of *reach*."""
    message = session.scalars(
        select(Message).where(Message.id == message_id, _within(reach))
    ).one_or_none()
    return _joined(session, [message])[0] if message else None


def is_written(message: Message) -> bool:
    """Whether staff may rewrite, hold or skip it; nobody keeps back a receipt or a cancellation."""
    return message.kind in {MessageKind.PREP, MessageKind.COURTESY}


def _lines(
    session: Session,
    where: ColumnElement[bool],
    order: SQLColumnExpression[datetime],
    reach: Reach,
) -> list[Line]:
    wanted = select(Message).where(where, _within(reach)).order_by(order, Message.id)
    return _joined(session, session.scalars(wanted.limit(MOST)).all())


def is_of_money(message: Message) -> bool:
    """Whether only those may read it who may see money."""
    return message.kind in _OF_MONEY or message.template in _STAFF_OF_MONEY


def _within(reach: Reach) -> ColumnElement[bool]:
    """Messages of one photographer's sessions; of everybody's, and of none, if that is None."""
    readable: list[ColumnElement[bool]] = []
    if reach.photographer_id is not None:
        theirs = select(Booking.id).where(Booking.photographer_id == reach.photographer_id)
        readable.append(Message.booking_id.in_(theirs))
    if not reach.with_money:
        readable.append(Message.kind.not_in(_OF_MONEY))
        readable.append(Message.template.not_in(_STAFF_OF_MONEY))
    return and_(true(), *readable)


def _joined(session: Session, messages: Iterable[Message]) -> list[Line]:
    messages = list(messages)
    ids = {each.booking_id for each in messages if each.booking_id is not None}
    found = session.scalars(_with_people(select(Booking)).where(Booking.id.in_(ids)))
    bookings = {booking.id: booking for booking in found}
    return [Line(each, bookings.get(each.booking_id or 0)) for each in messages]


def _with_people(wanted: Select[Booking]) -> Select[Booking]:
    return wanted.options(
        joinedload(Booking.client), joinedload(Booking.photographer), joinedload(Booking.package)
    )


def readiness(session: Session, bookings: Sequence[Booking]) -> list[Readiness]:
    """How far each of *bookings* is prepared, in their order, in a fixed number of queries."""
    ids = [booking.id for booking in bookings]
    messages = _prep_messages(session, ids)
    opened = queries.opened(session, ids)
    ticks = queries.ticks_by_booking(session, ids)
    paid = _paid(session, ids)
    guides = _guides(session, bookings)
    ready = []
    for booking in bookings:
        guide = guides.get(booking.id)
        keys = {item["key"] for item in guide.checklist} if guide else set()
        ready.append(
            Readiness(
                booking=booking,
                messages=messages.get(booking.id, []),
                opened=booking.id in opened,
                done=len(keys & ticks.get(booking.id, frozenset())),
                of=len(keys),
                owed=booking.price - Money(paid.get(booking.id, 0), booking.currency),
            )
        )
    return ready


def _prep_messages(session: Session, ids: Collection[int]) -> Mapping[int, list[Message]]:
    found: dict[int, list[Message]] = {}
    for message in session.scalars(
        select(Message)
        .where(
            Message.booking_id.in_(ids),
            Message.kind == MessageKind.PREP,
            Message.state.not_in((MessageState.CANCELLED, MessageState.SKIPPED)),
        )
        .order_by(Message.due_at, Message.id)
    ):
        found.setdefault(message.booking_id or 0, []).append(message)
    return found


def _paid(session: Session, ids: Collection[int]) -> Mapping[int, int]:
    rows = session.execute(
        select(LedgerEntry.booking_id, func.sum(LedgerEntry.amount_minor))
        .where(LedgerEntry.booking_id.in_(ids))
        .group_by(LedgerEntry.booking_id)
    )
    return {booking_id: int(total) for booking_id, total in rows}


def _guides(session: Session, bookings: Sequence[Booking]) -> Mapping[int, PrepGuide]:
    """The guide of each booking, by the booking's id: the one it was sent, else the newest."""
    sent = queries.guides_by_id(session, {b.guide_id for b in bookings if b.guide_id})
    newest = queries.newest_guides(session)
    found: dict[int, PrepGuide] = {}
    for booking in bookings:
        guide = sent.get(booking.guide_id or 0) or newest.get(booking.package.session_type_id)
        if guide:
            found[booking.id] = guide
    return found
