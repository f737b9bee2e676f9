"""Rooms: their names, the sets that fit them, and adding one."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from studio.catalogue.bookable import Unbookable
from studio.db import db
from studio.office.people import bp, room_service
from studio.office.people.addresses import addresses
from studio.office.people.forms import NewRoomForm, RoomForm
from studio.office.people.saving import begun, gone, known_or_404, told_apart
from studio.scheduling import queries
from studio.scheduling.models import Resource, ResourceKind, Set
from studio.scheduling.openings import known_house
from studio.web.filters import listed
from studio.web.guards import staff


@bp.get("/rooms")
@staff("edit_hours")
def rooms() -> ResponseReturnValue:
    """Where sessions are shot in the studio, and where they were."""
    session, sets = db.session(), _sets()
    return render_template(
        "office/studio/rooms.html",
        rooms=[
            (each, _fitting(each, sets)) for each in queries.of_kind(session, ResourceKind.ROOM)
        ],
        archived=gone(ResourceKind.ROOM),
        hours=known_house(session).hours,
    )


@bp.route("/rooms/new", methods=["GET", "POST"])
@staff("edit_hours")
def new_room() -> ResponseReturnValue:
    form = NewRoomForm(_sets())
    form.hours_of.offer(queries.workers(db.session()), ResourceKind.ROOM)
    if form.validate_on_submit():
        name, hours_of = form.name.data, form.hours_of.chosen()
        with told_apart(form.name):
            added = room_service.add_room(name, tuple(form.set_ids.data), hours_of)
            return begun(added, name, hours_of)
    page = render_template("office/studio/room.html", form=form, known=None)
    return page, 422 if form.errors else 200


@bp.route("/rooms/<id:resource_id>", methods=["GET", "POST"])
@staff("edit_hours")
def room(resource_id: int) -> ResponseReturnValue:
    """Change a room; what is booked stays where it is."""
    known = known_or_404(resource_id, ResourceKind.ROOM)
    sets = _sets()
    form = RoomForm(sets, obj=known, set_ids=[each.id for each in _fitting(known, sets)])
    if form.validate_on_submit():
        name = form.name.data
        try:
            with told_apart(form.name):
                room_service.edit_room(resource_id, name, tuple(form.set_ids.data))
                flash(f"{name} is saved. What is booked stays where it is.")
                return redirect(url_for("people_office.rooms"), 303)
        except Unbookable as lost:
            form.set_ids.errors = [f"Nobody could book {listed(lost.packages)} any more."]
    page = render_template("office/studio/room.html", form=form, known=known, at=addresses(known))
    return page, 422 if form.errors else 200


def _sets() -> Sequence[Set]:
    """Those in use."""
    wanted = select(Set).options(selectinload(Set.rooms)).where(Set.archived_at.is_(None))
    return db.session().scalars(wanted.order_by(Set.name)).all()


def _fitting(room: Resource, sets: Sequence[Set]) -> list[Set]:
    return [each for each in sets if room in each.rooms]
