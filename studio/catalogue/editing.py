"""What the package editor offers to choose from, and what it warns of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from studio.catalogue.models import AddOn, Licence, Package, package_add_ons
from studio.catalogue.queries import every_package, rooms_for, who_may_shoot
from studio.scheduling.models import Resource, ResourceKind, Set, SetEquipment, Skill
from studio.scheduling.places import Place
from studio.web.form import SelectChoice

_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen; *at_client* are the places that have no coordinates of their own."""

    sets: Sequence[SelectChoice]
    places: Sequence[SelectChoice]
    skills: Sequence[SelectChoice]
    add_ons: Sequence[SelectChoice]
    licences: Sequence[SelectChoice]
    at_client: frozenset[int]


def choices_for(session: Session, package: Package | None) -> Choices:
    """What is in use, and what *package*, if there is one, has though it no longer is."""
    package = package or Package()
    sets = session.scalars(
        select(Set)
        .where(
            or_(
                Set.archived_at.is_(None),
                Set.id.in_([each.set_id for each in package.package_sets]),
            )
        )
        .order_by(Set.name)
    ).all()
    places = session.scalars(
        select(Place)
        .where(
            or_(
                Place.archived_at.is_(None),
                Place.id.in_([each.place_id for each in package.package_places]),
            )
        )
        .order_by(Place.position, Place.id)
    ).all()
    add_ons = session.scalars(
        select(AddOn)
        .where(
            or_(AddOn.archived_at.is_(None), AddOn.id.in_([each.id for each in package.add_ons]))
        )
        .order_by(AddOn.position, AddOn.id)
    ).all()
    skills = session.scalars(select(Skill).order_by(Skill.name)).all()
    licences = session.scalars(select(Licence).order_by(Licence.id)).all()
    return Choices(
        sets=[SelectChoice(each.id, each.name) for each in sets],
        places=[SelectChoice(each.id, each.name) for each in places],
        skills=[SelectChoice(each.id, each.name) for each in skills],
        add_ons=[SelectChoice(each.id, each.name) for each in add_ons],
        licences=[SelectChoice(each.id, each.name) for each in licences],
        at_client=frozenset(each.id for each in places if each.at_client),
    )


@dataclass(frozen=True, slots=True)
class AddOnChoices:
    """What an add-on can be made of, the packages it could be added to, and those it is.

    Pools *of_sets* cannot be taken by what comes before a session.
    """

    artists: Sequence[Resource]
    pools: Sequence[Resource]
    of_sets: Collection[int]
    packages: Sequence[SelectChoice]
    chosen: Sequence[int]


def choices_for_add_on(session: Session, add_on_id: int | None) -> AddOnChoices:
    resources = session.scalars(
        select(Resource)
        .where(Resource.archived_at.is_(None))
        .order_by(Resource.position, Resource.name)
    ).all()
    chosen = select(package_add_ons.c.package_id).where(package_add_ons.c.add_on_id == add_on_id)
    return AddOnChoices(
        artists=[each for each in resources if each.kind is ResourceKind.ARTIST],
        pools=[each for each in resources if each.kind is ResourceKind.POOL],
        of_sets=frozenset(session.scalars(select(SetEquipment.resource_id))),
        packages=[
            SelectChoice(each.id, f"{each.name} (not on sale)" if each.archived_at else each.name)
            for each in every_package(session)
        ],
        chosen=session.scalars(chosen).all(),
    )


def too_long(session: Session, package: Package, more: int = 0) -> str | None:
    """A sentence if no day's weekly hours hold the session with its set-up; overrides aside.

    *more* minutes are added to the session.
    """
    sets = [each.set for each in package.package_sets]
    around = sets[0].build_minutes + sets[-1].strike_minutes + package.clear_minutes
    needed = package.minutes_for(package.people_min) + more
    travel = min((2 * each.place.travel_minutes for each in package.package_places), default=0)
    able = who_may_shoot(session, package)
    if not able:
        return "Nobody has all the skills it asks for, so nobody can book it yet."
    whole = needed + around + travel
    if not any(
        # On location the assistant is on the way, too.
        _longest([each.resource])
        >= (needed if each.has_assistant and not package.package_places else whole)
        for each in able
    ):
        return f"With building and striking it takes {whole} minutes: longer than anybody's day."
    if not package.package_places and _longest(rooms_for(sets)) < whole:
        return f"With building and striking it takes {whole} minutes: longer than any room's day."
    return None


def hard_to_book(session: Session, add_on: AddOn) -> list[str]:
    """A sentence for each reason why clients could not, or not with some package, book *add_on*."""
    artist, found = ResourceKind.ARTIST, []
    artists = [each.resource for each in add_on.resources if each.resource.kind is artist]
    here = [each for each in artists if each.archived_at is None]
    if artists and _longest(here) < add_on.before_minutes:
        found.append(f"{add_on.name} takes longer than the day of anybody who does it.")
    for each in _offering(session, add_on):
        if add_on.lead_hours >= each.horizon_days * 24:
            found.append(
                f"{each.name} is booked {each.horizon_days} days ahead at most, so with this"
                f" notice {add_on.name} can never be added to it."
            )
        sentence = too_long(session, each, add_on.minutes)
        if sentence and too_long(session, each) is None:
            found.append(f"{each.name} with {add_on.name} fits into nobody's day. {sentence}")
    return found


def _offering(session: Session, add_on: AddOn) -> Sequence[Package]:
    """The packages on sale to which *add_on* can be added."""
    if add_on.archived_at is not None:
        return ()
    return (
        session.scalars(
            select(Package)
            .where(Package.archived_at.is_(None), Package.add_ons.contains(add_on))
            .order_by(Package.position, Package.id)
        )
        .unique()
        .all()
    )


def _longest(resources: Iterable[Resource]) -> int:
    """The longest weekly span of any of them, in minutes."""
    return max(
        (
            span.closes_minute
            - span.opens_minute
            + (_DAY if span.closes_minute <= span.opens_minute else 0)
            for each in resources
            for span in each.hours
        ),
        default=0,
    )
