"""The queue of messages: which of them a list shows, and a page of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from studio.booking.models import Booking
from studio.catalogue.models import Package, SessionType
from studio.messaging.models import Message, MessageState
from studio.office import prep_board
from studio.office.prep_board import WAITING, Line, Reach
from studio.scheduling.models import Photographer, Resource

PAGE = 50


class Show(StrEnum):
    """Which messages are listed, by what has become of them."""

    WAITING = ""
    TODAY = "today"
    REVIEW = "review"
    HELD = "held"
    UNDELIVERED = "undelivered"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is narrowed to; *until* is when today ends. Empty slugs stand for all."""

    show: Show
    until: datetime
    kind: str = ""
    photographer: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the queue, and how many messages there are on all its pages."""

    lines: Sequence[Line]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class Choices:
    """What a list can be narrowed to, as (slug, name)."""

    kinds: Sequence[tuple[str, str]]
    photographers: Sequence[tuple[str, str]]


def listed(session: Session, wanted: Filter, reach: Reach) -> Listed:
    """The messages of *wanted* in *reach*, the soonest first; what is over, the latest first."""
    where = and_(_state(wanted), prep_board.within(reach), *_of_sessions(wanted))
    total = session.scalar(select(func.count(Message.id)).where(where)) or 0
    page = min(wanted.page, max(1, -(-total // PAGE)))
    over = wanted.show in {Show.UNDELIVERED, Show.SENT}
    messages = session.scalars(
        select(Message)
        .where(where)
        .order_by(Message.due_at.desc() if over else Message.due_at, Message.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return Listed(prep_board.joined(session, messages), total, page)


def choices(session: Session, reach: Reach) -> Choices:
    """Every kind of session; the photographers for whoever sees more than their own sessions."""
    kinds = session.execute(
        select(SessionType.slug, SessionType.name).order_by(SessionType.genre, SessionType.position)
    )
    everybody = (
        select(Resource.slug, Resource.name)
        .join(Photographer, Photographer.id == Resource.id)
        .order_by(Resource.position, Resource.name)
    )
    people = session.execute(everybody) if reach.photographer_id is None else ()
    return Choices([(slug, name) for slug, name in kinds], [(slug, name) for slug, name in people])


def unapproved(session: Session, reach: Reach, now: datetime) -> int:
    """How many messages should have left by *now* and still wait for somebody's approval."""
    late = and_(_FOR_REVIEW, Message.due_at <= now, prep_board.within(reach))
    return session.scalar(select(func.count(Message.id)).where(late)) or 0


_FOR_REVIEW = and_(Message.review, Message.state == MessageState.HELD)


def _state(wanted: Filter) -> ColumnElement[bool]:
    match wanted.show:
        case Show.TODAY:
            return and_(Message.state.in_(WAITING), Message.due_at < wanted.until)
        case Show.REVIEW:
            return _FOR_REVIEW
        case Show.HELD:
            return and_(Message.state == MessageState.HELD, ~Message.review)
        case Show.UNDELIVERED:
            return Message.state == MessageState.DEAD
        case Show.SENT:
            return Message.state == MessageState.SENT
        case _:
            return Message.state.in_(WAITING)


def _of_sessions(wanted: Filter) -> list[ColumnElement[bool]]:
    """Messages of the sessions of one kind, or of one photographer."""
    found: list[ColumnElement[bool]] = []
    if wanted.kind:
        of_kind = (
            select(Booking.id)
            .join(Package, Package.id == Booking.package_id)
            .join(SessionType, SessionType.id == Package.session_type_id)
            .where(SessionType.slug == wanted.kind)
        )
        found.append(Message.booking_id.in_(of_kind))
    if wanted.photographer:
        theirs = (
            select(Booking.id)
            .join(Resource, Resource.id == Booking.photographer_id)
            .where(Resource.slug == wanted.photographer)
        )
        found.append(Message.booking_id.in_(theirs))
    return found
