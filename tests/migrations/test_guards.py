"""What the database itself refuses, whoever asks and whatever the code forgot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from studio import schema
from studio.db import db
from studio.scheduling import guards
from tests.test_run import environment

ALONE, POOL = 1, 2


def run(statement: str, **given: object) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(statement), given)


@pytest.fixture
def house(migrated: Flask) -> Flask:
    """One thing of which there is one, and a pool of three."""
    with db.engine.begin() as connection:
        _without_references(connection)
        for number, capacity, exclusive in ((ALONE, 1, True), (POOL, 3, False)):
            connection.execute(
                text(
                    "INSERT INTO resources (id, kind, slug, name, capacity, exclusive, position)"
                    " VALUES (:id, :kind, :slug, :slug, :capacity, :exclusive, 0)"
                ),
                {
                    "id": number,
                    "kind": "room" if exclusive else "pool",
                    "slug": f"r{number}",
                    "capacity": capacity,
                    "exclusive": exclusive,
                },
            )
    return migrated


def _without_references(connection: Connection) -> None:
    """Only the calendar's own guards are asked here, not whose booking it is."""
    if connection.dialect.name == "sqlite":
        return
    for table in ("allocations", "booking_events", "ledger_entries", "invoices"):
        rows = connection.execute(
            text(
                "SELECT conname FROM pg_constraint"
                " WHERE contype = 'f' AND conrelid = CAST(:table AS regclass)"
            ),
            {"table": table},
        )
        for (name,) in rows.all():
            if "resource" not in name:
                connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))


def take(resource: int, begin: int, end: int, quantity: int = 1, booking: int = 1) -> None:
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys=OFF")
        connection.execute(
            text(
                "INSERT INTO allocations (booking_id, resource_id, exclusive, quantity, busy_from,"
                " busy_to, package_id, first_set_id, last_set_id, same_minutes, clear_minutes)"
                " VALUES (:booking, :resource, :exclusive, :quantity, :begin, :end, 1, 1, 1, 0, 0)"
            ),
            {
                "booking": booking,
                "resource": resource,
                "exclusive": resource == ALONE,
                "quantity": quantity,
                "begin": begin,
                "end": end,
            },
        )
        connection.commit()


@pytest.mark.parametrize(
    ("begin", "end"), [(100, 200), (150, 160), (50, 101), (199, 300), (0, 999)]
)
def test_one_thing_is_not_taken_twice(house: Flask, begin: int, end: int) -> None:
    take(ALONE, 100, 200)

    with pytest.raises(DBAPIError):
        take(ALONE, begin, end, booking=2)


def test_one_after_the_other_is_allowed(house: Flask) -> None:
    take(ALONE, 100, 200)
    take(ALONE, 200, 300, booking=2)
    take(ALONE, 0, 100, booking=3)


def test_a_pool_is_taken_up_to_its_capacity_and_no_further(house: Flask) -> None:
    take(POOL, 0, 100, 2)
    take(POOL, 50, 150, 1, booking=2)
    take(POOL, 100, 200, 2, booking=3)

    for begin, end in ((0, 60), (99, 101), (140, 141), (0, 300)):
        with pytest.raises(DBAPIError):
            take(POOL, begin, end, 1 if begin in {99, 140, 0} and end != 300 else 3, booking=4)
    take(POOL, 150, 200, 1, booking=5)


def test_moving_or_growing_what_is_taken_is_guarded_too(house: Flask) -> None:
    take(ALONE, 100, 200)
    take(ALONE, 200, 300, booking=2)
    take(POOL, 0, 100, 2)
    take(POOL, 0, 100, 1, booking=2)

    with pytest.raises(DBAPIError):
        run("UPDATE allocations SET busy_from = 150 WHERE booking_id = 2 AND resource_id = 1")
    with pytest.raises(DBAPIError):
        run("UPDATE allocations SET quantity = 2 WHERE booking_id = 2 AND resource_id = 2")


def test_capacity_does_not_sink_below_what_is_taken(house: Flask) -> None:
    take(POOL, 0, 100, 2)

    with pytest.raises(DBAPIError):
        run("UPDATE resources SET capacity = 1 WHERE id = 2")
    run("UPDATE resources SET capacity = 2 WHERE id = 2")


def test_the_flag_follows_the_resource(house: Flask) -> None:
    with pytest.raises(DBAPIError):
        run(
            "INSERT INTO allocations (booking_id, resource_id, exclusive, quantity, busy_from,"
            " busy_to, package_id, first_set_id, last_set_id, same_minutes, clear_minutes)"
            " VALUES (1, 1, :no, 1, 0, 10, 1, 1, 1, 0, 0)",
            no=False,
        )


