"""Single rules of the engine: what they allow of some starts, and what they forbid."""

from __future__ import annotations

from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from studio.domain.availability.sessions import full_days, out_of
from studio.domain.intervals import Span, inside, outside

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from studio.domain.availability.sessions import Turnaround
    from studio.domain.availability.values import Needs, Step, Studio, Taken

_START = attrgetter("start")

Reach = tuple[int, int]
"""Seconds that somebody or something is needed before a start, and after it."""


def can_be_had_on(needs: Needs, day: date) -> bool:
    """Whether *day* is one of the dates of the package, if it has some."""
    return needs.only_on is None or any(first <= day <= last for first, last in needs.only_on)


def light_on(studio: Studio, needs: Needs, day: date) -> Span | None:
    """The instants of *day* that have the light asked for; None where the sun does not set."""
    if needs.light is None or (sunset := studio.sunset.get(day)) is None:
        return None
    before, after = needs.light
    return sunset - before, sunset + after


def never_enough(studio: Studio, needs: Needs) -> bool:
    """Whether the session needs more units of some pool than the studio has."""
    return any(
        units > studio.capacity[pool]
        for equipment in (needs.equipment, *(step.equipment for step in needs.before))
        for pool, units in equipment.items()
    )


def within_limits(
    studio: Studio, needs: Needs, days: Sequence[Sequence[Span]], starts: Sequence[int]
) -> Sequence[int]:
    """Those of *starts* on days that have room for one more of the package, and of any."""
    if needs.max_per_day is not None:
        begins = [s.start for s in studio.taken if s.package_id == needs.package_id]
        starts = outside(starts, full_days(days, begins, needs.max_per_day))
    if studio.max_per_day is not None:
        starts = outside(starts, full_days(days, map(_START, studio.taken), studio.max_per_day))
    return starts


def after_step(
    studio: Studio, step: Step, with_kit: Sequence[Taken], starts: Sequence[int]
) -> Sequence[int]:
    """Those of *starts* before which *step* can be done: somebody is free, and so is the kit."""
    for pool, need in step.equipment.items():
        spans = meeting(out_of(studio, pool, need, with_kit), step.begins, -step.ends)
        starts = outside(starts, sorted(spans))
    if not step.artists:
        return starts
    return in_any(artist_free(studio, step, who, starts) for who in step.artists)


def artist_free(studio: Studio, step: Step, who: int, starts: Sequence[int]) -> list[int]:
    """Those of *starts* before which *who* has the time for *step*."""
    reach = step.begins, -step.ends
    present = inside(starts, studio.open.get(who, ()), *reach)
    away = [*studio.blocked.get(who, ()), *studio.engaged.get(who, ())]
    return outside(present, sorted(meeting(away, *reach)))


def presence(studio: Studio, needs: Needs, turnaround: Turnaround, who: int) -> Reach:
    """Seconds that *who* is busy before the start, and after it, on the way included."""
    if who in studio.assisted:
        return turnaround.home, needs.seconds + turnaround.home
    return padding(studio, needs, turnaround)


def padding(studio: Studio, needs: Needs, turnaround: Turnaround) -> Reach:
    """Seconds from the start back to leaving and building, and on to striking and coming back."""
    sets, home = studio.sets, turnaround.home
    after = needs.seconds + needs.clear + sets[needs.last_set].strike + home
    return sets[needs.first_set].build + home, after


def meeting(spans: Iterable[Span], before: int, after: int) -> list[Span]:
    """The starts at which [start - before, start + after) meets one of *spans*.

    As in ``Turnaround``: strictly between the two figures.
    """
    return [(begin - after, end + before) for begin, end in spans]


def in_any(several: Iterable[Iterable[int]]) -> list[int]:
    """The starts that are in one of *several* or in more, each in order; in order."""
    different = list({id(each): each for each in several}.values())
    if len(different) == 1:
        return list(different[0])
    return sorted(dict.fromkeys(chain.from_iterable(different)))
