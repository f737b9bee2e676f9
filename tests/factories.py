"""Rows for tests: plain functions with defaults that work. Each commits, as a use case would."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import select

from studio.booking import service
from studio.booking.models import Booking, Terms
from studio.booking.releases.models import ReleaseText
from studio.booking.service import Details, HoldRequest
from studio.catalogue.models import (
    AddOn,
    AddOnResource,
    Genre,
    Licence,
    Package,
    PackagePlace,
    PackageSet,
    SessionType,
)
from studio.catalogue.policies import PolicyVersion
from studio.db import Base, db
from studio.domain.prep_plan import Anchor
from studio.domain.questions import Question
from studio.prep.models import PrepGuide, PrepStep
from studio.prep.questionnaires.models import Questionnaire
from studio.scheduling.memory import memory
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
from studio.scheduling.places import Place
from tests.domain import policies

# A Tuesday two weeks after the tests' clock; 10:15 in London, with the winter clock.
DAY = date(2026, 12, 8)
TEN_FIFTEEN = datetime(2026, 12, 8, 10, 15, tzinfo=UTC)

_numbers = count(1)

T = TypeVar("T", bound=Base)


def kept(row: T) -> T:
    """*row*, committed; what the application has kept in memory is forgotten."""
    db.session.add(row)
    db.session.commit()
    memory().forget()
    return row


def a_studio(**changes: Any) -> Studio:
    """North Light in London; answered as it is if there is one."""
    known = db.session.get(Studio, 1)
    if known:
        return known
    defaults: dict[str, Any] = {
        "id": 1,
        "name": "North Light",
        "zone": "Europe/London",
        "zone_city": "London",
        "currency": "GBP",
        "email": "hello@northlight.example",
        "phone": "020 7946 0123",
        "address": "3 Lantern Yard\nLondon E8 0ZZ",
        "directions": "Through the green gate.",
        "intro": "Headshots and portraits by daylight.",
        "tax_percent": Decimal(20),
        "arrive_minutes": 10,
        "quiet_from_minute": 20 * 60,
        "quiet_to_minute": 8 * 60,
    }
    kept(Terms(version=1, body="Fair terms.", created_at=datetime(2026, 1, 1, tzinfo=UTC)))
    rules = policies.STUDIO.to_json()
    kept(
        PolicyVersion(
            key="studio", version=1, name="In the studio", rules=rules,
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
    )  # fmt: skip
    return kept(Studio(**defaults | changes))


def a_resource(
    kind: ResourceKind = ResourceKind.ROOM,
    *,
    name: str = "",
    capacity: int = 1,
    hours: Sequence[tuple[int, int]] = ((9 * 60, 18 * 60),),
    weekdays: Iterable[int] = range(1, 7),
) -> Resource:
    """A resource open on *weekdays* (ISO) in *hours*, spans in minutes since midnight."""
    number = next(_numbers)
    return kept(
        Resource(
            kind=kind,
            slug=f"{kind.value}-{number}",
            name=name or f"{kind.value.title()} {number}",
            capacity=capacity,
            exclusive=kind is not ResourceKind.POOL,
            position=number,
            hours=[
                OpeningHours(weekday=weekday, opens_minute=opens, closes_minute=closes)
                for weekday in weekdays
                for opens, closes in hours
            ]
            if kind is not ResourceKind.POOL
            else [],
        )
    )


def a_photographer(
    name: str = "Amara Vale",
    *,
    skills: Sequence[Skill] = (),
    has_assistant: bool = True,
    max_per_day: int | None = None,
    email: str | None = None,
    **hours: Any,
) -> Photographer:
    resource = a_resource(ResourceKind.PHOTOGRAPHER, name=name, **hours)
    return kept(
        Photographer(
            id=resource.id,
            bio="Patient, quick, kind.",
            email=email,
            has_assistant=has_assistant,
            max_per_day=max_per_day,
            skills=list(skills),
        )
    )


def a_skill(key: str = "") -> Skill:
    key = key or f"skill-{next(_numbers)}"
    return kept(Skill(key=key, name=key.title()))


def a_set(
    *,
    rooms: Sequence[Resource] = (),
    build: int = 15,
    strike: int = 10,
    equipment: Sequence[tuple[Resource, int]] = (),
    name: str = "Grey seamless",
) -> Set:
    number = next(_numbers)
    return kept(
        Set(
            slug=f"set-{number}",
            name=name,
            summary="Plain grey paper, soft light from the front.",
            build_minutes=build,
            strike_minutes=strike,
            rooms=list(rooms) or [a_resource()],
            equipment=[SetEquipment(resource_id=kit.id, quantity=n) for kit, n in equipment],
        )
    )


def a_session_type(genre: Genre = Genre.HEADSHOT, **changes: Any) -> SessionType:
    """A type with a guide of two sections and a track of five steps."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "code": f"XX-{number}",
        "slug": f"type-{number}",
        "genre": genre,
        "name": "Actor headshot" if genre is Genre.HEADSHOT else "Family portrait",
        "summary": "Read at a glance.",
        "description": "For casting.",
        "frame": "actor" if genre is Genre.HEADSHOT else "family",
        "studio_checklist": ["Steamer on"],
    }
    kind = kept(SessionType(**defaults | changes))
    kept(
        PrepGuide(
            session_type_id=kind.id,
            version=1,
            title="Get ready",
            intro="A little care beforehand shows in every frame.",
            essentials=["Bring two plain tops.", "Sleep well.", "Come ten minutes early."],
            checklist=[
                {"key": "tops", "text": "Two plain tops, tried on", "note": ""},
                {"key": "hair", "text": "Hair as for an audition", "note": "Cut days before"},
            ],
            body="## What to wear\n\nPlain, mid tones.\n\n## On the day\n\n- Water\n- Time",
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
    )
    for key, anchor, days, hours in (
        ("plan", Anchor.BEFORE, 14, 0),
        ("prepare", Anchor.BEFORE, 7, 0),
        ("ready", Anchor.BEFORE, 3, 0),
        ("tomorrow", Anchor.BEFORE, 1, 0),
        ("thanks", Anchor.AFTER, 0, 2),
    ):
        kept(
            PrepStep(
                session_type_id=kind.id,
                key=key,
                anchor=anchor,
                days=days,
                hours=hours,
                minute=540,
                subject=f"{key.title()}: {{session}} on {{day}}",
                body=f"Hello {{first_name}}, this is {key}. Your guide: {{link}}",
                essentials=[f"Essential of {key}."],
            )
        )
    return kind


def an_add_on(
    *, price: int = 6000, minutes: int = 20, name: str = "One more look", **changes: Any
) -> AddOn:
    return kept(
        AddOn(
            slug=f"add-on-{next(_numbers)}",
            name=name,
            summary="A further outfit.",
            price_minor=price,
            currency="GBP",
            minutes=minutes,
            **changes,
        )
    )


def make_up(artist: Resource, chair: Resource | None = None, *, minutes: int = 45) -> AddOn:
    """Make-up before the session, by *artist* and on *chair*, with no further notice."""
    taken = [AddOnResource(resource_id=each.id) for each in (artist, chair) if each]
    return an_add_on(name="Make-up", minutes=0, price=8000, before_minutes=minutes, resources=taken)


def a_place(
    name: str = "Canal Park", *, travel: int = 30, at_client: bool = False, **changes: Any
) -> Place:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "slug": f"place-{number}",
        "name": name,
        "address": "" if at_client else "West gate\nLondon E9 0ZZ",
        "directions": "Meet at the gate.",
        "latitude": 51.54,
        "longitude": -0.03,
        "travel_minutes": travel,
        "at_client": at_client,
        "position": number,
    }
    return kept(Place(**defaults | changes))


