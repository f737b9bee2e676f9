from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from studio.catalogue import queries, service
from studio.catalogue.editing import choices_for, too_long
from studio.catalogue.forms import PackageFields, PackageForm
from studio.catalogue.models import Package
from studio.catalogue.office import bp
from studio.db import db
from studio.web.guards import staff


@bp.get("")
@staff("edit_packages")
def packages() -> ResponseReturnValue:
    """Everything there is to sell, also what is not on sale."""
    return render_template(
        "office/packages/packages.html", packages=queries.every_package(db.session())
    )


@bp.route("/<id:package_id>", methods=["GET", "POST"])
@staff("edit_packages")
def package(package_id: int) -> ResponseReturnValue:
    """Show a package's conditions; on POST, sell it under others from now on."""
    known = db.session.get(Package, package_id) or abort(404)
    form = PackageForm.of(known, choices_for(db.session(), known))
    if form.validate_on_submit():
        with refused_beside(form):
            service.edit_package(package_id, form.to_request())
        if not form.errors:
            flash(f"{form.name.data} is saved. What is booked already stays as it was agreed.")
            if warning := too_long(db.session(), db.session.get_one(Package, package_id)):
                flash(warning)
            return redirect(url_for("catalogue_office.packages"), 303)
    page = render_template("office/packages/package.html", form=form, package=known)
    return page, 422 if form.errors else 200


@contextmanager
def refused_beside(form: PackageFields) -> Iterator[None]:
    """Say beside the field why the package cannot be so."""
    try:
        yield
    except service.NameTaken as error:
        form.name.errors = [str(error)]
    except (service.NoRoomFits, service.SetArchived) as error:
        form.set_1.errors = [str(error)]
    except service.PlaceArchived as error:
        form.place_ids.errors = [str(error)]
