"""The engine against plain interval arithmetic, on the same month in the same run.

The yardstick knows opening windows, busy photographers, three rooms and one pool. The engine
is asked the same question, where both must find the same starts, and then in a studio that
has every rule, for a session in one of the rooms and for one on location.
"""

from __future__ import annotations

import importlib.util
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench import month
from bench.rows import Row, row, show
from studio.domain.availability import open_starts

YARDSTICK = Path(__file__).resolve().parents[1] / "../shared/bench/slots_yardstick.py"
SIZES = (1, 5, 50)
ROUNDS = 60


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


def ratios(*calls: Callable[[], object]) -> list[float]:
    """How much longer each call but the first takes than the first, in processor time.

    The median over rounds in which all of them follow one another: whatever else the machine
    does for a while slows down both sides of a ratio.
    """
    found: list[list[float]] = []
    for _ in range(ROUNDS):
        spent = []
        for call in calls:
            began = time.process_time_ns()
            call()
            spent.append(time.process_time_ns() - began)
        found.append([each / spent[0] for each in spent[1:]])
    return [statistics.median(each) for each in zip(*found, strict=True)]


def questions() -> Iterator[tuple[int, dict[str, Callable[[], Any]]]]:
    """For each size: the yardstick ("by hand") and what the engine is asked."""
    slots = yardstick()
    rnd = random.Random(9)
    rooms = [slots.room_busy(0.35, rnd) for _ in range(3)]
    kits = [slots.room_busy(0.45, rnd) for _ in range(2)]
    pool = kits[0] + kits[1]
    windows = slots.windows()
    dates = [slots.FIRST + timedelta(days=n) for n in range(slots.DAYS)]
    now = slots.minute(slots.FIRST - timedelta(days=7), 0) * 60
    for size in SIZES:
        rows = slots.sessions(size)
        bare, plain = month.bare(rows, rooms, kits, dates, slots.ZONE)
        busy, full = month.with_every_rule(bare, plain, dates)
        yield (
            size,
            {
                "by hand": partial(slots.resources, rows, size, windows, rooms, pool),
                "": partial(open_starts, bare, plain, dates, now),
                ", with every rule": partial(open_starts, busy, full, dates, now),
                ", with every rule, on location": partial(
                    open_starts, busy, month.on_location(full), dates, now
                ),
            },
        )


def goals() -> Iterator[Row]:
    """One row for each size and question."""
    if yardstick() is None:
        return
    for size, asked in questions():
        by_hand, plain, *_ = asked.values()
        expected = [(at * 60, tuple(who)) for at, (who, _) in by_hand()]
        agrees = expected == [(start.at, tuple(start.options)) for start in plain()]
        for (what, _), value in zip(list(asked.items())[1:], ratios(*asked.values()), strict=True):
            people = f"engine, {size} photographer{'s' if size > 1 else ''} x 31 days{what}"
            if agrees:
                yield row(f"{people}, against the yardstick", value, "ratio", "<= 1.5")
            else:
                yield row(f"{people}, finds other starts than the yardstick", 1, "", "== 0")


def main() -> None:
    show(goals())


if __name__ == "__main__":
    main()
