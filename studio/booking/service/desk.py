"""Booking for a client who is on the phone or at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import agreement, history, sale, settlement
from studio.booking.models import Booking
from studio.booking.service.checkout import AddressNeeded, Details, latest_terms, take_contact
from studio.booking.service.moving import MoveRequest, anyway
from studio.db import retried, transaction
from studio.domain.availability import Obstacle
from studio.ports import ports
from studio.scheduling import calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRequest:
    """What staff book for somebody; *key* makes a second press of the button harmless.

    With a *reason*, the rules named in *set_aside* are broken for it; it needs a photographer.
    """

    package: str
    starts_at: datetime
    details: Details
    by: str
    key: str
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
        sale.NotOffered: naming what is not on sale.
        AddressNeeded: if the studio is to come, and does not know where.
        calendar.StartNotOpen: if the time is not open, or nobody could set aside why.
        moving.RulesBroken: if other rules are broken than the ones set aside.
    """
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        key = f"desk {request.key}"
        known = session.scalars(select(Booking.id).where(Booking.idempotency_key == key)).first()
        if known is not None:
            return known
        wanted = sale.sale_of(
            session,
            request.package,
            add_ons=request.add_ons,
            photographer=request.photographer,
            people=request.people,
            place=request.place,
        )
        if wanted.place and wanted.place.at_client and not request.details.address:
            raise AddressNeeded
        found, broken = _time(session, wanted, request, now)
        asked = agreement.Asked(key, "", "")
        quote = wanted.quote(request.starts_at, now)
        booking = agreement.write(session, wanted, quote, found, asked, now)
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


def _time(
    session: Session, wanted: sale.Sale, request: DeskRequest, now: datetime
) -> tuple[calendar.Claim, tuple[Obstacle, ...]]:
    if not request.reason:
        return calendar.claim(session, wanted.needs, request.starts_at, now), ()
    move = MoveRequest(
        starts_at=request.starts_at,
        photographer=request.photographer,
        by=request.by,
        reason=request.reason,
        set_aside=request.set_aside,
    )
    return anyway(session, wanted.needs, move, now)
