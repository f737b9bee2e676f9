"""Closed days, and other hours on some dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.db import db
from studio.office.hours import asker, bp, effect, words
from studio.ports import ports
from studio.scheduling import overrides, queries, service
from studio.scheduling.copying import week_of
from studio.scheduling.forms import OverrideForm
from studio.scheduling.hours_text import past_midnight, write_hours
from studio.scheduling.models import Resource
from studio.scheduling.openings import known_house
from studio.scheduling.overrides import OtherHours
from studio.web.fields import planned_day
from studio.web.filters import short_date
from studio.web.guards import staff


@bp.route("/dates", methods=["GET", "POST"])
@staff("edit_hours")
def other_hours() -> ResponseReturnValue:
    """Keep other hours on some dates; `?whom=` and `?day=` fill in the form."""
    workers = queries.workers(db.session())
    form = OverrideForm.of(_wanted(workers))
    form.offer(workers)
    if _makes_sense(form) and not effect.going_back():
        other = form.to_request()
        return effect.saved_or_asked(
            _said(form, other),
            lambda agreed: service.add_override(other, agreed),
            saved=_saved(other),
        )
    page = render_template("office/studio/other_hours.html", form=form, known=None)
    return page, 422 if form.errors else 200


@bp.route("/dates/<id:override_id>", methods=["GET", "POST"])
@staff("edit_hours")
def change_other_hours(override_id: int) -> ResponseReturnValue:
    """Change what was said of a range, or the range itself."""
    known = overrides.range_of(db.session(), override_id)
    if known is None:
        return _gone() if request.method == "POST" else abort(404)
    form = OverrideForm.of(known)
    form.offer(queries.workers(db.session()))
    if _makes_sense(form) and not effect.going_back():
        other = form.to_request()
        try:
            return effect.saved_or_asked(
                f"In place of “{known.note or words.dates(known)}”: {_said(form, other)}",
                lambda agreed: service.change_override(override_id, other, agreed),
                saved=_saved(other),
            )
        except service.AlreadyGone:
            return _gone()
    page = render_template("office/studio/other_hours.html", form=form, known=known)
    return page, 422 if form.errors else 200


@bp.post("/dates/<id:override_id>/remove")
@staff("edit_hours")
def remove_other_hours(override_id: int) -> ResponseReturnValue:
    known = overrides.range_of(db.session(), override_id)
    return effect.saved_or_asked(
        _no_longer(known) if known else "",
        lambda agreed: service.remove_override(override_id, agreed),
        saved="Removed.",
    )


def _wanted(workers: Sequence[Resource]) -> OtherHours | None:
    """The day in the address, with the hours that somebody has on it now."""
    day, whom = planned_day(request.args.get("day", "")), request.args.get("whom")
    worker = next((each for each in workers if str(each.id) == whom), None)
    if day is None or worker is None:
        return None
    monday = day - timedelta(days=day.weekday())
    week = week_of(known_house(db.session()), worker.id, monday)
    return OtherHours(worker.id, day, day, week[day.isoweekday()], "")


def _no_longer(other: OtherHours) -> str:
    name = words.whose(known_house(db.session()), other.resource_id)
    return f"{name}, {words.dates(other)}: no longer {_hours(other)}."


def _hours(other: OtherHours) -> str:
    return f"open {write_hours(other.spans)}" if other.spans else "closed"


def _makes_sense(form: OverrideForm) -> bool:
    zone = asker.zone()
    return form.check(ports().now().astimezone(zone).date(), zone)


def _gone() -> ResponseReturnValue:
    flash("That range has been removed meanwhile; nothing was changed.", "warning")
    return redirect(url_for("scheduling_office.studio"), 303)


def _said(form: OverrideForm, other: OtherHours) -> str:
    """The change in a sentence."""
    reach = past_midnight(other.spans, _after(other))
    runs = f", {reach}" if reach else ""
    return f"{form.who()}, {words.dates(other)}: {_hours(other)}{runs}."


def _saved(other: OtherHours) -> str:
    reach = past_midnight(other.spans, _after(other))
    return f"The dates are saved. They run {reach}." if reach else "The dates are saved."


def _after(other: OtherHours) -> str:
    if other.first_on != other.last_on:
        return "the day after each"
    return short_date(other.first_on + timedelta(days=1))
