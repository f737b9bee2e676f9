"""The mailbox to which mail comes back that could not be delivered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class BoxUnreachable(Exception):
    """The mailbox does not answer as it should; nothing in it is lost."""


class BounceBox(Protocol):
    def each(self, keep: Callable[[bytes], None]) -> int:
        """Give *keep* the beginning of each mail that is new, some of them; how many.

        A mail counts as read once *keep* has come back: it may be given again, but is not lost.

        Raises:
            BoxUnreachable: if the mailbox cannot be read now.
        """
