from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect

from studio import schema
from studio.db import Base, db
from studio.scheduling import guards
from tests.test_run import environment


def names() -> set[str]:
    return set(inspect(db.engine).get_table_names())


def test_the_migrations_make_what_the_models_say(migrated: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)

    assert differences == []
    assert names() == {table.name for table in Base.metadata.sorted_tables} | {"alembic_version"}


def test_every_check_is_in_the_database(migrated: Flask) -> None:
    """Autogenerate does not compare checks, so they are counted by name."""
    inspector = inspect(db.engine)
    for table in Base.metadata.sorted_tables:
        wanted = {str(c.name) for c in table.constraints if c.__visit_name__ == "check_constraint"}
        found = {str(c["name"]) for c in inspector.get_check_constraints(table.name)}
        assert wanted <= found, table.name


def test_down_to_nothing_and_up_again(migrated: Flask) -> None:
    command.downgrade(schema._config(), "base")
    assert names() <= {"alembic_version"}
    assert schema.current() == ""

    schema.migrate()
    guards.check(db.engine)
    assert schema.current() == schema.newest()


def test_migrations_follow_one_another(migrated: Flask) -> None:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(schema._config())
    revisions = [each.revision for each in scripts.walk_revisions()][::-1]

    assert revisions == [f"{number:04}" for number in range(1, len(revisions) + 1)]


def test_two_that_start_at_once_migrate_once(own_url: str, tmp_path: Path) -> None:
    rivals = [
        subprocess.Popen(
            [sys.executable, "-m", "studio.cli", "migrate"],
            env=environment(tmp_path, DATABASE_URL=own_url),
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]

    assert [(each.communicate()[1], each.returncode) for each in rivals] == [("", 0)] * 2
