"""What a larger studio costs: a photographer more, a day more, years of sessions behind.

The engine is measured by what it costs for each photographer and for each day, in processor time:
it grows in line if that stays the same. The slots answer is asked for over HTTP of two studios
that differ in their history alone, each time as the first after a change.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.asking import DEMO, Holds, page, slots_address
from bench.rows import ROUNDS, Row, row
from bench.served import site
from studio.domain.availability import Needs, Studio, Taken, open_starts
from studio.domain.hours import WeeklyHours, open_spans
from studio.domain.turnaround import SetTimes
from studio.domain.wall_clock import around

ZONE = ZoneInfo("Europe/London")
FIRST = date(2026, 3, 16)  # the clocks change in each month asked for
NOW = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
ROOMS = (1001, 1002, 1003)
SETS = {n: SetTimes(300 * n, 300) for n in (1, 2, 3)}
TURNS = 15
MONTH, SEASON = 31, 93
HISTORY = 5000


def goals(folder: Path) -> Iterator[Row]:
    yield from _engine()
    yield _history(folder)


def _engine() -> Iterator[Row]:
    asked = {each: _question(*each) for each in ((5, MONTH), (50, MONTH), (5, SEASON))}
    rounds = []
    for _ in range(ROUNDS):
        spent: dict[tuple[int, int], list[float]] = {each: [] for each in asked}
        for _ in range(TURNS):
            for size, (studio, needs, days) in asked.items():
                began = time.process_time()
                open_starts(studio, needs, days, NOW)
                spent[size].append(time.process_time() - began)
        rounds.append({size: statistics.median(each) for size, each in spent.items()})
    for more, unit, times in (((50, MONTH), "photographer", 10), ((5, SEASON), "day", 3)):
        grown = [each[more] / each[5, MONTH] / times for each in rounds]
        name = "50 photographers against 5" if unit == "photographer" else "93 days against 31"
        yield row(
            f"engine, what a {unit} costs, {name}", statistics.median(grown), "ratio", "<= 1.2"
        )


def _question(photographers: int, length: int) -> tuple[Studio, Needs, list[date]]:
    """A studio whose photographers have five sessions on each of six days a week."""
    rng = random.Random(7)
    days = [FIRST + timedelta(days=n) for n in range(length)]
    near = around(days)
    hours = open_spans(WeeklyHours(tuple((n, 540, 1080) for n in range(1, 7))), (), (), near, ZONE)
    taken = []
    for who in range(photographers):
        for opens, _ in hours:
            for hour in rng.sample(range(9), 5):
                start, wanted = opens + hour * 3600, rng.choice(list(SETS))
                # Sessions of a large studio stand in rooms of their own, away from those asked for.
                room = rng.choice(ROOMS) if who == 0 else 2000 + who
                taken.append(
                    Taken.of(SETS, 1, who, room, start, start + 2700, wanted, wanted, 300, 0, {})
                )
    open_ = dict.fromkeys((*range(photographers), *ROOMS), hours)
    studio = Studio(ZONE, open_, {}, taken, SETS, {})
    needs = Needs(
        1, 1800, 1, 1, 300, 0, {}, tuple(range(photographers)), ROOMS, 15, 86400, 2 * length
    )
    return studio, needs, days


def _history(folder: Path) -> Row:
    with (
        site(folder / "young", *DEMO) as young,
        site(folder / "old", *DEMO, "--history", str(HISTORY)) as old,
    ):
        served = [(each, Holds(each), page(each, slots_address())) for each in (young, old)]
        rounds = []
        for _ in range(ROUNDS):
            took: list[list[float]] = [[], []]
            for _ in range(TURNS):
                for (_, held, ask), spent in zip(served, took, strict=True):
                    held.take()
                    held.give_back()
                    spent.append(ask())
            rounds.append(statistics.median(took[1]) / statistics.median(took[0]))
    return row(
        f"slots answer after a change, {HISTORY} sessions behind against none",
        statistics.median(rounds),
        "ratio",
        "<= 1.2",
    )
