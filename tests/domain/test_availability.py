from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from studio.domain.availability import Needs, Start, Studio, Taken, is_open, open_starts
from studio.domain.hours import WeeklyHours, open_spans
from studio.domain.intervals import Span
from studio.domain.turnaround import SetTimes
from studio.domain.wall_clock import around

LONDON = ZoneInfo("Europe/London")
DAY = date(2026, 6, 10)
AVA, BEN = 1, 2
LARGE, SMALL = 11, 12
GREY, WHITE = 31, 32
LAMPS = 41
MINUTE, HOUR = 60, 3600


def at(clock: str, day: date = DAY, fold: int = 0) -> int:
    hour, minute = map(int, clock.split(":"))
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON, fold=fold)
    return int(local.timestamp())


NOW = at("08:00", DAY - timedelta(7))


def open_from(opens: str, closes: str, day: date = DAY) -> tuple[Span, ...]:
    return ((at(opens, day), at(closes, day)),)


A_DAY = open_from("09:00", "13:00")
STUDIO = Studio(
    zone=LONDON,
    open={AVA: A_DAY, BEN: A_DAY, LARGE: A_DAY, SMALL: A_DAY},
    blocked={},
    taken=(),
    sets={GREY: SetTimes(15 * MINUTE, 10 * MINUTE), WHITE: SetTimes(25 * MINUTE, 20 * MINUTE)},
    capacity={LAMPS: 2},
)
NEEDS = Needs(
    package_id=1,
    seconds=HOUR,
    first_set=GREY,
    last_set=GREY,
    same=5 * MINUTE,
    clear=0,
    equipment={},
    photographers=(AVA,),
    rooms=(LARGE,),
    step_minutes=15,
    lead=0,
    horizon_days=60,
)


def session(
    begins: str,
    ends: str,
    *,
    who: int = AVA,
    room: int = LARGE,
    which: int = GREY,
    day: date = DAY,
    clear: int = 0,
    lamps: int = 0,
    package: int = 1,
) -> Taken:
    kit = {LAMPS: lamps} if lamps else {}
    same = 5 * MINUTE
    return Taken.of(
        STUDIO.sets, package, who, room, at(begins, day), at(ends, day), which, which, same, clear,
        kit,
    )  # fmt: skip


def starts(
    studio: Studio = STUDIO, needs: Needs = NEEDS, days: Sequence[date] = (DAY,), now: int = NOW
) -> list[Start]:
    return open_starts(studio, needs, days, now)


def clocks(
    *taken: Taken, studio: Studio = STUDIO, needs: Needs = NEEDS, days: Sequence[date] = (DAY,)
) -> str:
    """Local times of the open starts."""
    found = starts(replace(studio, taken=taken), needs, days)
    return " ".join(f"{datetime.fromtimestamp(start.at, LONDON):%H:%M}" for start in found)


def test_building_and_striking_lie_within_the_hours() -> None:
    assert clocks() == "09:15 09:30 09:45 10:00 10:15 10:30 10:45 11:00 11:15 11:30 11:45"


def test_clearing_up_lies_within_the_hours_as_well() -> None:
    assert clocks(needs=replace(NEEDS, clear=10 * MINUTE)).endswith("11:15 11:30")


def test_hours_that_no_session_fits_open_nothing() -> None:
    split = (*open_from("09:00", "10:00"), *open_from("11:00", "12:15"))

    assert clocks(studio=replace(STUDIO, open={AVA: A_DAY, LARGE: split})) == ""


def test_an_assistant_builds_and_strikes_before_and_after_the_photographers_hours() -> None:
    hours = {AVA: open_from("10:00", "12:00"), LARGE: A_DAY}

    assert clocks(studio=replace(STUDIO, open=hours)) == "10:15 10:30 10:45"
    helped = replace(STUDIO, open=hours, assisted=frozenset({AVA}))
    assert clocks(studio=helped) == "10:00 10:15 10:30 10:45 11:00"


def test_whoever_has_no_hours_is_closed() -> None:
    assert clocks(studio=replace(STUDIO, open={AVA: A_DAY})) == ""
    assert clocks(studio=replace(STUDIO, open={LARGE: A_DAY})) == ""


