"""Time off; photographers take their own."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.db import db
from studio.office.hours import asker, bp, effect
from studio.ports import ports
from studio.scheduling import queries, service
from studio.scheduling.forms import TimeOffForm
from studio.web.fields import planned_day
from studio.web.filters import short_date
from studio.web.guards import staff


@bp.route("/time-off", methods=["GET", "POST"])
@staff("block_time")
def time_off() -> ResponseReturnValue:
    """Close a photographer or a room for a while; `?whom=` and `?day=` fill in the form."""
    form = TimeOffForm(data=_wanted())
    form.offer(queries.workers(db.session(), asker.within()))
    zone = asker.zone()
    if form.check(ports().now(), zone) and not effect.going_back():
        off = form.to_request(zone)
        return effect.saved_or_asked(
            f"{form.who()} is off from {_when(form.since.data)} until {_when(form.until.data)}.",
            lambda agreed: asker.theirs(lambda only: service.block_time(off, only, agreed)),
            saved="The time off is saved.",
        )
    page = render_template("office/studio/time_off.html", form=form)
    return page, 422 if form.errors else 200


@bp.post("/time-off/<id:block_id>/remove")
@staff("block_time")
def remove_time_off(block_id: int) -> ResponseReturnValue:
    asker.theirs(lambda only: service.remove_block(block_id, only))
    flash("Removed: that time can be booked again.")
    return redirect(url_for("scheduling_office.studio"), 303)


def _wanted() -> dict[str, object]:
    """The whole of the day in the address, if there is one."""
    day = planned_day(request.args.get("day", ""))
    if day is None:
        return {}
    begins = datetime.combine(day, time())
    return {
        "whom": request.args.get("whom", ""),
        "since": begins,
        "until": begins + timedelta(days=1),
    }


def _when(at: datetime) -> str:
    return f"{short_date(at.date())} {at.year}, {at:%H:%M}"
