"""What the prep centre shows: who is ready, what is planned, what did not arrive."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, exists, func, select, true
from sqlalchemy.orm import Session, joinedload

from studio.booking import readiness_of
from studio.booking.models import Booking
from studio.catalogue.models import Package
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.domain.readiness import Prepared, Readiness, readiness
from studio.messaging.models import Message, MessageKind, MessageState
from studio.messaging.rendering import subject_line
from studio.prep.questionnaires import queries as questionnaires
from studio.prep.questionnaires.models import PrepForm

# As many as a page shows; a studio of three has about a month of sessions in that.
MOST = 200

WAITING = (MessageState.PLANNED, MessageState.HELD, MessageState.JOINED)
_LEAVING = (MessageState.CLAIMED, MessageState.DATA)

# Where a message stands, said of one that nothing can be done to any more.
STANDS = {
    MessageState.PLANNED: "It is planned, and not held",
    MessageState.HELD: "It is held back already",
    MessageState.JOINED: "It goes along with another message",
    MessageState.CLAIMED: "It is leaving this moment",
    MessageState.DATA: "It is leaving this moment",
    MessageState.SENT: "It was sent meanwhile",
    MessageState.DEAD: "It was not delivered",
    MessageState.SKIPPED: "It was skipped",
    MessageState.CANCELLED: "It was withdrawn",
}


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
class Preparation:
    """How far one session's preparation has come: its messages, what the client did, and money."""

    booking: Booking
    messages: Sequence[Message]
    known: Prepared
    state: Readiness
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
            ((MessageState.PLANNED, MessageState.JOINED), "planned", "quiet"),
        ):
            if any(state in wanted for state in states):
                return words, tone
        return "nothing planned", "warn"

    @property
    def next(self) -> Line | None:
        waiting = [each for each in self.messages if each.state in WAITING]
        return Line(waiting[0], self.booking) if waiting else None


class Board(StrEnum):
    """Which sessions the board shows: all, those with such a message, or without their form."""

    ALL = ""
    TODAY = "today"
    REVIEW = "review"
    UNDELIVERED = "undelivered"
    FORM = "form"


def coming_up(
    session: Session,
    since: datetime,
    zone: str,
    photographer_id: int | None,
    now: datetime,
    show: Board = Board.ALL,
) -> list[tuple[date, list[Preparation]]]:
    """Confirmed sessions from *since*, when today begins, by the studio's days; one's own or all.

    What *show* leaves out is left out before there are more than a page shows.
    """
    wanted = _confirmed(photographer_id).where(Booking.starts_at >= since).limit(MOST)
    if show is Board.FORM:
        wanted = wanted.where(_form_is_missing())
    elif show is not Board.ALL:
        wanted = wanted.where(_has_message(show, since + timedelta(days=1)))
    ready = preparation(session, session.scalars(wanted).all(), now)
    local = ZoneInfo(zone)
    days = groupby(ready, key=lambda each: each.booking.starts_at.astimezone(local).date())
    return [(day, list(each)) for day, each in days]


def between(
    session: Session, since: datetime, until: datetime, photographer_id: int | None
) -> Sequence[Booking]:
    """Confirmed sessions that begin in the time from *since* to *until*."""
    wanted = _confirmed(photographer_id).where(
        Booking.starts_at >= since, Booking.starts_at < until
    )
    return session.scalars(wanted).all()


def _confirmed(photographer_id: int | None) -> Select[Booking]:
    wanted = (
        _with_people(select(Booking))
        .where(Booking.state == BookingState.CONFIRMED)
        .order_by(Booking.starts_at, Booking.id)
    )
    if photographer_id is None:
        return wanted
    return wanted.where(Booking.photographer_id == photographer_id)


def _has_message(show: Board, until: datetime) -> ColumnElement[bool]:
    """Whether a message of the session is what *show* looks for; *until* is when today ends."""
    which = {
        Board.TODAY: and_(Message.state.in_(WAITING), Message.due_at < until),
        Board.REVIEW: and_(Message.review, Message.state == MessageState.HELD),
        Board.UNDELIVERED: Message.state == MessageState.DEAD,
    }[show]
    prepares = Message.kind == MessageKind.PREP
    return exists().where(Message.booking_id == Booking.id, prepares, which)


