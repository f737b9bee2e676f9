"""The database: base class, types, the only way to commit, and all that differs by dialect."""

from __future__ import annotations

import functools
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ParamSpec, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    Engine,
    Enum,
    Integer,
    MetaData,
    event,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, registry

from studio.column_types import Percent, UtcDateTime

P = ParamSpec("P")
R = TypeVar("R")

# Within one statement PostgreSQL waits this long for a lock, and a use case this long at all.
POSTGRES_OPTIONS = (
    "-c lock_timeout=5s -c statement_timeout=15s -c idle_in_transaction_session_timeout=15s"
)
_TAKEN = "23P01"  # exclusion_violation, also raised by our own counting trigger
_AGAIN = frozenset({"40001", "40P01", "55P03"})  # serialisation, deadlock, lock not available


# How long SQLite waits for others, and how long at once for whoever writes, in milliseconds.
_PATIENCE, _TURN = 10_000, 5


class DatabaseBusy(Exception):
    """The database could not take the write now; trying again in seconds will help."""


# SQLite numbers rows by itself only when the key is an INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    # On the registry, since Flask-SQLAlchemy 3.1 fails on a `type_annotation_map` of the class.
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            int: BigInteger(),
            datetime: UtcDateTime(),
            Decimal: Percent(),
            dict[str, Any]: JSON(),
            list[Any]: JSON(),
            list[int]: JSON(),
        },
    )


def primary_key() -> Any:
    return mapped_column(BigId, primary_key=True)


def words(kinds: type[StrEnum]) -> Enum:
    """A column that holds the values of *kinds*, guarded by a check on both databases."""
    return Enum(
        kinds,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda each: [kind.value for kind in each],
        name=kinds.__name__.lower(),
    )


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"join_transaction_mode": "create_savepoint"},
)


def prepare_engine(engine: Engine) -> None:
    """Once per engine, also in migrations: transactions that lose nothing on SQLite.

    The driver must not begin by itself (`isolation_level = None`); every other setting was seen
    to lose or refuse writes.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={_PATIENCE}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if connection.get_execution_options().get("sqlite_begin") == "IMMEDIATE":
            _begin_writing(connection.connection.dbapi_connection)
        else:
            connection.exec_driver_sql("BEGIN DEFERRED")


def _begin_writing(connection: sqlite3.Connection) -> None:
    """Become SQLite's one writer, of all processes.

    Left to itself SQLite asks ever more seldom, so that whoever has waited longest loses to
    whoever comes, for seconds; asking again in short turns gives all the same chance.

    Raises:
        DatabaseBusy: if it did not help for ten seconds.
    """
    until = time.monotonic() + _PATIENCE / 1000
    connection.execute(f"PRAGMA busy_timeout={_TURN}")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if not _is_busy(error):
                    raise
                if time.monotonic() >= until:
                    raise DatabaseBusy from error
            else:
                return
    finally:
        connection.execute(f"PRAGMA busy_timeout={_PATIENCE}")


def engine_options(database_url: str) -> dict[str, Any]:
    """What Flask-SQLAlchemy passes on to `create_engine` for *database_url*."""
    if database_url.startswith("sqlite"):
        return {}
    return {
        "pool_pre_ping": True,
        "pool_timeout": 5,
        "connect_args": {"options": POSTGRES_OPTIONS, "connect_timeout": 5},
    }


# A flag on the session would miss a nested application context, which has a session of its own.
_open: ContextVar[bool] = ContextVar("use_case_open", default=False)

# SQLite's own queue for writers is unfair: one fair lock a process keeps the slowest quick.
_writer = threading.Lock()


def in_transaction() -> bool:
    """Whether a use case is open here; the ports refuse to be called then."""
    return _open.get()


@contextmanager
def transaction() -> Iterator[Session]:
    """One use case, one transaction: commit at the end, roll back on error.

    Only use cases (public functions of a `service` module) and jobs open one. A function that is
    given a session never commits it.

    Raises:
        RuntimeError: if one is open already, since the inner one would commit half of the outer
            one's work; or if rows were changed outside one.
        DatabaseBusy: if SQLite's writer could not be had within ten seconds.
    """
    if _open.get():
        raise RuntimeError("a use case called another use case")
    session = db.session()
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("rows were changed outside a use case")
    # End the snapshot that the request's reads began, else a locked row shows its old values.
    session.rollback()
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    with _one_writer(on_sqlite):
        token = _open.set(True)
        try:
            with session.begin():
                if on_sqlite:
                    session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
                yield session
        finally:
            _open.reset(token)


@contextmanager
def _one_writer(on_sqlite: bool) -> Iterator[None]:
    if not on_sqlite:
        yield
        return
    if not _writer.acquire(timeout=10):
        raise DatabaseBusy
    try:
        yield
    finally:
        _writer.release()


def retried(use_case: Callable[P, R]) -> Callable[P, R]:
    """The whole use case again on a deadlock or a busy database, six times at most.

    Raises:
        DatabaseBusy: when that did not help.
    """

    @functools.wraps(use_case)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(6):
            try:
                return use_case(*args, **kwargs)
            except DBAPIError as error:
                if refusal(error) != "again":
                    raise
            time.sleep(min(1.0, 0.01 * 2**attempt) * random.random())
        raise DatabaseBusy

    return again


def refusal(error: DBAPIError) -> str:
    """What the database meant: "taken", "again" or "other". The only reader of error codes."""
    original = error.orig
    state = getattr(original, "sqlstate", None)
    if state:
        return "taken" if state == _TAKEN else "again" if state in _AGAIN else "other"
    name = getattr(original, "sqlite_errorname", "")
    if name == "SQLITE_CONSTRAINT_TRIGGER" and "slot_taken" in str(original):
        return "taken"
    return "again" if _is_busy(original) else "other"


def _is_busy(error: object) -> bool:
    name: str = getattr(error, "sqlite_errorname", "")
    return name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def epoch(instant: datetime) -> int:
    """Whole seconds since 1970, the form in which calendars are compared."""
    return int(instant.timestamp())


def from_epoch(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
