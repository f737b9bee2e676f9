"""Who is signed in."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from studio.accounts.models import SignIn, User

# Signed in for a working day without a click, and for a week at the most.
IDLE = timedelta(hours=8)
LONGEST = timedelta(days=7)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def live_sign_in(session: Session, token: str, now: datetime) -> tuple[int, str, datetime] | None:
    """The id, the data and when it was last seen of the sign-in whose cookie holds *token*."""
    found = session.execute(
        select(SignIn.id, SignIn.data, SignIn.seen_at).where(
            SignIn.id_hash == hash_of(token),
            SignIn.seen_at >= now - IDLE,
            SignIn.created_at >= now - LONGEST,
        )
    ).first()
    return (found[0], found[1], found[2]) if found else None


def anybody(session: Session) -> bool:
    """Whether there is an account at all; on a new database there is none."""
    return bool(session.scalar(select(exists().where(User.active))))
