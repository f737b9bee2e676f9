"""A week of everybody: hours, what is planned otherwise, time off, and how much is booked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from studio.accounts import people
from studio.db import db, epoch, from_epoch
from studio.domain.hours import HeldBy, WeeklyHours, hours_on
from studio.office.hours import asker, bp
from studio.office.queries import midnight
from studio.office.slots import Closed, closed, sessions_by_day
from studio.ports import ports
from studio.scheduling import overrides, queries
from studio.scheduling.hours_text import past_midnight, write_hours
from studio.scheduling.house import House
from studio.scheduling.models import Resource
from studio.scheduling.openings import known_house
from studio.scheduling.overrides import OtherHours
from studio.web.fields import planned_day
from studio.web.filters import date_with_year, short_date
from studio.web.guards import staff

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of somebody: no *hours* is closed, *reach* is how far past midnight they go.

    *note* says what is not as in the ordinary week, *off* when they are away all the same. *href*
    is where the day is changed, "" once it is over.
    """

    day: date
    hours: Sequence[str]
    reach: str
    note: str
    off: Sequence[str]
    booked: int
    href: str


@dataclass(frozen=True, slots=True)
class _Read:
    """All that the page shows, read once."""

    known: House
    zone: ZoneInfo
    ranges: Sequence[tuple[int, OtherHours]]
    off: Mapping[int, Sequence[Closed]]
    booked: Counter[tuple[int, date]]
    today: date
    may_edit: bool


@bp.get("/week")
@staff("block_time")
def week() -> ResponseReturnValue:
    """The week of `?week=`, any day of it; a photographer sees their own."""
    session, zone = db.session(), asker.zone()
    today = ports().now().astimezone(zone).date()
    asked = planned_day(request.args.get("week", "")) or today
    monday = asked - timedelta(days=asked.weekday())
    days = [monday + n * _DAY for n in range(7)]
    workers = queries.workers(session, asker.within())
    read = _read(session, [each.id for each in workers], days, today, zone)
    return render_template(
        "office/studio/week.html",
        title=f"Week {monday.isocalendar().week}, from {date_with_year(monday)}",
        monday=monday,
        heads=[f"{day:%a} {day.day}{', today' if day == today else ''}" for day in days],
        rows=[(each, [_cell(read, each, day) for day in days]) for each in workers],
        before=_address(monday - _WEEK),
        after=_address(monday + _WEEK),
        now=_address(today),
    )


def _address(day: date) -> str:
    return url_for("scheduling_office.week", week=day.isoformat())


def _read(
    session: Session, resources: list[int], days: Sequence[date], today: date, zone: ZoneInfo
) -> _Read:
    since, until = midnight(days[0], zone), midnight(days[-1] + _DAY, zone)
    off: defaultdict[int, list[Closed]] = defaultdict(list)
    for each in closed(session, since, until, resources):
        off[each.resource_id].append(each)
    return _Read(
        known_house(session),
        zone,
        overrides.ranges(session, days[0], days[-1]),
        off,
        sessions_by_day(session, since, until, resources, zone),
        today,
        people.may("edit_hours"),
    )


def _cell(read: _Read, worker: Resource, day: date) -> Cell:
    known = read.known
    weekly, own = known.hours.get(worker.id, WeeklyHours(())), known.overrides.get(worker.id, ())
    by, spans = hours_on(weekly, own, known.closures, day)
    whose = None if by is HeldBy.CLOSURE else worker.id
    said = [
        (override_id, each)
        for override_id, each in read.ranges
        if each.resource_id == whose and each.first_on <= day <= each.last_on
    ]
    away = read.off.get(worker.id, ())
    return Cell(
        day,
        [write_hours([span]) for span in spans],
        past_midnight(spans, short_date(day + _DAY)),
        _note(by, said),
        [words for each in away if (words := _off(each, day, read.zone))],
        read.booked[worker.id, day],
        _href(read, worker, day, said),
    )


def _note(by: HeldBy, said: Sequence[tuple[int, OtherHours]]) -> str:
    if by is HeldBy.WEEK:
        return ""
    notes = ", ".join(dict.fromkeys(each.note for _, each in said if each.note))
    title = "Studio closed" if by is HeldBy.CLOSURE else "Other hours"
    return f"{title}: {notes}" if notes else title


def _off(each: Closed, day: date, zone: ZoneInfo) -> str:
    """The part of a time off that lies on *day*; "" for none."""
    begin, end = (epoch(midnight(at, zone)) for at in (day, day + _DAY))
    if each.busy_from >= end or each.busy_to <= begin:
        return ""
    if each.busy_from <= begin and end <= each.busy_to:
        return f"Away: {each.why}"
    since, until = (
        from_epoch(at).astimezone(zone)
        for at in (max(begin, each.busy_from), min(end, each.busy_to))
    )
    until_midnight = each.busy_to >= end
    return f"Away {since:%H:%M}-{'24:00' if until_midnight else f'{until:%H:%M}'}: {each.why}"


def _href(read: _Read, worker: Resource, day: date, said: Sequence[tuple[int, OtherHours]]) -> str:
    """Photographers take time off; the hours are the managers'."""
    if day < read.today:
        return ""
    if not read.may_edit:
        return url_for("scheduling_office.time_off", whom=worker.id, day=day.isoformat())
    if len(said) == 1:
        return url_for("scheduling_office.change_other_hours", override_id=said[0][0])
    if said:
        return url_for("scheduling_office.studio", _anchor="other-days")
    return url_for("scheduling_office.other_hours", whom=worker.id, day=day.isoformat())
