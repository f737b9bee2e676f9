"""The staff's pages about what cancelling, moving and not coming cost."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from studio.catalogue import policies as kept
from studio.catalogue import policy_service
from studio.catalogue.models import SessionType
from studio.catalogue.office import bp
from studio.catalogue.policy_forms import PolicyForm
from studio.catalogue.promises import as_a_rule
from studio.db import db
from studio.scheduling.queries import the_studio
from studio.web.guards import staff


@bp.get("/policies")
@staff("edit_packages")
def all_policies() -> ResponseReturnValue:
    """Every policy in words, with the session types that follow it."""
    session = db.session()
    currency = the_studio(session).currency
    types = session.scalars(select(SessionType).order_by(SessionType.position)).all()
    return render_template(
        "office/packages/policies.html",
        policies=[
            (
                each,
                list(as_a_rule(each.policy, currency, whole=False, crew=True)),
                [kind.name for kind in types if kind.policy_key == each.key],
            )
            for each in kept.every_in_force(session)
        ],
    )


@bp.route("/policies/<slug:key>", methods=["GET", "POST"])
@staff("edit_packages")
def policy(key: str) -> ResponseReturnValue:
    """Show a policy; on POST, sell under another version of it from now on."""
    session = db.session()
    known = next((each for each in kept.every_in_force(session) if each.key == key), None)
    if known is None:
        abort(404)
    form = PolicyForm.of(known, the_studio(session).currency)
    types = session.scalars(select(SessionType).order_by(SessionType.position)).all()
    ticked = {each.id for each in types if str(each.id) in request.form.getlist("types")}
    if form.validate_on_submit():
        version = policy_service.change_policy(key, form.name.data, form.to_policy(), ticked)
        flash(f"{form.name.data} is saved as version {version}. What is booked keeps its own.")
        return redirect(url_for("catalogue_office.all_policies"), 303)
    page = render_template(
        "office/packages/policy.html",
        form=form,
        known=known,
        types=[(each, each.policy_key == key or each.id in ticked) for each in types],
    )
    return page, 422 if form.errors else 200
