"""What is sold, and what each thing sold asks of the calendar."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from studio.catalogue.models import (
    AddOn,
    AddOnResource,
    Genre,
    Package,
    PackageSet,
    SessionType,
    package_add_ons,
)
from studio.catalogue.policies import PolicyVersion, in_force
from studio.domain.availability import STUDIO, Needs, Step
from studio.scheduling.memory import apart, recall, version
from studio.scheduling.models import Photographer, Resource, ResourceKind, Set, SetEquipment
from studio.scheduling.places import Place
from studio.scheduling.queries import photographers


def packages(session: Session, genre: Genre | None = None) -> Sequence[Package]:
    """Those on sale, in the studio's order, with what a list of them shows."""
    wanted = (
        select(Package)
        .join(Package.session_type)
        .where(Package.archived_at.is_(None))
        .order_by(SessionType.genre, SessionType.position, Package.position, Package.id)
    )
    if genre:
        wanted = wanted.where(SessionType.genre == genre)
    return session.scalars(wanted).unique().all()


def every_package(session: Session) -> Sequence[Package]:
    """All of them, also those no longer on sale, with their sets; for the office's list."""
    return (
        session.scalars(
            select(Package)
            .join(Package.session_type)
            .options(selectinload(Package.package_sets))
            .order_by(
                Package.archived_at.is_not(None),
                SessionType.genre,
                SessionType.position,
                Package.position,
                Package.id,
            )
        )
        .unique()
        .all()
    )


def first_of(session: Session, kind: SessionType) -> Package | None:
    """The package that shows how *kind* is sold: the first on sale, else the first of all."""
    return session.scalars(
        select(Package)
        .where(Package.session_type_id == kind.id)
        .order_by(Package.archived_at.is_not(None), Package.position, Package.id)
        .limit(1)
    ).first()


class Addable(NamedTuple):
    """An add-on, and the packages on sale that it can be added to."""

    add_on: AddOn
    packages: Sequence[str]


def every_add_on(session: Session) -> list[Addable]:
    """All of them, also those no longer on sale; for the office's list."""
    found = session.scalars(
        select(AddOn)
        .options(selectinload(AddOn.resources))
        .order_by(AddOn.archived_at.is_not(None), AddOn.position, AddOn.id)
    ).all()
    goes_with: defaultdict[int, list[str]] = defaultdict(list)
    for add_on, package in session.execute(
        select(package_add_ons.c.add_on_id, Package.name)
        .join(Package, Package.id == package_add_ons.c.package_id)
        .where(Package.archived_at.is_(None))
        .order_by(Package.position, Package.id)
    ):
        goes_with[add_on].append(package)
    return [Addable(each, goes_with[each.id]) for each in found]


class Taker(NamedTuple):
    """A set or an add-on in use, and of which kind of equipment it takes how many units."""

    pool_id: int
    name: str
    units: int


def takers(session: Session) -> list[Taker]:
    """Sets first, then add-ons, each in the order of its lists."""
    sets = (
        select(SetEquipment.resource_id, Set.name, SetEquipment.quantity)
        .join(Set, Set.id == SetEquipment.set_id)
        .where(Set.archived_at.is_(None))
        .order_by(Set.name)
    )
    add_ons = (
        select(AddOnResource.resource_id, AddOn.name, AddOnResource.quantity)
        .join(AddOn, AddOn.id == AddOnResource.add_on_id)
        .where(AddOn.archived_at.is_(None))
        .order_by(AddOn.position, AddOn.id)
    )
    return [Taker(*row) for wanted in (sets, add_ons) for row in session.execute(wanted)]


@dataclass(frozen=True, slots=True)
class OnSale:
    """A package with all that booking it needs, who has the skills for it, and its policy now.

    Read once and kept until the house changes: shared between requests, bound to no session, and
    nobody may change it.
    """

    package: Package
    photographers: Sequence[Photographer]
    policy: PolicyVersion


def on_sale(session: Session, slug: str) -> OnSale | None:
    """The package on sale under *slug*."""
    house = version(session).house
    # Only what exists is kept by its name: addresses that lead nowhere would push the rest out.
    if slug not in recall(session, ("slugs", house), lambda: _slugs(session)):
        return None
    return recall(session, ("on sale", house, slug), lambda: _on_sale(session, slug))


def _slugs(session: Session) -> frozenset[str]:
    return frozenset(session.scalars(select(Package.slug).where(Package.archived_at.is_(None))))


