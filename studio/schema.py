"""The database's shape: bringing it to the newest migration, and saying where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio import resources
from studio.db import db

if TYPE_CHECKING:
    from alembic.config import Config


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
