"""What stands in the way of a session: each rule it breaks, with the concrete obstacle."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from studio.domain.availability.values import Taken
    from studio.domain.intervals import Span


class Rule(StrEnum):
    """The rules of the engine, in the order in which each person and room is asked about them."""

    OVER = "over"
    OPEN_DAYS = "open days"
    HORIZON = "horizon"
    NOTICE = "notice"
    GRID = "grid"
    NO_SUNSET = "no sunset"
    LIGHT = "light"
    PACKAGE_LIMIT = "package limit"
    STUDIO_LIMIT = "studio limit"
    NEVER_ENOUGH = "never enough"
    USED = "used"
    ARTIST = "artist"
    HOURS = "hours"
    BLOCKED = "blocked"
    LIMIT = "limit"
    OVERLAP = "overlap"
    TURNAROUND = "turnaround"
    EQUIPMENT = "equipment"
    GAP = "gap"


# What nobody may set aside: there is one of each photographer and room, and so many of each kit;
# and what is booked for a time that is over could be neither moved nor called off any more.
_NEVER = frozenset({Rule.OVER, Rule.OVERLAP, Rule.NEVER_ENOUGH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One rule that a session at some start would break.

    Instants are epoch seconds.

    Attributes:
        rule: which.
        resource: the photographer, room, artist or pool that it is about, if any.
        session: the session in the way (OVERLAP, TURNAROUND), if it is one.
        span: what is in the way (BLOCKED, ARTIST; none if it is their hours), the light that
            there is (LIGHT), or the hours of that day that are nearest (HOURS; none if closed).
        needed: the time for which the resource is needed, from the first building or leaving to
            the last striking or coming back.
        free_from: when this obstacle alone would let a session start, at the earliest after the
            start asked for; None if it never does, or if another day is needed.
        units: how many are needed and how many there are (equipment), or the limit as both.
        dates: the dates on which the package can be had (OPEN_DAYS), or the last one (HORIZON).
        certain: whether the database itself would refuse it, whatever the rule.
    """

    rule: Rule
    resource: int | None = None
    session: Taken | None = None
    span: Span | None = None
    needed: Span | None = None
    free_from: int | None = None
    units: tuple[int, int] | None = None
    dates: tuple[tuple[date, date], ...] = ()
    certain: bool = False

    @property
    def hard(self) -> bool:
        """Whether not even staff can set it aside."""
        return self.certain or self.rule in _NEVER


class Why(NamedTuple):
    """Why a start is not open for one photographer in one room; open if *obstacles* is empty.

    *room* is None on location.
    """

    photographer: int
    room: int | None
    obstacles: tuple[Obstacle, ...]

    @property
    def hard(self) -> bool:
        return any(each.hard for each in self.obstacles)
