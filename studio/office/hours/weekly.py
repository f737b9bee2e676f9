"""The ordinary week of a photographer, a room or an artist."""

from __future__ import annotations

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from studio.db import db
from studio.office.hours import bp, effect
from studio.scheduling import queries, service
from studio.scheduling.copying import week_of
from studio.scheduling.forms import WeekForm
from studio.scheduling.openings import known_house
from studio.web.guards import staff


@bp.route("/hours/<id:resource_id>", methods=["GET", "POST"])
@staff("edit_hours")
def hours(resource_id: int) -> ResponseReturnValue:
    """Change an ordinary week; with `?copy=` the form shows somebody else's to begin with."""
    session = db.session()
    everybody = queries.workers(session)
    worker = next((each for each in everybody if each.id == resource_id), None) or abort(404)
    name, others = worker.name, [each for each in everybody if each is not worker]
    model = next((each for each in others if str(each.id) == request.args.get("copy")), worker)
    copied = model.name if model is not worker else ""
    form = WeekForm.of(week_of(known_house(session), model.id, None))
    if form.validate_on_submit() and not effect.going_back():
        return effect.saved_or_asked(
            f"{name} gets other hours in every ordinary week.",
            lambda agreed: service.set_weekly_hours(resource_id, form.to_request(), agreed),
            saved=_saved(name, form),
        )
    page = render_template(
        "office/studio/hours.html", form=form, name=name, others=others, copied=copied
    )
    return page, 422 if form.errors else 200


def _saved(name: str, form: WeekForm) -> str:
    """That it is saved, and which days run past midnight."""
    late = [f"{field.label.text} runs {reach}." for field, reach in form.days() if reach]
    return " ".join([f"The hours of {name} are saved.", *late])
