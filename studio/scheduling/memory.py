"""What was read and computed, kept in this process until the calendar says it has changed.

The calendar's one row counts two things, each written under its lock: changes of the house (hours,
sets, people, packages) and changes of what is taken. Whatever is kept is kept under the count it
was made at, so one small read tells whether it still holds, in any number of processes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import NamedTuple, TypeVar, cast

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.scheduling.models import CalendarLock

T = TypeVar("T")

_SEEN, _CHANGING = "calendar seen", "calendar changing"

# A month of one package with one choice of photographer is some tens of kilobytes.
_MOST = 200


class Version(NamedTuple):
    """How often the house, and what is taken, have changed."""

    house: int
    taken: int


class Memory:
    """The most recently used answers, by what they depend on."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was kept under *key*, or what *make* answers now.

        What is kept is shared between threads: nobody may change it.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast("T", self._kept[key])
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return made

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


def memory() -> Memory:
    """The current application's."""
    kept: Memory = current_app.extensions.setdefault("memory", Memory())
    return kept


def version(session: Session) -> Version:
    """The counts as this transaction sees them, read once in it."""
    seen = session.info.get(_SEEN)
    if seen and seen[0] is session.get_transaction():
        return cast("Version", seen[1])
    found = Version(*session.execute(select(CalendarLock.version, CalendarLock.taken)).one())
    session.info[_SEEN] = session.get_transaction(), found
    return found


def look_again(session: Session) -> None:
    """Whoever has waited for the lock reads the counts anew."""
    session.info.pop(_SEEN, None)


def changing(session: Session) -> None:
    """From here on this transaction sees what nobody else does, and may be rolled back."""
    session.info[_CHANGING] = session.get_transaction()


def recall(session: Session, key: Hashable, make: Callable[[], T]) -> T:
    """What is kept under *key*, unless this transaction has changed what it depends on."""
    change = session.info.get(_CHANGING)
    if change is not None and change is session.get_transaction():
        return make()
    return memory().recall(key, make)
