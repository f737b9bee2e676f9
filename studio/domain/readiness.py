"""How ready a session's client is: what is done, and what is still missing.

One function, for every page and for the reminder: from values to two lists of tasks. What is not
asked of a client is in neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# From here on a client is asked whether they are coming.
ASKED_BEFORE = timedelta(days=3)


class Task(StrEnum):
    """What a client does before the session, in the order in which it is told."""

    GUIDE = "guide"
    LIST = "list"
    FORM = "form"
    RELEASE = "release"
    PAYMENT = "payment"
    COMING = "coming"


class Form(StrEnum):
    """What has become of the questions of a session type."""

    NOT_ASKED = "not asked"
    MISSING = "missing"
    BEGUN = "begun"
    IN = "in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is known of one client's preparation.

    *ticked* of *listed* things are done; *answered* of *sitters* have said yes or no to the
    release, and where the studio has none, *release_asked* is false. *overdue* is whether money
    should be here and is not, *coming* when they confirmed this very time.
    """

    starts_at: datetime
    opened: bool
    ticked: int
    listed: int
    form: Form = Form.NOT_ASKED
    release_asked: bool = True
    sitters: int = 0
    answered: int = 0
    overdue: bool = False
    coming: datetime | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is *done* and what is *missing*, each in the order of `Task`."""

    done: tuple[Task, ...]
    missing: tuple[Task, ...]

    @property
    def ready(self) -> bool:
        return not self.missing


def readiness(known: Prepared, now: datetime) -> Readiness:
    """What of its preparation is done at *now*, and what is missing.

    An empty list asks for nothing. Saying no to the release answers it. Money that is not due yet
    is not missed. Whether they come is asked from `ASKED_BEFORE` on; a yes before counts.
    """
    asked = {
        Task.GUIDE: known.opened,
        Task.LIST: known.ticked >= known.listed if known.listed else None,
        Task.FORM: None if known.form is Form.NOT_ASKED else known.form is Form.IN,
        Task.RELEASE: 0 < known.sitters <= known.answered if known.release_asked else None,
        Task.PAYMENT: not known.overdue,
        Task.COMING: _coming(known, now),
    }
    return Readiness(
        tuple(task for task, done in asked.items() if done),
        tuple(task for task, done in asked.items() if done is False),
    )


def asks_coming(starts_at: datetime, now: datetime) -> bool:
    """Whether a client is asked now whether they come."""
    return starts_at - ASKED_BEFORE <= now < starts_at


def _coming(known: Prepared, now: datetime) -> bool | None:
    if known.coming is not None:
        return True
    return False if known.starts_at - ASKED_BEFORE <= now else None
