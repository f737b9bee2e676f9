"""The engine against plain interval arithmetic, on the same scenario in the same run.

The yardstick knows opening windows, busy photographers, three rooms and one pool. The
engine is asked the same question with all its rules, twice: once with sets that take no
time, where both must find the same starts, and once with turnaround, daily limits and
sets that can stay, which is what a studio has.
"""

from __future__ import annotations

import importlib.util
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from studio.domain.availability import Needs, Start, Step, Studio, Taken, open_starts
from studio.domain.hours import WeeklyHours, open_spans
from studio.domain.turnaround import SetTimes
from studio.domain.wall_clock import around

YARDSTICK = Path(__file__).resolve().parents[1] / "../shared/bench/slots_yardstick.py"
SIZES = (1, 5, 50)
ROUNDS = 15
GOAL = 1.5
ROOMS = (1001, 1002, 1003)
ELSEWHERE = 2000
KIT, CHAIR = 1, 2
ARTIST, PARK = 3001, 1
# Sets that take no time, as the yardstick knows none.
SETS = {1: SetTimes(0, 0), 2: SetTimes(0, 0)}


def yardstick() -> Any:
    """The yardstick's module, or None where its file is not at hand."""
    if not YARDSTICK.exists():
        return None
    spec = importlib.util.spec_from_file_location("slots_yardstick", YARDSTICK)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scenario(
    rows: list[tuple[int, int, int]],
    rooms: list[list[tuple[int, int]]],
    kits: list[list[tuple[int, int]]],
    photographers: int,
    dates: list[date],
    zone: ZoneInfo,
) -> tuple[Studio, Needs]:
    """The yardstick's month as a studio whose sets take no time.

    Photographers' own sessions are each in a room of their own, away from the three that
    are asked for. What fills these is nobody's session, so it is a block; the kit is out with
    other people's sessions, in two rooms.
    """
    taken = [
        Taken.of(SETS, 1, who, ELSEWHERE + who, a * 60, b * 60, 1 + who % 2, 1 + who % 2, 0, 0, {})
        for who, a, b in rows
    ]
    for n, out in enumerate(kits):
        taken += [
            Taken.of(SETS, 2, -1, -1 - n, a * 60, b * 60, 1, 1, 0, 0, {KIT: 1}) for a, b in out
        ]
    near = around(dates)
    weekdays = [(day, *span) for day in range(1, 7) for span in ((540, 780), (840, 1080))]
    hours = open_spans(WeeklyHours(tuple(weekdays)), (), (), near, zone)
    always = WeeklyHours(tuple((day, 0, 1440) for day in range(1, 8)))
    studio = Studio(
        zone=zone,
        open=dict.fromkeys(range(photographers), hours)
        | dict.fromkeys(ROOMS, open_spans(always, (), (), near, zone)),
        blocked={
            room: [(a * 60, b * 60) for a, b in busy]
            for room, busy in zip(ROOMS, rooms, strict=True)
        },
        taken=taken,
        sets=SETS,
        capacity={KIT: 2},
        max_per_photographer_day=dict.fromkeys(range(photographers), 7),
    )
    needs = Needs(
        package_id=1,
        seconds=45 * 60,
        first_set=1,
        last_set=1,
        same=0,
        clear=0,
        equipment={KIT: 1},
        photographers=tuple(range(photographers)),
        rooms=ROOMS,
        step_minutes=15,
        lead=24 * 3600,
        horizon_days=90,
    )
    return studio, needs


