"""The hours of one week, given to other weeks or to somebody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from studio.domain.hours import Minutes, WeeklyHours, hours_on
from studio.scheduling.house import House
from studio.scheduling.models import OpeningHours
from studio.scheduling.overrides import OtherHours, add, cut_out, runs

Week = Mapping[int, tuple[Minutes, ...]]
"""Spans by ISO weekday (Monday is 1); a weekday that is missing is closed."""


@dataclass(frozen=True, slots=True)
class WeekCopy:
    """Whose week is copied to whom.

    *from_week* is the Monday of the week whose hours are taken as they hold, other hours on single
    dates included; None takes the ordinary week. *to_weeks* are the first and the last Monday of
    the weeks that get them, None makes them the ordinary week.
    """

    from_id: int
    from_week: date | None
    to_ids: tuple[int, ...]
    to_weeks: tuple[date, date] | None


def week_of(known: House, resource_id: int, monday: date | None) -> dict[int, tuple[Minutes, ...]]:
    """The hours of a resource in the week of *monday*, or in an ordinary one.

    What closes the whole studio is left aside: a holiday is no part of anybody's week.
    """
    weekly = known.hours.get(resource_id, WeeklyHours(()))
    overrides = known.overrides.get(resource_id, ()) if monday else ()
    first = monday or date(2001, 1, 1)  # a Monday like any other
    return {n + 1: hours_on(weekly, overrides, (), first + timedelta(days=n))[1] for n in range(7)}


def give_weekly(session: Session, resource_id: int, week: Week) -> None:
    """Make *week* the ordinary week of a resource."""
    session.execute(delete(OpeningHours).where(OpeningHours.resource_id == resource_id))
    session.add_all(
        OpeningHours(
            resource_id=resource_id, weekday=weekday, opens_minute=opens, closes_minute=closes
        )
        for weekday, spans in week.items()
        for opens, closes in spans
    )


def give_weeks(
    session: Session,
    resource_id: int,
    week: Week,
    ordinary: Week,
    mondays: tuple[date, date],
    note: str,
) -> None:
    """Let *week* hold in each week from the first to the last of *mondays*.

    Other hours kept for these dates before make way. A day that is as in the *ordinary* week needs
    none of its own; days that follow one another with the same hours are one range.
    """
    first, last = mondays
    cut_out(session, resource_id, first, last + timedelta(days=6))
    for each in runs(_unlike(week, ordinary, first, last + timedelta(days=6))):
        add(session, OtherHours(resource_id, each.first_on, each.last_on, each.spans, note))


def _unlike(
    week: Week, ordinary: Week, first_on: date, last_on: date
) -> Iterator[tuple[date, tuple[Minutes, ...]]]:
    """The days whose hours by *week* are others than the *ordinary* ones."""
    for n in range((last_on - first_on).days + 1):
        day = first_on + timedelta(days=n)
        spans = week.get(day.isoweekday(), ())
        if spans != ordinary.get(day.isoweekday(), ()):
            yield day, spans
