"""The staff's pages about when the studio works."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from studio.accounts import people
from studio.db import db, from_epoch
from studio.domain.hours import Minutes
from studio.ports import ports
from studio.scheduling import queries, service
from studio.scheduling.contradictions import Contradiction, contradictions
from studio.scheduling.forms import WEEKDAYS, OverrideForm, TimeOffForm, WeekForm
from studio.scheduling.hours_text import write_hours
from studio.scheduling.models import HoursOverride, Resource
from studio.web.guards import staff

bp = Blueprint("scheduling_office", __name__, url_prefix="/office/studio")


class OtherDays(NamedTuple):
    """One line of the list of other hours; *id* is one of the rows it is made of."""

    id: int
    whom: str
    first_on: date
    last_on: date
    hours: str
    note: str


class Off(NamedTuple):
    """One line of the list of time off, on the studio's wall clock."""

    id: int
    whom: str
    since: datetime
    until: datetime
    note: str


@bp.get("")
@staff("block_time")
def studio() -> ResponseReturnValue:
    """Who works when, what is planned otherwise, and which sessions that contradicts."""
    session, now, within = db.session(), ports().now(), _within()
    workers = queries.workers(session, within)
    names = {each.id: each.name for each in workers}
    zone = _zone()
    return render_template(
        "office/studio/studio.html",
        weekdays=WEEKDAYS,
        workers=[(each, _week(each)) for each in workers],
        other_days=_other_days(queries.overrides_from(session, now.astimezone(zone).date()), names),
        time_off=[
            Off(
                block.id,
                names[block.resource_id],
                from_epoch(block.busy_from).astimezone(zone),
                from_epoch(block.busy_to).astimezone(zone),
                block.note,
            )
            for block in queries.blocks_from(session, now)
            if block.resource_id in names
        ],
        contradictions=contradictions(session, now, within),
    )


@bp.route("/hours/<id:resource_id>", methods=["GET", "POST"])
@staff("edit_hours")
def hours(resource_id: int) -> ResponseReturnValue:
    """The ordinary week of a photographer or a room."""
    worker = next(iter(queries.workers(db.session(), resource_id)), None) or abort(404)
    name = worker.name
    form = WeekForm.of(worker.hours)
    if form.validate_on_submit():
        return _done(
            f"The hours of {name} are saved.",
            service.set_weekly_hours(resource_id, form.to_request()),
        )
    page = render_template("office/studio/hours.html", form=form, name=name)
    return page, 422 if form.errors else 200


@bp.route("/dates", methods=["GET", "POST"])
@staff("edit_hours")
def other_hours() -> ResponseReturnValue:
    """Closed days, or other hours on some dates."""
    form = OverrideForm()
    form.offer(queries.workers(db.session()))
    if form.check(ports().now().astimezone(_zone()).date()):
        return _done("The dates are saved.", service.add_override(form.to_request()))
    page = render_template("office/studio/other_hours.html", form=form)
    return page, 422 if form.errors else 200


@bp.post("/dates/<id:override_id>/remove")
@staff("edit_hours")
def remove_other_hours(override_id: int) -> ResponseReturnValue:
    return _done(
        "Removed: the ordinary week holds on those dates again.",
        service.remove_override(override_id),
    )


@bp.route("/time-off", methods=["GET", "POST"])
@staff("block_time")
def time_off() -> ResponseReturnValue:
    """Close a photographer or a room for a while; photographers close their own time only."""
    form = TimeOffForm()
    form.offer(queries.workers(db.session(), _within()))
    zone = _zone()
    if form.check(ports().now(), zone):
        found = _theirs(lambda within: service.block_time(form.to_request(zone), within))
        return _done("The time off is saved.", found)
    page = render_template("office/studio/time_off.html", form=form)
    return page, 422 if form.errors else 200


@bp.post("/time-off/<id:block_id>/remove")
@staff("block_time")
def remove_time_off(block_id: int) -> ResponseReturnValue:
    found = _theirs(lambda within: service.remove_block(block_id, within))
    return _done("Removed: that time can be booked again.", found)


def _within() -> int | None:
    """The only one whose time the asker may change, or None for everybody's."""
    person = people.current() or abort(403)
    return people.scope(person)


def _theirs(change: Callable[[int | None], list[Contradiction]]) -> list[Contradiction]:
    try:
        return change(_within())
    except service.NotTheirs:
        abort(404)


def _zone() -> ZoneInfo:
    return ZoneInfo(queries.the_studio(db.session()).zone)


def _done(saved: str, contradicting: Sequence[Contradiction]) -> ResponseReturnValue:
    if contradicting:
        sessions = len({each.booking_id for each in contradicting})
        what = "1 booked session does" if sessions == 1 else f"{sessions} booked sessions do"
        flash(f"{saved} {what} not fit these hours; see the list below.", "warning")
    else:
        flash(f"{saved} Every booked session still fits.")
    return redirect(url_for("scheduling_office.studio"), 303)


def _week(worker: Resource) -> list[str]:
    """The hours of Monday to Sunday in words."""
    spans: list[list[Minutes]] = [[] for _ in WEEKDAYS]
    for each in worker.hours:
        spans[each.weekday - 1].append((each.opens_minute, each.closes_minute))
    return [write_hours(day) for day in spans]


def _other_days(rows: Sequence[HoursOverride], names: dict[int, str]) -> list[OtherDays]:
    """One line for the rows of one range; a photographer sees their own and the studio's."""
    lines = []
    for (whom, first, last), group in groupby(
        rows, key=lambda row: (row.resource_id, row.first_on, row.last_on)
    ):
        if whom is not None and whom not in names:
            continue
        parts = list(group)
        spans = [
            (part.opens_minute, part.closes_minute)
            for part in parts
            if part.opens_minute is not None and part.closes_minute is not None
        ]
        name = "The whole studio" if whom is None else names[whom]
        lines.append(OtherDays(parts[0].id, name, first, last, write_hours(spans), parts[0].note))
    return lines