def furnished(studio: Studio, needs: Needs) -> tuple[Studio, Needs]:
    """The same month with sets that take time, every third session in a room if one is free.

    And with what else a studio may ask for at once: make-up before the session on a chair and by
    an artist who are busy now and then, every tenth session on location, limits a day.
    """
    sets = {1: SetTimes(600, 300), 2: SetTimes(900, 600)}
    taken: list[Taken] = []
    full: set[tuple[int, int]] = set()
    for n, each in enumerate(studio.taken):
        package, who, room, start, end, first, last, _, clear, kit, place, *_ = each
        quarters = {(ROOMS[n % 3], at) for at in range(start - 900, end + 900, 900)}
        if n % 3 == 0 and who >= 0 and not quarters & full:
            room = ROOMS[n % 3]
            full |= quarters
        elif n % 10 == 0 and who >= 0:
            room, place = 0, PARK
        taken.append(
            Taken.of(sets, package, who, room, start, end, first, last, 300, clear, kit, place)
        )
    make_up = [(each.start - 2700, each.start) for each in taken[::5]]
    busy = replace(
        studio,
        taken=taken,
        sets=sets,
        open={**studio.open, ARTIST: studio.open[ROOMS[0]]},
        capacity={**studio.capacity, CHAIR: 1},
        engaged={ARTIST: make_up},
        used={CHAIR: [(since, until, 1) for since, until in make_up]},
        max_per_day=400,
        travel={(0, 0): 0, (0, PARK): 1200, (PARK, 0): 1200, (PARK, PARK): 0},
    )
    before = (Step(2700, 0, (ARTIST,), {CHAIR: 1}),)
    return busy, replace(needs, same=300, before=before, max_per_day=400)


def medians(*calls: Callable[[], object]) -> list[float]:
    """Milliseconds of processor time each call takes, in rounds that take turns."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, spent in zip(calls, times, strict=True):
            began = time.process_time()
            call()
            spent.append((time.process_time() - began) * 1000)
    return [statistics.median(spent) for spent in times]


def goals() -> list[dict[str, object]]:
    """One row for each size and kind: name, value, unit, goal, ok."""
    slots = yardstick()
    if slots is None:
        return []
    rnd = random.Random(9)
    rooms = [slots.room_busy(0.35, rnd) for _ in range(3)]
    kits = [slots.room_busy(0.45, rnd) for _ in range(2)]
    pool = kits[0] + kits[1]
    windows = slots.windows()
    dates = [slots.FIRST + timedelta(days=n) for n in range(slots.DAYS)]
    now = slots.minute(slots.FIRST - timedelta(days=7), 0) * 60
    found = []
    for size in SIZES:
        rows = slots.sessions(size)
        bare, plain = scenario(rows, rooms, kits, size, dates, slots.ZONE)
        busy, wanted = furnished(bare, plain)

        def by_hand(rows: Any = rows, size: int = size) -> Any:
            return slots.resources(rows, size, windows, rooms, pool)

        def by_engine(studio: Studio = bare, needs: Needs = plain) -> list[Start]:
            return open_starts(studio, needs, dates, now)

        def by_engine_furnished(studio: Studio = busy, needs: Needs = wanted) -> list[Start]:
            return open_starts(studio, needs, dates, now)

        expected = [(at * 60, tuple(who)) for at, (who, _) in by_hand()]
        same = expected == [(start.at, tuple(start.options)) for start in by_engine()]
        hand, engine, whole = medians(by_hand, by_engine, by_engine_furnished)
        people = f"engine, {size} photographer{'s' if size > 1 else ''} x {len(dates)} days"
        found += [
            row(f"{people}, against the yardstick", engine / hand, agrees=same),
            row(
                f"{people}, with turnaround, make-up, travel and limits, against the yardstick",
                whole / hand,
            ),
        ]
    return found


def row(name: str, value: float, *, agrees: bool = True) -> dict[str, object]:
    """A goal's row; an engine that finds other starts than the yardstick meets none."""
    return {
        "name": name if agrees else f"{name} (finds other starts)",
        "value": round(value, 2),
        "unit": "ratio",
        "goal": f"<= {GOAL:g}",
        "ok": agrees and value <= GOAL,
    }


def main() -> None:
    for goal in goals():
        print(f"{goal['name']:<80} {goal['value']:>6} {goal['goal']} {goal['ok']}")


if __name__ == "__main__":
    main()
