"""A month is read by the index alone; how long that takes is measured in bench/reading.py."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from studio.db import db
from studio.scheduling.queries import TOUCHING

pytestmark = pytest.mark.usefixtures("database")


def test_what_is_taken_is_read_by_the_index_alone() -> None:
    connection = db.session().connection()
    statement = TOUCHING.compile(dialect=connection.dialect)
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (0, 1, 0))
        wanted = "SEARCH allocations USING COVERING INDEX ix_allocations_busy"
    else:
        # The few rows of a test would be read whole, and nobody has vacuumed them.
        for setting in ("enable_seqscan", "enable_bitmapscan"):
            connection.execute(text(f"SET LOCAL {setting} = off"))
        span = {"earliest": 0, "until": 1, "since": 0}
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", span)
        wanted = "Index Only Scan using ix_allocations_busy on allocations"
    assert wanted in " ".join(str(row) for row in rows)
