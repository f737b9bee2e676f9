"""What is done around sessions: building, striking, changing over, and the way there and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from studio.domain.availability import STUDIO
from studio.domain.turnaround import SetTimes, changeover


@dataclass(frozen=True, slots=True)
class OnSpot:
    """A session as the spot sees it on which its set is built; lengths in minutes, sets by ids.

    *spot* is alike for sessions that could find each other's set still standing.
    """

    booking_id: int
    spot: tuple[int, int]
    starts_at: datetime
    ends_at: datetime
    first_set: int
    last_set: int
    same_minutes: int
    clear_minutes: int


@dataclass(frozen=True, slots=True)
class Turnaround:
    """When work on the set begins before a session, and when it is over after it.

    *cleared* is when the spot is tidy, before anything is struck.
    *set_stands*: the session before has left the set that is wanted, so nothing is built.
    """

    since: datetime
    cleared: datetime
    until: datetime
    set_stands: bool


def turnarounds(
    sessions: Iterable[OnSpot], sets: Mapping[int, SetTimes], zone: ZoneInfo
) -> dict[int, Turnaround]:
    """The turnaround of each session by its booking's id.

    A set that the next session of the same local day on the spot begins with stays; otherwise it
    is struck, as is the last of the day.
    """
    found = {}
    ordered = sorted(sessions, key=lambda each: (each.spot, each.starts_at))
    for _, group in groupby(ordered, key=lambda each: each.spot):
        line = [None, *group, None]
        for (before, each), (_, after) in pairwise(pairwise(line)):
            if each is None:
                continue
            stands = _stays(before, each, zone)
            ahead = sets[each.first_set].build
            if stands:
                ahead = changeover(sets, each.first_set, each.first_set, each.same_minutes * 60)
            struck = 0 if _stays(each, after, zone) else sets[each.last_set].strike
            cleared = each.ends_at + timedelta(minutes=each.clear_minutes)
            found[each.booking_id] = Turnaround(
                each.starts_at - timedelta(seconds=ahead),
                cleared,
                cleared + timedelta(seconds=struck),
                stands,
            )
    return found


def _stays(first: OnSpot | None, second: OnSpot | None, zone: ZoneInfo) -> bool:
    """Whether the set that *first* ends with is left standing for *second*."""
    if first is None or second is None:
        return False
    on, then = (at.astimezone(zone).date() for at in (first.ends_at, second.starts_at))
    return first.last_set == second.first_set and on == then


@dataclass(frozen=True, slots=True)
class AtWork:
    """A photographer's work from the first building to the last striking, and at which place."""

    booking_id: int
    photographer_id: int
    place: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Trip:
    """When the photographer sets out for a session, and when they are back in the studio.

    They go on to the next place straight from there: then *back* is the end of the work.
    """

    leaves: datetime
    back: datetime


def trips(
    work: Iterable[AtWork], travel: Mapping[tuple[int, int], int], zone: ZoneInfo
) -> dict[int, Trip]:
    """The way to each session outside the studio and back, by its booking's id.

    *travel* is in seconds between any two places. Each local day begins and ends in the studio.
    """
    found = {}
    ordered = sorted(work, key=lambda each: (each.photographer_id, each.since))
    for _, group in groupby(
        ordered, key=lambda each: (each.photographer_id, each.since.astimezone(zone).date())
    ):
        line = [None, *group, None]
        for (before, each), (_, after) in pairwise(pairwise(line)):
            if each is None or each.place == STUDIO:
                continue
            there = travel[before.place if before else STUDIO, each.place]
            goes_on = after is not None and after.place != STUDIO
            home = 0 if goes_on else travel[each.place, STUDIO]
            found[each.booking_id] = Trip(
                each.since - timedelta(seconds=there), each.until + timedelta(seconds=home)
            )
    return found
