"""The staff's pages about times that cost more."""

from __future__ import annotations

from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from studio.catalogue import premium_service, queries
from studio.catalogue.office import bp
from studio.catalogue.premium_forms import PremiumForm
from studio.catalogue.premiums import PremiumTimes, when
from studio.db import db
from studio.ports import ports
from studio.scheduling.openings import known_house
from studio.web.guards import staff


@bp.get("/premiums")
@staff("edit_packages")
def all_premiums() -> ResponseReturnValue:
    """Every time that costs more, in words and by an example."""
    session = db.session()
    on_sale = queries.packages(session)
    return render_template(
        "office/packages/premiums.html",
        premiums=[
            (each, when(each.rule), each.last_on is not None and each.last_on < _today())
            for each in session.scalars(select(PremiumTimes).order_by(PremiumTimes.id))
        ],
        example=on_sale[0] if on_sale else None,
    )


@bp.route("/premiums/new", methods=["GET", "POST"])
@staff("edit_packages")
def new_premium() -> ResponseReturnValue:
    return _page(None)


@bp.route("/premiums/<id:premium_id>", methods=["GET", "POST"])
@staff("edit_packages")
def change_premium(premium_id: int) -> ResponseReturnValue:
    """Show times that cost more; on POST, sell them otherwise from now on."""
    known = db.session().get(PremiumTimes, premium_id)
    if known is None:
        return _gone() if request.method == "POST" else abort(404)
    return _page(known)


@bp.post("/premiums/<id:premium_id>/remove")
@staff("edit_packages")
def remove_premium(premium_id: int) -> ResponseReturnValue:
    premium_service.remove_premium(premium_id)
    flash("Removed. What is booked already keeps its price.")
    return redirect(url_for("catalogue_office.all_premiums"), 303)


def _page(known: PremiumTimes | None) -> ResponseReturnValue:
    premium_id, name = (known.id, known.label) if known else (None, "Add times that cost more")
    form = PremiumForm.of(known)
    if form.check(_today()):
        try:
            premium_service.keep_premium(premium_id, form.to_request())
        except premium_service.PremiumGone:
            return _gone()
        flash(f"{form.label.data} is saved. What is booked already keeps its price.")
        return redirect(url_for("catalogue_office.all_premiums"), 303)
    page = render_template(
        "office/packages/premium.html", form=form, name=name, premium_id=premium_id
    )
    return page, 422 if form.errors else 200


def _gone() -> ResponseReturnValue:
    flash("These times have been removed meanwhile: nothing was saved.", "warning")
    return redirect(url_for("catalogue_office.all_premiums"), 303)


def _today() -> date:
    return ports().now().astimezone(known_house(db.session()).zone).date()
