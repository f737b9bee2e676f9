"""Adding and changing sets: how long they take, where they fit, and what they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from studio.catalogue.editing import too_long
from studio.catalogue.models import AddOnResource, Package, PackageSet
from studio.catalogue.queries import rooms_for
from studio.db import retried, transaction
from studio.scheduling import calendar, roster
from studio.scheduling.effects import Effect
from studio.scheduling.models import Resource, ResourceKind, Set, SetEquipment
from studio.scheduling.service import weighed
from studio.scheduling.slugs import free_slug


@dataclass(frozen=True, slots=True)
class SetEdit:
    """All that staff may say of a set; *equipment* counts units by pool."""

    name: str
    summary: str
    build_minutes: int
    strike_minutes: int
    rooms: tuple[int, ...]
    equipment: Mapping[int, int]


class NoRoomLeft(Exception):
    """No room would take all sets of *package*."""

    def __init__(self, package: str) -> None:
        super().__init__(f"no room is left for {package}")
        self.package = package


class TooLong(Exception):
    """*package* would fit into nobody's day any more; *sentence* says why."""

    def __init__(self, package: str, sentence: str) -> None:
        super().__init__(f"{package}: {sentence}")
        self.package = package
        self.sentence = sentence


class TooMuch(Exception):
    """A set would take more units of a pool than there are, so it could never be booked."""

    def __init__(self, pool_id: int, capacity: int) -> None:
        super().__init__(f"there are {capacity} of {pool_id}")
        self.pool_id = pool_id
        self.capacity = capacity


@retried
def add_set(edit: SetEdit) -> None:
    """One more set, which packages can be shot on from now on.

    Raises:
        roster.NameTaken: if another one has the name.
        TooMuch: if it takes more equipment than there is.
    """
    with transaction() as session:
        calendar.lock(session)
        roster.refuse_double(session, edit.name, Set)
        known = Set(slug=free_slug(session, Set.slug, edit.name, "set"))
        _describe(known, edit)
        session.add(known)
        session.flush()
        _place(session, known, edit.rooms)
        _equip(session, known, edit.equipment)


@retried
def edit_set(set_id: int, edit: SetEdit, agreed: str = "") -> Effect:
    """Build a set otherwise from now on; sessions already booked keep their rooms and equipment.

    How long it takes counts for these, too.

    Raises:
        roster.NameTaken: if another one has the name.
        TooMuch: if it takes more equipment than there is.
        NoRoomLeft: if a package on sale, shot in the studio, would have no room.
        TooLong: if a package on sale, which fits into a day now, would not any more.
        NotAgreed: if the effect has not the seal *agreed*.
    """
    with weighed(agreed) as change:
        session = change.session
        known = session.get_one(Set, set_id)
        packages = _on_sale_with(session, known)
        fitted = [each for each in packages if too_long(session, each) is None]
        roster.rename(session, known, edit.name)
        _describe(known, edit)
        _place(session, known, edit.rooms)
        _equip(session, known, edit.equipment)
        for each in packages:
            if not each.package_places and not rooms_for([s.set for s in each.package_sets]):
                raise NoRoomLeft(each.name)
        for each in fitted:
            if sentence := too_long(session, each):
                raise TooLong(each.name, sentence)
    return change.effect


def free_pools(session: Session) -> list[Resource]:
    """The equipment that sets may take: what comes before sessions has equipment of its own."""
    apart = select(AddOnResource.resource_id)
    wanted = (
        select(Resource)
        .where(
            Resource.kind == ResourceKind.POOL,
            Resource.archived_at.is_(None),
            Resource.id.not_in(apart),
        )
        .order_by(Resource.position, Resource.name)
    )
    return list(session.scalars(wanted))


def _describe(known: Set, edit: SetEdit) -> None:
    known.name, known.summary = edit.name, edit.summary
    known.build_minutes, known.strike_minutes = edit.build_minutes, edit.strike_minutes


def _on_sale_with(session: Session, known: Set) -> list[Package]:
    return list(
        session.scalars(
            select(Package)
            .options(selectinload(Package.package_sets))
            .where(
                Package.archived_at.is_(None),
                Package.id.in_(select(PackageSet.package_id).where(PackageSet.set_id == known.id)),
            )
            .order_by(Package.minutes.desc(), Package.id)
        ).unique()
    )


def _place(session: Session, known: Set, rooms: tuple[int, ...]) -> None:
    """Let it fit *rooms*; those that are archived it fits as before, should they come back."""
    kept = [each.id for each in known.rooms if each.archived_at]
    known.rooms = list(
        session.scalars(
            select(Resource)
            .where(Resource.id.in_([*rooms, *kept]), Resource.kind == ResourceKind.ROOM)
            .order_by(Resource.position, Resource.id)
        )
    )


def _equip(session: Session, known: Set, equipment: Mapping[int, int]) -> None:
    session.execute(delete(SetEquipment).where(SetEquipment.set_id == known.id))
    for pool_id, quantity in equipment.items():
        pool = session.get_one(Resource, pool_id)
        if pool not in free_pools(session):
            raise ValueError("this is no equipment that sets may take")
        if quantity > pool.capacity:
            raise TooMuch(pool_id, pool.capacity)
        session.add(SetEquipment(set_id=known.id, resource_id=pool_id, quantity=quantity))
