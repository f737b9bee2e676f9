"""Random studios in the oracle's terms, and the same in the engine's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from studio.domain.availability import Needs, Start, Studio, Taken
from studio.domain.hours import Override, WeeklyHours, open_spans
from studio.domain.turnaround import SetTimes
from studio.domain.wall_clock import around
from tests.domain import oracle

DAYS = (
    ("Europe/London", date(2026, 6, 10)),
    ("Europe/London", date(2026, 3, 29)),  # 01:00 to 02:00 is skipped
    ("Europe/London", date(2026, 10, 25)),  # 01:00 to 02:00 comes twice
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour comes twice
    ("Australia/Lord_Howe", date(2026, 10, 4)),
)
PEOPLE, ROOMS, SETS, POOLS = (1, 2, 3), (11, 12, 13), (31, 32), (41, 42)


class Wish(NamedTuple):
    """What is asked for, in minutes; a shoot's start, end, who and room are made up."""

    shape: oracle.Shoot
    rules: oracle.Rules
    people: tuple[int, ...]
    rooms: tuple[int, ...]
    now: int

    def at(self, start: int, who: int, room: int) -> oracle.Shoot:
        shape = self.shape
        length = shape.end - shape.start
        return oracle.Shoot(
            shape.package,
            who,
            room,
            start,
            start + length,
            shape.first,
            shape.last,
            shape.same,
            shape.clear,
            shape.kit,
        )


@dataclass(frozen=True)
class World:
    house: oracle.House
    wish: Wish
    days: list[date]


def times(*steps: int) -> st.SearchStrategy[int]:
    return st.sampled_from(steps)


spans = st.sampled_from(
    [
        (0, 1440),
        (0, 1440),
        (0, 1440),
        (540, 1080),
        (540, 780),
        (840, 1080),
        (60, 120),
        (90, 600),
        (1080, 60),
        (120, 180),
    ]
)
day_spans = st.lists(spans, max_size=2, unique=True).map(tuple)
kits = st.dictionaries(st.sampled_from(POOLS), times(1, 1, 2), max_size=2)


@st.composite
def hours(draw: st.DrawFn, day: date) -> oracle.Hours:
    every = draw(st.lists(spans, min_size=1, max_size=2, unique=True))
    dated = draw(
        st.lists(
            st.tuples(st.integers(-1, 1), st.integers(0, 1), day_spans).map(
                lambda o: (
                    day + timedelta(days=o[0]),
                    day + timedelta(days=o[0] + o[1]),
                    o[2],
                )
            ),
            max_size=draw(times(0, 0, 0, 2)),
        )
    )
    return oracle.Hours(
        tuple((weekday, *span) for weekday in range(1, 8) for span in every), tuple(dated)
    )


