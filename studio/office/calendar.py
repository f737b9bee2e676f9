"""The calendar: a photographer's week, or everybody's day, by photographer or by room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import Session

from studio.accounts import people
from studio.db import db
from studio.office import columns, drawing
from studio.office.drawing import Column, Day
from studio.office.queries import midnight
from studio.office.shell import bp
from studio.office.slots import next_session
from studio.ports import ports
from studio.scheduling.models import Photographer, Resource, ResourceKind
from studio.scheduling.queries import photographers, taken_between, the_studio, workers
from studio.web.fields import planned_day
from studio.web.filters import date_with_year, month_name, short_date
from studio.web.guards import staff
from studio.web.text import as_slug

_WEEK = timedelta(days=7)

# How a day can be seen, and what the address says for it.
_VIEWS = (("Everybody, by day", None), ("Rooms, by day", "room"))


@bp.get("/calendar")
@staff("see_own_sessions")
def calendar() -> ResponseReturnValue:
    """One photographer's week; with `?day=` all of them side by side, with `&by=room` rooms."""
    session, now = db.session(), ports().now()
    zone = ZoneInfo(the_studio(session).zone)
    mine = people.scope(people.asking())
    day, week = _date("day"), _date("week")
    shown = _also_shown(day, week or now.astimezone(zone).date(), zone)
    asked_for = Resource.slug == as_slug(request.args.get("photographer", ""))
    also = or_(shown, asked_for, Resource.id == mine)
    crew = [each for each in photographers(session, also) if mine in {None, each.id}]
    asked = _Asked(session, crew, zone, now, mine)
    if day is None:
        return _week_page(asked, week)
    if request.args.get("by") == "room":
        return _room_page(asked, Day(day, zone))
    return _day_page(asked, Day(day, zone))


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks, when, and whose calendar they may see."""

    session: Session
    crew: Sequence[Photographer]
    zone: ZoneInfo
    now: datetime
    mine: int | None

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


def _also_shown(day: date | None, week: date, zone: ZoneInfo) -> ColumnElement[bool]:
    """Who is archived and yet has sessions on *day*; without one, from the *week* on."""
    first = day or week - timedelta(days=week.weekday())
    until = midnight(day + timedelta(days=1), zone) if day else None
    return taken_between(midnight(first, zone), until)


def _week_page(asked: _Asked, week: date | None) -> str:
    today, zone = asked.today, asked.zone
    who = _chosen(asked.crew)
    on = week or _first_to_see(asked, who)
    monday = on - timedelta(days=on.weekday())
    days = drawing.days_from(monday, 7)
    ids = [who.id] if who else []
    read = columns.read(asked.session, ids, days, zone, asked.now, mine=asked.mine)
    shown = [
        read.of_photographer(
            who.id,
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
        shown,
        heading=_week_name(monday),
        who=who,
        work=False,
        before=("Previous week", address(monday - _WEEK)),
        after=("Next week", address(monday + _WEEK)),
        now=("This week", address(today)),
        choices=[
            (
                each.name,
                url_for("office.calendar", week=monday.isoformat(), photographer=each.slug),
                each is who,
            )
            for each in asked.crew
        ],
        by_day=[(words, _day_address(_near(today, days), by), False) for words, by in _VIEWS],
    )


def _day_page(asked: _Asked, day: Day) -> str:
    week = day.on.isoformat()
    read = columns.read(
        asked.session,
        [each.id for each in asked.crew],
        [day.on],
        day.zone,
        asked.now,
        mine=asked.mine,
    )
    shown = [
        read.of_photographer(
            each.id,
            day,
            title=each.first_name,
            href=url_for("office.calendar", week=week, photographer=each.slug),
        )
        for each in asked.crew
    ]
    return _one_day(asked, day, shown)


def _room_page(asked: _Asked, day: Day) -> str:
    """Each room, what is shot on location, and each artist."""
    there = workers(asked.session, also=_also_shown(day.on, day.on, day.zone))
    rooms = [each for each in there if each.kind is ResourceKind.ROOM]
    artists = [each for each in there if each.kind is ResourceKind.ARTIST]
    read = columns.read(
        asked.session,
        [each.id for each in (*rooms, *artists)],
        [day.on],
        day.zone,
        asked.now,
        mine=asked.mine,
        artists=[each.id for each in artists],
    )
    shown = [
        *(read.of_room(each.id, day, each.name) for each in rooms),
        read.on_location(day),
        *(read.of_artist(each.id, day, each.name) for each in artists),
    ]
    return _one_day(asked, day, [each for each in shown if each], "room")


def _one_day(asked: _Asked, day: Day, shown: list[Column], by: str | None = None) -> str:
    week = day.on.isoformat()
    return _page(
        shown,
        heading=date_with_year(day.on),
        who=None,
        work=by == "room",
        before=("Previous day", _day_address(day.on - timedelta(days=1), by)),
        after=("Next day", _day_address(day.on + timedelta(days=1), by)),
        now=("Today", _day_address(asked.today, by)),
        choices=[
            (each.name, url_for("office.calendar", week=week, photographer=each.slug), False)
            for each in asked.crew
        ],
        by_day=[(words, _day_address(day.on, each), each == by) for words, each in _VIEWS],
    )


def _page(shown: list[Column], **values: object) -> str:
    opens, closes = drawing.window(shown)
    return render_template(
        "office/calendar/calendar.html",
        columns=[drawing.with_closed(each, opens, closes) for each in shown],
        opens=opens,
        closes=closes,
        **values,
    )


def _chosen(crew: Sequence[Photographer]) -> Photographer | None:
    """Who is asked for, else the first; None where nobody works here yet."""
    slug = request.args.get("photographer")
    if slug is None:
        return next(iter(crew), None)
    return next((each for each in crew if each.slug == slug), None) or abort(404)


def _first_to_see(asked: _Asked, who: Photographer | None) -> date:
    """The day of the session that is next, so that no Sunday opens on a week that is over."""
    coming = next_session(asked.session, asked.now, who.id) if who else None
    return coming.astimezone(asked.zone).date() if coming else asked.today


def _day_address(day: date, by: str | None) -> str:
    return url_for("office.calendar", day=day.isoformat(), by=by)


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
