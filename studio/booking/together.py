"""One client, several sessions: what prepares them comes at most once a day, and says all once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Exists, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from studio.booking.models import Booking
from studio.domain.prep_plan import QuietHours, held_back, wall_time
from studio.messaging.models import Message, MessageKind, MessageState
from studio.prep.sections import sections
from studio.scheduling.models import Studio

# Sessions so close are prepared for together where their guides say the same.
_CLOSE = timedelta(days=7)
_WAITING = (MessageState.PLANNED, MessageState.JOINED)
_GONE = (MessageState.CLAIMED, MessageState.DATA, MessageState.SENT)


def join(session: Session, booking: Booking, studio: Studio, now: datetime) -> None:
    """Settle anew which of the messages that prepare *booking*'s client leave together.

    Two on one day become one, which carries the other. So do two within a week whose guides have
    a section in common. Where one has left today, another waits for the next morning, unless that
    would be the day of its session. Thanks wait for a day of their own. What staff hold back is
    left alone.
    """
    session.flush()
    zone = ZoneInfo(studio.zone)
    today = now.astimezone(zone).date()
    found = _of_client(session, booking, wall_time(today, 0, zone))
    waiting = [each for each in found if each.state in _WAITING and each.use_by]
    for each in waiting:
        if each.state is MessageState.JOINED:
            each.state, each.into_id = MessageState.PLANNED, None
    if len({each.booking_id for each in found}) < 2:
        return
    had = {each.booking_id for each in found if each.state in _GONE}
    quiet = QuietHours(studio.quiet_from_minute, studio.quiet_to_minute)
    for each in waiting:
        if had - {each.booking_id} and _day(each.due_at, zone) <= today:
            tomorrow = _morning_after(today, zone, quiet)
            if _day(tomorrow, zone) < _day(_session(each), zone):
                each.due_at = tomorrow
    _carry(waiting, zone)
    # By a statement for all that was joined, and one for all that waits.
    session.flush()
    _thank(found, now, zone, quiet)


def _morning_after(day: date, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    return held_back(wall_time(day + timedelta(days=1), 0, zone), zone, quiet)


def _thank(found: Sequence[Message], now: datetime, zone: ZoneInfo, quiet: QuietHours) -> None:
    """Put off thanks to come, until a day on which the client gets nothing else of this."""
    thanks = [e for e in found if e.state is MessageState.PLANNED and not e.use_by]
    thanks = [each for each in thanks if each.due_at > now]
    others = [e for e in found if e not in thanks and e.state is not MessageState.JOINED]
    taken = {_day(each.sent_at or each.due_at, zone) for each in others}
    for each in sorted(thanks, key=lambda each: (each.due_at, each.id)):
        while (day := _day(each.due_at, zone)) in taken:
            each.due_at = _morning_after(day, zone, quiet)
        taken.add(day)


def _carry(waiting: Sequence[Message], zone: ZoneInfo) -> None:
    """Give each message to one that leaves before it or on its day, where there is such a one."""
    carriers: list[Message] = []
    for each in sorted(
        waiting, key=lambda each: (_day(each.due_at, zone), _session(each), each.due_at, each.id)
    ):
        carrier = next((other for other in carriers if _together(other, each, zone)), None)
        if carrier is None:
            carriers.append(each)
        else:
            each.state, each.into_id = MessageState.JOINED, carrier.id


def _together(carrier: Message, other: Message, zone: ZoneInfo) -> bool:
    if _day(carrier.due_at, zone) == _day(other.due_at, zone):
        return True
    if carrier.booking_id == other.booking_id:
        return False
    close = abs(_session(carrier) - _session(other)) < _CLOSE
    return close and _guide_of(carrier, zone) & _guide_of(other, zone) != set()


def _guide_of(message: Message, zone: ZoneInfo) -> set[str]:
    """The sections of a guide that a message brings in good time; none once staff rewrote it."""
    ahead = _day(_session(message), zone) - _day(message.due_at, zone)
    if message.body is not None or ahead < timedelta(days=2):
        return set()
    return {each.text for each in sections(message.context["body"]) if each.title}


def _session(message: Message) -> datetime:
    """When the session begins that a message prepares for: from then on it is of no use."""
    return message.use_by or message.due_at


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def others(booking_id: Any, client_id: Any, now: datetime) -> Exists:
    """Whether anything about another session of the client could meet a booking's on its day.

    To be read with the booking, of which the first two are columns.
    """
    theirs = aliased(Booking)
    # A day ago was yesterday everywhere.
    lately = func.coalesce(Message.sent_at, Message.due_at) > now - timedelta(days=1)
    return (
        select(Message.id)
        .join(theirs, theirs.id == Message.booking_id)
        .where(
            theirs.client_id == client_id,
            theirs.id != booking_id,
            Message.kind == MessageKind.PREP,
            or_(Message.state.in_(_WAITING), and_(Message.state.in_(_GONE), lately)),
        )
        .exists()
    )


def _of_client(session: Session, booking: Booking, midnight: datetime) -> Sequence[Message]:
    """What prepares or thanks the client of *booking*: not left yet, or since *midnight*."""
    theirs = select(Booking.id).where(Booking.client_id == booking.client_id)
    at = func.coalesce(Message.sent_at, Message.due_at)
    return session.scalars(
        select(Message)
        .where(
            Message.booking_id.in_(theirs),
            Message.kind == MessageKind.PREP,
            or_(
                Message.state.in_(_WAITING),
                and_(Message.state.in_(_GONE), at >= midnight),
            ),
        )
        .order_by(Message.due_at, Message.id)
        .with_for_update(of=Message)
        .execution_options(populate_existing=True)
    ).all()
