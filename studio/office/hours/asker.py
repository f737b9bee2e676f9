"""Whose time the asker may see and change, and by which clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import abort

from studio.accounts import people
from studio.db import db
from studio.scheduling.queries import the_studio
from studio.scheduling.service import NotTheirs

T = TypeVar("T")


def within() -> int | None:
    """The only one whose time the asker may change, or None for everybody's."""
    person = people.asking()
    return people.scope(person)


def theirs(change: Callable[[int | None], T]) -> T:
    """What *change* answers, given whose time the asker may change; 404 if it is another's."""
    try:
        return change(within())
    except NotTheirs:
        abort(404)


def zone() -> ZoneInfo:
    return ZoneInfo(the_studio(db.session()).zone)
