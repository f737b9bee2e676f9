"""A calendar elsewhere that says what a test tells it to."""

from __future__ import annotations

from studio.ports.calendar_source import Fetched, SourceFailed, Trouble


class FakeCalendarSource:
    def __init__(self) -> None:
        self.body = b""
        self.etag = ""
        self.trouble: Trouble | None = None
        self.asked: list[tuple[str, str]] = []

    def fetch(self, url: str, etag: str, last_modified: str) -> Fetched:
        self.asked.append((url, etag))
        if self.trouble:
            raise SourceFailed(self.trouble)
        if self.etag and etag == self.etag:
            return Fetched(None, etag, last_modified)
        return Fetched(self.body, self.etag, "")