@st.composite
def shoots(draw: st.DrawFn, noon: int, people: tuple[int, ...]) -> oracle.Shoot:
    start = noon + draw(st.integers(-120, 160)) * 5
    return oracle.Shoot(
        package=draw(times(1, 2)),
        who=draw(st.sampled_from(people)),
        room=draw(st.sampled_from(ROOMS)),
        start=start,
        end=start + draw(times(15, 30, 60, 100)),
        first=draw(st.sampled_from(SETS)),
        last=draw(st.sampled_from(SETS)),
        same=draw(times(0, 5, 10, 40)),
        clear=draw(times(0, 10, 25)),
        kit=tuple(sorted(draw(kits).items())),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    name, day = draw(st.sampled_from(DAYS))
    zone = ZoneInfo(name)
    noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=zone).timestamp()) // 60
    yesterday = day - timedelta(1)
    closures = draw(st.sampled_from([()] * 8 + [((day, day),), ((yesterday, yesterday),)]))
    block = st.tuples(st.integers(-280, 280), times(1, 3, 12)).map(
        lambda b: (noon + b[0] * 5, noon + (b[0] + b[1]) * 5)
    )
    everyone = (*PEOPLE, *ROOMS)
    house = oracle.House(
        zone=zone,
        hours={
            each: oracle.Hours(own.weekly, own.dated, closures)
            for each in everyone
            for own in [draw(hours(day))]
        },
        blocked=draw(
            st.dictionaries(st.sampled_from(everyone), st.lists(block, max_size=2), max_size=2)
        ),
        shoots=draw(st.lists(shoots(noon, PEOPLE), min_size=2, max_size=7)),
        build={each: draw(times(0, 5, 15, 25)) for each in SETS},
        strike={each: draw(times(0, 5, 10)) for each in SETS},
        capacity={pool: draw(times(2, 3, 2, 1, 0)) for pool in POOLS},
        assisted=frozenset(draw(st.sets(st.sampled_from(PEOPLE), max_size=1))),
        day_limit=draw(st.dictionaries(st.sampled_from(PEOPLE), times(1, 2, 3), max_size=1)),
    )
    wish = Wish(
        draw(shoots(noon, PEOPLE)),
        oracle.Rules(
            step=draw(times(20, 25, 45, 60)),
            lead=draw(times(0, 60, 0, 900)),
            horizon=draw(times(30, 30, 30, 1, 0)),
            package_limit=draw(times(9, 2, 1)) if draw(times(0, 0, 1)) else None,
        ),
        tuple(draw(st.lists(st.sampled_from(PEOPLE), min_size=1, unique=True))),
        tuple(draw(st.lists(st.sampled_from(ROOMS), min_size=1, unique=True))),
        noon - draw(times(2000, 1000, 200)),
    )
    days = draw(
        st.sampled_from(
            [[day], [day], [day], [day], [day, day + timedelta(1)], [day - timedelta(1)]]
        )
    )
    return World(house, wish, days)


def taken(shoot: oracle.Shoot, house: oracle.House) -> Taken:
    return Taken.of(
        sets_of(house),
        shoot.package,
        shoot.who,
        shoot.room,
        shoot.start * 60,
        shoot.end * 60,
        shoot.first,
        shoot.last,
        shoot.same * 60,
        shoot.clear * 60,
        dict(shoot.kit),
    )


def sets_of(house: oracle.House) -> dict[int, SetTimes]:
    return {each: SetTimes(house.build[each] * 60, house.strike[each] * 60) for each in SETS}


def studio_of(house: oracle.House, days: list[date]) -> Studio:
    return Studio(
        zone=house.zone,
        open={
            each: open_spans(
                WeeklyHours(hours.weekly),
                [Override(*dated) for dated in hours.dated],
                hours.closures,
                around(days),
                house.zone,
            )
            for each, hours in house.hours.items()
        },
        blocked={
            each: [(a * 60, b * 60) for a, b in blocks] for each, blocks in house.blocked.items()
        },
        taken=[taken(shoot, house) for shoot in house.shoots],
        sets=sets_of(house),
        capacity=house.capacity,
        assisted=house.assisted,
        max_per_photographer_day=house.day_limit,
    )


def needs_of(wish: Wish) -> Needs:
    shape = wish.shape
    return Needs(
        package_id=shape.package,
        seconds=(shape.end - shape.start) * 60,
        first_set=shape.first,
        last_set=shape.last,
        same=shape.same * 60,
        clear=shape.clear * 60,
        equipment=dict(shape.kit),
        photographers=wish.people,
        rooms=wish.rooms,
        step_minutes=wish.rules.step,
        lead=wish.rules.lead * 60,
        horizon_days=wish.rules.horizon,
        max_per_day=wish.rules.package_limit,
    )


def expected(world: World) -> list[Start]:
    """The oracle's answer, in the engine's terms."""
    wish, house = world.wish, world.house
    found = []
    for minute in oracle.minutes_of(world.days, house.zone):
        clock = oracle.local(minute, house.zone)
        if (clock.hour * 60 + clock.minute) % wish.rules.step:
            continue  # is_possible says so too, only later
        options = {
            who: rooms
            for who in wish.people
            if (
                rooms := tuple(
                    room
                    for room in wish.rooms
                    if oracle.is_possible(house, wish.rules, wish.at(minute, who, room), wish.now)
                )
            )
        }
        if options:
            usable = {room for rooms in options.values() for room in rooms}
            standing = tuple(
                room
                for room in wish.rooms
                if room in usable and oracle.set_stands(house, wish.at(minute, 0, room))
            )
            found.append(Start(minute * 60, options, standing))
    return found
