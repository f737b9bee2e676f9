"""What a client does on their prep page: ticking their list, and being there at all."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from studio.inserts import insert_if_new
from studio.prep import queries
from studio.prep.models import PrepOpening, PrepTick


class UnknownItem(Exception):
    """*keys* do not stand on this client's list."""

    def __init__(self, keys: Collection[str]) -> None:
        super().__init__(f"{len(keys)} unknown")
        self.keys = keys


def tick(
    session: Session, booking_id: int, listed: Collection[str], done: Collection[str], now: datetime
) -> None:
    """Make *done* the keys of what a client has *listed* that are ticked; the others are not.

    What is not on their list, since it does not concern them now, stays as it was.

    Raises:
        UnknownItem: if their list has no such key.
    """
    if not set(listed).issuperset(done):
        raise UnknownItem(set(done) - set(listed))
    before = queries.ticks(session, booking_id)
    undone = (before & set(listed)) - set(done)
    if undone:
        session.execute(
            delete(PrepTick).where(PrepTick.booking_id == booking_id, PrepTick.item.in_(undone))
        )
    fresh = sorted(set(done) - before)
    if fresh:
        rows = [{"booking_id": booking_id, "item": key, "ticked_at": now} for key in fresh]
        insert_if_new(session, PrepTick, rows)


def note_opening(session: Session, booking_id: int, now: datetime) -> None:
    """Remember that a person was on the page; only the first time counts."""
    insert_if_new(session, PrepOpening, [{"booking_id": booking_id, "opened_at": now}])
