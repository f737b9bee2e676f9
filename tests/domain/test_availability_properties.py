from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.domain.availability import Start, gap_free, is_open, open_starts
from studio.domain.wall_clock import around, local_date
from tests.domain import oracle
from tests.domain.studios import World, expected, needs_of, shoots, studio_of, worlds
from tests.effort import tries

slow = settings(
    max_examples=tries(60),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def starts(world: World) -> list[Start]:
    """What the engine finds open; a standing set counts only where somebody could use it."""
    studio, needs = studio_of(world.house, world.days), needs_of(world.wish)
    return [
        start._replace(
            same_set=tuple(r for r in start.same_set if r in sum(start.options.values(), ()))
        )
        for start in open_starts(studio, needs, world.days, world.wish.now * 60)
    ]


def options(world: World) -> set[tuple[int, int, int]]:
    return {
        (start.at, who, room)
        for start in starts(world)
        for who, rooms in start.options.items()
        for room in rooms or (0,)
    }


def with_shoots(world: World, shoots: list[oracle.Shoot]) -> World:
    return replace(world, house=replace(world.house, shoots=shoots))


@slow
@given(worlds())
def test_the_engine_finds_what_walking_minute_by_minute_finds(world: World) -> None:
    assert starts(world) == expected(world)


@settings(slow, max_examples=tries(40))
@given(worlds(), st.data())
def test_one_more_booking_never_opens_a_start(world: World, data: st.DataObject) -> None:
    noon = world.wish.now + 1000
    more = data.draw(st.lists(shoots(noon, (1, 2, 3)), min_size=1, max_size=3))

    assert options(with_shoots(world, world.house.shoots + more)) <= options(world)


@settings(slow, max_examples=tries(25))
@given(worlds(), st.data())
def test_a_cancellation_makes_no_other_session_impossible(
    world: World, data: st.DataObject
) -> None:
    """Sessions are booked one after another as the engine allows; then each may go."""
    booked: list[tuple[oracle.Shoot, World]] = []
    empty = with_shoots(world, [])
    noon = world.wish.now + 1000
    for shape in data.draw(st.lists(shoots(noon, (1, 2, 3)), min_size=2, max_size=5)):
        wish = world.wish._replace(shape=shape)
        asked = with_shoots(replace(empty, wish=wish), [shoot for shoot, _ in booked])
        if found := sorted(options(asked)):
            at, who, room = data.draw(st.sampled_from(found))
            booked.append((wish.at(at // 60, who, room), asked))
    for gone, _ in booked:
        for stays, asked in booked:
            if stays is not gone:
                rest = [shoot for shoot, _ in booked if shoot is not gone and shoot is not stays]
                option = (stays.start * 60, stays.who, stays.room)
                assert option in options(with_shoots(asked, rest))


@settings(slow, max_examples=tries(25))
@given(worlds())
def test_one_start_is_open_exactly_when_it_is_offered(world: World) -> None:
    studio, needs, now = (
        studio_of(world.house, world.days),
        needs_of(world.wish),
        world.wish.now * 60,
    )
    offered = {start.at: start for start in open_starts(studio, needs, world.days, now)}
    for minute in oracle.minutes_of(world.days, studio.zone)[::5]:
        assert is_open(studio, needs, minute * 60, now) == offered.get(minute * 60)


@settings(slow, max_examples=tries(30))
@given(worlds())
def test_asking_for_more_days_changes_no_day(world: World) -> None:
    day = world.days[0]
    wider = [day + timedelta(days=shift) for shift in (-1, 0, 1)]
    studio, needs, now = studio_of(world.house, wider), needs_of(world.wish), world.wish.now * 60

    alone = open_starts(studio, needs, [day], now)
    among = [
        start
        for start in open_starts(studio, needs, wider, now)
        if oracle.local(start.at // 60, studio.zone).date() == day
    ]
    assert alone == among


@settings(slow, max_examples=tries(25))
@given(worlds())
def test_the_days_around_one_tell_which_of_its_starts_leave_no_gap(world: World) -> None:
    day, step = world.days[0], needs_of(world.wish).step_minutes
    wider = [day + timedelta(days=shift) for shift in range(-3, 4)]
    studio, needs, now = studio_of(world.house, wider), needs_of(world.wish), world.wish.now * 60

    def kept(days: Sequence[date]) -> list[int]:
        found = gap_free(open_starts(studio, needs, days, now), step)
        return [each.at for each in found if local_date(each.at, studio.zone) == day]

    assert kept(around([day])) == kept(wider)
