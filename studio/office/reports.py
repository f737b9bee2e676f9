"""How the work was shared, and where rules were set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from studio.booking.models import Booking
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.office import queries
from studio.office.shell import bp
from studio.ports import ports
from studio.scheduling.queries import photographers, the_studio
from studio.web.fields import planned_day
from studio.web.guards import staff

_BOOKED = (BookingState.CONFIRMED, BookingState.COMPLETED)


@dataclass(frozen=True, slots=True)
class Share:
    """One photographer's part of a month; *percent* is of everybody's sessions."""

    name: str
    sessions: int
    minutes: int
    by_name: int
    percent: int

    @property
    def left_to_us(self) -> int:
        return self.sessions - self.by_name


@bp.get("/reports")
@staff("see_sessions")
def reports() -> str:
    """Each photographer's sessions in a month, and those booked against a rule."""
    session, now = db.session(), ports().now()
    zone = ZoneInfo(the_studio(session).zone)
    today = now.astimezone(zone).date()
    month = planned_day(f"{request.args.get('month', '')}-01") or today.replace(day=1)
    after = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    shares = _shares(session, month, after, zone)
    counts = [each.left_to_us for each in shares]
    return render_template(
        "office/reports/reports.html",
        month=month,
        before=(month - timedelta(days=1)).replace(day=1),
        after=after,
        shares=shares,
        spread=max(counts, default=0) - min(counts, default=0),
        most=max((each.sessions for each in shares), default=0),
        overridden=_overridden(session, month, after, zone),
        zone=zone.key,
    )


def _shares(session: Session, first: date, after: date, zone: ZoneInfo) -> list[Share]:
    """Those who work here and those who shot something, by name."""
    rows = session.execute(
        select(
            Booking.photographer_id,
            func.count(Booking.id),
            func.sum(Booking.minutes),
            func.count(Booking.id).filter(Booking.by_name),
        )
        .where(
            Booking.state.in_(_BOOKED),
            Booking.starts_at >= queries.midnight(first, zone),
            Booking.starts_at < queries.midnight(after, zone),
        )
        .group_by(Booking.photographer_id)
    ).all()
    found = {row[0]: row for row in rows}
    total = sum(row[1] for row in rows)
    return [
        Share(
            each.name,
            row[1] if row else 0,
            int(row[2]) if row else 0,
            row[3] if row else 0,
            round(100 * row[1] / total) if row else 0,
        )
        for each in photographers(session)
        for row in (found.get(each.id),)
    ]


def _overridden(session: Session, first: date, after: date, zone: ZoneInfo) -> Sequence[Booking]:
    return session.scalars(
        select(Booking)
        .where(
            Booking.override_reason != "",
            Booking.state.in_(_BOOKED),
            Booking.starts_at >= queries.midnight(first, zone),
            Booking.starts_at < queries.midnight(after, zone),
        )
        .options(joinedload(Booking.package), joinedload(Booking.photographer))
        .order_by(Booking.starts_at)
    ).all()
