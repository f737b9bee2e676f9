"""What a storm and its clients agree upon: the times to try, and the files between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

SLOTS = 20
TURNAROUND = "turnaround"


def starts_of(mode: str) -> list[datetime]:
    """The times that clients try in *mode*."""
    return pairs() if mode == TURNAROUND else starts()


def pairs() -> list[datetime]:
    """Twenty pairs of times an hour apart, three hours between one pair and the next."""
    first = starts()[0].replace(hour=0)
    return [
        first + timedelta(days=n // 5, hours=4 * (n % 5) + later)
        for n in range(SLOTS)
        for later in (0, 1)
    ]


def starts() -> list[datetime]:
    """Twenty times, two hours apart, in whole days from three weeks ahead."""
    first = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0)
    return [first + timedelta(days=21 + n // 5, hours=2 * (n % 5)) for n in range(SLOTS)]


def own_starts() -> list[datetime]:
    """Twelve times a day, two hours apart, on 36 days from three weeks ahead."""
    first = starts()[0].replace(hour=0)
    return [first + timedelta(hours=2 * n) for n in range(12 * 36)]


def told_by(folder: Path, process: int) -> Path:
    """Where a process tells first its id, then its tries.

    A file, not a pipe: whoever has to wait for a reader would not be a rival.
    """
    return folder / f"told-{process}"


def go_file(folder: Path) -> Path:
    """All begin when it is there."""
    return folder / "go"
