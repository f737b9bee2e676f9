"""Random studios in the oracle's terms, and the same in the engine's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from studio.domain.availability import Needs, Start, Step, Studio, Taken
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
    ("Africa/Cairo", date(2026, 4, 24)),  # midnight is skipped
    ("Africa/Cairo", date(2026, 10, 29)),  # the last hour of the day comes twice
    ("America/Santiago", date(2026, 9, 6)),  # midnight is skipped
    ("America/Santiago", date(2026, 4, 4)),
    ("Pacific/Apia", date(2011, 12, 31)),  # there was no day before
)
PEOPLE, ROOMS, SETS, POOLS = (1, 2, 3), (11, 12, 13), (31, 32), (41, 42)
ARTISTS, CHAIR = (21, 22), 43
# A park that everybody comes to, and a client's own address, which is another each time.
PARK, CLIENT = 1, 2


class Wish(NamedTuple):
    """What is asked for, in minutes; a shoot's start, end, who and room are made up."""

    shape: oracle.Shoot
    rules: oracle.Rules
    people: tuple[int, ...]
    rooms: tuple[int, ...]
    now: int

    def at(self, start: int, who: int, room: int) -> oracle.Shoot:
        end = start + self.shape.end - self.shape.start
        return replace(self.shape, who=who, room=room, start=start, end=end)


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
        place=draw(times(0, 0, 0, 0, PARK, PARK, CLIENT)),
    )


@st.composite
def befores(draw: st.DrawFn, unused: list[int]) -> tuple[oracle.Before, ...]:
    """None, one, or two one after the other."""
    pool = draw(st.sampled_from(unused))
    first = oracle.Before(
        draw(times(30, 45)),
        0,
        tuple(draw(st.lists(st.sampled_from(ARTISTS), max_size=2, unique=True))),
        draw(st.sampled_from([(), ((pool, 1),)])),
    )
    second = oracle.Before(first.begins + 20, first.begins, (ARTISTS[0],), ())
    return draw(st.sampled_from([(), (), (), (first,), (second, first)]))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    name, day = draw(st.sampled_from(DAYS))
    zone = ZoneInfo(name)
    noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=zone).timestamp()) // 60
    yesterday = day - timedelta(1)
    closures = draw(st.sampled_from([()] * 8 + [((day, day),), ((yesterday, yesterday),)]))
    if name == "Pacific/Apia":  # nobody works on the evening before a day that never was
        closures = (*closures, (day - timedelta(2), day - timedelta(2)))
    block = st.tuples(st.integers(-280, 280), times(1, 3, 12)).map(
        lambda b: (noon + b[0] * 5, noon + (b[0] + b[1]) * 5)
    )
    everyone = (*PEOPLE, *ROOMS, *ARTISTS)
    out = {0: 0, PARK: draw(times(10, 30)), CLIENT: 20}
    travel = {(a, b): out[a] + out[b] for a in out for b in out}
    travel |= {(0, 0): 0, (PARK, PARK): 0}
    travel[PARK, CLIENT] = travel[CLIENT, PARK] = draw(times(15, 30, 50))
    busy = st.tuples(st.integers(-60, 60), times(30, 60)).map(
        lambda b: (noon + b[0] * 10, noon + b[0] * 10 + b[1])
    )
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
        capacity={pool: draw(times(2, 3, 2, 1, 0)) for pool in (*POOLS, CHAIR)},
        assisted=frozenset(draw(st.sets(st.sampled_from(PEOPLE), max_size=1))),
        day_limit=draw(st.dictionaries(st.sampled_from(PEOPLE), times(1, 2, 3), max_size=1)),
        studio_limit=draw(st.sampled_from([None] * 6 + [1, 3, 6])),
        travel=travel,
        engaged={each: draw(st.lists(busy, max_size=2)) for each in ARTISTS},
        used=[
            (draw(st.sampled_from((*POOLS, CHAIR))), begin, end, 1)
            for begin, end in draw(st.lists(busy, max_size=2))
        ],
        sunset={
            day + timedelta(days=n): noon + n * 1440 + draw(st.integers(-30, 60)) * 10
            for n in draw(st.sampled_from([(-1, 0, 1), (-1, 0, 1), (0,), (1,)]))
        },
    )
    shape = draw(shoots(noon, PEOPLE))
    unused = [pool for pool in (CHAIR, *POOLS) if pool not in dict(shape.kit)]
    wish = Wish(
        shape,
        oracle.Rules(
            step=draw(times(20, 25, 45, 60)),
            lead=draw(times(0, 60, 0, 900)),
            horizon=draw(times(30, 30, 30, 1, 0)),
            package_limit=draw(times(9, 2, 1)) if draw(times(0, 0, 1)) else None,
            only_on=draw(st.sampled_from([None] * 8 + [((day, day),), ((yesterday, yesterday),)])),
            light=draw(st.sampled_from([None] * 6 + [(240, 0), (90, 300)])),
            before=draw(befores(unused)),
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
        0 if shoot.place else shoot.room,
        shoot.start * 60,
        shoot.end * 60,
        shoot.first,
        shoot.last,
        shoot.same * 60,
        shoot.clear * 60,
        dict(shoot.kit),
        shoot.place,
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
            each: tuple((a * 60, b * 60) for a, b in blocks)
            for each, blocks in house.blocked.items()
        },
        taken=[taken(shoot, house) for shoot in house.shoots],
        sets=sets_of(house),
        capacity=house.capacity,
        assisted=house.assisted,
        max_per_photographer_day=house.day_limit,
        max_per_day=house.studio_limit,
        travel={between: way * 60 for between, way in house.travel.items()},
        engaged={each: seconds(spans) for each, spans in house.engaged.items()},
        used={
            pool: [(a * 60, b * 60, units) for which, a, b, units in house.used if which == pool]
            for pool in house.capacity
        },
        sunset={day: at * 60 for day, at in house.sunset.items()},
    )


def seconds(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(a * 60, b * 60) for a, b in spans]


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
        rooms=() if shape.place else wish.rooms,
        step_minutes=wish.rules.step,
        lead=wish.rules.lead * 60,
        horizon_days=wish.rules.horizon,
        max_per_day=wish.rules.package_limit,
        place=shape.place,
        before=tuple(
            Step(each.begins * 60, each.ends * 60, each.artists, dict(each.kit))
            for each in wish.rules.before
        ),
        only_on=wish.rules.only_on,
        light=None if (lit := wish.rules.light) is None else (lit[0] * 60, lit[1] * 60),
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
            if (rooms := rooms_for(world, minute, who)) is not None
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


def rooms_for(world: World, minute: int, who: int) -> tuple[int, ...] | None:
    """The rooms in which *who* could shoot then; none on location; None if they cannot at all."""
    wish, house = world.wish, world.house

    def possible(room: int) -> bool:
        return oracle.is_possible(house, wish.rules, wish.at(minute, who, room), wish.now)

    if wish.shape.place:
        return () if possible(0) else None
    return tuple(room for room in wish.rooms if possible(room)) or None