def _on_sale(session: Session, slug: str) -> OnSale | None:
    with apart(session) as passing:
        package = (
            passing.scalars(
                select(Package)
                .where(Package.slug == slug, Package.archived_at.is_(None))
                .options(
                    selectinload(Package.package_sets)
                    .joinedload(PackageSet.set)
                    .selectinload(Set.equipment),
                    selectinload(Package.package_sets)
                    .joinedload(PackageSet.set)
                    .selectinload(Set.rooms),
                    selectinload(Package.skills),
                    selectinload(Package.add_ons).selectinload(AddOn.resources),
                    selectinload(Package.package_places),
                    selectinload(Package.open_days),
                )
            )
            .unique()
            .one_or_none()
        )
        if package is None:
            return None
        policy = in_force(passing, package.session_type.policy_key)
        return OnSale(package, who_may_shoot(passing, package), policy)


def add_ons_of(package: Package, slugs: Sequence[str]) -> list[AddOn] | None:
    """The package's add-ons named by *slugs*, in its order; None if one is not among them."""
    on_sale = [each for each in package.add_ons if each.archived_at is None]
    if not set(slugs) <= {each.slug for each in on_sale}:
        return None
    return [each for each in on_sale if each.slug in slugs]


def who_may_shoot(session: Session, package: Package) -> list[Photographer]:
    """The photographers who have every skill the package asks for."""
    return skilled_for(package, photographers(session))


def skilled_for(package: Package, among: Sequence[Photographer]) -> list[Photographer]:
    """Those *among* some photographers who have every skill the package asks for."""
    wanted = {skill.id for skill in package.skills}
    return [each for each in among if wanted <= {skill.id for skill in each.skills}]


def needs_of(
    package: Package,
    add_ons: Sequence[AddOn],
    photographers: Sequence[Photographer],
    *,
    people: int | None = None,
    place: Place | None = None,
    sets: Sequence[Set] | None = None,
) -> Needs:
    """What the package with *add_ons* asks of the calendar, shot by one of *photographers*.

    It is for *people*, or for as few as there can be, and at *place*, or the first there is, on
    *sets*, or those it is sold with now.
    """
    if place is None:
        place = next((each.place for each in package.package_places), None)
    if sets is None:
        sets = [each.set for each in package.package_sets]
    kit: Counter[int] = Counter()
    for each in sets:
        for item in each.equipment:
            kit[item.resource_id] = max(kit[item.resource_id], item.quantity)
    minutes = package.minutes_for(package.people_min if people is None else people)
    lead_hours = max([package.lead_hours, *(each.lead_hours for each in add_ons)])
    return Needs(
        package_id=package.id,
        seconds=(minutes + sum(each.minutes for each in add_ons)) * 60,
        first_set=sets[0].id,
        last_set=sets[-1].id,
        same=package.same_minutes * 60,
        clear=package.clear_minutes * 60,
        equipment=dict(kit),
        photographers=tuple(each.id for each in photographers),
        rooms=() if place else tuple(each.id for each in rooms_for(sets)),
        step_minutes=package.step_minutes,
        lead=lead_hours * 3600,
        horizon_days=package.horizon_days,
        max_per_day=package.max_per_day,
        place=place.id if place else STUDIO,
        before=_steps(add_ons),
        only_on=tuple((each.first_on, each.last_on) for each in package.open_days) or None,
        light=_light(package),
        gaps=package.gaps,
    )


def rooms_for(sets: Sequence[Set]) -> list[Resource]:
    """The rooms that every one of *sets* fits, in the studio's order."""
    return [
        room
        for room in sets[0].rooms
        if room.archived_at is None and all(room in each.rooms for each in sets)
    ]


def _steps(add_ons: Sequence[AddOn]) -> tuple[Step, ...]:
    """What comes before the session, one after the other, the last of it up to the start.

    Artists stand in the studio's order: the first who is free is taken.
    """
    steps: list[Step] = []
    ends = 0
    for each in reversed([each for each in add_ons if each.before_minutes]):
        begins = ends + each.before_minutes * 60
        able = sorted(
            (i.resource for i in each.resources if i.resource.kind is ResourceKind.ARTIST),
            key=lambda artist: artist.position,
        )
        # With nobody left it is still work for somebody, who has no hours: none would be no work.
        artists = tuple(who.id for who in [i for i in able if i.archived_at is None] or able)
        pools = {
            item.resource_id: item.quantity
            for item in each.resources
            if item.resource.kind is ResourceKind.POOL
        }
        steps.insert(0, Step(begins, ends, artists, pools))
        ends = begins
    return tuple(steps)


def _light(package: Package) -> tuple[int, int] | None:
    before, after = package.light_before_minutes, package.light_after_minutes
    return None if before is None or after is None else (before * 60, after * 60)
