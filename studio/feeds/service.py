"""Making and withdrawing addresses of feeds."""

from __future__ import annotations

import hashlib
import re
import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db import retried, transaction
from studio.feeds.models import CalendarFeed
from studio.ports import ports
from studio.scheduling.models import Photographer, Resource
from studio.scheduling.service import NotTheirs

_SECRET = re.compile(r"[\w-]{43}", re.ASCII)


@retried
def make_feed(photographer_id: int, *, detailed: bool, within: int | None = None) -> str:
    """A new secret that opens a photographer's feed; it is shown this once.

    Raises:
        NotTheirs: if it is another photographer's than *within*.
    """
    if within is not None and photographer_id != within:
        raise NotTheirs
    secret = secrets.token_urlsafe(32)
    with transaction() as session:
        session.get_one(Photographer, photographer_id)
        session.add(
            CalendarFeed(
                photographer_id=photographer_id,
                token_hash=_hash(secret),
                detailed=detailed,
                created_at=ports().now(),
            )
        )
    return secret


@retried
def revoke_feed(feed_id: int, within: int | None = None) -> None:
    """End a feed; ended already is fine.

    Raises:
        NotTheirs: if it is another photographer's than *within*.
    """
    with transaction() as session:
        feed = session.get(CalendarFeed, feed_id)
        if feed is None:
            return
        if within is not None and feed.photographer_id != within:
            raise NotTheirs
        feed.revoked_at = feed.revoked_at or ports().now()


def find(session: Session, secret: str) -> CalendarFeed | None:
    """The live feed that *secret* opens; none while its photographer is archived."""
    if not _SECRET.fullmatch(secret):
        return None
    return session.scalars(
        select(CalendarFeed)
        .join(Resource, Resource.id == CalendarFeed.photographer_id)
        .where(
            CalendarFeed.token_hash == _hash(secret),
            CalendarFeed.revoked_at.is_(None),
            Resource.archived_at.is_(None),
        )
    ).one_or_none()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
