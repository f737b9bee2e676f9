"""Rows written by one statement each, and by none that is built anew for every call.

On the session's connection: on its own way a session asks what a statement without objects could
mean to its objects, which takes a third as long as the statement.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from sqlalchemy import Insert, insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from studio.db import Base


def insert_if_new(
    session: Session, table: type[Base], rows: Sequence[Mapping[str, object]]
) -> list[int]:
    """Insert what breaks no unique key or exclusion; the ids of the rows that were written.

    Of a table whose key has several columns, the first of them.
    """
    wanted = _insert_if_new(table, session.get_bind().dialect.name)
    # Of one row the library need not ask whether it may be sent together with others.
    given = dict(rows[0]) if len(rows) == 1 else [dict(row) for row in rows]
    return list(session.connection().execute(wanted, given).scalars())


def insert_one(session: Session, table: type[Base], row: Mapping[str, object]) -> int:
    """Insert *row*, which nobody reads as an object in this transaction, and answer its key."""
    return int(session.connection().execute(_insert_one(table), dict(row)).scalar_one())


def insert_all(session: Session, table: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert *rows* that nobody reads as objects in this transaction."""
    if rows:
        session.connection().execute(_insert(table), [dict(row) for row in rows])


# The rows stand beside the statement and not in it, so that one serves all calls.
@functools.cache
def _insert_if_new(table: type[Base], dialect: str) -> ReturningInsert[Any]:
    # A studio needs one of the two, and either takes as long to import as some of its own features.
    insert_or = import_module(f"sqlalchemy.dialects.{dialect}").insert
    columns: Any = table.__table__
    key = next(iter(columns.primary_key))
    wanted: ReturningInsert[Any] = insert_or(columns).on_conflict_do_nothing().returning(key)
    return wanted


@functools.cache
def _insert_one(table: type[Base]) -> ReturningInsert[Any]:
    columns: Any = table.__table__
    return insert(columns).returning(next(iter(columns.primary_key)))


@functools.cache
def _insert(table: type[Base]) -> Insert:
    columns: Any = table.__table__
    return insert(columns)
