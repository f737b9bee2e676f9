"""How fast messages may leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """How many messages may leave in a minute, from all workers: any, and of those long overdue.

    Much is overdue at once when the clock has jumped, the worker stood still or a backup came
    back. Then what somebody waits for right now goes first, and the rest so slowly that staff see
    what happens and can hold it.
    """

    any: int | None = None
    overdue: int | None = None


# From here on a message is long overdue.
OVERDUE = timedelta(hours=1)
CATCH_UP = 50
AT_ONCE = Pace()
