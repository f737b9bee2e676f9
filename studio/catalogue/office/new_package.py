"""The page on which a package is made."""

from __future__ import annotations

from typing import TypeVar

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from studio.catalogue import queries, service
from studio.catalogue.editing import choices_for, too_long
from studio.catalogue.models import Package, SessionType
from studio.catalogue.new_package_forms import BeginningForm, NewPackageForm
from studio.catalogue.office import bp
from studio.catalogue.office.packages import refused_beside
from studio.db import db
from studio.scheduling.queries import the_studio
from studio.web.guards import staff

Named = TypeVar("Named", Package, SessionType)


@bp.get("/new")
@staff("edit_packages")
def begin_package() -> ResponseReturnValue:
    """Ask what a new package begins with."""
    session = db.session()
    kinds = session.scalars(select(SessionType).order_by(SessionType.genre, SessionType.position))
    form = BeginningForm(kinds.all(), queries.every_package(session))
    return render_template("office/packages/new.html", form=form)


@bp.route("/new/blank", methods=["GET", "POST"])
@staff("edit_packages")
def new_package() -> ResponseReturnValue:
    """Begin with what a kind of session usually takes; on POST, make the package."""
    session = db.session()
    kind = _named(SessionType, "kind")
    like = queries.first_of(session, kind)
    form = NewPackageForm.usual(
        kind, like, choices_for(session, like), the_studio(session).currency
    )
    return _page(form, kind)


@bp.route("/new/copy", methods=["GET", "POST"])
@staff("edit_packages")
def copy_package() -> ResponseReturnValue:
    """Begin with all that another package is; on POST, make the package."""
    known = _named(Package, "package")
    form = NewPackageForm.copying(known, choices_for(db.session(), known))
    return _page(form, known.session_type, known)


def _page(
    form: NewPackageForm, kind: SessionType, known: Package | None = None
) -> ResponseReturnValue:
    if form.validate_on_submit() and (made := _made(form, kind)):
        flash(f"{form.name.data} is made. Clients see it once you put it on sale, at the end here.")
        if warning := too_long(db.session(), db.session.get_one(Package, made)):
            flash(warning, "warning")
        return redirect(url_for("catalogue_office.package", package_id=made), 303)
    page = render_template(
        "office/packages/new_package.html",
        form=form,
        kind=kind,
        known=known,
        currency=form.meta.currency,
    )
    return page, 422 if form.errors else 200


def _made(form: NewPackageForm, kind: SessionType) -> int:
    """Make it; its id, or 0 once it is said beside a field why not."""
    with refused_beside(form):
        try:
            return service.add_package(kind.id, form.slug.data, form.to_request())
        except service.AddressTaken as error:
            form.slug.errors = [str(error)]
    return 0


def _named(which: type[Named], name: str) -> Named:
    """What the address names, which comes from one of the lists before."""
    wanted = select(which).where(which.slug == request.args.get(name, ""))
    return db.session.scalars(wanted).unique().one_or_none() or abort(404)
