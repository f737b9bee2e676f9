from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, load_only
from sqlalchemy.orm.interfaces import LoaderOption

from studio.prep.models import PrepGuide, PrepStep, PrepTick
from studio.prep.questionnaires.queries import form_days

FALLBACK = "en"
FIRST = 1


def _listed() -> LoaderOption:
    """What lists of guides show; the long texts are read by whoever opens one."""
    return load_only(
        PrepGuide.session_type_id, PrepGuide.language, PrepGuide.title, PrepGuide.checklist
    )


@dataclass(frozen=True, slots=True)
class Track:
    """What prepares a session: its type's guide, if it has one, and the steps.

    The type's questions, if it asks any, should be answered *form_days* days ahead.
    """

    guide: PrepGuide | None
    steps: Sequence[PrepStep]
    form_days: int | None = None


def guide_for(session: Session, session_type_id: int, language: str) -> PrepGuide | None:
    """The newest guide of a session type in *language*, else in English, else None."""
    return session.scalars(_guide_for(PrepGuide, session_type_id, language)).first()


def newest_track(session: Session, session_type_id: int, language: str) -> Track:
    """The track of a session type with `guide_for`, by one statement where there are steps."""
    newest = _guide_for(PrepGuide.id, session_type_id, language).scalar_subquery()
    rows = session.execute(
        _ordered(select(PrepStep, PrepGuide, form_days(session_type_id)), session_type_id)
        .outerjoin(PrepGuide, PrepGuide.id == newest)
        .where(PrepStep.version == func.coalesce(PrepGuide.version, FIRST))
    ).all()
    if not rows:
        return Track(guide_for(session, session_type_id, language), ())
    return _track(rows)


def track_of(session: Session, session_type_id: int, guide_id: int) -> Track:
    """The track of a session type with a guide that a booking keeps to, by one statement."""
    rows = session.execute(
        _ordered(select(PrepStep, PrepGuide, form_days(session_type_id)), session_type_id)
        .join(PrepGuide, PrepGuide.id == guide_id)
        .where(PrepStep.version == PrepGuide.version)
    ).all()
    if not rows:
        return Track(session.get_one(PrepGuide, guide_id), ())
    return _track(rows)


def _track(rows: Sequence[Row[PrepStep, PrepGuide, int | None]]) -> Track:
    return Track(rows[0].PrepGuide, [row.PrepStep for row in rows], rows[0].form_days)


def _guide_for(what: Any, session_type_id: int, language: str) -> Select[Any]:
    return (
        select(what)
        .where(
            PrepGuide.session_type_id == session_type_id,
            PrepGuide.language.in_({language, FALLBACK}),
        )
        .order_by((PrepGuide.language == language).desc(), PrepGuide.version.desc())
        .limit(1)
    )


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


def steps_of(session: Session, session_type_id: int, version: int = FIRST) -> Sequence[PrepStep]:
    """The track of a guide's version: before a session the furthest step first, then after it."""
    wanted = _ordered(select(PrepStep), session_type_id).where(PrepStep.version == version)
    return list(session.scalars(wanted))


def _ordered(these: Any, session_type_id: int) -> Any:
    return these.where(PrepStep.session_type_id == session_type_id).order_by(
        PrepStep.anchor.desc(), PrepStep.days.desc(), PrepStep.minute, PrepStep.hours
    )


def ticks(session: Session, booking_id: int) -> frozenset[str]:
    """The keys of what a client says is done."""
    return frozenset(
        session.scalars(select(PrepTick.item).where(PrepTick.booking_id == booking_id))
    )


def sent_or_newest(
    session: Session, ids: Collection[int]
) -> tuple[Mapping[int, PrepGuide], Mapping[int, PrepGuide]]:
    """The guides of these *ids* by id, and the newest English ones by session type."""
    newest = (
        select(PrepGuide.session_type_id, func.max(PrepGuide.version))
        .where(PrepGuide.language == FALLBACK)
        .group_by(PrepGuide.session_type_id)
    )
    is_newest = and_(
        PrepGuide.language == FALLBACK,
        tuple_(PrepGuide.session_type_id, PrepGuide.version).in_(newest),
    )
    found = session.scalars(
        select(PrepGuide)
        .where(or_(PrepGuide.id.in_(ids), is_newest))
        .order_by(PrepGuide.version)
        .options(_listed())
    ).all()
    by_type = {each.session_type_id: each for each in found if each.language == FALLBACK}
    return {each.id: each for each in found}, by_type
