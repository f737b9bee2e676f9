"""The sets: how long they take, the rooms they fit, and the equipment they take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from studio.catalogue import set_service
from studio.db import db
from studio.office.hours import bp, effect
from studio.office.hours.forms import SetForm
from studio.office.people.addresses import addresses
from studio.office.people.saving import told_apart
from studio.scheduling import queries
from studio.scheduling.models import Set
from studio.web.guards import staff


@bp.get("/sets")
@staff("edit_packages")
def sets() -> ResponseReturnValue:
    """What is built for sessions, and what is built no more."""
    every = _sets()
    return render_template(
        "office/studio/sets.html",
        sets=[each for each in every if each.archived_at is None],
        archived=[(each.name, addresses(each)) for each in every if each.archived_at is not None],
    )


@bp.route("/sets/new", methods=["GET", "POST"])
@staff("edit_packages")
def new_set() -> ResponseReturnValue:
    """Add a set; packages choose it on their own pages."""
    form = _form(None)
    if form.validate_on_submit():
        edit = form.to_request()
        with _refusals(form):
            set_service.add_set(edit)
            flash(f"{edit.name} is added. Choose it on the packages that are shot on it.")
            return redirect(url_for("scheduling_office.sets"), 303)
    page = render_template("office/studio/set.html", form=form, known=None)
    return page, 422 if form.errors else 200


@bp.route("/sets/<id:set_id>", methods=["GET", "POST"])
@staff("edit_packages")
def change_set(set_id: int) -> ResponseReturnValue:
    """Change a set; sessions that its new times leave too little time for are shown first."""
    known = db.session().get(Set, set_id) or abort(404)
    form = _form(known)
    if form.validate_on_submit() and not effect.going_back():
        edit = form.to_request()
        with _refusals(form):
            return effect.saved_or_asked(
                f"{edit.name} takes {edit.build_minutes} minutes to build and"
                f" {edit.strike_minutes} to strike.",
                lambda agreed: set_service.edit_set(set_id, edit, agreed),
                saved=f"{edit.name} is saved. What is booked keeps its room and its equipment.",
                leave=url_for("scheduling_office.sets"),
            )
    page = render_template("office/studio/set.html", form=form, known=known, at=addresses(known))
    return page, 422 if form.errors else 200


def _sets() -> Sequence[Set]:
    wanted = select(Set).options(selectinload(Set.rooms), selectinload(Set.equipment))
    return db.session().scalars(wanted.order_by(Set.name)).all()


def _form(known: Set | None) -> SetForm:
    session = db.session()
    return SetForm.of(known, queries.rooms(session), set_service.free_pools(session))


@contextmanager
def _refusals(form: SetForm) -> Iterator[None]:
    """Say beside a field why it is not saved."""
    try:
        with told_apart(form.name):
            yield
    except set_service.TooMuch as refused:
        form.counts()[refused.pool_id].errors = [
            f"There are only {refused.capacity}, so it could never be booked."
        ]
    except set_service.NoRoomLeft as refused:
        form.room_ids.errors = [f"No room would be left for {refused.package}."]
    except set_service.TooLong as refused:
        form.build_minutes.errors = [f"{refused.package} could not be booked. {refused.sentence}"]
