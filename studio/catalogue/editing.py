"""What the package editor offers to choose from, and what it warns of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from studio.catalogue.models import AddOn, Package
from studio.catalogue.queries import rooms_for, who_may_shoot
from studio.scheduling.models import Resource, Set, Skill
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
    at_client: frozenset[int]


def choices_for(session: Session, package: Package) -> Choices:
    """What is in use, and what *package* has though it no longer is."""
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
    return Choices(
        sets=[SelectChoice(each.id, each.name) for each in sets],
        places=[SelectChoice(each.id, each.name) for each in places],
        skills=[SelectChoice(each.id, each.name) for each in skills],
        add_ons=[SelectChoice(each.id, each.name) for each in add_ons],
        at_client=frozenset(each.id for each in places if each.at_client),
    )


def too_long(session: Session, package: Package) -> str | None:
    """A sentence if no day's weekly hours hold the session with its set-up; overrides aside."""
    sets = [each.set for each in package.package_sets]
    around = sets[0].build_minutes + sets[-1].strike_minutes + package.clear_minutes
    needed = package.minutes_for(package.people_min)
    travel = min((2 * each.place.travel_minutes for each in package.package_places), default=0)
    able = who_may_shoot(session, package)
    if not able:
        return "Nobody has all the skills it asks for, so nobody can book it yet."
    whole = needed + around + travel
    if not any(
        _longest([each.resource]) >= (needed + travel if each.has_assistant else whole)
        for each in able
    ):
        return f"With building and striking it takes {whole} minutes: longer than anybody's day."
    if not package.package_places and _longest(rooms_for(sets)) < whole:
        return f"With building and striking it takes {whole} minutes: longer than any room's day."
    return None


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
