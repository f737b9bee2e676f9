"""What the demo studio sells, how it helps to choose, and what it has clients agree to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking.models import Terms
from studio.catalogue.models import (
    AddOn,
    AddOnResource,
    ChooserText,
    Genre,
    Licence,
    Package,
    PackageSet,
    SessionType,
)
from studio.demo.reading import Entry, front_matter, table
from studio.scheduling.models import Resource, Set, Skill

# The columns that the file names as they are.
_AS_WRITTEN = (
    "slug name summary includes minutes same_minutes clear_minutes people_min people_max looks"
    " retouched_images proofs_shown proofs_business_days finals_business_days price_minor"
    " deposit_percent balance_hours_before lead_hours horizon_days step_minutes"
).split()


def add_terms(session: Session, now: datetime) -> None:
    _, body = front_matter("terms.md")
    session.add(Terms(version=1, body=body, created_at=now))


def add_session_types(session: Session) -> Mapping[str, SessionType]:
    """By code."""
    types = {
        each["code"]: SessionType(
            code=each["code"],
            slug=each["slug"],
            genre=Genre(each["genre"]),
            name=each["name"],
            summary=each["summary"],
            description=each["description"].strip(),
            frame=each["frame"],
            studio_checklist=each["studio_checklist"],
            position=position,
        )
        for position, each in enumerate(table("session_types.toml")["session_types"], 1)
    }
    session.add_all(types.values())
    session.add(ChooserText(id=1, content=table("chooser.toml")))
    session.flush()
    return types


def add_packages(
    session: Session,
    currency: str,
    types: Mapping[str, SessionType],
    skills: Mapping[str, Skill],
    sets: Mapping[str, Set],
) -> None:
    """Packages with their licences and what can be added to them."""
    licences = {
        each["key"]: Licence(key=each["key"], name=each["name"], text=each["text"].strip())
        for each in table("licences.toml")["licences"]
    }
    packages: dict[str, Package] = {}
    for position, each in enumerate(table("packages.toml")["packages"], 1):
        package = _package(each, position, currency, skills, sets)
        package.session_type = types[each["session_type"]]
        package.licence = licences[each["licence"]]
        packages[package.slug] = package
    things = {each.slug: each for each in session.scalars(select(Resource))}
    for position, each in enumerate(table("add_ons.toml")["add_ons"], 1):
        add_on = AddOn(
            slug=each["slug"],
            name=each["name"],
            summary=each["summary"],
            minutes=each["minutes"],
            before_minutes=each.get("before_minutes", 0),
            lead_hours=each.get("lead_hours", 0),
            resources=[
                AddOnResource(resource=things[slug], quantity=units)
                for slug, units in each.get("resources", {}).items()
            ],
            price_minor=each["price_minor"],
            currency=currency,
            position=position,
        )
        for slug in each["packages"]:
            packages[slug].add_ons.append(add_on)
    session.add_all(packages.values())
    session.flush()


def _package(
    entry: Entry,
    position: int,
    currency: str,
    skills: Mapping[str, Skill],
    sets: Mapping[str, Set],
) -> Package:
    return Package(
        currency=currency,
        max_per_day=entry.get("max_per_day"),
        people_included=entry["people_max"],
        position=position,
        package_sets=[
            PackageSet(position=n, set=sets[code]) for n, code in enumerate(entry["sets"])
        ],
        skills=[skills[key] for key in entry["skills"]],
        **{each: entry[each] for each in _AS_WRITTEN},
    )
