from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.hours import HeldBy, Override, WeeklyHours, hours_on, joined, open_spans
from studio.domain.wall_clock import around, local_date
from tests.domain import oracle
from tests.domain.studios import DAYS, hours
from tests.effort import tries

LONDON = ZoneInfo("Europe/London")
WEDNESDAY = date(2026, 6, 10)
NINE_TO_FIVE = WeeklyHours(tuple((day, 540, 1020) for day in range(1, 6)))
EVERY_NIGHT = WeeklyHours(tuple((day, 60, 120) for day in range(1, 8)))


def written(spans: tuple[tuple[int, int], ...]) -> list[str]:
    """Spans as UTC clock times, with the day of the month."""
    return [
        f"{datetime.fromtimestamp(a, UTC):%d %H:%M}-{datetime.fromtimestamp(b, UTC):%d %H:%M}"
        for a, b in spans
    ]


def on(
    day: date, weekly: WeeklyHours = NINE_TO_FIVE, *overrides: Override, zone: ZoneInfo = LONDON
) -> list[str]:
    return written(open_spans(weekly, overrides, (), [day], zone))


def test_hours_are_the_wall_clocks() -> None:
    assert on(WEDNESDAY) == ["10 08:00-10 16:00"]
    assert on(date(2026, 12, 9)) == ["09 09:00-09 17:00"]


def test_a_day_may_have_several_spans_and_touching_ones_are_one() -> None:
    weekly = WeeklyHours(((3, 840, 1080), (3, 540, 780), (3, 1080, 1140)))

    assert on(WEDNESDAY, weekly) == ["10 08:00-10 12:00", "10 13:00-10 18:00"]


def test_hours_past_midnight_belong_to_the_day_they_open_on() -> None:
    weekly = WeeklyHours(((3, 1080, 60),))

    assert on(WEDNESDAY, weekly) == ["10 17:00-11 00:00"]
    assert on(WEDNESDAY + timedelta(1), weekly) == []


def test_midnight_may_be_written_either_way() -> None:
    assert on(WEDNESDAY, WeeklyHours(((3, 600, 1440),))) == ["10 09:00-10 23:00"]
    assert on(WEDNESDAY, WeeklyHours(((3, 600, 0),))) == ["10 09:00-10 23:00"]


def test_an_override_replaces_the_weekly_hours_of_every_date_in_its_range() -> None:
    late = Override(WEDNESDAY, WEDNESDAY + timedelta(1), ((720, 1200),))

    assert on(WEDNESDAY, NINE_TO_FIVE, late) == ["10 11:00-10 19:00"]
    assert on(WEDNESDAY + timedelta(1), NINE_TO_FIVE, late) == ["11 11:00-11 19:00"]
    assert on(WEDNESDAY + timedelta(2), NINE_TO_FIVE, late) == ["12 08:00-12 16:00"]


def test_overrides_of_one_date_add_up_and_one_that_closes_it_closes_it() -> None:
    morning = Override(WEDNESDAY, WEDNESDAY, ((540, 600),))
    evening = Override(WEDNESDAY, WEDNESDAY, ((1080, 1140),))
    closed = Override(WEDNESDAY, WEDNESDAY, ())

    both = ["10 08:00-10 09:00", "10 17:00-10 18:00"]
    assert on(WEDNESDAY, NINE_TO_FIVE, morning, evening) == both
    assert on(WEDNESDAY, NINE_TO_FIVE, morning, closed) == []


def test_a_closure_closes_what_an_override_opens() -> None:
    extra = Override(WEDNESDAY, WEDNESDAY, ((540, 600),))
    week = (WEDNESDAY - timedelta(2), WEDNESDAY + timedelta(2))

    assert open_spans(NINE_TO_FIVE, [extra], [week], [WEDNESDAY], LONDON) == ()


def test_an_hour_that_spring_skips_yields_nothing() -> None:
    assert on(date(2026, 3, 28), EVERY_NIGHT) == ["28 01:00-28 02:00"]
    assert on(date(2026, 3, 29), EVERY_NIGHT) == []


def test_an_hour_that_autumn_repeats_lasts_two() -> None:
    assert on(date(2026, 10, 25), EVERY_NIGHT) == ["25 00:00-25 02:00"]


