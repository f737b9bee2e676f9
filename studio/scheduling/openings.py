"""Which starts are open: the engine's answers, kept in memory while they hold."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from studio.db import epoch
from studio.domain import availability
from studio.domain.availability import Gaps, Needs, Start, Step
from studio.domain.wall_clock import around, local_date
from studio.scheduling.house import House, house
from studio.scheduling.memory import recall, version
from studio.scheduling.queries import NOTHING, Reading, midnight, studio_of, taken, window

# A refusal looks this far on both sides for starts to offer instead.
_NEAR = timedelta(days=7)


class Openings(NamedTuple):
    """Some days as they stand, whatever the notice; shared, so nobody may change it.

    It holds until *reading.good_until*, when the first hold in it runs out.
    """

    starts: Sequence[Start]
    reading: Reading


def starts_on(
    session: Session,
    needs: Needs,
    days: Sequence[date],
    now: datetime,
    *,
    leaving_out: int | None = None,
) -> list[Start]:
    """The starts open on the local dates *days*, in order.

    With *leaving_out*, those open to that booking: what it takes itself is free to it.
    """
    if not days:
        return []
    found, second = openings(session, needs, days, now, leaving_out), epoch(now)
    # The notice moves by the second, so it is taken off last.
    earliest = bisect_left(found.starts, second + needs.lead, key=lambda start: start.at)
    return list(found.starts[earliest:])


def room_on(
    session: Session, needs: Needs, days: Sequence[date], now: datetime
) -> Mapping[date, int]:
    """How many starts each of *days* would have if nothing were taken or blocked."""
    known, second = known_house(session), epoch(now)
    today = local_date(second, known.zone)
    key = ("room", version(session).house, *_key(needs), days[0], days[-1], len(days), today)
    return recall(session, key, lambda: _room(known, needs, days, second))


def openings(
    session: Session,
    needs: Needs,
    days: Sequence[date],
    now: datetime,
    leaving_out: int | None = None,
) -> Openings:
    known, second = known_house(session), epoch(now)
    if leaving_out is not None:
        return _open(session, known, needs, days, second, leaving_out)
    key = _openings_key(session, known, needs, days, second)

    def make() -> Openings:
        return _open(session, known, needs, days, second)

    return recall(session, key, make, lambda found: found.reading.good_until > second)


def _openings_key(
    session: Session, known: House, needs: Needs, days: Sequence[date], now: int
) -> tuple[Hashable, ...]:
    today = local_date(now, known.zone)
    return ("starts", version(session), *_key(needs), days[0], days[-1], len(days), today)


def preferred(session: Session, needs: Needs, starts: Sequence[Start], now: datetime) -> set[int]:
    """Which of *starts*, in order, the studio would rather sell, in epoch seconds.

    Those that leave no gap, where the package or else the studio prefers them; otherwise none.
    """
    known = known_house(session)
    if not starts or (needs.gaps or known.gaps) is not Gaps.PREFER:
        return set()
    first, last = (local_date(each.at, known.zone) for each in (starts[0], starts[-1]))
    days = [first + timedelta(days=n) for n in range(-1, (last - first).days + 2)]
    near = openings(session, needs, days, now).starts
    kept = {each.at for each in availability.gap_free(near, needs.step_minutes)}
    return kept & {each.at for each in starts}


def is_open(session: Session, needs: Needs, start: datetime, now: datetime) -> bool:
    """Whether a session may start at *start*, as far as this transaction sees."""
    at = epoch(start)
    day = local_date(at, known_house(session).zone)
    return any(each.at == at for each in starts_on(session, needs, [day], now))


def nearest(
    session: Session,
    needs: Needs,
    start: datetime,
    now: datetime,
    most: int = 3,
    *,
    leaving_out: int | None = None,
) -> list[Start]:
    """The open starts nearest to *start*, within a week before and after, in order of time.

    To one that is over, the first within a week from now.
    """
    zone, start = known_house(session).zone, max(start, now)
    first = local_date(epoch(max(start - _NEAR, now)), zone)
    last = local_date(epoch(start + _NEAR), zone)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found = starts_on(session, needs, days, now, leaving_out=leaving_out)
    wanted = epoch(start)
    return sorted(sorted(found, key=lambda each: abs(each.at - wanted))[:most])


def known_house(session: Session) -> House:
    """The studio apart from its bookings, as this transaction sees it."""
    return recall(session, ("house", version(session).house), lambda: house(session))


def _open(
    session: Session,
    known: House,
    needs: Needs,
    days: Sequence[date],
    now: int,
    leaving_out: int | None = None,
) -> Openings:
    only = (needs.gaps or known.gaps) is Gaps.ONLY
    # What is free goes on past midnight, whichever days are asked for.
    seen = around(days) if only else days
    reading = taken(session, known, *window(seen, known.zone), now, leaving_out)
    studio = studio_of(known, seen, reading, who_and_where(needs), needs.place)
    begin = midnight(local_date(now, known.zone), known.zone)
    starts = availability.open_starts(studio, replace(needs, lead=0), seen, begin)
    if only:
        kept = availability.gap_free(starts, needs.step_minutes)
        starts = [each for each in kept if local_date(each.at, known.zone) in days]
    return Openings(starts, reading)


def _room(known: House, needs: Needs, days: Sequence[date], now: int) -> Mapping[date, int]:
    studio = studio_of(known, days, NOTHING, who_and_where(needs), needs.place)
    begin = midnight(local_date(now, known.zone), known.zone)
    empty = replace(studio, blocked={})
    starts = availability.open_starts(empty, replace(needs, lead=0), days, begin)
    return Counter(local_date(each.at, known.zone) for each in starts)


def _key(needs: Needs) -> tuple[Hashable, ...]:
    """All that decides where *needs* fit, the notice aside."""
    return tuple(
        _hashable(getattr(needs, each.name)) for each in fields(needs) if each.name != "lead"
    )


def _hashable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted(value.items()))
    if isinstance(value, tuple):
        return tuple(_hashable(each) for each in value)
    if isinstance(value, Step):
        return value.begins, value.ends, value.artists, _hashable(value.equipment)
    return value


def who_and_where(needs: Needs) -> list[int]:
    artists = [who for step in needs.before for who in step.artists]
    return [*needs.photographers, *needs.rooms, *artists]
