"""Reading what is taken in a month: against the same rows by hand, and however long the history.

By hand is one statement of SQLAlchemy Core over the same columns, and nothing done with its rows.
The history is the same two months, again and again, each further back, in no order.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Engine,
    Select,
    TableClause,
    cast,
    column,
    create_engine,
    delete,
    func,
    insert,
    literal,
    select,
    table,
)
from sqlalchemy.orm import Session

from bench.databases import copy_of, databases, drop_guards, run
from bench.rows import ROUNDS, Row, row
from studio.db import prepare_engine
from studio.scheduling import queries
from studio.scheduling.house import house
from studio.scheduling.models import Allocation
from studio.scheduling.queries import LONGEST, window

DEMO = ("--photographers", "5", "--days", "34", "--fill", "0.35")
DAYS = 31
MANY = 1_000_000
WEEK = 7 * 86400
TURNS = 30

Read = Callable[[], Sequence[object]]

_table: Any = Allocation.__table__
_filled = [each for each in _table.c if each.name != "id"]
_read = [each for each in _filled if each.name != "exclusive"]


def goals() -> Iterator[Row]:
    with databases() as found:
        for kind, url in found.items():
            _fill(url)
            grown = copy_of(url)
            _grow(grown)
            yield from _compared(kind, url, grown)


def _fill(url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="sittings-bench-") as instance:
        env = {**os.environ, "INSTANCE": instance, "DATABASE_URL": url}
        load = [sys.executable, "-m", "studio.cli", "demo", *DEMO]
        subprocess.run(load, env=env, check=True, stdout=subprocess.DEVNULL)


def _grow(url: str) -> None:
    """A million allocations, from then on to be read only: it has its indexes, and no guards."""
    drop_guards(url)
    engine = create_engine(url)
    kept = table("kept", *(column(each.name) for each in _filled))
    with engine.begin() as connection:
        for index in _table.indexes:
            index.drop(connection)
        if connection.dialect.name == "postgresql":
            # No reference is looked up: the copies lead where the rows they copy do.
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("CREATE TEMPORARY TABLE kept AS SELECT * FROM allocations")
        first, last = func.min(kept.c.busy_from), func.max(kept.c.busy_to)
        few, span = connection.execute(select(func.count(), last - first).select_from(kept)).one()
        weeks = (span + LONGEST) // WEEK + 1  # so that no copy meets another
        connection.execute(delete(_table))
        again = _again(kept, MANY // few, weeks * WEEK)
        connection.execute(insert(_table).from_select(kept.c.keys(), again))
        for index in _table.indexes:
            index.create(connection)
    engine.dispose()
    run(url, ["VACUUM ANALYZE allocations" if url.startswith("postgresql") else "ANALYZE"])


def _again(kept: TableClause, times: int, seconds: int) -> Select[Any]:
    """The rows of *kept*, and *times* the same, each *seconds* further back, in no order."""
    number = select(cast(literal(0), BigInteger).label("n")).cte("series", recursive=True)
    number = number.union_all(select(number.c.n + 1).where(number.c.n < times))
    back = number.c.n * seconds
    return select(
        *(each - back if each.name in {"busy_from", "busy_to"} else each for each in kept.c)
    ).order_by(func.random())


def _compared(kind: str, url: str, grown: str) -> Iterator[Row]:
    few, many = _engine(url), _engine(grown)
    first = datetime.now(UTC).date() + timedelta(days=3)
    days = [first + timedelta(days=n) for n in range(DAYS)]
    with Session(few) as one, Session(many) as other:
        reads = [*_reads(one, days), *_reads(other, days)]
        if len({len(read()) for read in reads[1::2]}) > 1:
            raise RuntimeError("the month is another one with a history")
        rounds = [_round(reads) for _ in range(ROUNDS)]
    for each in (few, many):
        each.dispose()
    yield row(
        f"slot read on {kind}, 5 photographers x {DAYS} days, against the same by hand",
        statistics.median(ours / hand for _, _, ours, hand in rounds),
        "ratio",
        "<= 1.5",
    )
    yield row(
        f"slot read on {kind}, 1 million allocations against 1 thousand",
        statistics.median(large / small for small, _, large, _ in rounds),
        "ratio",
        "<= 1.2",
    )


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    prepare_engine(engine)
    return engine


def _reads(session: Session, days: Sequence[date]) -> tuple[Read, Read]:
    """What is taken on *days* as the studio reads it, and by hand."""
    known, now = house(session), int(time.time())
    since, until = window(days, known.zone)
    by_hand = select(*_read).where(
        _table.c.busy_from > since - LONGEST, _table.c.busy_from < until, _table.c.busy_to > since
    )
    return (
        lambda: queries.taken(session, known, since, until, now),
        lambda: session.execute(by_hand).all(),
    )


def _round(reads: Sequence[Read]) -> list[float]:
    """The seconds of each, in turns; the least of them, since what is above is the machine's."""
    took: list[list[float]] = [[] for _ in reads]
    for _ in range(TURNS):
        for read, spent in zip(reads, took, strict=True):
            began = time.perf_counter()
            read()
            spent.append(time.perf_counter() - began)
    return [min(spent) for spent in took]