def test_the_same_set_stays_and_takes_the_later_sessions_changeover() -> None:
    # Ends 10:30, five minutes: 10:35, on the grid 10:45.
    assert clocks(session("09:30", "10:30")) == "10:45 11:00 11:15 11:30 11:45"


def test_another_set_is_struck_and_built_anew() -> None:
    # Ends 10:30, strike 20, build 15: 11:05, on the grid 11:15.
    assert clocks(session("09:30", "10:30", which=WHITE)) == "11:15 11:30 11:45"


def test_clearing_up_comes_before_the_changeover() -> None:
    assert clocks(session("09:30", "10:30", clear=15 * MINUTE)) == "11:00 11:15 11:30 11:45"


def test_turnaround_is_kept_with_every_session_not_only_the_next() -> None:
    """The short session of the wanted set must not hide the longer way from the other one."""
    white = session("09:30", "10:30", which=WHITE)
    grey = session("10:30", "10:35")

    assert clocks(white, grey) == "11:15 11:30 11:45"


def test_a_photographer_alone_carries_nothing_from_room_to_room() -> None:
    elsewhere = session("09:30", "10:30", room=SMALL)

    # Strike 10 and build 15 although it is the same set: 10:55, on the grid 11:00.
    assert clocks(elsewhere) == "11:00 11:15 11:30 11:45"


def test_a_photographer_alone_clears_up_before_going_to_another_room() -> None:
    elsewhere = session("09:30", "10:30", room=SMALL, clear=15 * MINUTE)

    assert clocks(elsewhere) == "11:15 11:30 11:45"


def test_a_photographer_alone_clears_up_before_the_next_session_in_another_room() -> None:
    elsewhere = session("11:00", "12:00", room=SMALL)

    # Strike 10 and build 15, and 15 of clearing up: ends by 10:20.
    assert clocks(elsewhere) == "09:15 09:30"
    assert clocks(elsewhere, needs=replace(NEEDS, clear=15 * MINUTE)) == "09:15"


def test_with_an_assistant_a_photographer_walks_from_one_shoot_to_the_next() -> None:
    elsewhere = session("09:30", "10:30", room=SMALL)
    helped = replace(STUDIO, assisted=frozenset({AVA}))

    assert clocks(elsewhere, studio=helped) == "10:30 10:45 11:00 11:15 11:30 11:45"


@pytest.mark.parametrize("assisted", [(), (AVA,)])
def test_on_location_kit_and_assistant_strike_travel_and_build_one_after_the_other(
    assisted: tuple[int, ...],
) -> None:
    park, pier = 7, 8
    ways = {(a, b): 0 if a == b else 30 * MINUTE for a in (0, park, pier) for b in (0, park, pier)}
    outside = replace(STUDIO, travel=ways, assisted=frozenset(assisted), open={AVA: A_DAY})
    there = replace(session("09:30", "10:00", room=0), place=park)

    # Out of the studio 30 minutes and built in 15; struck in 10, and 30 back.
    wanted = replace(NEEDS, rooms=(), place=pier)
    assert clocks(studio=outside, needs=wanted) == "09:45 10:00 10:15 10:30 10:45 11:00 11:15"
    # Ends 10:00, strike 10, the way 30, build 15: 10:55, on the grid 11:00.
    assert clocks(there, studio=outside, needs=wanted) == "11:00 11:15"
    # From the studio's own set it is the same; the assistant comes along.
    inside = session("09:30", "10:00", room=SMALL)
    assert clocks(inside, studio=outside, needs=wanted) == "11:00 11:15"


def test_only_the_room_whose_set_stands_is_offered_right_after_a_session() -> None:
    two_rooms = replace(NEEDS, rooms=(SMALL, LARGE))
    found = starts(replace(STUDIO, taken=[session("09:30", "10:30")]), two_rooms)

    by_start = {start.at: start.options[AVA] for start in found}
    assert by_start[at("10:45")] == (LARGE,)
    assert by_start[at("11:00")] == (SMALL, LARGE)