def at(*places: Place) -> list[PackagePlace]:
    """Where a package is shot, in this order."""
    return [PackagePlace(place_id=each.id, position=n) for n, each in enumerate(places)]


def a_package(
    *,
    sets: Sequence[Set] = (),
    skills: Sequence[Skill] = (),
    add_ons: Sequence[AddOn] = (),
    session_type: SessionType | None = None,
    **changes: Any,
) -> Package:
    """An hour's headshot for 395 pounds, half of it when booking, on one grey set."""
    a_studio()
    number = next(_numbers)
    licence = kept(Licence(key=f"licence-{number}", name="Personal", text="Show them anywhere."))
    defaults: dict[str, Any] = {
        "session_type_id": (session_type or a_session_type()).id,
        "licence_id": licence.id,
        "slug": f"package-{number}",
        "name": "Standard headshot",
        "summary": "An hour, two looks.",
        "includes": ["Three retouched images"],
        "minutes": 60,
        "same_minutes": 10,
        "clear_minutes": 0,
        "people_min": 1,
        "people_max": 1,
        "looks": 2,
        "retouched_images": 3,
        "proofs_shown": "40 to 60",
        "proofs_business_days": 2,
        "finals_business_days": 5,
        "price_minor": 39500,
        "currency": "GBP",
        "deposit_percent": 50,
        "balance_hours_before": 24,
        "lead_hours": 24,
        "horizon_days": 120,
        "step_minutes": 15,
        "max_per_day": None,
        "package_sets": [
            PackageSet(position=n, set_id=each.id) for n, each in enumerate(sets or [a_set()])
        ],
        "skills": list(skills),
        "add_ons": list(add_ons),
    }
    defaults["people_included"] = (defaults | changes)["people_max"]
    defaults["package_places"] = at(place) if (place := changes.pop("place", None)) else []
    return kept(Package(**defaults | changes))


