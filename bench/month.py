"""The yardstick's month as a studio: as bare as the yardstick has it, and with every rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

from studio.domain.availability import Needs, Step, Studio, Taken
from studio.domain.hours import Override, WeeklyHours, open_spans
from studio.domain.intervals import Span
from studio.domain.turnaround import SetTimes
from studio.domain.wall_clock import around

ROOMS, ELSEWHERE, OTHERS = (1001, 1002, 1003), 2000, 5000
KIT, CHAIR = 1, 2
ARTISTS, PARK = (3001, 3002), 1
# Sets that take no time, as the yardstick knows none.
NO_TIME = {1: SetTimes(0, 0), 2: SetTimes(0, 0)}
SETS = {1: SetTimes(300, 300), 2: SetTimes(900, 600)}
WEEK = tuple((day, *span) for day in range(1, 7) for span in ((540, 780), (840, 1080)))
ALWAYS = WeeklyHours(tuple((day, 0, 1440) for day in range(1, 8)))


def bare(
    rows: list[tuple[int, int, int]],
    rooms: list[list[tuple[int, int]]],
    kits: list[list[tuple[int, int]]],
    dates: list[date],
    zone: ZoneInfo,
) -> tuple[Studio, Needs]:
    """The yardstick's month as a studio whose sets take no time.

    Photographers' own sessions are each in a room of their own, away from the three that
    are asked for. What fills these is nobody's session, so it is a block; the kit is out with
    other people's sessions, in two rooms. Sessions stand in order of time, as the calendar's
    index returns them.
    """
    people = tuple(sorted({who for who, _, _ in rows}))
    booked = [(who, ELSEWHERE + who, a * 60, b * 60) for who, a, b in rows]
    booked += [(OTHERS, OTHERS + n, a * 60, b * 60) for n, out in enumerate(kits) for a, b in out]
    taken = [
        Taken.of(
            NO_TIME,
            1,
            who,
            room,
            begin,
            end,
            wanted,
            wanted,
            0,
            0,
            {} if who < OTHERS else {KIT: 1},
        )
        for who, room, begin, end in sorted(booked, key=itemgetter(2))
        for wanted in (1 + who % 2,)
    ]
    near = around(dates)
    hours = open_spans(WeeklyHours(WEEK), (), (), near, zone)
    studio = Studio(
        zone=zone,
        open=dict.fromkeys(people, hours)
        | dict.fromkeys(ROOMS, open_spans(ALWAYS, (), (), near, zone)),
        blocked={
            room: tuple((a * 60, b * 60) for a, b in busy)
            for room, busy in zip(ROOMS, rooms, strict=True)
        },
        taken=taken,
        sets=NO_TIME,
        capacity={KIT: 2},
        max_per_photographer_day=dict.fromkeys(people, 7),
    )
    needs = Needs(
        package_id=1,
        seconds=45 * 60,
        first_set=1,
        last_set=1,
        same=0,
        clear=0,
        equipment={KIT: 1},
        photographers=people,
        rooms=ROOMS,
        step_minutes=15,
        lead=24 * 3600,
        horizon_days=90,
    )
    return studio, needs


def with_every_rule(studio: Studio, needs: Needs, dates: list[date]) -> tuple[Studio, Needs]:
    """The same month where every rule is asked for, so that fewer starts are left.

    What fills the rooms is a photographer's session wherever one fits, every tenth session is on
    location, some have make-up before them. Every second photographer has an assistant, every
    fifth hours of their own, and all of them a calendar elsewhere.
    """
    zone, people, near = studio.zone, needs.photographers, around(dates)
    free = {room: list(spans) for room, spans in studio.blocked.items()}
    taken: list[Taken] = []
    made_up: dict[int, list[Span]] = {who: [] for who in ARTISTS}
    for n, each in enumerate(studio.taken):
        room, place, kit = each.room, each.place, each.equipment
        if each.photographer in people and n % 10 == 0:
            room, place = 0, PARK
        elif each.photographer in people and (found := _room_for(each, free)):
            room = found
            kit = {KIT: 1} if room == ROOMS[0] else {}
            if n % 3 == 0:
                made_up[ARTISTS[n % 2]].append((each.start - 2700, each.start))
        wanted = 1 + n % 3 // 2
        taken.append(
            Taken.of(
                SETS, 1 + n % 2, each.photographer, room, each.start, each.end, wanted, wanted,
                300, 300, kit, place,
            )
        )  # fmt: skip
    elsewhere = {
        who: tuple(_hours(day, 11, 13, zone) for day in near if day.day % 3 == who % 3)
        for who in people
    }
    other = Override(dates[7], dates[9], ((600, 1020),))
    theirs = open_spans(WeeklyHours(WEEK), (other,), ((dates[23], dates[24]),), near, zone)
    busy = replace(
        studio,
        taken=taken,
        sets=SETS,
        open={
            **studio.open,
            **dict.fromkeys(people[4::5], theirs),
            **dict.fromkeys(ARTISTS, studio.open[people[0]]),
        },
        blocked={
            **{room: tuple(spans) for room, spans in free.items()},
            **elsewhere,
            ARTISTS[0]: tuple(_hours(day, 12, 13, zone) for day in near),
        },
        capacity={KIT: 3, CHAIR: 2},
        assisted=frozenset(people[1::2]),
        engaged=made_up,
        used={CHAIR: [(begin, end, 1) for spans in made_up.values() for begin, end in spans]},
        max_per_photographer_day=dict.fromkeys(people, 7) | dict.fromkeys(people[3::5], 6),
        max_per_day=6 * len(people) + 13,
        travel={(0, 0): 0, (0, PARK): 600, (PARK, 0): 600, (PARK, PARK): 0},
        sunset={day: _hours(day, 16, 17, zone)[0] for day in dates},
    )
    wish = replace(
        needs,
        same=300,
        clear=300,
        before=(Step(2700, 0, ARTISTS, {CHAIR: 1}),),
        max_per_day=3 * len(people) + 7,
        only_on=((dates[0], dates[22]), (dates[26], dates[-1])),
        light=(7 * 3600, 3600),
    )
    return busy, wish


def on_location(needs: Needs) -> Needs:
    """The same wish in the park."""
    return replace(needs, place=PARK, rooms=())


def _room_for(session: Taken, free: dict[int, list[Span]]) -> int | None:
    """A room in which one of the stretches left *free* holds *session*, which takes it."""
    for room, spans in free.items():
        for span in spans:
            if span[0] <= session.start and session.end <= span[1]:
                spans.remove(span)
                return room
    return None


def _hours(day: date, begin: int, end: int, zone: ZoneInfo) -> Span:
    """From *begin* to *end* o'clock."""
    midnight = datetime.combine(day, time(), zone)
    since = midnight + timedelta(hours=begin)
    return int(since.timestamp()), int((midnight + timedelta(hours=end)).timestamp())
