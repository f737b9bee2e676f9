"""Photographers and artists: who they are, what they can do, and adding one."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from studio.catalogue.bookable import Unbookable
from studio.db import db
from studio.office.hours import effect
from studio.office.people import bp, crew_service
from studio.office.people.addresses import addresses
from studio.office.people.forms import (
    ArtistForm,
    NewArtistForm,
    NewPhotographerForm,
    PhotographerForm,
)
from studio.office.people.saving import begun, gone, known_or_404, told_apart
from studio.scheduling import queries
from studio.scheduling.models import Photographer, ResourceKind, Skill
from studio.scheduling.openings import known_house
from studio.web.filters import listed
from studio.web.guards import staff


@bp.get("/people")
@staff("edit_hours")
def people() -> ResponseReturnValue:
    """Who works here, and who did."""
    session = db.session()
    crew = (ResourceKind.PHOTOGRAPHER, ResourceKind.ARTIST)
    return render_template(
        "office/studio/people.html",
        photographers=queries.photographers(session),
        artists=queries.of_kind(session, ResourceKind.ARTIST),
        archived=gone(*crew),
        hours=known_house(session).hours,
    )


@bp.route("/people/photographers/new", methods=["GET", "POST"])
@staff("edit_hours")
def new_photographer() -> ResponseReturnValue:
    form = NewPhotographerForm(_skills())
    form.hours_of.offer(queries.workers(db.session()), ResourceKind.PHOTOGRAPHER)
    if form.validate_on_submit():
        edit, hours_of = form.to_request(), form.hours_of.chosen()
        with told_apart(form.name):
            return begun(crew_service.add_photographer(edit, hours_of), edit.name, hours_of)
    page = render_template("office/studio/photographer.html", form=form, known=None)
    return page, 422 if form.errors else 200


@bp.route("/people/photographers/<id:resource_id>", methods=["GET", "POST"])
@staff("edit_hours")
def photographer(resource_id: int) -> ResponseReturnValue:
    """Change what is said of a photographer; what is booked stays theirs."""
    known = db.session().get(Photographer, resource_id) or abort(404)
    form, had = PhotographerForm.of(known, _skills()), {each.id for each in known.skills}
    if form.validate_on_submit() and not effect.going_back():
        edit = form.to_request()
        helped = "with" if edit.has_assistant else "without"
        try:
            with told_apart(form.name):
                return effect.saved_or_asked(
                    f"{edit.name} works {helped} an assistant.",
                    lambda agreed: crew_service.edit_photographer(resource_id, edit, agreed),
                    saved=f"{edit.name} is saved.",
                    leave=url_for("people_office.people"),
                )
        except Unbookable as lost:
            field = form.skill_ids if had - set(edit.skills) else form.has_assistant
            field.errors = [f"Nobody could book {listed(lost.packages)} any more."]
    who = known.resource
    page = render_template(
        "office/studio/photographer.html", form=form, known=who, at=addresses(who)
    )
    return page, 422 if form.errors else 200


@bp.route("/people/artists/new", methods=["GET", "POST"])
@staff("edit_hours")
def new_artist() -> ResponseReturnValue:
    form = NewArtistForm()
    form.hours_of.offer(queries.workers(db.session()), ResourceKind.ARTIST)
    if form.validate_on_submit():
        name, email, hours_of = form.name.data, form.email.data or None, form.hours_of.chosen()
        with told_apart(form.name):
            return begun(crew_service.add_artist(name, email, hours_of), name, hours_of)
    page = render_template("office/studio/artist.html", form=form, known=None)
    return page, 422 if form.errors else 200


@bp.route("/people/artists/<id:resource_id>", methods=["GET", "POST"])
@staff("edit_hours")
def artist(resource_id: int) -> ResponseReturnValue:
    """Change an artist's name and address; what is booked stays theirs."""
    known = known_or_404(resource_id, ResourceKind.ARTIST)
    form = ArtistForm(obj=known)
    if form.validate_on_submit():
        with told_apart(form.name):
            crew_service.edit_artist(resource_id, form.name.data, form.email.data or None)
            return _saved(form.name.data)
    page = render_template("office/studio/artist.html", form=form, known=known, at=addresses(known))
    return page, 422 if form.errors else 200


def _saved(name: str) -> ResponseReturnValue:
    flash(f"{name} is saved.")
    return redirect(url_for("people_office.people"), 303)


def _skills() -> Sequence[Skill]:
    return db.session().scalars(select(Skill).order_by(Skill.name)).all()
