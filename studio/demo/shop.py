"""What the demo studio sells, how it helps to choose, and what it has clients agree to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking.models import Terms
from studio.booking.releases.models import ReleaseText
from studio.catalogue.models import (
    AddOn,
    AddOnResource,
    BookingMode,
    ChooserText,
    Genre,
    Licence,
    OpenDays,
    Package,
    PackagePlace,
    PackageSet,
    SessionType,
)
from studio.catalogue.policies import PolicyVersion
from studio.demo.closed import whole_studio
from studio.demo.reading import Entry, dates, front_matter, table
from studio.domain.availability import Gaps
from studio.domain.policy import Policy
from studio.payments.voucher_orders import VoucherOffer
from studio.scheduling.models import Resource, Set, Skill
from studio.scheduling.places import Place

# The columns that the file names as they are.
_AS_WRITTEN = (
    "slug name summary includes minutes same_minutes clear_minutes people_min people_max looks"
    " retouched_images proofs_shown proofs_business_days finals_business_days price_minor"
    " deposit_percent balance_hours_before lead_hours horizon_days step_minutes"
).split()
_WEEK = timedelta(weeks=1)
# Those it leaves out where they are as usual.
_IF_WRITTEN = (
    "max_per_day minutes_per_extra price_per_extra_minor light_before_minutes light_after_minutes"
).split()


@dataclass(frozen=True, slots=True)
class Stock:
    """What packages are put together from, by the key or code that the files use."""

    types: Mapping[str, SessionType]
    skills: Mapping[str, Skill]
    sets: Mapping[str, Set]
    places: Mapping[str, Place]


def add_terms(session: Session, now: datetime) -> None:
    _, body = front_matter("terms.md")
    session.add(Terms(version=1, body=body, created_at=now))


def add_release(session: Session, now: datetime) -> None:
    """What sitters may sign, if they like to."""
    front, body = front_matter("release.md")
    session.add(ReleaseText(version=1, body=body, asks_again=True, created_at=now, **front))


def add_voucher_offer(session: Session, currency: str) -> None:
    session.add(VoucherOffer(id=1, currency=currency, **table("studio.toml")["vouchers"]))


def add_policies(session: Session, types: Mapping[str, SessionType], now: datetime) -> None:
    """What cancelling, moving and not coming cost, and which session types follow which."""
    for each in table("policies.toml")["policies"]:
        key, name, followers = each.pop("key"), each.pop("name"), each.pop("session_types", [])
        rules = Policy.from_json(each).to_json()
        session.add(PolicyVersion(key=key, version=1, name=name, rules=rules, created_at=now))
        for code in followers:
            types[code].policy_key = key


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


def add_packages(session: Session, currency: str, stock: Stock, today: date) -> None:
    """Packages with their licences and what can be added to them."""
    licences = {
        each["key"]: Licence(key=each["key"], name=each["name"], text=each["text"].strip())
        for each in table("licences.toml")["licences"]
    }
    packages: dict[str, Package] = {}
    for position, each in enumerate(table("packages.toml")["packages"], 1):
        package = _package(each, position, currency, stock, today)
        package.licence = licences[each["licence"]]
        packages[package.slug] = package
    things = {each.slug: each for each in session.scalars(select(Resource))}
    for position, each in enumerate(table("add_ons.toml")["add_ons"], 1):
        add_on = AddOn(
            slug=each["slug"],
            name=each["name"],
            summary=each["summary"],
            minutes=each["minutes"],
            looks=each.get("looks", 0),
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


def _package(entry: Entry, position: int, currency: str, stock: Stock, today: date) -> Package:
    return Package(
        session_type=stock.types[entry["session_type"]],
        currency=currency,
        mode=BookingMode(entry.get("mode", "instant")),
        people_included=entry.get("people_included", entry["people_max"]),
        gaps=Gaps(entry["gaps"]) if "gaps" in entry else None,
        position=position,
        package_sets=[
            PackageSet(position=n, set=stock.sets[code]) for n, code in enumerate(entry["sets"])
        ],
        package_places=[
            PackagePlace(position=n, place=stock.places[slug])
            for n, slug in enumerate(entry.get("places", ()))
        ],
        open_days=list(_open_days(entry.get("open_days", ()), today)),
        skills=[stock.skills[key] for key in entry["skills"]],
        **{each: entry[each] for each in _AS_WRITTEN},
        **{each: entry[each] for each in _IF_WRITTEN if each in entry},
    )


def _open_days(entries: Sequence[Entry], today: date) -> Iterator[OpenDays]:
    """Each a week later for as long as the studio is closed then, or has such days already."""
    gone = whole_studio(today)
    for entry in entries:
        first, last = dates(entry, today)
        while any(first <= until and since <= last for since, until in gone):
            first, last = first + _WEEK, last + _WEEK
        gone.append((first, last))
        yield OpenDays(first_on=first, last_on=last, label=entry["label"])
