"""Clients, as far as somebody may see their sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import Session

from studio.booking.models import Booking
from studio.clients.models import Client
from studio.messaging.models import Message
from studio.office import prep_board, queries
from studio.office.prep_board import Line, Reach

PAGE = 50

# As many of a client's messages as their page shows; the newest come first.
MOST = 200


@dataclass(frozen=True, slots=True)
class Clients:
    """A page of the address book: each with how many sessions they ever booked or asked for."""

    rows: Sequence[tuple[Client, int]]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def clients(session: Session, words: str, page: int, photographer_id: int | None) -> Clients:
    """Clients whose name, address or telephone has all of *words*, by name."""
    where = _named(words, photographer_id)
    total = session.scalar(select(func.count(Client.id)).where(where)) or 0
    page = min(page, max(1, -(-total // PAGE)))
    counted = (
        select(Booking.client_id, func.count(Booking.id).label("sessions"))
        .where(_of(photographer_id))
        .group_by(Booking.client_id)
        .subquery()
    )
    rows = session.execute(
        select(Client, func.coalesce(counted.c.sessions, 0).label("sessions"))
        .outerjoin(counted, counted.c.client_id == Client.id)
        .where(where)
        .order_by(func.lower(Client.name), Client.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return Clients([(row.Client, row.sessions) for row in rows], total, page)


def client(session: Session, client_id: int, photographer_id: int | None) -> Client | None:
    """One client, unless no session of theirs may be seen."""
    wanted = and_(Client.id == client_id, _named("", photographer_id))
    return session.scalars(select(Client).where(wanted)).one_or_none()


def sessions_of(session: Session, client_id: int, photographer_id: int | None) -> Sequence[Booking]:
    """A client's sessions, the latest first."""
    return session.scalars(
        select(Booking)
        .options(*queries.with_people())
        .where(Booking.client_id == client_id, _of(photographer_id))
        .order_by(Booking.starts_at.desc(), Booking.id.desc())
    ).all()


def messages_of(session: Session, client_id: int, reach: Reach) -> Sequence[Line]:
    """What was and will be written about a client's sessions, the latest first."""
    theirs = select(Booking.id).where(Booking.client_id == client_id)
    messages = session.scalars(
        select(Message)
        .where(Message.booking_id.in_(theirs), prep_board.within(reach))
        .order_by(func.coalesce(Message.sent_at, Message.due_at).desc(), Message.id.desc())
        .limit(MOST)
    )
    return prep_board.joined(session, messages)


def _of(photographer_id: int | None) -> ColumnElement[bool]:
    return true() if photographer_id is None else Booking.photographer_id == photographer_id


def _named(words: str, photographer_id: int | None) -> ColumnElement[bool]:
    wanted = [
        Client.search_text.contains(word, autoescape=True) for word in words.casefold().split()[:6]
    ]
    if photographer_id is not None:
        theirs = select(Booking.client_id).where(Booking.photographer_id == photographer_id)
        wanted.append(Client.id.in_(theirs))
    return and_(true(), *wanted)
