from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, load_only
from sqlalchemy.orm.interfaces import LoaderOption

from studio.prep.models import PrepGuide, PrepOpening, PrepStep, PrepTick

FALLBACK = "en"


def _listed() -> LoaderOption:
    """What lists of guides show; the long texts are read by whoever opens one."""
    return load_only(PrepGuide.session_type_id, PrepGuide.title, PrepGuide.checklist)


def guide_for(session: Session, session_type_id: int, language: str) -> PrepGuide | None:
    """The newest guide of a session type in *language*, else in English, else None."""
    return session.scalars(
        select(PrepGuide)
        .where(
            PrepGuide.session_type_id == session_type_id,
            PrepGuide.language.in_({language, FALLBACK}),
        )
        .order_by((PrepGuide.language == language).desc(), PrepGuide.version.desc())
        .limit(1)
    ).first()


def newest_guides(session: Session) -> Mapping[int, PrepGuide]:
    """The newest English guide of every session type that has one, by the type's id."""
    newest = (
        select(PrepGuide.session_type_id, func.max(PrepGuide.version).label("version"))
        .where(PrepGuide.language == FALLBACK)
        .group_by(PrepGuide.session_type_id)
        .subquery()
    )
    of_newest = and_(
        PrepGuide.session_type_id == newest.c.session_type_id,
        PrepGuide.version == newest.c.version,
    )
    guides = session.scalars(
        select(PrepGuide)
        .join(newest, of_newest)
        .where(PrepGuide.language == FALLBACK)
        .options(_listed())
    )
    return {guide.session_type_id: guide for guide in guides}


def steps_of(session: Session, session_type_id: int) -> Sequence[PrepStep]:
    """The track of a session type: before it the furthest step first, then those after it."""
    return session.scalars(
        select(PrepStep)
        .where(PrepStep.session_type_id == session_type_id)
        .order_by(PrepStep.anchor.desc(), PrepStep.days.desc(), PrepStep.minute, PrepStep.hours)
    ).all()


def ticks(session: Session, booking_id: int) -> frozenset[str]:
    """The keys of what a client says is done."""
    return frozenset(
        session.scalars(select(PrepTick.item).where(PrepTick.booking_id == booking_id))
    )


def ticks_by_booking(
    session: Session, booking_ids: Collection[int]
) -> Mapping[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    rows = session.execute(
        select(PrepTick.booking_id, PrepTick.item).where(PrepTick.booking_id.in_(booking_ids))
    )
    for booking_id, item in rows:
        found.setdefault(booking_id, set()).add(item)
    return {booking_id: frozenset(items) for booking_id, items in found.items()}


def opened(session: Session, booking_ids: Collection[int]) -> Mapping[int, datetime]:
    """When a person first did something on their prep page, for those of the bookings that did."""
    rows = session.execute(
        select(PrepOpening.booking_id, PrepOpening.opened_at).where(
            PrepOpening.booking_id.in_(booking_ids)
        )
    )
    return {row.booking_id: row.opened_at for row in rows}


def guides_by_id(session: Session, ids: Collection[int]) -> Mapping[int, PrepGuide]:
    guides = session.scalars(select(PrepGuide).where(PrepGuide.id.in_(ids)).options(_listed()))
    return {guide.id: guide for guide in guides}
