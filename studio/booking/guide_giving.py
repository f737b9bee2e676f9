"""A newer guide for a session that keeps to an older one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from studio.booking import replanning
from studio.booking.models import Booking
from studio.catalogue.models import Package
from studio.domain.lifecycle import BookingState
from studio.prep import queries
from studio.prep.models import PrepGuide


def with_older(guide: PrepGuide, now: datetime) -> ColumnElement[bool]:
    """Sessions still to come of the guide's kind that keep to another version."""
    of_kind = select(Package.id).where(Package.session_type_id == guide.session_type_id)
    return (
        (Booking.state == BookingState.CONFIRMED)
        & (Booking.starts_at > now)
        & (Booking.language == guide.language)
        & Booking.package_id.in_(of_kind)
        & (Booking.guide_id.is_distinct_from(guide.id))
    )


def give(session: Session, booking: Booking, guide: PrepGuide, now: datetime) -> None:
    """Let *booking*, which is locked, keep to *guide*, and plan anew what has not left."""
    booking.guide_id = guide.id
    track = queries.track_of(session, guide.session_type_id, guide.id)
    replanning.renew(session, booking, track, now)
