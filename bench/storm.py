"""Many clients for few times: exactly as many wins as fit, whatever is killed meanwhile.

python -m bench.storm [--clients 64] [--tries 200] [--processes 8] [--kill] [--mode triple]

Each client tries random ones of twenty times through the use case itself, on SQLite and on
PostgreSQL, by threads of one process and by several: for one photographer, for a pool of three,
for photographer, room and kit at once, and for two sets in one room, where of every two times the
turnaround leaves time for one, which the database itself does not see. Who has won is judged by a
sweep over the allocations, which shares nothing with the guards, and as many clients must have
been told so. With --without-guards the lock and the database's own refusal
are gone: it must book twice, or the rest proves nothing. Ends 1 if it is not as it must be.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from sqlalchemy import create_engine, text

from bench.databases import databases, unguarded
from bench.storm_terms import SLOTS, TURNAROUND, go_file, told_by

MODES = ("single", "pool", "triple", TURNAROUND)
POOL = 3
FITS = {"single": SLOTS, "pool": SLOTS * POOL, "triple": SLOTS, TURNAROUND: SLOTS}
BUSY = "busy (503)"


class How(StrEnum):
    """Whom the clients are: *APART* each has times of its own, none of them twice.

    *KILLED*: every second process is killed meanwhile. *UNGUARDED* they look first and write
    later, and nothing refuses.
    """

    RIVALS = "rivals"
    KILLED = "killed"
    UNGUARDED = "unguarded"
    APART = "apart"


WORST_MS = 3000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a storm; times in milliseconds, *doubled* by the sweep.

    *astray* are clients who were told that they have won and have not; where nobody was killed
    before they could be told, those who have won and were not told, too.
    """

    won: int
    lost: int
    errors: dict[str, int]
    doubled: int
    astray: int
    seconds: float
    p50: float
    p99: float
    worst: float
    deadlocks: int

    @property
    def rate(self) -> float:
        """Tries answered in a second."""
        return (self.won + self.lost) / self.seconds

    def kept(self, fits: int) -> bool:
        """Whether as many won as fit, nothing failed, and nobody waited long."""
        return (
            self.won == fits
            and not self.doubled
            and not self.astray
            and not self.deadlocks
            and self.errors.keys() <= {BUSY}
            and self.worst < WORST_MS
        )


