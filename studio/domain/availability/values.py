"""What the engine is told and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from studio.domain.hours import Dates
    from studio.domain.intervals import Span
    from studio.domain.turnaround import SetTimes

STUDIO = 0
"""The place that is the studio itself; every other place has a number above it."""

Rise = tuple[int, int, int]
"""From, to, and the units that are out in between."""


class Gaps(StrEnum):
    """What becomes of starts that leave a gap before and after: sold, named second, or not sold."""

    ANY = "any"
    PREFER = "prefer"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class Step:
    """What comes before a session on resources of its own, such as make-up.

    It lasts from *begins* to *ends* seconds before the start. One of *artists* does it, in order
    of preference (none if it needs nobody), with *equipment*: units of each pool. These pools are
    none that the session's sets use.
    """

    begins: int
    ends: int
    artists: tuple[int, ...]
    equipment: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Needs:
    """What one package, with the add-ons chosen, asks of the studio.

    Attributes:
        package_id: whose daily limit applies.
        seconds: length of the shoot, add-ons included; more than 0.
        first_set: the set the session begins with.
        last_set: the set it ends with.
        same: seconds the changeover takes when the set it wants stands already.
        clear: seconds of clearing up after the session, before any striking.
        equipment: units of each pool, for the whole time from building to striking.
        photographers: those who may shoot it, in order of preference.
        rooms: those every set fits, in order of preference; none on location.
        step_minutes: starts stand where the wall clock's minutes since midnight divide by it.
        lead: least seconds from now to the start.
        horizon_days: how many days after today may still be booked.
        max_per_day: most sessions of this package on one local day, if limited.
        place: where; on location photographers travel there and back, and no room is needed.
        before: what comes before the session.
        only_on: the dates it can be had on, if not on all.
        light: the whole session lies between sunset minus the first figure and sunset plus the
            second, in seconds; on dates without a sunset there is none.
        gaps: whether a start must be, or had better be, among the ``gap_free``; None is the
            studio's own rule. A wish about how a day is filled, which is no matter of single
            starts: the calendar applies it to those that are open.
    """

    package_id: int
    seconds: int
    first_set: int
    last_set: int
    same: int
    clear: int
    equipment: Mapping[int, int]
    photographers: tuple[int, ...]
    rooms: tuple[int, ...]
    step_minutes: int
    lead: int
    horizon_days: int
    max_per_day: int | None = None
    place: int = STUDIO
    before: tuple[Step, ...] = ()
    only_on: tuple[Dates, ...] | None = None
    light: tuple[int, int] | None = None
    gaps: Gaps | None = None


@dataclass(slots=True)
class Taken:
    """One session or live hold. Nobody may change one.

    It is not frozen, since a window holds thousands and to make a frozen one takes six times as
    long. ``start`` and ``end`` are the shoot itself; ``same``, ``clear``, ``place``
    and ``equipment`` are as in ``Needs``. On location ``room`` is 0.
    ``since`` and ``until`` reach from the first building to the last striking,
    so that this need not be asked again for every session wanted.
    """

    package_id: int
    photographer: int
    room: int
    start: int
    end: int
    first_set: int
    last_set: int
    same: int
    clear: int
    equipment: Mapping[int, int]
    place: int
    since: int
    until: int

    @classmethod
    def of(  # noqa: PLR0913, PLR0917 -- a row has as many columns
        cls,
        sets: Mapping[int, SetTimes],
        package_id: int,
        photographer: int,
        room: int,
        start: int,
        end: int,
        first_set: int,
        last_set: int,
        same: int,
        clear: int,
        equipment: Mapping[int, int],
        place: int = STUDIO,
    ) -> Taken:
        """A session with its building and striking, as long as these take by *sets*."""
        since, until = start - sets[first_set].build, end + clear + sets[last_set].strike
        return cls(
            package_id, photographer, room, start, end, first_set, last_set, same, clear,
            equipment, place, since, until,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Studio:
    """Everything the engine knows, for at least the days around those it is asked about.

    Attributes:
        zone: the clock on the studio's wall.
        open: hours of each photographer, room and artist, merged and in order; who is not here is
            closed.
        blocked: what else closes one of them; may overlap anything.
        taken: sessions and live holds, in any order.
        sets: building and striking, for every set that is wanted or taken.
        capacity: units in each pool.
        assisted: photographers with an assistant, who builds, strikes and clears for them.
        max_per_photographer_day: most sessions on one local day, for those who have a limit.
        max_per_day: most sessions of the whole studio on one local day, if limited.
        engaged: by artist, when they work on somebody.
        used: by pool, units out for what comes before sessions.
        travel: seconds between any two places, also from one to itself, which is more than 0 where
            the address is another each time; needed only for places that are wanted or taken, and
            the studio.
        sunset: of the place that is wanted, by local date; no entry, no sunset.
    """

    zone: ZoneInfo
    open: Mapping[int, tuple[Span, ...]]
    blocked: Mapping[int, tuple[Span, ...]]
    taken: Sequence[Taken]
    sets: Mapping[int, SetTimes]
    capacity: Mapping[int, int]
    assisted: frozenset[int] = frozenset()
    max_per_photographer_day: Mapping[int, int] = field(default_factory=dict)
    max_per_day: int | None = None
    engaged: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    used: Mapping[int, Sequence[Rise]] = field(default_factory=dict)
    travel: Mapping[tuple[int, int], int] = field(default_factory=lambda: {(STUDIO, STUDIO): 0})
    sunset: Mapping[date, int] = field(default_factory=dict)


class Start(NamedTuple):
    """One open start.

    ``options`` maps each photographer who is free to the rooms they could
    shoot in, both in the order of ``Needs``; on location there are none.
    ``same_set`` names the rooms in which the set wanted stands already, left
    by a session that ended on the same local day.
    """

    at: int
    options: Mapping[int, tuple[int, ...]]
    same_set: tuple[int, ...]
