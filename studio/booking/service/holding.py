"""Holding a time while a client fills in the details."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from studio.booking import agreement, codes, history, links, sale, settlement
from studio.booking.models import Booking, TokenPurpose
from studio.booking.sale import Sale
from studio.db import db, retried, transaction
from studio.domain.lifecycle import Action, BookingState
from studio.domain.money import Money
from studio.ports import ports
from studio.scheduling import calendar, openings
from studio.scheduling.memory import memory

EXTENSION = timedelta(minutes=10)

# A person compares two or three times; more is somebody keeping the studio's day for themselves.
MOST_HOLDS = 3


class TooManyHolds(Exception):
    """This address holds as many times as one may at once."""


class KeyReused(Exception):
    """The idempotency key came with another request before."""


class HoldOver(Exception):
    """The hold has run out, was given up, or is a booking by now."""

    def __init__(self, state: BookingState) -> None:
        super().__init__(f"the hold is {state}")
        self.state = state


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest:
    """What a client asks for; *starts_at* is an aware instant.

    *photographer* is a slug, or None for whoever is free. *held_by* stands for the address the
    request came from; *key* makes a repeat of the same request answer the same hold. *replaces*
    is a hold of the same visitor, given up if the new one can be had.
    """

    package: str
    starts_at: datetime
    photographer: str | None = None
    add_ons: Sequence[str] = ()
    people: int | None = None
    place: str | None = None
    held_by: str = ""
    key: str | None = None
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A hold as it was made, or as it stands when the request is repeated."""

    token: str
    reference: str
    expires_at: datetime
    arrive_at: datetime
    starts_at: datetime
    ends_at: datetime
    zone: str
    photographer: str
    price: Money
    due_now: Money


def hold_time(request: HoldRequest) -> Held:
    """Hold the time asked for until the details are filled in.

    Raises:
        NotOffered: if the package, an add-on, the photographer or the number is not on sale.
        calendar.StartNotOpen: if the start is not, or no longer, open.
        KeyReused: if the key came with another request before.
        HoldOver: if the key's hold has run out or was given up.
        TooManyHolds: if the address holds as many as it may.
    """
    # Once somebody was refused, those who lose the same race are told here, without waiting in the
    # queue. A visitor who changes their mind is not: what they hold is in their own way.
    refused = "refused", request.package, request.starts_at.date()
    if memory().peek(refused) and request.replaces is None and not _known(db.session(), request):
        needs = _sale(db.session(), request).needs
        if not openings.is_open(db.session(), needs, request.starts_at, ports().now()):
            raise calendar.StartNotOpen(request.starts_at)
    try:
        return _hold(request)
    except calendar.StartNotOpen:
        memory().recall(refused, lambda: True)
        raise


@retried
def _hold(request: HoldRequest) -> Held:
    with transaction() as session:
        calendar.queue(session)
        # Not before: whoever waited would judge by a time that has passed.
        now = ports().now()
        repeated = _repeated(session, request)
        if repeated:
            return repeated
        if request.replaces is not None:
            _give_up(session, request.replaces, now)
        if links.settings().rate_limits:
            _refuse_hoarding(session, request.held_by, now)
        wanted = _sale(session, request)
        claim = calendar.claim(session, wanted.needs, request.starts_at, now)
        quote = wanted.quote(request.starts_at, now)
        asked = agreement.Asked(request.key, _hash(request), request.held_by)
        booking = agreement.write(session, wanted, quote, claim, asked, now)
        calendar.allocate(session, claim, booking.id, booking.hold_expires_at)
        history.note(session, booking, "held", by=history.CLIENT, now=now)
        links.register(session, booking, TokenPurpose.HOLD, now)
        who = next(each for each in wanted.photographers if each.id == claim.photographer_id)
        return _held(booking, who.slug, quote.due_now)


@retried
def extend_hold(booking_id: int) -> None:
    """Ten minutes more for the details, once.

    Raises:
        HoldOver: if the hold has run out, was extended before, or is being paid for.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        must_be_held(booking, now)
        if booking.extended or booking.hold_expires_at is None or booking.pay_by is not None:
            raise HoldOver(booking.state)
        booking.extended = True
        booking.hold_expires_at += EXTENSION
        if not calendar.expire_at(session, booking.id, booking.hold_expires_at):
            raise HoldOver(BookingState.EXPIRED)
        history.note(session, booking, "extended", by=history.CLIENT, now=now)


def _give_up(session: Session, booking_id: int, now: datetime) -> None:
    """End the visitor's earlier hold, unless it has gone to payment."""
    earlier = history.locked(session, booking_id)
    if earlier.state is BookingState.HELD and earlier.pay_by is None:
        settlement.end(session, earlier, Action.CANCEL, by=history.CLIENT, now=now)


def must_be_held(booking: Booking, now: datetime) -> None:
    """Raises HoldOver unless the booking is held and has its time still."""
    if booking.state is not BookingState.HELD:
        raise HoldOver(booking.state)
    over = booking.pay_by is None and booking.hold_expires_at and booking.hold_expires_at <= now
    if over:
        raise HoldOver(BookingState.EXPIRED)


def _sale(session: Session, request: HoldRequest) -> Sale:
    return sale.sale_of(
        session,
        request.package,
        add_ons=request.add_ons,
        photographer=request.photographer,
        people=request.people,
        place=request.place,
    )


def _known(session: Session, request: HoldRequest) -> bool:
    if request.key is None:
        return False
    found = select(Booking.id).where(Booking.idempotency_key == request.key)
    return session.scalars(found).first() is not None


def _repeated(session: Session, request: HoldRequest) -> Held | None:
    """The hold that this request has made before, if it has."""
    if request.key is None:
        return None
    booking = session.scalars(
        select(Booking).where(Booking.idempotency_key == request.key)
    ).one_or_none()
    if booking is None:
        return None
    if booking.request_hash != _hash(request):
        raise KeyReused
    if booking.state in {BookingState.EXPIRED, BookingState.CANCELLED}:
        raise HoldOver(booking.state)
    if booking.state is BookingState.HELD:
        must_be_held(booking, ports().now())
    due_now = codes.due_now(session, booking)
    return _held(booking, booking.photographer.slug, due_now)


def _held(booking: Booking, photographer: str, due_now: Money) -> Held:
    return Held(
        token=links.own_token(TokenPurpose.HOLD, booking.reference),
        reference=booking.reference,
        expires_at=booking.pay_by or booking.hold_expires_at or booking.starts_at,
        arrive_at=booking.arrive_at,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        zone=booking.zone,
        photographer=photographer,
        price=booking.price,
        due_now=due_now,
    )


def _hash(request: HoldRequest) -> str:
    asked = {each.name: getattr(request, each.name) for each in fields(request)}
    return agreement.mark_of(
        asked | {"held_by": None, "replaces": None, "starts_at": request.starts_at.timestamp()}
    )


def _refuse_hoarding(session: Session, held_by: str, now: datetime) -> None:
    if holding_now(session, now, Booking.held_by == held_by) >= MOST_HOLDS:
        raise TooManyHolds


def holding_now(session: Session, now: datetime, whose: ColumnElement[bool]) -> int:
    """How many times are held, on the payment page too, of those that *whose* picks."""
    return session.scalars(
        select(func.count(Booking.id)).where(
            whose,
            Booking.state == BookingState.HELD,
            or_(Booking.pay_by.is_not(None), Booking.hold_expires_at > now),
        )
    ).one()
