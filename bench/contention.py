"""Twenty-four processes on the same twenty times, each for photographer, room and kit at once.

The rate is held against that of as many processes each of which has times of its own.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from bench.databases import databases
from bench.rows import ROUNDS, Row, row
from bench.storm import BUSY, FITS, WORST_MS, How, Outcome, storm

PROCESSES = 24
TRIES = 18  # as many times of their own as there are for each
MODE = "triple"


def goals() -> Iterator[Row]:
    with databases() as found:
        for kind, url in found.items():
            rounds = [(_storm(url, How.RIVALS), _storm(url, How.APART)) for _ in range(ROUNDS)]
            yield from _rows(f"{PROCESSES} processes on {kind}", rounds)


def _storm(url: str, how: How) -> Outcome:
    return storm(url, MODE, clients=PROCESSES, tries=TRIES, processes=PROCESSES, how=how)


def _rows(name: str, rounds: list[tuple[Outcome, Outcome]]) -> Iterator[Row]:
    rivals = [each for each, _ in rounds]
    every = [outcome for each in rounds for outcome in each]
    yield row(f"{name}, times sold twice", sum(each.doubled for each in every), "", "== 0")
    unsold = sum(FITS[MODE] - each.won for each in rivals)
    yield row(f"{name}, times left unsold", unsold, "", "== 0")
    yield row(f"{name}, deadlocks", every[-1].deadlocks, "", "== 0")
    others = sum(n for each in every for said, n in each.errors.items() if said != BUSY)
    yield row(f"{name}, answers but success, 409 and 503", others, "", "== 0")
    slowest = max(each.worst for each in rivals) / 1000
    yield row(f"{name}, slowest answer", slowest, "s", f"<= {WORST_MS / 1000:g}")
    rates = statistics.median(same.rate / own.rate for same, own in rounds)
    yield row(f"{name}, rate against that on times of their own", rates, "ratio", ">= 0.25")
