"""How many sessions fit into a day: turnaround by the set that stands, against fixed buffers.

Clients ask one after the other for a kind of session at a time of day, and take the nearest start
within two hours of it that the engine offers, or go elsewhere. Both studios hear the same clients.
With fixed buffers each session keeps its set's building before it and its striking after it, as
other booking tools have it: the least that is always enough. The rest is the same engine.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bench.rows import Row, row
from studio.domain import assignment
from studio.domain.availability import Needs, Start, Studio, Taken, gap_free, open_starts
from studio.domain.hours import WeeklyHours, open_spans
from studio.domain.turnaround import SetTimes
from studio.domain.wall_clock import around

ZONE = ZoneInfo("Europe/London")
FIRST = date(2026, 3, 2)
NOW = int(datetime(2026, 2, 1, tzinfo=UTC).timestamp())
DAYS, CLIENTS = 60, 30
PATIENCE = 2 * 3600
PEOPLE, ROOMS = (1, 2), (11, 12)
NAMES = {1: "Ava", 2: "Ben"}
GREY, WHITE, CHARCOAL, CANVAS, FLOOR = range(1, 6)
# Minutes to build and to strike.
SETS = {GREY: (15, 10), WHITE: (25, 15), CHARCOAL: (15, 10), CANVAS: (20, 15), FLOOR: (25, 20)}


@dataclass(frozen=True, slots=True)
class Kind:
    """Minutes of a session, its set, and minutes between two on the same set."""

    minutes: int
    set: int
    same: int


HEADSHOTS = (Kind(30, GREY, 5), Kind(60, GREY, 10), Kind(45, WHITE, 10), Kind(60, CHARCOAL, 10))
PORTRAITS = (Kind(90, CANVAS, 10), Kind(60, FLOOR, 10), Kind(120, FLOOR, 15), Kind(75, GREY, 10))
# How many of ten clients come for a headshot.
STUDIOS = {"headshots": 9, "portraits": 1, "both": 5}

Client = tuple[Kind, int]
Choose = Callable[[Sequence[Start], int], Start | None]


def goals() -> Iterator[Row]:
    for name, headshots in STUDIOS.items():
        days = [_demand(day, headshots) for day in range(DAYS)]
        fixed = sum(_fitted(*day, nearest, fixed=True) for day in days)
        by_set = sum(_fitted(*day, nearest) for day in days)
        without_gaps = sum(_fitted(*day, nearest_without_a_gap) for day in days)
        much = f"a studio for {name}" if name != "both" else "a studio for both alike"
        yield row(
            f"sessions in {DAYS} days, {much}, turnaround by set against fixed buffers",
            by_set / fixed,
            "ratio",
            ">= 1",
        )
        yield row(
            f"sessions in {DAYS} days, {much}, gap-free times preferred against not",
            without_gaps / by_set,
            "ratio",
            ">= 1",
        )


def _demand(number: int, headshots: int) -> tuple[date, list[Client]]:
    """A working day, and who asks for it: what for, and for how many seconds after opening."""
    rng = random.Random(1000 * headshots + number)
    day = FIRST + timedelta(days=7 * (number // 5) + number % 5)
    clients = []
    for _ in range(CLIENTS):
        kinds = HEADSHOTS if rng.randrange(10) < headshots else PORTRAITS
        clients.append((rng.choice(kinds), rng.randrange(9 * 3600)))
    return day, clients


def _fitted(day: date, clients: Sequence[Client], choose: Choose, *, fixed: bool = False) -> int:
    """How many of *clients* get a session on *day*."""
    hours = open_spans(
        WeeklyHours(tuple((n, 540, 1080) for n in range(1, 7))), (), (), around([day]), ZONE
    )
    opens = next(start for start, _ in hours if datetime.fromtimestamp(start, ZONE).date() == day)
    kinds = sorted({kind for kind, _ in clients}, key=repr)
    # With fixed buffers no two kinds share a set, and the same kind twice is two buffers as well.
    ids = {kind: n + 1 if fixed else kind.set for n, kind in enumerate(kinds)}
    sets = {ids[kind]: SetTimes(*(60 * each for each in SETS[kind.set])) for kind in kinds}
    taken: list[Taken] = []
    for kind, wish in clients:
        same = 60 * (sum(SETS[kind.set]) if fixed else kind.same)
        needs = Needs(
            1, kind.minutes * 60, ids[kind], ids[kind], same, 0, {}, PEOPLE, ROOMS, 15, 0, 365
        )
        house = Studio(ZONE, dict.fromkeys((*PEOPLE, *ROOMS), hours), {}, list(taken), sets, {})
        start = choose(open_starts(house, needs, [day], NOW), opens + wish)
        if start is None:
            continue
        work = Counter(each.photographer for each in taken)
        who, room = assignment.choose(start, work, work, NAMES)
        end, which = start.at + needs.seconds, ids[kind]
        taken.append(Taken.of(sets, 1, who, room or 0, start.at, end, which, which, same, 0, {}))
    return len(taken)


def nearest(starts: Sequence[Start], wish: int) -> Start | None:
    """The start nearest to *wish*, if one is near enough."""
    near = [each for each in starts if abs(each.at - wish) <= PATIENCE]
    return min(near, key=lambda each: abs(each.at - wish), default=None)


def nearest_without_a_gap(starts: Sequence[Start], wish: int) -> Start | None:
    """The same, of those that leave no gap if one of them is near enough."""
    return nearest(gap_free(starts, 15), wish) or nearest(starts, wish)
