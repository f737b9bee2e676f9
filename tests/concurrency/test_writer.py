"""SQLite's one writer among processes, which are connections of their own here."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine

from studio import db as database
from studio.db import DatabaseBusy, prepare_engine

pytestmark = pytest.mark.concurrency

BEGIN = "BEGIN IMMEDIATE"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    found = create_engine(f"sqlite:///{tmp_path / 'writers.db'}")
    prepare_engine(found)
    yield found
    found.dispose()


@contextmanager
def writing(engine: Engine, said: list[str]) -> Iterator[Connection]:
    """A transaction that writes; *said* hears all that SQLite is asked for it."""
    with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection:
        driver: Any = connection.connection.dbapi_connection
        driver.set_trace_callback(said.append)
        with connection.begin():
            yield connection
        driver.set_trace_callback(None)


def test_whoever_waits_asks_in_short_turns(engine: Engine) -> None:
    """SQLite's own way would ask once, and then leave a tenth of a second between its looks."""
    said: list[str] = []
    done = threading.Event()

    def second() -> None:
        with writing(engine, said):
            done.set()

    waiting = threading.Thread(target=second)
    with writing(engine, []):
        waiting.start()
        time.sleep(0.3)
        assert not done.is_set()
    waiting.join(5)

    assert done.is_set()
    assert said.count(BEGIN) > 5


def test_in_vain_the_database_is_busy_and_later_it_is_not(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_PATIENCE", 50)
    said: list[str] = []

    with writing(engine, []), pytest.raises(DatabaseBusy), writing(engine, said):
        pass
    with writing(engine, said) as connection:
        waits = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()

    assert waits == 50
    assert said.count(BEGIN) > 1