def test_another_photographer_uses_the_standing_set_too() -> None:
    assert clocks(session("09:30", "10:30", who=BEN)) == "10:45 11:00 11:15 11:30 11:45"


def test_a_block_of_a_room_keeps_building_and_striking_out() -> None:
    blocked = replace(STUDIO, blocked={LARGE: open_from("10:00", "10:30")})

    assert clocks(studio=blocked) == "10:45 11:00 11:15 11:30 11:45"


@pytest.mark.parametrize(
    ("assisted", "expected"),
    [((), "10:45 11:00 11:15 11:30 11:45"), ((AVA,), "10:30 10:45 11:00 11:15 11:30 11:45")],
)
def test_a_block_of_a_photographer_keeps_out_what_they_do_themselves(
    assisted: tuple[int, ...], expected: str
) -> None:
    blocked = replace(
        STUDIO, blocked={AVA: open_from("10:00", "10:30")}, assisted=frozenset(assisted)
    )
    assert clocks(studio=blocked) == expected


def test_equipment_is_out_from_building_to_striking() -> None:
    wanted = replace(NEEDS, equipment={LAMPS: 1})
    out = session("09:30", "10:30", who=BEN, room=SMALL, lamps=2)

    # Out until 10:40; building may begin then: 10:55, on the grid 11:00.
    assert clocks(out, needs=wanted) == "11:00 11:15 11:30 11:45"


def test_units_in_other_rooms_add_up() -> None:
    wanted = replace(NEEDS, equipment={LAMPS: 1})
    one = session("10:00", "11:00", who=BEN, room=SMALL, lamps=1)
    two = session("10:00", "11:00", who=3, room=13, lamps=1)

    assert "10:00" in clocks(one, needs=wanted)
    assert clocks(one, two, needs=wanted) == "11:30 11:45"


def test_a_standing_sets_equipment_is_counted_once() -> None:
    wanted = replace(NEEDS, equipment={LAMPS: 2})
    same_room = session("09:30", "10:30", who=BEN, lamps=2)

    assert clocks(same_room, needs=wanted).startswith("10:45")


def test_more_units_than_there_are_open_nothing() -> None:
    assert clocks(needs=replace(NEEDS, equipment={LAMPS: 3})) == ""


def test_starts_stand_on_the_wall_clocks_grid() -> None:
    late = {AVA: open_from("09:07", "12:00"), LARGE: A_DAY}

    assert clocks(studio=replace(STUDIO, open=late)) == "09:30 09:45 10:00 10:15 10:30 10:45"
    assert clocks(needs=replace(NEEDS, step_minutes=60)) == "10:00 11:00"


def test_notice_is_counted_from_now_to_the_start() -> None:
    needs = replace(NEEDS, lead=2 * HOUR)
    found = starts(needs=needs, now=at("09:00") + 1)

    assert found[0].at == at("11:15")


def test_the_horizon_is_counted_in_local_dates() -> None:
    late_evening = at("23:30", DAY - timedelta(7))

    assert starts(needs=replace(NEEDS, horizon_days=7), now=late_evening)
    assert not starts(needs=replace(NEEDS, horizon_days=6), now=late_evening)


def test_a_photographers_daily_limit() -> None:
    limited = replace(STUDIO, max_per_photographer_day={AVA: 1})

    assert clocks(session("09:30", "10:00"), studio=limited) == ""
    assert clocks(session("09:30", "10:00", who=BEN), studio=limited) != ""
    assert clocks(session("09:30", "10:00", day=DAY - timedelta(1)), studio=limited) != ""


def test_a_packages_daily_limit() -> None:
    needs = replace(NEEDS, max_per_day=1)

    assert clocks(session("09:30", "10:00", who=BEN, room=SMALL), needs=needs) == ""
    assert clocks(session("09:30", "10:00", who=BEN, package=2), needs=needs) != ""


def test_anyone_free_is_named_in_the_packages_order() -> None:
    both = replace(NEEDS, photographers=(BEN, AVA))
    found = starts(replace(STUDIO, taken=[session("10:00", "11:00", room=SMALL)]), both)

    by_start = {start.at: tuple(start.options) for start in found}
    assert by_start[at("10:00")] == (BEN,)
    assert by_start[at("11:30")] == (BEN, AVA)


