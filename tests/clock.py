from __future__ import annotations

from datetime import UTC, datetime, timedelta

# A Monday, half past ten in London, with the winter clock.
START = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


class Clock:
    """The time as the tests want it."""

    def __init__(self) -> None:
        self._now = START

    def now(self) -> datetime:
        return self._now

    def set(self, instant: datetime) -> None:
        self._now = instant

    def advance(self, **delta: float) -> None:
        self._now += timedelta(**delta)

    def reset(self) -> None:
        self._now = START