def a_bookable_package(**changes: Any) -> Package:
    """A package with somebody to shoot it, of whom there is one."""
    package = a_package(**changes)
    a_photographer()
    return package


def a_hold(
    package: Package | None = None, starts_at: datetime = TEN_FIFTEEN, **request: Any
) -> Booking:
    """A held booking, made by the use case itself."""
    package = package or a_bookable_package()
    held = service.hold_time(HoldRequest(package=package.slug, starts_at=starts_at, **request))
    return booking_of(held.reference)


def a_confirmed_booking(
    package: Package | None = None,
    starts_at: datetime = TEN_FIFTEEN,
    *,
    name: str = "Robin Ash",
    email: str = "robin@client.example",
    **request: Any,
) -> Booking:
    """A confirmed booking that owed nothing when it was made."""
    package = package or a_bookable_package(deposit_percent=0)
    booking = a_hold(package, starts_at, **request)
    service.check_out(booking.id, Details(name=name, email=email, phone="", notes=""))
    return booking_of(booking.reference)


def booking_of(reference: str) -> Booking:
    db.session.rollback()
    return db.session.scalars(select(Booking).where(Booking.reference == reference)).one()


def days_after(start: datetime = TEN_FIFTEEN, **delta: float) -> datetime:
    return start + timedelta(**delta)


def a_release_text(**changes: Any) -> ReleaseText:
    """What sitters may sign, the first version of it."""
    defaults: dict[str, Any] = {
        "version": 1,
        "body": "You need not sign this.\n\n## Changing your mind\n\n- At **any** time",
        "portfolio": "On our own pages.",
        "advertising": "In paid advertisements of ours.",
        "asks_again": True,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return kept(ReleaseText(**defaults | changes))


def a_questionnaire(session_type_id: int, **changes: Any) -> Questionnaire:
    """A question of each kind; the second follows from the first, the first has to be answered."""
    listed = [
        {"value": "always", "label": "Always"},
        {"value": "never", "label": "Never"},
    ]
    content: list[dict[str, Any]] = [
        {"key": "glasses", "kind": "choice", "text": "Glasses?", "required": True,
         "options": listed},
        {"key": "darken", "kind": "yes_no", "text": "Do they darken?", "required": True,
         "only_if": {"key": "glasses", "values": ["always"]}},
        {"key": "name", "kind": "short", "text": "Your name?"},
        {"key": "allergies", "kind": "long", "text": "Allergies?", "marked": True},
        {"key": "used", "kind": "several", "text": "Used where?",
         "options": [{"value": "web", "label": "On the web"}, {"value": "wall", "label": "Wall"}]},
        {"key": "children", "kind": "number", "text": "How many children?", "most": 9},
        {"key": "needed", "kind": "date", "text": "Needed by?"},
        {"key": "liked", "kind": "pictures", "text": "Pictures you like"},
    ]  # fmt: skip
    content = changes.pop("content", content)
    defaults: dict[str, Any] = {
        "session_type_id": session_type_id,
        "version": 1,
        "days_before": 7,
        "content": [Question.from_json(each).to_json() for each in content],
        "asked": len(content),
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return kept(Questionnaire(**defaults | changes))
