"""Other hours on some dates: written, taken back, cut out of longer ranges, and compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from studio.domain.hours import Dates, HeldBy, Minutes, WeeklyHours, hours_on, joined
from studio.scheduling.house import House
from studio.scheduling.models import HoursOverride

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OtherHours:
    """Hours for the dates from *first_on* to *last_on*, both included; no spans is closed.

    Without a resource the whole studio is closed, and there are no spans.
    """

    resource_id: int | None
    first_on: date
    last_on: date
    spans: tuple[Minutes, ...]
    note: str

    @property
    def key(self) -> tuple[int | None, date, date]:
        """One range is all that is said of just these dates."""
        return self.resource_id, self.first_on, self.last_on


class Together(StrEnum):
    """How two ranges that meet, and are not both closed, count on the dates of both."""

    JOINED = "joined"  # both have hours
    NOW_CLOSED = "now closed"  # the new one closes what the other opens
    STAYS_CLOSED = "stays closed"  # the other closes what the new one opens
    STUDIO_CLOSED = "studio closed"  # the other closes the whole studio


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another range that holds on some of the same dates."""

    other: OtherHours
    together: Together


@dataclass(frozen=True, slots=True)
class Held:
    """The hours that hold on each of the dates from *first_on* to *last_on*."""

    first_on: date
    last_on: date
    spans: tuple[Minutes, ...]


def ranges(
    session: Session, first_on: date, last_on: date = date.max, resource_id: int | None = None
) -> list[tuple[int, OtherHours]]:
    """What holds on some of these dates, in order, each with the id of one of its rows.

    With *resource_id* only what that resource has, and what closes the whole studio.
    """
    wanted = (
        select(HoursOverride)
        .where(HoursOverride.first_on <= last_on, HoursOverride.last_on >= first_on)
        .order_by(
            HoursOverride.first_on,
            HoursOverride.last_on,
            HoursOverride.resource_id.nulls_first(),
            HoursOverride.opens_minute,
        )
    )
    if resource_id is not None:
        wanted = wanted.where(
            or_(HoursOverride.resource_id == resource_id, HoursOverride.resource_id.is_(None))
        )
    found = []
    for key, group in groupby(
        session.scalars(wanted), key=lambda row: (row.resource_id, row.first_on, row.last_on)
    ):
        rows = list(group)
        spans = [
            (row.opens_minute, row.closes_minute)
            for row in rows
            if row.opens_minute is not None and row.closes_minute is not None
        ]
        # One row that closes closes the range, whatever the others say.
        held = joined(spans) if len(spans) == len(rows) else ()
        note = ", ".join(dict.fromkeys(row.note for row in rows if row.note))
        found.append((rows[0].id, OtherHours(*key, held, note)))
    return found


def range_of(session: Session, override_id: int) -> OtherHours | None:
    """The range that one row belongs to; None if there is no such row."""
    row = session.get(HoursOverride, override_id)
    if row is None:
        return None
    key = row.resource_id, row.first_on, row.last_on
    near = ranges(session, row.first_on, row.last_on, row.resource_id)
    return next(each for _, each in near if each.key == key)


def write(session: Session, other: OtherHours) -> None:
    """Keep *other*; what was said of just these dates before is replaced."""
    forget(session, other)
    add(session, other)


def add(session: Session, other: OtherHours) -> None:
    """Keep *other* beside whatever else is said of its dates."""
    spans: Sequence[Minutes | tuple[None, None]] = other.spans or ((None, None),)
    session.add_all(
        HoursOverride(
            resource_id=other.resource_id,
            first_on=other.first_on,
            last_on=other.last_on,
            opens_minute=opens,
            closes_minute=closes,
            note=other.note,
        )
        for opens, closes in spans
    )


def forget(session: Session, other: OtherHours) -> None:
    """Take back all that is said of just the dates of *other*."""
    session.execute(
        delete(HoursOverride).where(
            HoursOverride.resource_id.is_not_distinct_from(other.resource_id),
            HoursOverride.first_on == other.first_on,
            HoursOverride.last_on == other.last_on,
        )
    )


def cut_out(session: Session, resource_id: int, first_on: date, last_on: date) -> None:
    """Let no override of a resource hold on these dates; longer ones keep their other dates."""
    meets = [each for _, each in ranges(session, first_on, last_on, resource_id)]
    for known in [each for each in meets if each.resource_id == resource_id]:
        forget(session, known)
        for begin, end in (
            (known.first_on, first_on - _A_DAY),
            (last_on + _A_DAY, known.last_on),
        ):
            if begin <= end:
                # What is left may have the dates of another range, which holds as before.
                add(session, OtherHours(resource_id, begin, end, known.spans, known.note))


def overlapping(session: Session, new: OtherHours) -> list[Overlap]:
    """The other ranges that hold on some dates of *new*, which is written already."""
    known = ranges(session, new.first_on, new.last_on, new.resource_id)
    return meeting(new, [other for _, other in known])


def meeting(own: OtherHours, others: Sequence[OtherHours]) -> list[Overlap]:
    """How those of *others* that hold on some dates of *own* count together with it."""
    whose = {None, own.resource_id}
    return [
        Overlap(other, together)
        for other in others
        if (own.resource_id is None or other.resource_id in whose)
        and other.first_on <= own.last_on
        and own.first_on <= other.last_on
        and other.key != own.key
        and (together := _together(own, other))
    ]


def held(known: House, new: OtherHours, overlaps: Sequence[Overlap]) -> list[Held]:
    """What holds on the dates on which *new* meets others, unless the whole studio is closed."""
    if new.resource_id is None:
        return []
    weekly = known.hours.get(new.resource_id, WeeklyHours(()))
    overrides = known.overrides.get(new.resource_id, ())
    days = sorted({day for each in overlaps for day in _shared(new, each.other)})
    found = [(day, *hours_on(weekly, overrides, known.closures, day)) for day in days]
    return runs((day, spans) for day, by, spans in found if by is not HeldBy.CLOSURE)


def runs(days: Iterable[tuple[date, tuple[Minutes, ...]]]) -> list[Held]:
    """The hours of *days*, which are in order; the same on following days as one."""
    found: list[Held] = []
    for day, spans in days:
        last = found[-1] if found else None
        if last and last.last_on + _A_DAY == day and last.spans == spans:
            found[-1] = Held(last.first_on, day, spans)
        else:
            found.append(Held(day, day, spans))
    return found


def covered(closures: Sequence[Dates], first_on: date, last_on: date) -> bool:
    """Whether every date from *first_on* to *last_on* is one of *closures*."""
    day = first_on
    while day <= last_on:
        ends = [last for first, last in closures if first <= day <= last]
        if not ends:
            return False
        day = max(ends) + _A_DAY
    return True


def _together(new: OtherHours, other: OtherHours) -> Together | None:
    if new.resource_id is not None and other.resource_id is None:
        return Together.STUDIO_CLOSED
    if new.spans:
        return Together.JOINED if other.spans else Together.STAYS_CLOSED
    return Together.NOW_CLOSED if other.spans else None


def _shared(one: OtherHours, other: OtherHours) -> Iterator[date]:
    first, last = max(one.first_on, other.first_on), min(one.last_on, other.last_on)
    for n in range((last - first).days + 1):
        yield first + n * _A_DAY
