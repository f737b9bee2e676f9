"""The demo studio itself: people and their hours, rooms, equipment, sets, and places outside."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from sqlalchemy.orm import Session

from studio.demo.reading import Entry, minute, spans, table
from studio.scheduling.models import (
    OpeningHours,
    Photographer,
    Resource,
    ResourceKind,
    Set,
    SetEquipment,
    Skill,
    Studio,
)
from studio.scheduling.places import Place, PlaceTravel

_FIRST_NAMES = "Ada Bram Cleo Dario Elske Finn Greta Hugo Ilse Jory Kaja Levi Mina Nils".split()
_LAST_NAMES = (
    "Applegarth Birchmore Copperwaite Dunnock Elderfield Fallowes Greenslade Hartsong Inglewhite"
    " Juniper Kestrelby Larkwell Mossgrove"
).split()
# Half an hour earlier or later, so that not everybody stops for lunch at once.
_SHIFTS = (0, 30, -30)


def add_studio(session: Session) -> Studio:
    known = table("studio.toml")
    place = known["place"]
    studio = Studio(
        id=1,
        address="\n".join(place["address"]),
        directions="\n\n".join(place[each].strip() for each in ("directions", "parking", "access")),
        intro=known["intro"].strip(),
        how_to_pay=known["how_to_pay"].strip(),
        tax_percent=Decimal(str(known["tax_percent"])),
        quiet_from_minute=minute(known["quiet_from"]),
        quiet_to_minute=minute(known["quiet_to"]),
        **{
            each: known[each]
            for each in (
                "name tagline zone zone_city currency email phone tax_name tax_included"
                " arrive_minutes legal_name tax_number company_number"
            ).split()
        },
    )
    session.add(studio)
    return studio


def add_resources(
    session: Session, photographers: int, rng: Random
) -> tuple[Mapping[str, Skill], Mapping[str, Set]]:
    """Skills by key and sets by code, with all they need; *photographers* in number.

    Those beyond the demo's own take after one of these in what they can do and when they work.
    """
    known = table("resources.toml")
    skills = {each["key"]: Skill(key=each["key"], name=each["name"]) for each in known["skills"]}
    people = known["photographers"]
    people += [_alike(people[n % len(people)], n, rng) for n in range(photographers - len(people))]
    session.add_all(
        _photographer(entry, position, skills) for position, entry in enumerate(people, 1)
    )
    rooms = {
        each["slug"]: _resource(each, ResourceKind.ROOM, position)
        for position, each in enumerate(known["rooms"], 1)
    }
    kit = {
        each["slug"]: _resource(each, ResourceKind.POOL, position)
        for position, each in enumerate(known["equipment"], 1)
    }
    ahead = [_resource(each, ResourceKind.ARTIST, n) for n, each in enumerate(known["artists"], 1)]
    ahead += [
        _resource(each, ResourceKind.POOL, position)
        for position, each in enumerate(known["stations"], len(kit) + 1)
    ]
    session.add_all([*skills.values(), *rooms.values(), *kit.values(), *ahead])
    sets = {
        each["code"]: Set(
            slug=each["slug"],
            name=each["name"],
            summary=each["summary"],
            build_minutes=each["build_minutes"],
            strike_minutes=each["strike_minutes"],
            rooms=[rooms[room] for room in each["rooms"]],
            equipment=[
                SetEquipment(resource=kit[slug], quantity=units)
                for slug, units in each["equipment"].items()
            ],
        )
        for each in known["sets"]
    }
    session.add_all(sets.values())
    session.flush()
    return skills, sets


def add_places(session: Session, currency: str) -> Mapping[str, Place]:
    """By slug, with the ways between them."""
    known = table("places.toml")
    places = {
        each["slug"]: Place(
            slug=each["slug"],
            name=each["name"],
            address="\n".join(each["address"]),
            directions=each.get("directions", "").strip(),
            latitude=each["latitude"],
            longitude=each["longitude"],
            travel_minutes=each["travel_minutes"],
            at_client=each.get("at_client", False),
            remote=each.get("remote", False),
            currency=currency,
            position=position,
        )
        for position, each in enumerate(known["places"], 1)
    }
    session.add_all(places.values())
    session.flush()
    for way in known["travel"]:
        one, other = sorted(places[slug].id for slug in way["between"])
        session.add(PlaceTravel(one_id=one, other_id=other, minutes=way["minutes"]))
    return places


def _alike(model: Entry, number: int, rng: Random) -> Entry:
    """One more photographer; the number keeps their slug apart from every other."""
    first = _FIRST_NAMES[number % len(_FIRST_NAMES)]
    last = _LAST_NAMES[number // len(_FIRST_NAMES) % len(_LAST_NAMES)]
    slug = f"{first}-{number + 1}".lower()
    return model | {
        "slug": slug,
        "name": f"{first} {last}",
        "email": f"{slug}@northlight.example",
        "bio": f"{first} is happiest behind a camera and has time for everybody in front of it.",
        "shift": rng.choice(_SHIFTS),
    }


def _photographer(entry: Entry, position: int, skills: Mapping[str, Skill]) -> Photographer:
    return Photographer(
        resource=_resource(entry, ResourceKind.PHOTOGRAPHER, position),
        bio=entry["bio"].strip(),
        email=entry["email"],
        has_assistant=entry["has_assistant"],
        max_per_day=entry["max_per_day"],
        skills=[skills[key] for key in entry["skills"]],
    )


def _resource(entry: Entry, kind: ResourceKind, position: int) -> Resource:
    shift = entry.get("shift", 0)
    return Resource(
        kind=kind,
        slug=entry["slug"],
        name=entry["name"],
        capacity=entry.get("capacity", 1),
        exclusive=kind is not ResourceKind.POOL,
        position=position,
        hours=[
            OpeningHours(weekday=weekday, opens_minute=opens + shift, closes_minute=closes + shift)
            for weekday, opens, closes in spans(entry.get("hours", {}))
        ],
    )
