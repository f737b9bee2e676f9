from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from studio.booking.releases.models import Release, ReleaseText, Sitter

# A class, a wedding party: more than that is a mistake or an attack.
MOST_SITTERS = 60


def newest_text(session: Session) -> ReleaseText | None:
    """What is signed from now on; None while the studio asks for no release."""
    return session.scalars(
        select(ReleaseText).order_by(ReleaseText.version.desc()).limit(1)
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class Answer:
    """A sitter with their latest answer; *stands* is whether it is one to what is asked now."""

    sitter: Sitter
    release: Release | None
    stands: bool


def answers(session: Session, booking_ids: Collection[int]) -> Mapping[int, Sequence[Answer]]:
    """Everybody who is photographed, by booking, in the order they were named."""
    latest = (
        select(Release.sitter_id, func.max(Release.number).label("number"))
        .group_by(Release.sitter_id)
        .subquery()
    )
    asked = select(func.max(ReleaseText.version)).where(ReleaseText.asks_again).scalar_subquery()
    rows = session.execute(
        select(Sitter, Release, func.coalesce(asked, 0))
        .outerjoin(latest, latest.c.sitter_id == Sitter.id)
        .outerjoin(Release, (Release.sitter_id == Sitter.id) & (Release.number == latest.c.number))
        .options(joinedload(Release.text))
        .where(Sitter.booking_id.in_(booking_ids))
        .order_by(Sitter.id)
    )
    found: dict[int, list[Answer]] = {}
    for sitter, release, version in rows:
        stands = release is not None and release.text.version >= version
        found.setdefault(sitter.booking_id, []).append(Answer(sitter, release, stands))
    return found


def answers_of(session: Session, booking_id: int) -> Sequence[Answer]:
    return answers(session, [booking_id]).get(booking_id, ())


def sitter(session: Session, booking_id: int, sitter_id: int) -> Sitter | None:
    """One who is photographed in this session; nobody of another one."""
    return session.scalars(
        select(Sitter).where(Sitter.id == sitter_id, Sitter.booking_id == booking_id)
    ).one_or_none()


def latest(session: Session, sitter_id: int) -> Release | None:
    return session.scalars(
        select(Release)
        .where(Release.sitter_id == sitter_id)
        .order_by(Release.number.desc())
        .limit(1)
    ).one_or_none()


def release(session: Session, booking_id: int, release_id: int) -> Release | None:
    """One answer given in this session, however old."""
    return session.scalars(
        select(Release)
        .join(Sitter, Sitter.id == Release.sitter_id)
        .where(Release.id == release_id, Sitter.booking_id == booking_id)
    ).one_or_none()
