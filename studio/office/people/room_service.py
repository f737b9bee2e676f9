"""Where sessions are shot in the studio: rooms, and the sets that fit them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from studio.catalogue.bookable import bookable, keep_bookable
from studio.db import retried, transaction
from studio.scheduling import calendar, roster
from studio.scheduling.models import Resource, ResourceKind, Set


@retried
def add_room(name: str, sets: tuple[int, ...], hours_of: int | None) -> int:
    """One more room, which *sets* fit, open when *hours_of* is; the new id.

    Raises:
        roster.NameTaken: if another one has the name.
    """
    with transaction() as session:
        calendar.lock(session)
        room = roster.add(session, ResourceKind.ROOM, name, hours_of=hours_of)
        _fit(session, room, sets)
        return room.id


@retried
def edit_room(room_id: int, name: str, sets: tuple[int, ...]) -> None:
    """Another name, and the sets that fit from now on; what is booked stays where it is.

    Raises:
        roster.NameTaken: if another one has the name.
        Unbookable: if a package on sale could be booked nowhere any more.
    """
    with transaction() as session:
        calendar.lock(session)
        room = session.get_one(Resource, room_id)
        before = bookable(session)
        roster.rename(session, room, name)
        _fit(session, room, sets)
        session.flush()
        keep_bookable(session, before)


def _fit(session: Session, room: Resource, sets: tuple[int, ...]) -> None:
    """Let *sets* fit, and no other in use; those that are archived do as before."""
    for each in session.scalars(select(Set).options(selectinload(Set.rooms))):
        fits = each.id in sets if each.archived_at is None else room in each.rooms
        if fits and room not in each.rooms:
            each.rooms.append(room)
        elif not fits and room in each.rooms:
            each.rooms.remove(room)
