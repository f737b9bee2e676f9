"""Booking for a client who is on the phone or at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import agreement, history, sale, settlement
from studio.booking.models import Booking
from studio.booking.reaching import must_be_reached
from studio.booking.service.checkout import Details, latest_terms, take_contact
from studio.booking.service.holding import KeyReused
from studio.booking.service.moving import MoveRequest, anyway
from studio.db import retried, transaction
from studio.domain.availability import Obstacle
from studio.ports import ports
from studio.scheduling import calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRequest:
    """What staff book for somebody; *key* makes a second press of the same button harmless.

    The deposit is due by *deposit_due_at*, and never later than the balance or the session. With
    a *reason*, the rules named in *set_aside* are broken for it, if one photographer alone could
    shoot it: the one asked for, or the only one there is.
    """

    package: str
    starts_at: datetime
    details: Details
    by: str
    key: str
    deposit_due_at: datetime
    photographer: str | None = None
    add_ons: Sequence[str] = ()
    people: int | None = None
    place: str | None = None
    reason: str = ""
    set_aside: frozenset[str] = frozenset()


@retried
def book_at_desk(request: DeskRequest) -> int:
    """Book and confirm a session at once, and answer its id. What is due is still to be paid.

    Raises:
        KeyReused: if the key came with another session before, or there is none.
        sale.NotOffered: naming what is not on sale.
        NotReached: if the studio is to come or to ring, and does not know where.
        calendar.StartNotOpen: if the time is not open, or nobody could set aside why.
        moving.RulesBroken: if other rules are broken than the ones set aside.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        if not request.key:
            raise KeyReused
        key, mark = f"desk {request.key}", _mark(request)
        known = session.scalars(select(Booking).where(Booking.idempotency_key == key)).first()
        if known is not None:
            if known.request_hash != mark:
                raise KeyReused
            return known.id
        wanted = sale.sale_of(
            session,
            request.package,
            add_ons=request.add_ons,
            photographer=request.photographer,
            people=request.people,
            place=request.place,
        )
        details = request.details
        must_be_reached(wanted.place, address=details.address, phone=details.phone)
        found, broken = _time(session, wanted, request, now)
        asked = agreement.Asked(key, mark, "")
        quote = wanted.quote(found.starts_at, now)
        latest = found.starts_at if quote.deposit == quote.total else quote.balance_due_at
        written = agreement.write(
            session, wanted, quote, found, asked, now,
            deposit_due_at=max(now, min(request.deposit_due_at, latest)),
        )  # fmt: skip
        booking = session.get_one(Booking, written.id)
        booking.hold_expires_at = None
        booking.override_reason = request.reason if broken else ""
        calendar.allocate(session, found, booking.id, None)
        take_contact(session, booking, request.details, now)
        booking.terms_id = latest_terms(session).id
        history.note(
            session, booking, "booked by staff", by=request.by, now=now,
            reason=request.reason, rules=[each.rule.value for each in broken],
        )  # fmt: skip
        session.flush()
        session.refresh(booking)
        settlement.confirm(session, booking, by=request.by, now=now)
        return booking.id


def _mark(request: DeskRequest) -> str:
    return agreement.mark_of(
        asdict(request)
        | {
            "key": None,
            "starts_at": request.starts_at.timestamp(),
            "deposit_due_at": request.deposit_due_at.timestamp(),
        }
    )


def _time(
    session: Session, wanted: sale.Sale, request: DeskRequest, now: datetime
) -> tuple[calendar.Claim, tuple[Obstacle, ...]]:
    # Rules are set aside for somebody; for whoever is free, there is only what is open.
    if not request.reason or len(wanted.needs.photographers) != 1:
        return calendar.claim(session, wanted.needs, request.starts_at, now), ()
    move = MoveRequest(
        starts_at=request.starts_at,
        photographer=request.photographer,
        by=request.by,
        reason=request.reason,
        set_aside=request.set_aside,
    )
    return anyway(session, wanted.needs, move, now)
