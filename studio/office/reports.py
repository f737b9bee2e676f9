"""How the work was shared, and where rules were set aside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from studio.booking.models import Booking
from studio.catalogue.models import Package
from studio.catalogue.queries import skilled_for
from studio.db import db
from studio.office import queries
from studio.office.shell import bp
from studio.ports import ports
from studio.scheduling.models import Photographer, Resource
from studio.scheduling.queries import photographers, the_studio
from studio.web.fields import planned_day
from studio.web.guards import staff


@dataclass(frozen=True, slots=True)
class Share:
    """One photographer's part of a month.

    *equal* is how many sessions would be theirs if each that was left to the studio were shared
    equally among all who could shoot it.
    """

    name: str
    sessions: int
    minutes: int
    by_name: int
    equal: float

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
    counts = [each.left_to_us for each in shares if each.equal or each.left_to_us]
    return render_template(
        "office/reports/reports.html",
        month=month,
        before=(month - timedelta(days=1)).replace(day=1),
        after=after,
        shares=shares,
        spread=max(counts, default=0) - min(counts, default=0),
        most=max((max(each.left_to_us, each.equal) for each in shares), default=0),
        overridden=_overridden(session, month, after, zone),
        zone=zone.key,
    )


def _shares(session: Session, first: date, after: date, zone: ZoneInfo) -> list[Share]:
    """Those who worked here in the month or do now, in the studio's order, then all others."""
    rows = session.execute(
        select(
            Booking.photographer_id,
            Booking.package_id,
            func.count(Booking.id),
            func.sum(Booking.minutes),
            func.count(Booking.id).filter(Booking.by_name),
        )
        .where(
            Booking.state.in_(queries.STANDING),
            Booking.starts_at >= queries.midnight(first, zone),
            Booking.starts_at < queries.midnight(after, zone),
        )
        .group_by(Booking.photographer_id, Booking.package_id)
    ).all()
    shot: defaultdict[int, Counter[str]] = defaultdict(Counter)
    left: Counter[int] = Counter()
    for who, package, sessions, minutes, by_name in rows:
        shot[who].update(sessions=sessions, minutes=int(minutes), by_name=by_name)
        left[package] += sessions - by_name
    crew = photographers(session, Resource.archived_at >= queries.midnight(first, zone))
    equal = _equal_shares(session, left, crew)
    gone = session.scalars(
        select(Photographer)
        .where(Photographer.id.in_(shot.keys() - {each.id for each in crew}))
        .order_by(Photographer.id)
    )
    return [
        Share(
            each.name,
            shot[each.id]["sessions"],
            shot[each.id]["minutes"],
            shot[each.id]["by_name"],
            equal[each.id],
        )
        for each in (*crew, *gone)
    ]


def _equal_shares(
    session: Session, left: Mapping[int, int], crew: Sequence[Photographer]
) -> defaultdict[int, float]:
    """By photographer: what is *left* to the studio, by package, divided among all who could."""
    found: defaultdict[int, float] = defaultdict(float)
    wanted = select(Package).where(Package.id.in_(left)).options(selectinload(Package.skills))
    for package in session.scalars(wanted).unique():
        able = skilled_for(package, crew)
        for each in able:
            found[each.id] += left[package.id] / len(able)
    return found


def _overridden(session: Session, first: date, after: date, zone: ZoneInfo) -> Sequence[Booking]:
    return session.scalars(
        select(Booking)
        .where(
            Booking.override_reason != "",
            Booking.state.in_(queries.STANDING),
            Booking.starts_at >= queries.midnight(first, zone),
            Booking.starts_at < queries.midnight(after, zone),
        )
        .options(joinedload(Booking.package), joinedload(Booking.photographer))
        .order_by(Booking.starts_at)
    ).all()
