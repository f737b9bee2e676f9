"""What we ask of a calendar that somebody keeps elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Trouble(StrEnum):
    """Why a calendar could not be read, for staff; nothing that the other side said is in it."""

    ADDRESS = "That address cannot be used: it has to be a public https address."
    UNREACHABLE = "The other side does not answer."
    SLOW = "The other side takes too long."
    REDIRECTS = "It leads on and on to other addresses."
    REFUSED = "The other side refuses: the address may have been withdrawn."
    BROKEN = "The other side has a fault of its own."
    TOO_BIG = "It is larger than 2 MB."


class SourceFailed(Exception):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered. *body* is None if it is what it was; the rest is sent next time."""

    body: bytes | None
    etag: str = ""
    last_modified: str = ""


class CalendarSource(Protocol):
    def fetch(self, url: str, etag: str, last_modified: str) -> Fetched:
        """What stands at *url* now.

        Raises:
            SourceFailed: if it cannot be read, for whatever reason.
        """
        ...
