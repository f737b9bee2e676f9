"""How often one may fail to sign in: doubling waits, never a lock-out for good."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from studio.accounts.models import SignInTry
from studio.inserts import insert_if_new
from studio.web.limits import network

_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """*free* failures cost nothing; then waits of 1, 2, 4 … seconds, at most *longest*."""

    free: int
    longest: int

    def wait(self, failures: int) -> timedelta:
        over = failures - self.free
        return timedelta(seconds=min(self.longest, 1 << min(over, 20)) if over > 0 else 0)


# An office shares one address; an account's owner must not be kept out for long by a stranger.
_LIMITS = {"account": Limit(free=5, longest=300), "address": Limit(free=20, longest=900)}


class TooManyTries(Exception):
    """Signing in has to wait; *seconds* says how long."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"the next try is in {seconds} seconds")
        self.seconds = seconds


def keys(email: str, address: str) -> tuple[str, str]:
    """What a try is counted under; an IPv6 address counts as its network of 64 bits."""
    account = hashlib.sha256(email.encode()).hexdigest()
    return f"account:{account}", f"address:{network(address)}"


def count(session: Session, wanted: tuple[str, ...], now: datetime) -> None:
    """Count a try as failed before its password is looked at, so that a burst gains nothing.

    Raises:
        TooManyTries: if one of the keys has to wait; the try is not counted then.
    """
    session.execute(delete(SignInTry).where(SignInTry.tried_at < now - _FORGOTTEN_AFTER))
    insert_if_new(
        session,
        SignInTry,
        [{"key": key, "failures": 0, "tried_at": now, "blocked_until": now} for key in wanted],
    )
    rows = _rows(session, wanted)
    waiting = max(row.blocked_until - now for row in rows)
    if waiting > timedelta(0):
        raise TooManyTries(int(waiting.total_seconds()) + 1)
    for row in rows:
        row.failures += 1
        row.tried_at = now
        row.blocked_until = now + _LIMITS[row.key.partition(":")[0]].wait(row.failures)


def forgive(session: Session, wanted: tuple[str, ...]) -> None:
    """Take a try that succeeded back: all failures of the account, this one of the address.

    Else somebody with an account could wipe the address's count between two guesses at another.
    """
    for row in _rows(session, wanted):
        row.failures = 0 if row.key.startswith("account:") else max(0, row.failures - 1)
        row.blocked_until = row.tried_at


def _rows(session: Session, wanted: tuple[str, ...]) -> list[SignInTry]:
    return list(
        session.scalars(
            select(SignInTry)
            .where(SignInTry.key.in_(wanted))
            .order_by(SignInTry.key)
            .with_for_update()
        )
    )
