"""The staff's pages about what is taxed how, and from when."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from studio.catalogue import tax_service
from studio.catalogue.office import bp
from studio.catalogue.tax_forms import KINDS, RateForm, UsualForm
from studio.catalogue.taxed import tax_now
from studio.db import db
from studio.domain.tax import Tax, Taxed
from studio.scheduling.queries import the_studio
from studio.scheduling.taxes import TaxRate
from studio.web.filters import date_with_year
from studio.web.guards import staff


@bp.get("/taxes")
@staff("edit_packages")
def all_taxes() -> ResponseReturnValue:
    """What is taxed how today, and every rate that begins on a day."""
    session = db.session()
    studio = the_studio(session)
    kept = select(TaxRate).order_by(TaxRate.first_on, TaxRate.kind)
    return render_template(
        "office/packages/taxes.html",
        usual=Tax(studio.tax_percent, studio.tax_included),
        rates=[(each, KINDS[each.kind]) for each in session.scalars(kept)],
        today=[(KINDS[kind], tax_now(kind)) for kind in Taxed if kind is not Taxed.ALL],
    )


@bp.route("/taxes/usual", methods=["GET", "POST"])
@staff("edit_packages")
def usual_tax() -> ResponseReturnValue:
    """Show what is taxed how where nothing else is said; on POST, change it from now on."""
    form = UsualForm.of(the_studio(db.session()))
    if form.validate_on_submit():
        tax_service.change_usual(form.name.data, form.tax())
        flash("The tax is saved. What is booked already keeps its own.")
        return redirect(url_for("catalogue_office.all_taxes"), 303)
    page = render_template("office/packages/usual_tax.html", form=form)
    return page, 422 if form.errors else 200


@bp.route("/taxes/new", methods=["GET", "POST"])
@staff("edit_packages")
def new_rate() -> ResponseReturnValue:
    return _page(None)


@bp.route("/taxes/<id:rate_id>", methods=["GET", "POST"])
@staff("edit_packages")
def change_rate(rate_id: int) -> ResponseReturnValue:
    """Show a rate; on POST, tax by it as it is then from its day on."""
    known = db.session().get(TaxRate, rate_id)
    if known is None:
        return _gone() if request.method == "POST" else abort(404)
    return _page(known)


@bp.post("/taxes/<id:rate_id>/remove")
@staff("edit_packages")
def remove_rate(rate_id: int) -> ResponseReturnValue:
    tax_service.remove_rate(rate_id)
    flash("Removed. What is booked already keeps its tax.")
    return redirect(url_for("catalogue_office.all_taxes"), 303)


def _page(known: TaxRate | None) -> ResponseReturnValue:
    rate_id = known.id if known else None
    form = RateForm.of(known, the_studio(db.session()).tax_included)
    if form.validate_on_submit():
        edit = form.to_request()
        try:
            tax_service.keep_rate(rate_id, edit)
        except tax_service.RateGone:
            return _gone()
        except tax_service.RateKnown:
            form.first_on.errors = ["There is a rate for this from that day: change that one."]
        else:
            flash(
                f"Saved for what is booked from {date_with_year(edit.first_on)} on. What is booked"
                " already keeps its own."
            )
            return redirect(url_for("catalogue_office.all_taxes"), 303)
    page = render_template("office/packages/rate.html", form=form, rate_id=rate_id)
    return page, 422 if form.errors else 200


def _gone() -> ResponseReturnValue:
    flash("This rate has been removed meanwhile: nothing was saved.", "warning")
    return redirect(url_for("catalogue_office.all_taxes"), 303)
