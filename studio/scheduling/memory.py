"""What was read and computed, kept in this process until the calendar says it has changed.

The calendar's one row counts two things, each written under its lock: changes of the house (hours,
sets, people, packages) and changes of what is taken. Whatever is kept is kept under the count it
was made at, so one small read tells whether it still holds, in any number of processes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar, cast
from weakref import WeakValueDictionary

from flask import current_app
from sqlalchemy import Executable, select
from sqlalchemy.orm import Session

from studio.scheduling.models import CalendarLock

T = TypeVar("T")

_SEEN, _WAITED, _CHANGING = "calendar seen", "calendar waited for", "calendar changing"

_columns: Any = CalendarLock.__table__.c
COUNTS = select(_columns.version, _columns.taken)

# A month of one package with one choice of photographer is some tens of kilobytes.
_MOST = 200


class Version(NamedTuple):
    """How often the house, and what is taken, have changed."""

    house: int
    taken: int


class _Turn:
    """Who makes an answer; it lasts as long as somebody waits."""

    def __init__(self) -> None:
        self.lock = threading.RLock()


class Memory:
    """The most recently used answers, by what they depend on."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = threading.Lock()
        self._turns: WeakValueDictionary[Hashable, _Turn] = WeakValueDictionary()

    def recall(
        self, key: Hashable, make: Callable[[], T], holds: Callable[[T], bool] | None = None
    ) -> T:
        """What was kept under *key* if it *holds* still, or what *make* answers now.

        Whoever asks while another thread makes it waits for that answer: four threads that make
        the same take four times as long, each of them. *make* may recall other keys but must
        wait for nothing that whoever asks may hold; it only reads. What is kept is shared between
        threads: nobody may change it.
        """
        with self._lock:
            if self._holds(key, holds):
                return cast("T", self._kept[key])
            turn = self._turns.setdefault(key, _Turn())
        with turn.lock:
            with self._lock:
                if self._holds(key, holds):
                    return cast("T", self._kept[key])
            made = make()
            with self._lock:
                self._kept[key] = made
                while len(self._kept) > _MOST:
                    self._kept.popitem(last=False)
        return made

    def _holds(self, key: Hashable, holds: Callable[[Any], bool] | None) -> bool:
        if key not in self._kept or not (holds is None or holds(self._kept[key])):
            return False
        self._kept.move_to_end(key)
        return True

    def peek(self, key: Hashable) -> object | None:
        """What is kept under *key*, if anything."""
        with self._lock:
            return self._kept.get(key)

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


def memory() -> Memory:
    """The current application's."""
    extensions = current_app.extensions
    if "memory" not in extensions:
        extensions.setdefault("memory", Memory())  # another thread may have been quicker
    kept: Memory = extensions["memory"]
    return kept


def version(session: Session) -> Version:
    """The counts as this transaction sees them, read once in it."""
    return _seen(session) or _see(session, COUNTS)


def wait(session: Session, lock: Executable) -> None:
    """Read the counts by *lock*, which waits for whoever else has them, once in a transaction."""
    if session.info.get(_WAITED) is None or session.info[_WAITED] is not session.get_transaction():
        _see(session, lock)
        session.info[_WAITED] = session.get_transaction()


def _seen(session: Session) -> Version | None:
    begun, found = session.info.get(_SEEN, (None, None))
    return found if begun is not None and begun is session.get_transaction() else None


def _see(session: Session, counts: Executable) -> Version:
    house, taken = session.connection().execute(counts).one()
    found = Version(house, taken)
    session.info[_SEEN] = session.get_transaction(), found
    return found


@contextmanager
def apart(session: Session) -> Iterator[Session]:
    """Another session within the same transaction; what it reads is bound to none once it ends.

    For rows to be kept. A second connection would not do: with as many requests as connections,
    each waits for ever.
    """
    with Session(session.connection(), join_transaction_mode="rollback_only") as passing:
        yield passing
        passing.expunge_all()


def changing(session: Session) -> None:
    """From here on this transaction sees what nobody else does, and may be rolled back."""
    session.info[_CHANGING] = session.get_transaction()


def recall(
    session: Session,
    key: Hashable,
    make: Callable[[], T],
    holds: Callable[[T], bool] | None = None,
) -> T:
    """What is kept under *key*, unless this transaction has changed what it depends on.

    Or unless it does not *hold* any more: then it is made, and kept, anew.
    """
    change = session.info.get(_CHANGING)
    if change is not None and change is session.get_transaction():
        return make()
    return memory().recall(key, make, holds)