def test_a_start_says_where_the_set_stands_already() -> None:
    both = replace(NEEDS, rooms=(LARGE, SMALL))
    taken = [session("09:30", "10:30"), session("09:30", "10:30", who=BEN, room=SMALL, which=WHITE)]
    marked = {start.at: start.same_set for start in starts(replace(STUDIO, taken=taken), both)}

    assert marked[at("11:15")] == (LARGE,)


def test_a_set_is_not_left_standing_overnight() -> None:
    yesterday = session("09:30", "10:30", day=DAY - timedelta(1))

    assert {start.same_set for start in starts(replace(STUDIO, taken=[yesterday]))} == {()}


def test_a_set_stays_when_the_clock_is_put_back_at_midnight() -> None:
    """In Cairo the last hour of 29 October 2026 comes twice; the day is still one."""
    cairo, day = ZoneInfo("Africa/Cairo"), date(2026, 10, 29)
    ended = int(datetime(2026, 10, 29, 22, 30, tzinfo=cairo).timestamp())
    always = ((ended - 24 * HOUR, ended + 24 * HOUR),)
    before = replace(session("10:00", "11:00"), start=ended - HOUR, end=ended, since=0, until=ended)
    studio = replace(STUDIO, zone=cairo, open={AVA: always, LARGE: always}, taken=[before])
    found = starts(studio, replace(NEEDS, horizon_days=200, same=0), [day])

    again = int(datetime(2026, 10, 29, 23, 30, tzinfo=cairo, fold=1).timestamp())
    assert {start.at: start.same_set for start in found}[again] == (LARGE,)


def test_a_start_has_the_light_of_its_own_date() -> None:
    """Where dusk lasts past midnight, that of the evening before counts for nothing."""
    days = [DAY, DAY + timedelta(1)]
    always = ((at("00:00", DAY - timedelta(1)), at("00:00", DAY + timedelta(3))),)
    north = replace(
        STUDIO,
        open={AVA: always, LARGE: always},
        sunset={day: at("22:30", day) for day in days},
    )
    dusk = replace(NEEDS, light=(60 * MINUTE, 150 * MINUTE))

    lit = [at(clock, day) for day in days for clock in ("21:30", "23:45")]
    found = [start.at for start in starts(north, dusk, days)]
    assert [found[0], found[9], found[10], found[-1]] == lit
    assert len(found) == 20


def test_both_passes_of_the_repeated_hour_can_be_booked() -> None:
    autumn = date(2026, 10, 25)
    night = WeeklyHours(((7, 60, 120),))
    hours = open_spans(night, (), (), around([autumn]), LONDON)
    bare = replace(STUDIO, open={AVA: hours, LARGE: hours}, sets={GREY: SetTimes(0, 0)})
    found = starts(bare, replace(NEEDS, horizon_days=200), [autumn])

    repeated = [at("01:00", autumn, fold) for fold in (0, 1)]
    assert repeated[1] - repeated[0] == HOUR
    assert [start.at for start in found if start.at in repeated] == repeated


def test_a_start_after_midnight_belongs_to_its_own_date() -> None:
    night = open_spans(WeeklyHours(((3, 1320, 120),)), (), (), around([DAY]), LONDON)
    late = replace(STUDIO, open={AVA: night, LARGE: night})

    assert clocks(studio=late) == "22:15 22:30 22:45 23:00 23:15 23:30 23:45"
    assert clocks(studio=late, days=[DAY + timedelta(1)]) == "00:00 00:15 00:30 00:45"


def test_a_single_start_is_judged_by_the_same_rules() -> None:
    taken = replace(STUDIO, taken=[session("09:30", "10:30")])

    assert is_open(taken, NEEDS, at("10:45"), NOW) == starts(taken)[0]
    assert is_open(taken, NEEDS, at("10:30"), NOW) is None
    assert is_open(taken, NEEDS, at("10:45") + 60, NOW) is None
