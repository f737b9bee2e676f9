"""What the engine says is in the way, held against what it offers and what the database counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from studio.domain.availability import (
    Needs,
    Obstacle,
    Rule,
    Start,
    Studio,
    Why,
    gap_free,
    open_starts,
    why_not,
)
from studio.domain.wall_clock import local_date
from tests.domain import oracle
from tests.domain.studios import World, needs_of, studio_of, worlds
from tests.effort import tries

slow = settings(
    max_examples=tries(60),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink a world takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
# A few minutes of each world, on the grid and off it.
steps = st.sampled_from([35, 55, 95])


def asked(world: World, step: int) -> Iterator[tuple[int, list[Why]]]:
    """Every so many minutes of the days asked for: the second, and what is in the way then."""
    studio, needs, now = studio_of(world.house, world.days), needs_of(world.wish), world.wish.now
    for minute in oracle.minutes_of(world.days, studio.zone)[::step]:
        yield minute * 60, why_not(studio, needs, minute * 60, now * 60)


def pairs(options: dict[int, tuple[int, ...]]) -> set[tuple[int, int | None]]:
    return {(who, room) for who, rooms in options.items() for room in rooms or (None,)}


@slow
@given(worlds(), steps)
def test_nothing_is_in_the_way_exactly_of_what_is_offered(world: World, step: int) -> None:
    studio, needs, now = studio_of(world.house, world.days), needs_of(world.wish), world.wish.now
    offered = {
        start.at: pairs(dict(start.options))
        for start in open_starts(studio, needs, world.days, now * 60)
    }
    for at, options in offered.items():
        assert free(why_not(studio, needs, at, now * 60)) == options
    for at, whys in asked(world, step):
        assert free(whys) == offered.get(at, set())


def free(whys: list[Why]) -> set[tuple[int, int | None]]:
    return {(why.photographer, why.room) for why in whys if not why.obstacles}


@slow
@given(worlds(), steps)
def test_what_cannot_be_set_aside_is_over_or_the_database_would_refuse_it(
    world: World, step: int
) -> None:
    world = possible(world)
    studio, needs = studio_of(world.house, world.days), needs_of(world.wish)
    for at, whys in asked(world, step):
        for why in whys:
            over = at < world.wish.now * 60
            assert why.hard == (over or would_be_refused(studio, needs, at, why))


def possible(world: World) -> World:
    """The same without sessions that nobody could have booked beside the others."""
    kept: list[oracle.Shoot] = []
    for each in world.house.shoots:
        meet = [other for other in kept if each.start < other.end and other.start < each.end]
        if all(each.who != o.who and (o.room != each.room or o.place or each.place) for o in meet):
            kept.append(each)
    return replace(world, house=replace(world.house, shoots=kept))


def would_be_refused(studio: Studio, needs: Needs, at: int, why: Why) -> bool:
    """Count what bookings take while they last, without building, striking and the way."""
    end = at + needs.seconds
    for each in studio.taken:
        meets = each.start < end and at < each.end
        if meets and (each.photographer == why.photographer or each.room == (why.room or -1)):
            return True
    wanted = [(pool, at, end, units) for pool, units in needs.equipment.items()]
    for step in needs.before:
        begin, until = at - step.begins, at - step.ends
        wanted += [(pool, begin, until, units) for pool, units in step.equipment.items()]
        engaged = [
            any(a < until and begin < b for a, b in studio.engaged.get(who, ()))
            for who in step.artists
        ]
        if engaged and all(engaged):
            return True
    return any(
        out(studio, pool, second) + units > studio.capacity[pool]
        for pool, begin, until, units in wanted
        for second in range(begin, until, 60)
    )


def out(studio: Studio, pool: int, second: int) -> int:
    booked = sum(
        each.equipment.get(pool, 0) for each in studio.taken if each.start <= second < each.end
    )
    return booked + sum(units for a, b, units in studio.used.get(pool, ()) if a <= second < b)


@slow
@given(worlds(), steps)
def test_what_is_said_to_be_free_from_then_is_out_of_the_way_then(world: World, step: int) -> None:
    studio, needs, now = studio_of(world.house, world.days), needs_of(world.wish), world.wish.now
    for at, whys in asked(world, step):
        for why in whys:
            for each in why.obstacles:
                then = each.free_from
                if then is None or local_date(then, studio.zone) != local_date(at, studio.zone):
                    continue
                assert then > at
                (after,) = [
                    other
                    for other in why_not(studio, needs, then, now * 60)
                    if (other.photographer, other.room) == (why.photographer, why.room)
                ]
                assert not any(same(each, left, then - at) for left in after.obstacles)


def same(one: Obstacle, other: Obstacle, later: int) -> bool:
    """Whether it is the same thing in the way, so many seconds *later*.

    Whoever is away may still not have hours then, or be in the way of another step.
    """
    if one.rule is Rule.ARTIST:
        step = one.needed and tuple(each + later for each in one.needed)
        return other.needed == step and other.span is not None and other.span == one.span
    return (one.rule, one.resource, one.session) == (other.rule, other.resource, other.session)


@slow
@given(worlds())
def test_a_start_without_a_gap_has_nothing_free_on_one_side(world: World) -> None:
    studio, needs, now = studio_of(world.house, world.days), needs_of(world.wish), world.wish.now
    starts = open_starts(studio, needs, world.days, now * 60)
    free_at = {(start.at, pair) for start in starts for pair in pairs(dict(start.options))}
    step = needs.step_minutes * 60

    kept = gap_free(starts, needs.step_minutes)

    expected = {
        (at, pair)
        for at, pair in free_at
        if (at - step, pair) not in free_at or (at + step, pair) not in free_at
    }
    assert {(s.at, pair) for s in kept for pair in pairs(dict(s.options))} == expected
    assert all(set(start.same_set) <= rooms_of(start) for start in kept)


def rooms_of(start: Start) -> set[int]:
    return {room for rooms in start.options.values() for room in rooms}