def test_half_an_hour_repeated_on_lord_howe_lasts_an_hour() -> None:
    weekly = WeeklyHours(((7, 90, 120),))
    spans = open_spans(weekly, (), (), [date(2026, 4, 5)], ZoneInfo("Australia/Lord_Howe"))

    assert [end - begin for begin, end in spans] == [3600]


def test_a_whole_day_is_as_long_as_the_clock_makes_it() -> None:
    always = WeeklyHours(((7, 0, 1440),))
    lengths = [
        sum(b - a for a, b in open_spans(always, (), (), [day], LONDON)) // 3600
        for day in (date(2026, 3, 29), date(2026, 6, 14), date(2026, 10, 25))
    ]
    assert lengths == [23, 24, 25]


def test_no_days_have_no_hours() -> None:
    assert open_spans(NINE_TO_FIVE, (), (), [], LONDON) == ()


def test_the_days_around_a_day_are_the_one_before_and_the_one_after() -> None:
    assert around([date(2026, 3, 1)]) == tuple(date(2026, 2, 28) + timedelta(n) for n in range(3))


@pytest.mark.parametrize(("hour", "day"), [(22, 10), (23, 11)])
def test_the_local_date_turns_at_local_midnight(hour: int, day: int) -> None:
    at = int(datetime(2026, 6, 10, hour, tzinfo=UTC).timestamp())

    assert local_date(at, LONDON) == date(2026, 6, day)


@settings(deadline=None, max_examples=tries(60))
@given(st.sampled_from(DAYS).flatmap(lambda at: st.tuples(st.just(at), hours(at[1]))))
def test_a_minute_is_open_when_the_clock_reads_an_open_time(
    case: tuple[tuple[str, date], oracle.Hours],
) -> None:
    (name, day), own = case
    zone = ZoneInfo(name)
    near = [day - timedelta(1), day]
    spans = open_spans(
        WeeklyHours(own.weekly), [Override(*dated) for dated in own.dated], (), near, zone
    )
    for minute in oracle.minutes_of([day], zone):
        inside = any(a <= minute * 60 < b for a, b in spans)
        assert inside == oracle.is_open_at(own, minute, zone)


def test_what_decides_the_hours_of_a_date() -> None:
    late = Override(WEDNESDAY, WEDNESDAY, ((720, 1200),))
    everything = (NINE_TO_FIVE, [late])

    assert hours_on(*everything, (), WEDNESDAY - timedelta(1)) == (HeldBy.WEEK, ((540, 1020),))
    assert hours_on(*everything, (), WEDNESDAY) == (HeldBy.OVERRIDES, ((720, 1200),))
    closed = [(WEDNESDAY, WEDNESDAY)]
    assert hours_on(*everything, closed, WEDNESDAY) == (HeldBy.CLOSURE, ())


def test_hours_that_overlap_or_touch_are_one() -> None:
    assert joined([(780, 1020), (540, 780), (600, 660)]) == ((540, 1020),)
    assert joined([(1320, 120), (1080, 1380)]) == ((1080, 120),)
    assert joined([(0, 720), (720, 1440)]) == ((0, 1440),)


def test_a_day_and_more_is_not_joined_where_it_could_not_be_written() -> None:
    assert joined([(1320, 600), (600, 1320)]) == ((600, 1320), (1320, 600))


@settings(deadline=None, max_examples=tries(60))
@given(st.sampled_from(DAYS).flatmap(lambda at: st.tuples(st.just(at), hours(at[1]))), st.data())
def test_the_hours_of_a_date_are_those_that_hold(
    case: tuple[tuple[str, date], oracle.Hours], data: st.DataObject
) -> None:
    """As the only hours of a week without overrides they stand for the same instants."""
    (name, day), own = case
    zone = ZoneInfo(name)
    closures = data.draw(st.sampled_from([(), ((day, day),), ((day - timedelta(2), day),)]))
    weekly, dated = WeeklyHours(own.weekly), [Override(*each) for each in own.dated]

    _, found = hours_on(weekly, dated, closures, day)

    alone = WeeklyHours(tuple((day.isoweekday(), *span) for span in found))
    assert open_spans(alone, (), (), [day], zone) == open_spans(
        weekly, dated, closures, [day], zone
    )
