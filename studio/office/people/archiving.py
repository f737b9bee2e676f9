"""Archiving people, rooms, equipment and sets, and bringing them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from studio.booking.models import Booking
from studio.db import db
from studio.office.people import archiving_service as service
from studio.office.people import bp
from studio.office.people.addresses import addresses
from studio.office.people.archiving_service import NotAgreed, StillNeeded
from studio.office.people.saving import known_or_404
from studio.office.queries import with_people
from studio.scheduling.models import Resource, ResourceKind, Set
from studio.scheduling.roster import NameTaken
from studio.web.guards import staff

_CREW = (ResourceKind.PHOTOGRAPHER, ResourceKind.ARTIST)


@bp.post("/people/<id:resource_id>/archive")
@staff("edit_hours")
def archive_person(resource_id: int) -> ResponseReturnValue:
    return _archived(known_or_404(resource_id, *_CREW), service.archive)


@bp.post("/people/<id:resource_id>/bring-back")
@staff("edit_hours")
def bring_back_person(resource_id: int) -> ResponseReturnValue:
    return _back(known_or_404(resource_id, *_CREW), service.bring_back)


@bp.post("/rooms/<id:resource_id>/archive")
@staff("edit_hours")
def archive_room(resource_id: int) -> ResponseReturnValue:
    return _archived(known_or_404(resource_id, ResourceKind.ROOM), service.archive)


@bp.post("/rooms/<id:resource_id>/bring-back")
@staff("edit_hours")
def bring_back_room(resource_id: int) -> ResponseReturnValue:
    return _back(known_or_404(resource_id, ResourceKind.ROOM), service.bring_back)


@bp.post("/equipment/<id:resource_id>/archive")
@staff("edit_packages")
def archive_equipment(resource_id: int) -> ResponseReturnValue:
    return _archived(known_or_404(resource_id, ResourceKind.POOL), service.archive)


@bp.post("/equipment/<id:resource_id>/bring-back")
@staff("edit_packages")
def bring_back_equipment(resource_id: int) -> ResponseReturnValue:
    return _back(known_or_404(resource_id, ResourceKind.POOL), service.bring_back)


@bp.post("/sets/<id:set_id>/archive")
@staff("edit_packages")
def archive_set(set_id: int) -> ResponseReturnValue:
    return _archived(db.session().get(Set, set_id) or abort(404), service.archive_set)


@bp.post("/sets/<id:set_id>/bring-back")
@staff("edit_packages")
def bring_back_set(set_id: int) -> ResponseReturnValue:
    return _back(db.session().get(Set, set_id) or abort(404), service.bring_back_set)


def _archived(known: Resource | Set, archive: Callable[[int, str], None]) -> ResponseReturnValue:
    """Archive it, or say why not, or show which sessions need it and ask."""
    which, name, at, agreed = known.id, known.name, addresses(known), request.form.get("agreed", "")
    try:
        archive(which, agreed)
    except StillNeeded as refused:
        flash(str(refused), "warning")
        return redirect(at.own, 303)
    except NotAgreed as refused:
        return render_template(
            "office/studio/archive.html",
            name=name,
            leave=at.own,
            again=bool(agreed),
            seal=refused.seal,
            sessions=_bookings(refused.ahead),
        )
    flash(f"{name} is archived: offered no more. What is booked stays.")
    return redirect(at.listed, 303)


def _back(known: Resource | Set, bring_back: Callable[[int], None]) -> ResponseReturnValue:
    which, name, at = known.id, known.name, addresses(known)
    try:
        bring_back(which)
    except NameTaken:
        flash(f"There is another {name} now: change one of the names first.", "warning")
    except StillNeeded as refused:
        flash(str(refused), "warning")
    else:
        flash(f"{name} is back.")
        return redirect(at.listed, 303)
    return redirect(at.own, 303)


def _bookings(ids: Sequence[int]) -> Sequence[Booking]:
    wanted = select(Booking).options(*with_people()).where(Booking.id.in_(ids))
    return db.session().scalars(wanted.order_by(Booking.starts_at, Booking.id)).all()
