"""Whom to ring the day before: everybody who comes tomorrow and has not said so."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.accounts import people
from studio.booking.coming import queries as coming
from studio.booking.coming import service
from studio.db import db
from studio.office import prep_board, queries
from studio.office.prep import tabs
from studio.office.shell import bp
from studio.ports import ports
from studio.scheduling.queries import the_studio
from studio.web.fields import planned_day
from studio.web.guards import staff


@bp.get("/prep/phone-list")
@staff("see_own_sessions")
def phone_list() -> ResponseReturnValue:
    """The sessions of tomorrow, or of `?day=`, those who have not said that they come first."""
    session = db.session()
    zone = ZoneInfo(the_studio(session).zone)
    day = _day(ports().now(), zone)
    mine = people.scope(people.asking())
    found = prep_board.between(
        session, queries.midnight(day, zone), queries.midnight(day + timedelta(days=1), zone), mine
    )
    heard = coming.heard(session, [each.id for each in found])
    rows = [(each, heard.get(each.id, coming.NOTHING)) for each in found]
    rows.sort(key=lambda row: row[1].attendance_confirmed_at is not None)
    return render_template(
        "office/prep/phone_list.html",
        tabs=tabs("phone_list"), rows=rows, day=day, zone=zone.key, now=ports().now(),
        silent=sum(each.attendance_confirmed_at is None for _, each in rows),
    )  # fmt: skip


@bp.post("/prep/phone-list/<id:booking_id>/<any('called', 'coming'):what>")
@staff("edit_prep")
def note_on_phone_list(booking_id: int, what: str) -> ResponseReturnValue:
    """Somebody was rung, or said on the telephone that they come."""
    person = people.asking()
    booking = queries.booking(db.session(), booking_id, people.scope(person)) or abort(404)
    day = booking.starts_at.astimezone(ZoneInfo(booking.zone)).date()
    name = booking.contact.name if booking.contact else "The client"
    try:
        if what == "called":
            service.note_called(booking_id, person.name)
            flash(f"Noted: {name} was rung.")
        else:
            service.confirm_attendance(booking_id, by=person.name)
            flash(f"Noted: {name} comes.")
    except service.NotNow:
        flash("Too late for that, or too soon: the session has begun, or moved.", "warning")
    return redirect(url_for("office.phone_list", day=day.isoformat()), 303)


def _day(now: datetime, zone: ZoneInfo) -> date:
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return planned_day(request.args.get("day", "")) or tomorrow