def storm(
    url: str,
    mode: str,
    *,
    clients: int,
    tries: int,
    processes: int,
    how: How = How.RIVALS,
) -> Outcome:
    """Let *clients* in *processes* try *tries* times each."""
    with tempfile.TemporaryDirectory(prefix="sittings-storm-") as instance:
        env = {
            **os.environ,
            "DATABASE_URL": url,
            "INSTANCE": instance,
            "RATELIMIT_ENABLED": "0",
            "STRIPE_SECRET_KEY": "",
            "MAIL_URL": "",
            "HOLD_MINUTES": "60",
        }
        wanted = [mode, str(clients // processes), str(tries), str(processes), how, instance]
        with _running([sys.executable, "-m", "bench.storm_client", *wanted], env) as parent:
            told = [told_by(Path(instance), n) for n in range(processes)]
            while not all(file.exists() and file.read_text().endswith("\n") for file in told):
                if parent.poll() is not None:
                    raise RuntimeError("the clients ended before they began")
                time.sleep(0.05)
            children = [int(file.read_text()) for file in told]
            # Not before, since nobody starts without the guards.
            with (
                unguarded(url, "DELETE FROM allocations") if how is How.UNGUARDED else nullcontext()
            ):
                began = time.perf_counter()
                go_file(Path(instance)).touch()
                if how is How.KILLED:
                    _kill_every_second(children, told)
                parent.wait(600)
                seconds = time.perf_counter() - began
                # Whole lines only: whoever was killed may have left half of one.
                lines = [
                    x for file in told for x in file.read_text().splitlines() if x.endswith("}")
                ]
                fits = clients * tries if how is How.APART else FITS[mode]
                outcome = _judge(url, fits, lines, seconds)
                if how is How.KILLED:
                    return replace(outcome, astray=max(0, outcome.astray))
                return replace(outcome, astray=abs(outcome.astray))


def _kill_every_second(children: Sequence[int], told: Sequence[Path]) -> None:
    """Once each has told its first try, and so amid all the others."""
    for child, file in list(zip(children, told, strict=True))[::2]:
        while "}" not in file.read_text():
            time.sleep(0.005)
        time.sleep(random.uniform(0, 0.01))
        # On a quick machine one may have said all it had to say.
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


@contextmanager
def _running(command: Sequence[str], env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process with children of its own, none of which is left behind."""
    process = subprocess.Popen(command, env=env, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def deepest(rows: Sequence[tuple[int, int, int]]) -> int:
    """The most units of one resource in use at once: from, to and units of each allocation."""
    return max(
        (sum(u for begin, end, u in rows if begin <= at < end) for at, _, _ in rows), default=0
    )


def _judge(url: str, fits: int, lines: Sequence[str], seconds: float) -> Outcome:
    told = [json.loads(line) for line in lines]
    took = sorted(each["ms"] for each in told)
    errors: dict[str, int] = {}
    for each in told:
        if each["said"] not in {"won", "lost"}:
            errors[each["said"]] = errors.get(each["said"], 0) + 1
    engine = create_engine(url)
    with engine.connect() as connection:
        capacity: dict[int, int] = {
            row[0]: row[1] for row in connection.execute(text("SELECT id, capacity FROM resources"))
        }
        rows: dict[int, list[tuple[int, int, int]]] = {}
        for who, *span in connection.execute(
            text("SELECT resource_id, busy_from, busy_to, quantity FROM allocations")
        ):
            rows.setdefault(who, []).append((span[0], span[1], span[2]))
        booked = connection.execute(
            text("SELECT count(DISTINCT booking_id) FROM allocations")
        ).scalar_one()
        deadlocks = 0
        if connection.dialect.name == "postgresql":
            counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            deadlocks = connection.execute(text(counted)).scalar_one()
    engine.dispose()
    over = sum(max(0, deepest(found) - capacity[who]) for who, found in rows.items())
    return Outcome(
        booked,
        sum(each["said"] == "lost" for each in told),
        errors,
        over + max(0, booked - fits),
        sum(each["said"] == "won" for each in told) - booked,
        seconds,
        statistics.median(took),
        took[int(len(took) * 0.99)],
        took[-1],
        deadlocks,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--mode", choices=MODES, action="append")
    kinds = parser.add_mutually_exclusive_group()
    for flag, how in (("--kill", How.KILLED), ("--without-guards", How.UNGUARDED)):
        kinds.add_argument(flag, action="store_const", dest="how", const=how, default=How.RIVALS)
    asked = parser.parse_args()
    as_it_must, worst = True, 0.0
    print(
        f"{'':<36}{'won':>5}{'of':>4}{'lost':>7}{'doubled':>9}{'astray':>8}"
        f"{'p50':>8}{'p99':>8}{'worst':>8} ms{'a second':>10}{'deadlocks':>11}"
    )
    with databases() as found:
        for (kind, url), processes, mode in itertools.product(
            found.items(), (1, asked.processes), asked.mode or MODES
        ):
            # Of one process no half is left.
            lone = asked.how is How.KILLED and processes == 1
            how = How.RIVALS if lone else asked.how
            outcome = storm(
                url,
                mode,
                clients=asked.clients,
                tries=asked.tries,
                processes=processes,
                how=how,
            )
            kept = outcome.doubled > 0 if how is How.UNGUARDED else outcome.kept(FITS[mode])
            as_it_must = as_it_must and kept
            worst = max(worst, outcome.worst)
            by = f"{processes} processes" if processes > 1 else "threads"
            print(
                f"{f'{kind}, {by}, {mode}':<36}{outcome.won:>5}{FITS[mode]:>4}{outcome.lost:>7}"
                f"{outcome.doubled:>9}{outcome.astray:>8}{outcome.p50:>8.1f}{outcome.p99:>8.1f}{outcome.worst:>8.0f}"
                f"   {outcome.rate:>10.0f}{outcome.deadlocks:>11}"
                f"  {outcome.errors or ''}{'' if kept else '  NOT AS IT MUST BE'}",
                flush=True,
            )
    print(f"slowest request {worst:,.0f} ms")
    return int(not as_it_must)


if __name__ == "__main__":
    sys.exit(main())
