"""A random small studio: as rows for the application, and in plain figures for the model.

Everything is scarce: few rooms, few lamps, one chair, and a set that only one room has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from studio.catalogue.models import AddOn, AddOnResource, BookingMode, Package
from studio.scheduling.models import Resource, ResourceKind, Set
from studio.scheduling.places import Place
from tests import factories
from tests.domain import oracle

# A Monday like any other, and two days before the clock changes: in London twice an hour at
# night, in Santiago no midnight.
FIRST_DAYS = (
    ("Europe/London", date(2026, 11, 23)),
    ("Europe/London", date(2026, 10, 24)),
    ("America/Santiago", date(2026, 9, 5)),
)
STEP = 30
ARRIVE = 10
EVERY_DAY = range(1, 8)
DAY, LATE, SHORT = (9 * 60, 18 * 60), (12 * 60, 60), (10 * 60, 16 * 60)


@dataclass(frozen=True)
class Plan:
    """What differs from studio to studio."""

    calendar: int = 0
    assistant: bool = True
    most_of_one: int | None = None
    most_of_all: int | None = None
    lamps: int = 2
    chairs: int = 1
    build: int = 15
    travel: int = 30

    @classmethod
    def drawn(cls, rng: Random) -> Plan:
        return cls(
            calendar=rng.randrange(len(FIRST_DAYS)),
            assistant=rng.random() < 0.5,
            most_of_one=rng.choice([None, 3]),
            most_of_all=rng.choice([None, None, 6]),
            lamps=rng.randint(2, 3),
            chairs=rng.randint(1, 2),
            build=rng.choice([15, 0]),
            travel=rng.choice([30, 15]),
        )


@dataclass(frozen=True)
class Extra:
    """An add-on: it makes the session longer, or comes before it with an artist on a chair."""

    slug: str
    minutes: int
    before: tuple[oracle.Before, ...] = ()


@dataclass(frozen=True)
class Offer:
    """A package; *shape* is a session of it, without start, end, who and room."""

    slug: str
    shape: oracle.Shoot
    minutes: int
    rules: oracle.Rules
    crew: tuple[int, ...]
    rooms: tuple[int, ...]
    places: tuple[int, ...]
    extras: tuple[Extra, ...]
    most_people: int
    per_person: int
    deposit: bool
    on_request: bool


@dataclass
class Town:
    """The studio apart from its sessions, in the oracle's terms; hours and blocks change."""

    zone: ZoneInfo
    noon: datetime
    offers: list[Offer]
    weekly: dict[int, tuple[tuple[int, int, int], ...]]
    capacity: dict[int, int]
    build: dict[int, int]
    strike: dict[int, int]
    assisted: frozenset[int]
    day_limit: dict[int, int]
    studio_limit: int | None
    travel: dict[tuple[int, int], int]
    people: tuple[int, ...]
    artists: tuple[int, ...]
    rooms: tuple[int, ...]
    lamps: int
    chair: int
    names: dict[int, str]
    slugs: dict[int, str]
    place_slugs: dict[int, str]
    dated: dict[tuple[int, date, date], tuple[tuple[int, int], ...]] = field(default_factory=dict)
    closures: set[tuple[date, date]] = field(default_factory=set)
    blocks: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def workers(self) -> tuple[int, ...]:
        """All who have hours."""
        return *self.people, *self.rooms, *self.artists

    def hours(self, who: int) -> oracle.Hours:
        dated = tuple(
            (first, last, spans)
            for (whose, first, last), spans in self.dated.items()
            if whose == who
        )
        return oracle.Hours(self.weekly[who], dated, tuple(sorted(self.closures)))

    def blocked(self) -> dict[int, list[tuple[int, int]]]:
        found: dict[int, list[tuple[int, int]]] = {each: [] for each in self.workers}
        for who, begin, end in self.blocks.values():
            found[who].append((begin, end))
        return found

    def minute(self, day: date, wall: int) -> int:
        """The minute at which the clock of *day* shows *wall* minutes, or would."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        hours, rest = divmod(wall, 60)
        later = date.fromordinal(day.toordinal() + hours // 24)
        at = midnight.replace(
            year=later.year, month=later.month, day=later.day, hour=hours % 24, minute=rest
        )
        return int(at.timestamp()) // 60


class _Rows:
    """The rows of a studio, by the words they have in the plan."""

    def __init__(self, plan: Plan) -> None:
        kinds = ResourceKind
        self.crew = [
            factories.a_photographer(
                name, has_assistant=helped, max_per_day=most, hours=[span], weekdays=EVERY_DAY,
                skills=[],
            )
            for name, helped, most, span in (
                ("Ada", plan.assistant, None, DAY),
                ("Bea", False, plan.most_of_one, DAY),
                ("Cem", False, None, LATE),
            )
        ]  # fmt: skip
        self.rooms = [_resource(kinds.ROOM, each, (8 * 60, 120)) for each in ("Large", "Small")]
        self.artists = [
            _resource(kinds.ARTIST, name, span) for name, span in (("Mia", SHORT), ("Noa", DAY))
        ]
        self.lamps = factories.a_resource(kinds.POOL, name="Lamps", capacity=plan.lamps)
        self.chair = factories.a_resource(kinds.POOL, name="Chair", capacity=plan.chairs)
        both, small = self.rooms, self.rooms[1:]
        self.sets = [
            factories.a_set(
                name=name, rooms=rooms, build=build, strike=strike,
                equipment=[(self.lamps, lamps)] if lamps else [],
            )
            for name, rooms, build, strike, lamps in (
                ("Grey", both, plan.build, 10, 1),
                ("Living", small, 25, 20, 2),
                ("Bare", both, 5, 5, 1),
            )
        ]  # fmt: skip
        self.places = [
            factories.a_place("Park", travel=plan.travel),
            factories.a_place("At yours", travel=20, at_client=True),
        ]


def build(plan: Plan) -> Town:
    """Write the rows, and tell the same in plain figures."""
    name, day = FIRST_DAYS[plan.calendar]
    zone = ZoneInfo(name)
    factories.a_studio(
        zone=name, arrive_minutes=ARRIVE, max_per_day=plan.most_of_all, zone_city="Here"
    )
    rows = _Rows(plan)
    people, rooms = [each.id for each in rows.crew], [each.id for each in rows.rooms]
    out = {0: 0} | {each.id: each.travel_minutes for each in rows.places}
    travel = {(one, other): out[one] + out[other] for one in out for other in out}
    travel |= {(0, 0): 0, (rows.places[0].id, rows.places[0].id): 0}
    resources = [*(each.resource for each in rows.crew), *rows.rooms, *rows.artists]
    return Town(
        zone=zone,
        noon=datetime(day.year, day.month, day.day, 12, tzinfo=zone).astimezone(UTC),
        offers=_offers(rows),
        weekly={
            each.id: tuple((h.weekday, h.opens_minute, h.closes_minute) for h in each.hours)
            for each in resources
        },
        capacity={each.id: each.capacity for each in (rows.lamps, rows.chair)},
        build={each.id: each.build_minutes for each in rows.sets},
        strike={each.id: each.strike_minutes for each in rows.sets},
        assisted=frozenset(each.id for each in rows.crew if each.has_assistant),
        day_limit={each.id: each.max_per_day for each in rows.crew if each.max_per_day},
        studio_limit=plan.most_of_all,
        travel=travel,
        people=tuple(people),
        artists=tuple(each.id for each in rows.artists),
        rooms=tuple(rooms),
        lamps=rows.lamps.id,
        chair=rows.chair.id,
        names={each.id: each.name for each in resources},
        slugs={each.id: each.slug for each in resources},
        place_slugs={each.id: each.slug for each in rows.places},
    )


def _offers(rows: _Rows) -> list[Offer]:
    grey, living, bare = rows.sets
    longer = factories.an_add_on(minutes=20)
    paint = factories.an_add_on(
        name="Make-up", minutes=0, before_minutes=30,
        resources=[
            AddOnResource(resource_id=each.id) for each in (*rows.artists, rows.chair)
        ],
    )  # fmt: skip
    skill = factories.a_skill()
    for each in rows.crew[:2]:
        each.skills.append(skill)
        factories.kept(each)
    packages = [
        _package("Headshot", [grey], [longer, paint], minutes=30, same_minutes=5),
        _package(
            "Portrait", [grey, living], [paint], minutes=60, clear_minutes=10, people_max=3,
            people_included=1, minutes_per_extra=15, deposit_percent=50, max_per_day=2,
            skills=[skill],
        ),
        _package(
            "Outside", [bare], [longer], minutes=45, places=rows.places, lead_hours=2,
            deposit_percent=50,
        ),
        _package(
            "Newborn", [living], [], minutes=60, deposit_percent=50, mode=BookingMode.REQUEST,
            horizon_days=2,
        ),
    ]  # fmt: skip
    return [_offer(each, rows, paint) for each in packages]


def _package(name: str, sets: Sequence[Set], extras: Sequence[AddOn], **changes: Any) -> Package:
    places: Sequence[Place] = changes.pop("places", ())
    plain = {"step_minutes": STEP, "lead_hours": 0, "balance_hours_before": 0, "deposit_percent": 0}
    if places:
        changes["package_places"] = factories.at(*places)
    return factories.a_package(name=name, sets=sets, add_ons=extras, **plain | changes)


def _offer(package: Package, rows: _Rows, paint: AddOn) -> Offer:
    sets = [each.set for each in package.package_sets]
    wanted = {skill.id for skill in package.skills}
    lamps = max((item.quantity for each in sets for item in each.equipment), default=0)
    artists = tuple(each.id for each in rows.artists)
    before = oracle.Before(paint.before_minutes, 0, artists, ((rows.chair.id, 1),))
    return Offer(
        slug=package.slug,
        shape=oracle.Shoot(
            package=package.id, who=0, room=0, start=0, end=0, first=sets[0].id, last=sets[-1].id,
            same=package.same_minutes, clear=package.clear_minutes,
            kit=((rows.lamps.id, lamps),) if lamps else (),
        ),
        minutes=package.minutes,
        rules=oracle.Rules(
            package.step_minutes, package.lead_hours * 60, package.horizon_days, package.max_per_day
        ),
        crew=tuple(
            each.id for each in rows.crew if wanted <= {skill.id for skill in each.skills}
        ),
        rooms=tuple(
            room.id for room in rows.rooms if all(room in each.rooms for each in sets)
        ),
        places=tuple(each.place_id for each in package.package_places),
        extras=tuple(
            Extra(each.slug, each.minutes, (before,) if each is paint else ())
            for each in package.add_ons
        ),
        most_people=package.people_max,
        per_person=package.minutes_per_extra,
        deposit=package.deposit_percent > 0,
        on_request=package.mode is BookingMode.REQUEST,
    )  # fmt: skip


def _resource(kind: ResourceKind, name: str, span: tuple[int, int]) -> Resource:
    return factories.a_resource(kind, name=name, hours=[span], weekdays=EVERY_DAY)
