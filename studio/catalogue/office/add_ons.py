"""What can be added to packages."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from studio.catalogue import add_on_service, queries
from studio.catalogue.add_on_forms import AddOnForm
from studio.catalogue.editing import choices_for_add_on, hard_to_book
from studio.catalogue.models import AddOn
from studio.catalogue.office import bp
from studio.catalogue.set_service import TooMuch
from studio.db import db
from studio.scheduling.queries import the_studio
from studio.web.guards import staff


@bp.get("/add-ons")
@staff("edit_packages")
def add_ons() -> ResponseReturnValue:
    """Everything that can be added, also what is not on sale."""
    return render_template(
        "office/packages/add_ons.html", add_ons=queries.every_add_on(db.session())
    )


@bp.route("/add-ons/new", methods=["GET", "POST"])
@staff("edit_packages")
def new_add_on() -> ResponseReturnValue:
    return _page(None)


@bp.route("/add-ons/<id:add_on_id>", methods=["GET", "POST"])
@staff("edit_packages")
def change_add_on(add_on_id: int) -> ResponseReturnValue:
    """Show what an add-on is; on POST, sell it otherwise from now on."""
    return _page(db.session().get(AddOn, add_on_id) or abort(404))


def _page(known: AddOn | None) -> ResponseReturnValue:
    session = db.session()
    add_on_id, name = (known.id, known.name) if known else (None, "Add an add-on")
    currency = known.currency if known else the_studio(session).currency
    form = AddOnForm.of(known, currency, choices_for_add_on(session, add_on_id))
    if form.validate_on_submit() and (saved := _saved(form, add_on_id)):
        flash(f"{form.name.data} is saved. What is booked already stays as it was sold.")
        for sentence in hard_to_book(session, session.get_one(AddOn, saved)):
            flash(sentence, "warning")
        return redirect(url_for("catalogue_office.add_ons"), 303)
    page = render_template(
        "office/packages/add_on.html",
        form=form,
        name=name,
        currency=currency,
        is_new=known is None,
        own=known.tax_percent if known else None,
    )
    return page, 422 if form.errors else 200


def _saved(form: AddOnForm, add_on_id: int | None) -> int:
    """Save it; its id, or 0 once it is said beside a field why not."""
    wanted = form.to_request()
    try:
        if add_on_id is None:
            return add_on_service.add_add_on(wanted)
        add_on_service.change_add_on(add_on_id, wanted)
    except TooMuch as refused:
        there = "is only 1" if refused.capacity == 1 else f"are only {refused.capacity}"
        form.counts()[refused.pool_id].errors = [f"There {there}, so it could never be booked."]
    except add_on_service.OfSets as refused:
        taken = f"Sets take it ({', '.join(refused.sets)})"
        form.counts()[refused.pool_id].errors = [
            f"{taken}: what comes before a session needs equipment of its own."
        ]
    except add_on_service.SoldOtherwise as refused:
        form.before_minutes.errors = [_as_sold(before=refused.before)]
    else:
        return add_on_id
    return 0


def _as_sold(*, before: bool) -> str:
    what = "as something that comes" if before else "with nothing that comes"
    return f"It has been sold {what} before the session: take it off sale and add another."
