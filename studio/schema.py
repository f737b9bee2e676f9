"""The database's shape: bringing it to the newest migration, and saying where it stands."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app

from studio import resources
from studio.db import db


def migrate() -> None:
    """Bring the database to the newest migration.

    Several processes may call this at once: one migrates, the others wait for it and then find
    nothing to do.
    """
    command.upgrade(_config(), "head")


def newest() -> str:
    """The revision that this code needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current() -> str:
    """The revision the database is at; empty before the first migration."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def _config() -> Config:
    migrate_extension = current_app.extensions["migrate"].migrate
    folder = Path(resources.folder("migrations"))
    config: Config = migrate_extension.get_config(str(folder))
    return config
