"""The staff's page about calendars elsewhere; photographers see their own only."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.accounts import people
from studio.db import db, epoch
from studio.ports import ports
from studio.scheduling.outside import service
from studio.scheduling.outside.forms import CalendarForm
from studio.scheduling.outside.models import OutsideBusy, OutsideCalendar
from studio.scheduling.queries import photographers, the_studio
from studio.scheduling.service import NotTheirs
from studio.web.guards import staff

bp = Blueprint("outside", __name__, url_prefix="/office/calendars")


@bp.route("", methods=["GET", "POST"])
@staff("block_time")
def calendars() -> ResponseReturnValue:
    """Whose calendars are read, how that went, and adding one."""
    session, within = db.session(), _within()
    crew = [each for each in photographers(session) if within in {None, each.id}]
    form = CalendarForm()
    form.offer(crew)
    if form.validate_on_submit() and _added(form, within):
        flash("Added. It is read within a minute, and then every quarter of an hour.")
        return redirect(url_for("outside.calendars"), 303)
    page = render_template(
        "office/outside/calendars.html",
        form=form,
        rows=_rows(session, within),
        zone=the_studio(session).zone,
    )
    return page, 422 if form.errors else 200


@bp.post("/<id:calendar_id>/fetch")
@staff("block_time")
def fetch_now(calendar_id: int) -> ResponseReturnValue:
    try:
        service.ask_now(calendar_id, _within())
    except NotTheirs:
        abort(404)
    flash("It is being read: look again in a few seconds.")
    return redirect(url_for("outside.calendars"), 303)


@bp.post("/<id:calendar_id>/remove")
@staff("block_time")
def remove_calendar(calendar_id: int) -> ResponseReturnValue:
    try:
        service.remove_calendar(calendar_id, _within())
    except NotTheirs:
        abort(404)
    flash("Removed: what it called busy can be booked again. No session of ours has changed.")
    return redirect(url_for("outside.calendars"), 303)


def _rows(session: Session, within: int | None) -> Sequence[tuple[OutsideCalendar, int]]:
    """Each calendar with how many busy stretches still to come it has."""
    ahead = (
        select(OutsideBusy.calendar_id, func.count(OutsideBusy.id).label("count"))
        .where(OutsideBusy.busy_to > epoch(ports().now()))
        .group_by(OutsideBusy.calendar_id)
        .subquery()
    )
    wanted = (
        select(OutsideCalendar, func.coalesce(ahead.c.count, 0))
        .join(ahead, ahead.c.calendar_id == OutsideCalendar.id, isouter=True)
        .order_by(OutsideCalendar.id)
    )
    if within is not None:
        wanted = wanted.where(OutsideCalendar.photographer_id == within)
    return [(row[0], row[1]) for row in session.execute(wanted)]


def _added(form: CalendarForm, within: int | None) -> bool:
    """Add it, or say beside the field why not."""
    if service.is_ours(form.url.data):
        form.url.errors = ["That is our own feed: your sessions here count already."]
        return False
    try:
        service.add_calendar(int(form.photographer.data), form.url.data, within)
    except service.ReadAlready:
        form.url.errors = ["This calendar is read already: see the list above."]
    except service.TooMany:
        form.url.errors = [f"{service.MOST} calendars are the most: please remove one first."]
    return not form.errors


def _within() -> int | None:
    person = people.asking()
    return people.scope(person)
