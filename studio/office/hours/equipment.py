"""What kinds of equipment there are, and how many of each."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from studio.catalogue.queries import takers
from studio.db import db
from studio.office.hours import asker, bp
from studio.office.hours.forms import EquipmentForm
from studio.office.people.addresses import addresses
from studio.office.people.saving import gone, known_or_404, told_apart
from studio.scheduling import equipment_service, queries
from studio.scheduling.models import ResourceKind
from studio.web.filters import clock, date_with_year
from studio.web.guards import staff


@bp.get("/equipment")
@staff("edit_packages")
def equipment() -> ResponseReturnValue:
    """Every kind, with what takes it."""
    session = db.session()
    everything = takers(session)
    return render_template(
        "office/studio/equipment.html",
        pools=[
            (each, [taker for taker in everything if taker.pool_id == each.id])
            for each in queries.of_kind(session, ResourceKind.POOL)
        ],
        archived=gone(ResourceKind.POOL),
    )


@bp.route("/equipment/new", methods=["GET", "POST"])
@staff("edit_packages")
def new_equipment() -> ResponseReturnValue:
    """Add a kind; sets and add-ons choose it on their own pages."""
    form = EquipmentForm(data={"capacity": 1})
    if form.validate_on_submit():
        name, capacity = form.name.data, form.capacity.data
        if _saved(form, lambda: equipment_service.add_pool(name, capacity)):
            flash(f"{name} is added. Choose it on the sets or add-ons that take it.")
            return redirect(url_for("scheduling_office.equipment"), 303)
    page = render_template("office/studio/kind.html", form=form, known=None)
    return page, 422 if form.errors else 200


@bp.route("/equipment/<id:resource_id>", methods=["GET", "POST"])
@staff("edit_packages")
def change_equipment(resource_id: int) -> ResponseReturnValue:
    """Change what it is called, and how many there are: no fewer than are booked at once."""
    known = known_or_404(resource_id, ResourceKind.POOL)
    form = EquipmentForm(obj=known)
    if form.validate_on_submit():
        name, capacity = form.name.data, form.capacity.data
        if _saved(form, lambda: equipment_service.set_capacity(resource_id, capacity, name=name)):
            flash(f"{name}: there are {capacity} now.")
            return redirect(url_for("scheduling_office.equipment"), 303)
    page = render_template("office/studio/kind.html", form=form, known=known, at=addresses(known))
    return page, 422 if form.errors else 200


def _saved(form: EquipmentForm, save: Callable[[], None]) -> bool:
    """Save it, or say beside a field why not."""
    try:
        with told_apart(form.name):
            save()
    except equipment_service.Needed as refused:
        form.capacity.errors = [
            f"{refused.name} takes {refused.units}: it could never be booked. Change that first."
        ]
    except equipment_service.InUse as refused:
        zone = asker.zone()
        on = date_with_year(refused.at.astimezone(zone).date())
        when = f"{on} at {clock(refused.at, zone.key)}"
        form.capacity.errors = [
            f"On {when}, building and striking included, {refused.units} are booked."
        ]
    return not form.errors
