"""Archiving who and what is offered no more, and bringing it back.

Nothing booked is dropped: sessions that need it are shown, and must have been agreed to. What is
on sale and could not be booked without it comes first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from studio.booking.models import Booking, BookingSet
from studio.catalogue.bookable import bookable
from studio.catalogue.editing import hard_to_book
from studio.catalogue.models import AddOn, AddOnResource, Package, PackageSet
from studio.catalogue.queries import takers
from studio.db import epoch, retried, transaction
from studio.ports import ports
from studio.scheduling import calendar, roster
from studio.scheduling.models import Allocation, Resource, ResourceKind, Set
from studio.web.filters import listed


class StillNeeded(Exception):
    """It cannot be archived, or brought back, as things are; the text is a sentence."""


class NotAgreed(Exception):
    """Sessions that are booked need it, and nobody has agreed to that; nothing is changed.

    *ahead* are their bookings, by time, and *seal* stands for them.
    """

    def __init__(self, ahead: Sequence[int]) -> None:
        super().__init__(f"{len(ahead)} booked sessions need it")
        self.ahead = ahead
        self.seal = hashlib.sha256(repr(ahead).encode()).hexdigest()


@retried
def archive(resource_id: int, agreed: str = "") -> None:
    """Offer a photographer, an artist, a room or a kind of equipment no more; gone is fine.

    Raises:
        StillNeeded: if something on sale could not be booked without it.
        NotAgreed: if booked sessions need it that have not the seal *agreed*.
    """
    with transaction() as session:
        calendar.lock(session)
        known = session.get_one(Resource, resource_id)
        if known.archived_at is not None:
            return
        _refuse_takers(session, known)
        now, could = ports().now(), _bookable(session, known)
        known.archived_at = now
        session.flush()
        still = _bookable(session, known)
        if lost := [each.name for each in could if each not in still]:
            raise StillNeeded(_without(known, lost))
        takes = select(Allocation.booking_id).where(
            Allocation.resource_id == resource_id,
            _stands(now),
            Allocation.busy_to > epoch(now),
        )
        _agree(session, Booking.id.in_(takes), agreed)


@retried
def archive_set(set_id: int, agreed: str = "") -> None:
    """Build a set for nothing new; gone is fine.

    Raises:
        StillNeeded: if a package on sale is shot on it.
        NotAgreed: if booked sessions need it that have not the seal *agreed*.
    """
    with transaction() as session:
        calendar.lock(session)
        known = session.get_one(Set, set_id)
        if known.archived_at is not None:
            return
        shot = session.scalars(
            select(Package.name)
            .where(
                Package.archived_at.is_(None),
                Package.id.in_(select(PackageSet.package_id).where(PackageSet.set_id == set_id)),
            )
            .order_by(Package.position, Package.id)
        ).all()
        if shot:
            verb = "is" if len(shot) == 1 else "are"
            raise StillNeeded(
                f"{listed(shot)} {verb} shot on it: choose another set there, or stop selling"
                f" {'it' if len(shot) == 1 else 'them'}, first."
            )
        now = ports().now()
        known.archived_at = now
        ahead = select(Allocation.booking_id).where(_stands(now), Allocation.busy_to > epoch(now))
        needs = select(BookingSet.booking_id).where(
            BookingSet.set_id == set_id, BookingSet.booking_id.in_(ahead)
        )
        _agree(session, Booking.id.in_(needs), agreed)


@retried
def bring_back(resource_id: int) -> None:
    """Offer it again, with the hours it had.

    Raises:
        roster.NameTaken: if another one has taken its name meanwhile.
    """
    with transaction() as session:
        calendar.lock(session)
        roster.bring_back(session, session.get_one(Resource, resource_id))


@retried
def bring_back_set(set_id: int) -> None:
    """Let packages be shot on it again.

    Raises:
        roster.NameTaken: if another one has taken its name meanwhile.
        StillNeeded: if there is not enough of the equipment that it takes.
    """
    with transaction() as session:
        calendar.lock(session)
        known = session.get_one(Set, set_id)
        for each in known.equipment:
            if each.resource.archived_at is not None:
                raise StillNeeded(
                    f"It takes {each.resource.name}, which is archived: bring that back first,"
                    " or change the set."
                )
            if each.quantity > each.resource.capacity:
                raise StillNeeded(
                    f"It takes {each.quantity} of {each.resource.name}, and there are"
                    f" {each.resource.capacity}: change the set first."
                )
        roster.bring_back(session, known)


def _refuse_takers(session: Session, known: Resource) -> None:
    """Raises StillNeeded if it is equipment that a set or an add-on in use takes."""
    if known.kind is not ResourceKind.POOL:
        return
    if names := [each.name for each in takers(session) if each.pool_id == known.id]:
        verb = "takes" if len(names) == 1 else "take"
        raise StillNeeded(f"{listed(names)} {verb} it: see that nothing does, first.")


def _bookable(session: Session, known: Resource) -> list[Package | AddOn]:
    """What is on sale and could be booked, as far as *known* has to do with it."""
    add_ons = [each for each in _add_ons(session, known) if not hard_to_book(session, each)]
    return [*bookable(session), *add_ons]


def _add_ons(session: Session, known: Resource) -> Sequence[AddOn]:
    """Those on sale that take *known* before the session."""
    return session.scalars(
        select(AddOn)
        .where(
            AddOn.archived_at.is_(None),
            AddOn.id.in_(
                select(AddOnResource.add_on_id).where(AddOnResource.resource_id == known.id)
            ),
        )
        .order_by(AddOn.position, AddOn.id)
    ).all()


def _without(known: Resource, lost: Sequence[str]) -> str:
    what = "it" if len(lost) == 1 else "them"
    cure = {
        ResourceKind.PHOTOGRAPHER: f"let somebody else shoot {what}",
        ResourceKind.ARTIST: f"let somebody else do {what}",
    }.get(known.kind, f"find another room for {what}")
    return (
        f"Without {known.name} nobody could book {listed(lost)}: {cure}, or stop selling {what},"
        " first."
    )


def _stands(now: datetime) -> ColumnElement[bool]:
    """What is taken for good, or by a hold that may still become a session."""
    return or_(Allocation.expires_at.is_(None), Allocation.expires_at > epoch(now))


def _agree(session: Session, needs: ColumnElement[bool], agreed: str) -> None:
    """Raises NotAgreed if bookings *needs* it, and they are others than were agreed to."""
    ahead = session.scalars(select(Booking.id).where(needs).order_by(Booking.starts_at, Booking.id))
    refused = NotAgreed(ahead.all())
    if refused.ahead and refused.seal != agreed:
        raise refused