def _form_is_missing() -> ColumnElement[bool]:
    """Whether the session's client has begun the form or is asked to, and has not sent it in."""
    asked = select(Package.id).where(Package.session_type_id.in_(questionnaires.asking()))
    of_booking = PrepForm.booking_id == Booking.id
    is_in = exists().where(of_booking, PrepForm.sent_at.is_not(None))
    return ~is_in & (exists().where(of_booking) | Booking.package_id.in_(asked))


def not_delivered(session: Session, reach: Reach) -> list[Line]:
    """What was given up, the latest first; each message's *error* holds the server's words."""
    given_up = Message.state == MessageState.DEAD
    return _lines(session, given_up, Message.due_at.desc(), reach)


def counts(session: Session, reach: Reach) -> tuple[int, int]:
    """How many messages are waiting, and how many did not arrive."""
    rows = session.execute(
        select(Message.state, func.count(Message.id))
        .where(Message.state.in_((*WAITING, MessageState.DEAD)), within(reach))
        .group_by(Message.state)
    )
    by_state = {state: int(count) for state, count in rows}
    dead = by_state.pop(MessageState.DEAD, 0)
    return sum(by_state.values()), dead


def line(session: Session, message_id: int, reach: Reach) -> Line | None:
    """One message, unless it is out of *reach*."""
    message = session.scalars(
        select(Message).where(Message.id == message_id, within(reach))
    ).one_or_none()
    return joined(session, [message])[0] if message else None


def is_written(message: Message) -> bool:
    """Whether staff may rewrite, hold or skip it; nobody keeps back a receipt or a cancellation."""
    return message.kind in {MessageKind.PREP, MessageKind.COURTESY}


def _lines(
    session: Session,
    where: ColumnElement[bool],
    order: SQLColumnExpression[datetime],
    reach: Reach,
) -> list[Line]:
    wanted = select(Message).where(where, within(reach)).order_by(order, Message.id)
    return joined(session, session.scalars(wanted.limit(MOST)).all())


def is_of_money(message: Message) -> bool:
    """Whether only those may read it who may see money."""
    return message.kind in _OF_MONEY or message.template in _STAFF_OF_MONEY


def within(reach: Reach) -> ColumnElement[bool]:
    """Messages of one photographer's sessions; of everybody's, and of none, if that is None."""
    readable: list[ColumnElement[bool]] = []
    if reach.photographer_id is not None:
        theirs = select(Booking.id).where(Booking.photographer_id == reach.photographer_id)
        readable.append(Message.booking_id.in_(theirs))
    if not reach.with_money:
        readable.append(Message.kind.not_in(_OF_MONEY))
        readable.append(Message.template.not_in(_STAFF_OF_MONEY))
    return and_(true(), *readable)


def joined(session: Session, messages: Iterable[Message]) -> list[Line]:
    """Each message with the booking it tells of, by one more question."""
    messages = list(messages)
    ids = {each.booking_id for each in messages if each.booking_id is not None}
    found = session.scalars(_with_people(select(Booking)).where(Booking.id.in_(ids)))
    bookings = {booking.id: booking for booking in found}
    return [Line(each, bookings.get(each.booking_id or 0)) for each in messages]


def _with_people(wanted: Select[Booking]) -> Select[Booking]:
    return wanted.options(
        joinedload(Booking.client), joinedload(Booking.photographer), joinedload(Booking.package)
    )


def preparation(session: Session, bookings: Sequence[Booking], now: datetime) -> list[Preparation]:
    """How far each of *bookings* is prepared, in their order, in a fixed number of queries."""
    ids = [booking.id for booking in bookings]
    messages = _prep_messages(session, ids)
    known = readiness_of.prepared(session, bookings, now)
    return [
        Preparation(
            booking=booking,
            messages=messages.get(booking.id, []),
            known=known[booking.id].prepared,
            state=readiness(known[booking.id].prepared, now),
            owed=Money(known[booking.id].owed_minor, booking.currency),
        )
        for booking in bookings
    ]


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
