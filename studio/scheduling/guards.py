"""The database's own refusal to book anything twice, and the check that it is still there.

The statements below are what the newest migration has made; the migrations hold frozen copies.
Alembic's batch mode drops SQLite's triggers without a word, so the application compares what it
finds with what stands here before it serves.
"""

from __future__ import annotations

import re

from sqlalchemy import Connection, Engine, inspect, text

from studio import schema

# The load is highest where the new span begins or where another one begins inside it.
_SQLITE_CLAIM = """CREATE TRIGGER allocation_guard_{event} BEFORE {on} ON allocations
BEGIN
  SELECT RAISE(ABORT, 'slot_taken')
   WHERE (SELECT coalesce(max(load), 0) FROM (
      SELECT (SELECT coalesce(sum(b.quantity), 0) FROM allocations b
               WHERE b.resource_id = NEW.resource_id AND b.id IS NOT {old}
                 AND b.busy_from <= p.at AND b.busy_to > p.at) AS load
        FROM (SELECT NEW.busy_from AS at UNION
              SELECT a.busy_from FROM allocations a
               WHERE a.resource_id = NEW.resource_id AND a.id IS NOT {old}
                 AND a.busy_from > NEW.busy_from AND a.busy_from < NEW.busy_to) p)
     ) + NEW.quantity > (SELECT capacity FROM resources WHERE id = NEW.resource_id);
END"""

_SQLITE_CAPACITY = """CREATE TRIGGER resource_capacity_guard BEFORE UPDATE OF capacity ON resources
WHEN NEW.capacity < OLD.capacity
BEGIN
  SELECT RAISE(ABORT, 'capacity_in_use')
   WHERE (SELECT coalesce(max(load), 0) FROM (
      SELECT (SELECT sum(b.quantity) FROM allocations b
               WHERE b.resource_id = NEW.id
                 AND b.busy_from <= a.busy_from AND b.busy_to > a.busy_from) AS load
        FROM allocations a WHERE a.resource_id = NEW.id)) > NEW.capacity;
END"""

_SQLITE_KEEP = """CREATE TRIGGER {table}_keep_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'history is not rewritten'); END"""

_HISTORY = ("ledger_entries", "invoices")

# Of a session's history the words may go when its client is erased, and nothing else.
_SQLITE_EVENTS = {
    "booking_events_keep_update": """CREATE TRIGGER booking_events_keep_update
BEFORE UPDATE OF id, booking_id, at, actor, kind ON booking_events
BEGIN SELECT RAISE(ABORT, 'history is not rewritten'); END""",
    "booking_events_keep_detail": """CREATE TRIGGER booking_events_keep_detail
BEFORE UPDATE OF detail ON booking_events WHEN json_extract(NEW.detail, '$.erased') IS NULL
BEGIN SELECT RAISE(ABORT, 'history is not rewritten'); END""",
    "booking_events_keep_delete": _SQLITE_KEEP.format(table="booking_events", verb="delete"),
}

SQLITE: dict[str, str] = {
    "allocation_guard_insert": _SQLITE_CLAIM.format(event="insert", on="INSERT", old="NULL"),
    "allocation_guard_update": _SQLITE_CLAIM.format(
        event="update",
        on="UPDATE OF resource_id, busy_from, busy_to, quantity",
        old="OLD.id",
    ),
    "resource_capacity_guard": _SQLITE_CAPACITY,
    **_SQLITE_EVENTS,
    **{
        f"{table}_keep_{verb}": _SQLITE_KEEP.format(table=table, verb=verb)
        for table in _HISTORY
        for verb in ("update", "delete")
    },
}

# NO KEY UPDATE queues the writers of one pool and does not fight the foreign key's KEY SHARE.
_POSTGRES_BODIES: dict[str, str] = {
    "allocation_capacity": """
DECLARE cap bigint; peak bigint;
BEGIN
  SELECT capacity INTO cap FROM resources WHERE id = NEW.resource_id FOR NO KEY UPDATE;
  SELECT coalesce(max(l.load), 0) INTO peak FROM (
    SELECT (SELECT coalesce(sum(b.quantity), 0) FROM allocations b
             WHERE b.resource_id = NEW.resource_id AND b.id IS DISTINCT FROM NEW.id
               AND b.busy_from <= p.at AND b.busy_to > p.at) AS load
      FROM (SELECT NEW.busy_from AS at UNION
            SELECT a.busy_from FROM allocations a
             WHERE a.resource_id = NEW.resource_id AND a.id IS DISTINCT FROM NEW.id
               AND a.busy_from > NEW.busy_from AND a.busy_from < NEW.busy_to) p) l;
  IF peak + NEW.quantity > cap THEN
    RAISE EXCEPTION 'slot_taken' USING ERRCODE = '23P01';
  END IF;
  RETURN NEW;
END """,
    "resource_capacity": """
DECLARE peak bigint;
BEGIN
  SELECT coalesce(max(l.load), 0) INTO peak FROM (
    SELECT (SELECT sum(b.quantity) FROM allocations b
             WHERE b.resource_id = NEW.id
               AND b.busy_from <= a.busy_from AND b.busy_to > a.busy_from) AS load
      FROM allocations a WHERE a.resource_id = NEW.id) l;
  IF peak > NEW.capacity THEN
    RAISE EXCEPTION 'capacity_in_use' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END """,
    "keep_history": """
BEGIN
  RAISE EXCEPTION 'history is not rewritten' USING ERRCODE = '23514';
END """,
}

