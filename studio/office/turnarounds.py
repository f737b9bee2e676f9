"""What a room needs around its sessions: building, striking, or only a changeover."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from studio.domain.turnaround import SetTimes, changeover


@dataclass(frozen=True, slots=True)
class InRoom:
    """A session as its room sees it; lengths in minutes, sets by their ids."""

    booking_id: int
    room_id: int
    starts_at: datetime
    ends_at: datetime
    first_set: int
    last_set: int
    same_minutes: int
    clear_minutes: int


@dataclass(frozen=True, slots=True)
class Turnaround:
    """When work on the set begins before a session, and when it is over after it.

    *set_stands*: the session before has left the set that is wanted, so nothing is built.
    """

    since: datetime
    until: datetime
    set_stands: bool


def turnarounds(
    sessions: Iterable[InRoom], sets: Mapping[int, SetTimes], zone: ZoneInfo
) -> dict[int, Turnaround]:
    """The turnaround of each session by its booking's id.

    A set that the next session of the same local day in the room begins with stays; otherwise it
    is struck, as is the last of the day.
    """
    found = {}
    ordered = sorted(sessions, key=lambda each: (each.room_id, each.starts_at))
    for _, group in groupby(ordered, key=lambda each: each.room_id):
        line = [None, *group, None]
        for (before, each), (_, after) in pairwise(pairwise(line)):
            if each is None:
                continue
            stands = _stays(before, each, zone)
            ahead = sets[each.first_set].build
            if stands:
                ahead = changeover(sets, each.first_set, each.first_set, each.same_minutes * 60)
            struck = 0 if _stays(each, after, zone) else sets[each.last_set].strike
            found[each.booking_id] = Turnaround(
                each.starts_at - timedelta(seconds=ahead),
                each.ends_at + timedelta(minutes=each.clear_minutes, seconds=struck),
                stands,
            )
    return found


def _stays(first: InRoom | None, second: InRoom | None, zone: ZoneInfo) -> bool:
    """Whether the set that *first* ends with is left standing for *second*."""
    if first is None or second is None:
        return False
    on, then = (at.astimezone(zone).date() for at in (first.ends_at, second.starts_at))
    return first.last_set == second.first_set and on == then
