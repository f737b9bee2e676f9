"""The calendar: a photographer's week, or everybody's day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from studio.accounts import people
from studio.db import db, epoch
from studio.domain.intervals import Span
from studio.office import drawing, queries
from studio.office.drawing import Column, Day
from studio.office.queries import Slot
from studio.office.shell import bp
from studio.ports import ports
from studio.scheduling.house import house
from studio.scheduling.models import Block, Photographer
from studio.scheduling.queries import photographers, studio_around, the_studio
from studio.web.fields import planned_day
from studio.web.filters import date_with_year, month_name, short_date
from studio.web.guards import staff

_WEEK = timedelta(days=7)


@bp.get("/calendar")
@staff("see_own_sessions")
def calendar() -> ResponseReturnValue:
    """One photographer's week, or with `?day=` all of them side by side."""
    session, now = db.session(), ports().now()
    zone = ZoneInfo(the_studio(session).zone)
    today = now.astimezone(zone).date()
    mine = people.scope(people.current() or abort(403))
    crew = [each for each in photographers(session) if mine in {None, each.id}]
    day = _date("day")
    if day is not None:
        return _day_page(session, crew, Day(day, zone), today, now)
    return _week_page(session, crew, _date("week") or today, zone, now)


def _week_page(
    session: Session, crew: Sequence[Photographer], on: date, zone: ZoneInfo, now: datetime
) -> str:
    today = now.astimezone(zone).date()
    monday = on - timedelta(days=on.weekday())
    who = _chosen(crew)
    days = drawing.days_from(monday, 7)
    read = _read(session, [who] if who else [], days, zone, now)
    columns = [
        read.column(
            who,
            Day(each, zone),
            title=short_date(each),
            href=url_for("office.calendar", day=each.isoformat()),
            is_today=each == today,
        )
        for each in days
        if who
    ]

    def address(week: date) -> str:
        return url_for(
            "office.calendar", week=week.isoformat(), photographer=who.slug if who else None
        )

    return _page(
        columns,
        heading=_week_name(monday),
        who=who,
        before=("Previous week", address(monday - _WEEK)),
        after=("Next week", address(monday + _WEEK)),
        now=("This week", address(today)),
        choices=[
            (
                each.name,
                url_for("office.calendar", week=monday.isoformat(), photographer=each.slug),
                each is who,
            )
            for each in crew
        ],
        other=(
            "Everybody, by day",
            url_for("office.calendar", day=_near(today, days).isoformat()),
            False,
        ),
    )


def _day_page(
    session: Session, crew: Sequence[Photographer], day: Day, today: date, now: datetime
) -> str:
    read = _read(session, crew, [day.on], day.zone, now)
    week = day.on.isoformat()
    columns = [
        read.column(
            each,
            day,
            title=each.first_name,
            href=url_for("office.calendar", week=week, photographer=each.slug),
            is_today=False,
        )
        for each in crew
    ]

    def address(on: date) -> str:
        return url_for("office.calendar", day=on.isoformat())

    return _page(
        columns,
        heading=date_with_year(day.on),
        who=None,
        before=("Previous day", address(day.on - timedelta(days=1))),
        after=("Next day", address(day.on + timedelta(days=1))),
        now=("Today", address(today)),
        choices=[
            (each.name, url_for("office.calendar", week=week, photographer=each.slug), False)
            for each in crew
        ],
        other=("Everybody, by day", address(day.on), True),
    )


def _page(columns: list[Column], **values: object) -> str:
    opens, closes = drawing.window(columns)
    return render_template(
        "office/calendar/calendar.html",
        columns=[drawing.with_closed(each, opens, closes) for each in columns],
        opens=opens,
        closes=closes,
        **values,
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """All that was read for a page, by photographer."""

    slots: Mapping[int, Sequence[Slot]]
    blocks: Mapping[int, Sequence[Block]]
    open: Mapping[int, tuple[Span, ...]]
    now: datetime

    def column(
        self, who: Photographer, day: Day, *, title: str, href: str, is_today: bool
    ) -> Column:
        slots, blocks = self.slots.get(who.id, ()), self.blocks.get(who.id, ())
        links = {
            each.booking.id: url_for("office.session", booking_id=each.booking.id) for each in slots
        }
        shown = drawing.events(day, slots, blocks, links, self.now)
        booked = sum(each.kind in {"headshot", "portrait"} for each in shown)
        note = "" if not booked else "1 session" if booked == 1 else f"{booked} sessions"
        return Column(title, note, href, is_today, shown, day.open(self.open.get(who.id, ())))


def _read(
    session: Session,
    crew: Sequence[Photographer],
    days: Sequence[date],
    zone: ZoneInfo,
    now: datetime,
) -> _Read:
    since = queries.midnight(days[0], zone)
    until = queries.midnight(days[-1] + timedelta(days=1), zone)
    ids = [each.id for each in crew]
    slots: defaultdict[int, list[Slot]] = defaultdict(list)
    for slot in queries.slots(session, since, until, now, zone=zone, photographer_id=None):
        slots[slot.booking.photographer_id].append(slot)
    blocks: defaultdict[int, list[Block]] = defaultdict(list)
    for block in queries.blocks(session, since, until, ids):
        blocks[block.resource_id].append(block)
    studio = studio_around(session, house(session), days, epoch(now), ids)
    return _Read(slots, blocks, studio.open, now)


def _chosen(crew: Sequence[Photographer]) -> Photographer | None:
    """Who is asked for, else the first; None where nobody works here yet."""
    slug = request.args.get("photographer")
    if slug is None:
        return next(iter(crew), None)
    return next((each for each in crew if each.slug == slug), None) or abort(404)


def _date(name: str) -> date | None:
    """The date in the address; what is none, or of another century, is as good as not given."""
    return planned_day(request.args.get(name, ""))


def _near(today: date, days: Sequence[date]) -> date:
    return today if today in days else days[0]


def _week_name(monday: date) -> str:
    sunday = monday + timedelta(days=6)
    if monday.month == sunday.month:
        return f"{monday.day}–{sunday.day} {month_name(sunday)}"
    first, last = (f"{each.day} {month_name(each)}" for each in (monday, sunday))
    if monday.year == sunday.year:
        first = first.rpartition(" ")[0]
    return f"{first} – {last}"
