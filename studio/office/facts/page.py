from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from studio.db import db
from studio.office.facts import bp, service
from studio.office.facts.forms import FactsForm
from studio.scheduling.queries import the_studio
from studio.web.guards import staff


@bp.route("/facts", methods=["GET", "POST"])
@staff("edit_hours")
def facts() -> ResponseReturnValue:
    """Show what the studio is; on POST, be it otherwise from now on."""
    session = db.session()
    studio, fixed = the_studio(session), service.is_fixed(session)
    zone, currency = studio.zone, studio.currency
    form = FactsForm.of(studio, fixed=fixed)
    if form.validate_on_submit():
        wanted = form.to_request(studio)
        try:
            service.change_facts(wanted)
        except service.AlreadySold:
            form.zone.errors = [
                "Something has just been sold: clock and currency stay as they are."
            ]
        else:
            flash("The studio is saved. What is booked already stays as it was agreed.")
            if wanted.currency != currency:
                flash(f"Prices keep their figures, in {wanted.currency} now: please check them.")
            return redirect(url_for("facts_office.facts"), 303)
    page = render_template(
        "office/studio/facts.html", form=form, fixed=fixed, zone=zone, currency=currency
    )
    return page, 422 if form.errors else 200
