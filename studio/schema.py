"""The database's shape: bringing it to the newest migration, and saying where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from studio import resources
from studio.db import db

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alembic.config import Config
    from sqlalchemy import Connection


def migrate() -> None:
    """Bring the database to the newest migration.

    Several processes may call this at once: one migrates, the others wait for it and then find
    nothing to do.
    """
    from alembic import command

    command.upgrade(_config(), "head")


def newest() -> str:
    """The revision that this code needs."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current() -> str:
    """The revision the database is at; empty before the first migration."""
    from alembic.runtime.migration import MigrationContext

    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def _config() -> Config:
    from alembic.config import Config

    return Config(resources.folder("migrations") / "alembic.ini")


Reworded: TypeAlias = "tuple[str, Mapping[str, str]]"
"""The statement that makes the table from now on, and where each column's values come from."""


def rebuild(
    connection: Connection, tables: Mapping[str, Callable[[str, list[str]], Reworded]]
) -> None:
    """Change tables on SQLite by writing each anew, with its rows, indexes and guards.

    Each function rewords the statement and columns a table has. Alembic's batch mode would drop
    checks and triggers without a word; so the statements that made them are taken from the
    database itself. Foreign keys have to be off (migrations/env.py).
    """
    made = connection.exec_driver_sql(
        "SELECT type, tbl_name, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    ).all()
    for kind, _, name, _ in made:
        if kind == "trigger":
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    for table, reword in tables.items():
        (before,) = [sql for kind, _, name, sql in made if kind == "table" and name == table]
        before = before.replace(f'CREATE TABLE "{table}"', f"CREATE TABLE {table}", 1)
        kept = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]
        after, columns = reword(before, kept)
        connection.exec_driver_sql(
            after.replace(f"CREATE TABLE {table}", f"CREATE TABLE new_{table}", 1)
        )
        into, values = ", ".join(columns), ", ".join(columns.values())
        connection.exec_driver_sql(f"INSERT INTO new_{table} ({into}) SELECT {values} FROM {table}")  # noqa: S608 -- ours
        connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql(f"ALTER TABLE new_{table} RENAME TO {table}")
    for kind, table, _, sql in made:
        if kind == "trigger" or (kind == "index" and table in tables):
            connection.exec_driver_sql(sql)
