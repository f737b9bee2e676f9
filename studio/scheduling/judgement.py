"""Why a start is not open, and taking it all the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from studio.db import epoch
from studio.domain import availability
from studio.domain.availability import Gaps, Needs, Obstacle, Rule, Why
from studio.domain.wall_clock import local_date
from studio.scheduling.calendar import (
    Claim,
    StartNotOpen,
    before_session,
    begins_before,
    drop_expired,
    queue,
)
from studio.scheduling.openings import known_house, openings, who_and_where
from studio.scheduling.queries import Reading, studio_of, taken, window


def why_not(
    session: Session,
    needs: Needs,
    start: datetime,
    now: datetime,
    *,
    leaving_out: int | None = None,
) -> list[Why]:
    """What is in the way of a session at *start*, for each photographer and room.

    Open are those without an obstacle. What the booking *leaving_out* takes is in nobody's way.
    """
    return _judged(session, needs, start, now, leaving_out)[0]


def claim_anyway(
    session: Session,
    needs: Needs,
    start: datetime,
    now: datetime,
    *,
    photographer_id: int,
    leaving_out: int | None = None,
) -> tuple[Claim, tuple[Obstacle, ...]]:
    """A start as staff take it for a photographer against the rules, and the rules it breaks.

    In the room where these are fewest.

    Raises:
        StartNotOpen: if there is something in the way that nobody can set aside.
    """
    queue(session)
    found, reading = _judged(session, needs, start, now, leaving_out)
    possible = [each for each in found if each.photographer == photographer_id and not each.hard]
    if not possible:
        raise StartNotOpen(start)
    best = min(possible, key=lambda each: len(each.obstacles))
    at, known = epoch(start), known_house(session)
    if reading.stale:
        drop_expired(session, at - begins_before(needs), at + needs.seconds, epoch(now))
    before = before_session(known, needs, reading, at, local_date(at, known.zone))
    claim = Claim(needs, start.astimezone(UTC), photographer_id, best.room, before)
    return claim, best.obstacles


def _judged(
    session: Session, needs: Needs, start: datetime, now: datetime, leaving_out: int | None
) -> tuple[list[Why], Reading]:
    known, at, second = known_house(session), epoch(start), epoch(now)
    days = [local_date(at, known.zone)]
    reading = taken(session, known, *window(days, known.zone), second, leaving_out)
    studio = studio_of(known, days, reading, who_and_where(needs), needs.place)
    found = availability.why_not(studio, needs, at, second)
    if (needs.gaps or known.gaps) is not Gaps.ONLY:
        return found, reading
    kept = openings(session, needs, days, now, leaving_out).starts
    options = next((each.options for each in kept if each.at == at), {})
    return [
        each
        if each.obstacles or _among(options, each)
        else each._replace(obstacles=(Obstacle(rule=Rule.GAP),))
        for each in found
    ], reading


def _among(options: Mapping[int, tuple[int, ...]], why: Why) -> bool:
    rooms = options.get(why.photographer)
    return rooms is not None and (why.room is None or why.room in rooms)