_POSTGRES_TRIGGERS: dict[str, str] = {
    "allocation_capacity": (
        "CREATE TRIGGER allocation_capacity BEFORE INSERT OR UPDATE OF"
        " resource_id, busy_from, busy_to, quantity, exclusive ON allocations"
        " FOR EACH ROW WHEN (NOT NEW.exclusive) EXECUTE FUNCTION allocation_capacity()"
    ),
    "resource_capacity": (
        "CREATE TRIGGER resource_capacity BEFORE UPDATE OF capacity ON resources"
        " FOR EACH ROW WHEN (NEW.capacity < OLD.capacity) EXECUTE FUNCTION resource_capacity()"
    ),
    "booking_events_keep": (
        "CREATE TRIGGER booking_events_keep BEFORE DELETE OR UPDATE OF"
        " id, booking_id, at, actor, kind ON booking_events"
        " FOR EACH ROW EXECUTE FUNCTION keep_history()"
    ),
    "booking_events_keep_detail": (
        "CREATE TRIGGER booking_events_keep_detail BEFORE UPDATE OF detail ON booking_events"
        " FOR EACH ROW WHEN (NEW.detail ->> 'erased' IS NULL) EXECUTE FUNCTION keep_history()"
    ),
    **{
        f"{table}_keep": (
            f"CREATE TRIGGER {table}_keep BEFORE DELETE OR UPDATE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION keep_history()"
        )
        for table in _HISTORY
    },
}

# Without btree_gist, so that no extension and no superuser is needed: the id is a range of one.
NO_OVERLAP = "allocations_no_overlap"
_POSTGRES_EXCLUDE = (
    "EXCLUDE USING gist ("
    "int8range(resource_id, resource_id, '[]') WITH &&, int8range(busy_from, busy_to) WITH &&"
    ") WHERE (exclusive)"
)

POSTGRES: list[str] = [
    *(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
        for name, body in _POSTGRES_BODIES.items()
    ),
    *_POSTGRES_TRIGGERS.values(),
    f"ALTER TABLE allocations ADD CONSTRAINT {NO_OVERLAP} {_POSTGRES_EXCLUDE}",
]


# What an unqualified name means is asked, so that a namesake in another schema counts for nothing.
_POSTGRES_FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE pg_function_is_visible(oid)"
_POSTGRES_DEFINED_TRIGGERS = """
SELECT tgname, pg_get_triggerdef(oid, true) FROM pg_trigger
 WHERE NOT tgisinternal AND tgenabled = 'O' AND pg_table_is_visible(tgrelid)"""
_POSTGRES_DEFINED_EXCLUDE = """
SELECT conname, pg_get_constraintdef(oid, true) FROM pg_constraint
 WHERE contype = 'x' AND conrelid = CAST('allocations' AS regclass)"""


class GuardMissing(RuntimeError):
    """The database would let two sessions take one thing, or history be rewritten."""


def check(engine: Engine) -> None:
    """Compare the guards with what they must be; a database without tables passes.

    So does one that is not at the newest migration, which may make what is missing: it is checked
    as soon as it is migrated, and is not ready before.

    Raises:
        GuardMissing: naming the first that is gone or altered.
    """
    with engine.connect() as connection:
        if not inspect(connection).has_table("allocations"):
            return
        missing = _missing(connection)
    if missing and schema.current() == schema.newest():
        raise GuardMissing(
            f"The guard {missing} is missing from the database or was altered;"
            " restore it from a backup or run the migrations on a fresh copy."
        )


def _missing(connection: Connection) -> str | None:
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type='trigger'"))
        found = {name: _flat(sql) for name, sql in rows}
        return next((n for n, sql in SQLITE.items() if found.get(n) != _flat(sql)), None)

    wanted = {
        _POSTGRES_FUNCTIONS: _POSTGRES_BODIES,
        _POSTGRES_DEFINED_TRIGGERS: _POSTGRES_TRIGGERS,
        _POSTGRES_DEFINED_EXCLUDE: {NO_OVERLAP: _POSTGRES_EXCLUDE},
    }
    for query, expected in wanted.items():
        rows = connection.execute(text(query))
        found = {name: _essence(definition) for name, definition in rows}
        for name, definition in expected.items():
            if found.get(name) != _essence(definition):
                return name
    return None


def _flat(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip()


def _essence(sql: str) -> str:
    """What *sql* says, without what versions of PostgreSQL add to it or leave out."""
    return " ".join(re.findall(r'[^\s()",]+|,', re.sub(r"::\w+", "", sql).lower()))
