"""Single rules of the engine: what they allow of some starts, and what they forbid."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from studio.domain.availability.grid import closed
from studio.domain.availability.sessions import below, out_of
from studio.domain.intervals import Span, meeting, outside

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from studio.domain.availability.values import Needs, Step, Studio, Taken


def can_be_had_on(needs: Needs, days: Sequence[date]) -> Sequence[date]:
    """Those of *days*, in order, that are among the dates of the package, if it has some."""
    if needs.only_on is None:
        return days
    return sorted({day for first, last in needs.only_on for day in days if first <= day <= last})


def light_on(studio: Studio, needs: Needs, days: Iterable[date]) -> tuple[Span | None, ...]:
    """For each of *days* the instants with the light asked for; None where the sun never sets."""
    before, after = needs.light or (0, 0)
    sunsets = map(studio.sunset.get, days)
    return tuple([None if at is None else (at - before, at + after) for at in sunsets])


def never_enough(studio: Studio, needs: Needs) -> bool:
    """Whether the session needs more units of some pool than the studio has."""
    return any(
        units > studio.capacity[pool]
        for equipment in (needs.equipment, *(step.equipment for step in needs.before))
        for pool, units in equipment.items()
    )


def within_limits(
    studio: Studio, needs: Needs, days: Sequence[Span], starts: Sequence[int]
) -> Sequence[int]:
    """Those of *starts* on days that have room for one more of the package, and of any."""
    if needs.max_per_day is not None:
        alike = [each.start for each in studio.taken if each.package_id == needs.package_id]
        starts = below(starts, days, alike, needs.max_per_day)
    if studio.max_per_day is not None:
        begins = [each.start for each in studio.taken]
        starts = below(starts, days, begins, studio.max_per_day)
    return starts


def after_step(
    studio: Studio, step: Step, with_kit: Sequence[Taken], starts: Sequence[int]
) -> Sequence[int]:
    """Those of *starts* before which *step* can be done: somebody is free, and so is the kit."""
    for pool, need in step.equipment.items():
        spans = out_of(studio, pool, need, with_kit)
        starts = outside(starts, meeting(spans, (step.begins, -step.ends)))
    if not step.artists:
        return starts
    free: list[int] = []
    for who in step.artists:
        done = set(free)
        if left := [at for at in starts if at not in done]:
            free += artist_free(studio, step, who, left)
    return sorted(free)


def artist_free(studio: Studio, step: Step, who: int, starts: Sequence[int]) -> list[int]:
    """Those of *starts* before which *who* has the time for *step*."""
    reach = step.begins, -step.ends
    hours, blocks = studio.open.get(who, ()), studio.blocked.get(who, ())
    free = outside(starts, meeting(studio.engaged.get(who, ()), reach))
    return outside(free, closed(hours, blocks, reach))


def in_any(several: Iterable[Iterable[int]]) -> list[int]:
    """The starts that are in one of *several* or in more, each in order; in order."""
    different = list({id(each): each for each in several}.values())
    if len(different) == 1:
        return list(different[0])
    return sorted(dict.fromkeys(chain.from_iterable(different)))