@pytest.mark.parametrize("statement", ["UPDATE {} SET kind = 'payment'", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["booking_events", "ledger_entries", "invoices"])
def test_history_is_not_rewritten(house: Flask, table: str, statement: str) -> None:
    values = {
        "booking_events": "(booking_id, at, actor, kind, detail)"
        " VALUES (1, '2026-12-01 09:00:00', 'system', 'held', '{}')",
        "ledger_entries": "(booking_id, kind, ref, amount_minor, currency, at)"
        " VALUES (1, 'payment', 'x', 100, 'GBP', '2026-12-01 09:00:00')",
        "invoices": "(booking_id, kind, series, year, number, issued_on, total_minor, tax_minor,"
        " currency, snapshot) VALUES (1, 'part', 'invoice', 2026, 1, '2026-12-01', 100, 0, 'GBP',"
        " '{}')",
    }
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys=OFF")
        connection.execute(text(f"INSERT INTO {table} {values[table]}".replace(":00'", "\\:00'")))
        connection.commit()

    with pytest.raises(DBAPIError, match="history is not rewritten"):
        run(statement.format(table))


SQLITE_DROPS = [f"DROP TRIGGER {name}" for name in guards.SQLITE]
POSTGRES_DROPS = [
    "ALTER TABLE allocations DROP CONSTRAINT allocations_no_overlap",
    "DROP TRIGGER allocation_capacity ON allocations",
    "DROP TRIGGER resource_capacity ON resources",
    "DROP TRIGGER booking_events_keep ON booking_events",
    "DROP TRIGGER booking_events_keep_detail ON booking_events",
    "DROP TRIGGER ledger_entries_keep ON ledger_entries",
    "DROP TRIGGER invoices_keep ON invoices",
    "ALTER TABLE allocations DISABLE TRIGGER allocation_capacity",
    "CREATE OR REPLACE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN END $$",
]

EXCLUDE = guards._POSTGRES_EXCLUDE
WEAKER = [
    EXCLUDE.replace("(exclusive)", "(NOT exclusive)"),
    EXCLUDE.replace(", '[]'", ""),
    EXCLUDE.replace("busy_to) WITH &&", "busy_to) WITH ="),
    f"{EXCLUDE} DEFERRABLE INITIALLY DEFERRED",
]
POSTGRES_DROPS += [
    f"{POSTGRES_DROPS[0]}; ALTER TABLE allocations ADD CONSTRAINT allocations_no_overlap {weaker}"
    for weaker in WEAKER
]
POSTGRES_DROPS += [
    f"{drop}; CREATE TRIGGER {weaker}"
    for drop, weaker in (
        (
            POSTGRES_DROPS[1],
            (
                "allocation_capacity BEFORE INSERT ON allocations FOR EACH ROW"
                " WHEN (NOT NEW.exclusive) EXECUTE FUNCTION allocation_capacity()"
            ),
        ),
        (
            POSTGRES_DROPS[4],
            (
                "ledger_entries_keep BEFORE DELETE OR UPDATE ON allocations FOR EACH ROW"
                " EXECUTE FUNCTION keep_history()"
            ),
        ),
    )
]

# As versions of PostgreSQL write it down, pretty or not, of columns of this type or that.
WRITTEN = [
    EXCLUDE.replace("'[]'", "'[]'::text"),
    EXCLUDE.replace("(resource_id, resource_id", "((resource_id)::bigint, (resource_id)::bigint")
    .replace("busy_to", '"busy_to"')
    .replace(" WHERE (exclusive)", "  WHERE ((exclusive))"),
]


@pytest.mark.parametrize("written", WRITTEN)
def test_how_a_version_writes_a_guard_makes_no_difference(written: str) -> None:
    assert guards._essence(written) == guards._essence(guards._POSTGRES_EXCLUDE)


def test_no_guard_no_start(migrated: Flask, own_url: str, tmp_path: Path) -> None:
    on_sqlite = db.engine.dialect.name == "sqlite"
    for statement in SQLITE_DROPS if on_sqlite else POSTGRES_DROPS:
        with db.engine.connect() as connection:
            outer = connection.begin()
            connection.exec_driver_sql(statement)
            assert guards._missing(connection), statement
            outer.rollback()
    guards.check(db.engine)

    run((SQLITE_DROPS if on_sqlite else POSTGRES_DROPS)[0])
    command = [sys.executable, "-m", "studio.cli", "web"]
    given = environment(tmp_path, DATABASE_URL=own_url)
    tried = subprocess.run(command, env=given, capture_output=True, text=True, check=False)
    assert tried.returncode == 78
    assert "is missing from the database or was altered" in tried.stderr


def test_a_database_of_any_age_can_be_brought_up_to_date(empty: Flask) -> None:
    """Every command begins by asking for the guards, the one that migrates as well."""
    config = schema._config()
    revisions = [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()]
    for revision in reversed(revisions):
        command.upgrade(config, revision)
        guards.check(db.engine)
    run((SQLITE_DROPS if db.engine.dialect.name == "sqlite" else POSTGRES_DROPS)[0])
    with pytest.raises(guards.GuardMissing):
        guards.check(db.engine)
