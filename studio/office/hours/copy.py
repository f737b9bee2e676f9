"""Copying a week: to other weeks, to other people and rooms, or into their ordinary week."""

from __future__ import annotations

from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue

from studio.db import db
from studio.office.hours import asker, bp, effect
from studio.office.hours.forms import CopyForm
from studio.ports import ports
from studio.scheduling import queries, service
from studio.scheduling.copying import WeekCopy
from studio.web.fields import planned_day
from studio.web.filters import short_date
from studio.web.guards import staff


@bp.route("/copy", methods=["GET", "POST"])
@staff("edit_hours")
def copy() -> ResponseReturnValue:
    """Give the hours of a week to others; `?week=` fills in which, and the one after it."""
    form = CopyForm(queries.workers(db.session()), planned_day(request.args.get("week", "")))
    today = ports().now().astimezone(asker.zone()).date()
    if form.check(today) and not effect.going_back():
        wanted = form.to_request()
        return effect.saved_or_asked(
            _said(form, wanted),
            lambda agreed: service.copy_week(wanted, agreed),
            saved="The week is copied.",
        )
    page = render_template("office/studio/copy.html", form=form)
    return page, 422 if form.errors else 200


def _said(form: CopyForm, copy: WeekCopy) -> str:
    """The change in a sentence."""
    source = f"the week of {_day(copy.from_week)}" if copy.from_week else "the ordinary week"
    whose = ", ".join(form.names(copy.to_ids))
    if copy.to_weeks is None:
        return f"{whose}: every ordinary week is as {source} of {form.name(copy.from_id)}."
    first, last = copy.to_weeks
    weeks = f"the week of {_day(first)}"
    if first != last:
        weeks = f"the weeks of {_day(first)} to {_day(last)}"
    return f"{whose}: {weeks} as {source} of {form.name(copy.from_id)}."


def _day(monday: date) -> str:
    return f"{short_date(monday)} {monday.year}"
