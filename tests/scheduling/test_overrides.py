"""Ranges of dates with other hours: kept, changed, taken back, and told where they meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import select

from studio.db import db
from studio.domain.hours import Dates, Minutes
from studio.scheduling import overrides, service
from studio.scheduling.effects import Effect, NotAgreed
from studio.scheduling.models import HoursOverride
from studio.scheduling.overrides import Held, OtherHours, Overlap, Together
from studio.scheduling.service import AlreadyGone
from tests import factories

DAY = date(2026, 12, 24)
NEXT, LATER = DAY + timedelta(1), DAY + timedelta(2)
MORNING, EVENING = (540, 720), (1080, 1200)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def bo(database: None) -> int:
    factories.a_studio()
    return factories.a_photographer("Bo Lind").id


def other(who: int | None, first: date, last: date, *spans: Minutes, note: str = "") -> OtherHours:
    return OtherHours(who, first, last, spans, note)


def told(change: Callable[[str], Effect]) -> Effect:
    """The effect of *change*, which asks for a yes and is made then."""
    with pytest.raises(NotAgreed) as asked:
        change("")
    assert change(asked.value.effect.seal) == asked.value.effect
    return asked.value.effect


def kept() -> list[OtherHours]:
    return [each for _, each in overrides.ranges(db.session(), date.min)]


def rows() -> list[int]:
    return list(db.session.scalars(select(HoursOverride.id).order_by(HoursOverride.id)))


def test_two_ranges_with_hours_are_joined(bo: int) -> None:
    first = other(bo, DAY, NEXT, MORNING)
    service.add_override(first)

    effect = told(partial(service.add_override, other(bo, NEXT, LATER, EVENING)))

    assert effect.overlaps == [Overlap(first, Together.JOINED)]
    assert effect.held == [Held(NEXT, NEXT, (MORNING, EVENING))]


def test_what_closes_a_day_wins(bo: int) -> None:
    opened, closed = other(bo, DAY, LATER, MORNING), other(bo, DAY, NEXT)
    service.add_override(opened)

    effect = told(partial(service.add_override, closed))
    assert effect.overlaps == [Overlap(opened, Together.NOW_CLOSED)]
    assert effect.held == [Held(DAY, NEXT, ())]

    effect = told(partial(service.add_override, other(bo, NEXT, NEXT, EVENING)))
    assert effect.overlaps == [
        Overlap(closed, Together.STAYS_CLOSED),
        Overlap(opened, Together.JOINED),
    ]
    assert effect.held == [Held(NEXT, NEXT, ())]


def test_nothing_opens_while_the_whole_studio_is_closed(bo: int) -> None:
    closure = other(None, DAY, DAY, note="Christmas Eve")
    service.add_override(closure)

    effect = told(partial(service.add_override, other(bo, DAY, NEXT, EVENING)))

    assert (effect.overlaps, effect.held) == ([Overlap(closure, Together.STUDIO_CLOSED)], [])


def test_closing_the_studio_tells_whose_other_hours_stop(bo: int) -> None:
    amara = factories.a_photographer("Amara Vale").id
    opened = other(bo, DAY, DAY, EVENING)
    service.add_override(opened)
    service.add_override(other(amara, DAY, NEXT))  # closed anyway

    effect = told(partial(service.add_override, other(None, DAY, NEXT)))

    assert effect.overlaps == [Overlap(opened, Together.NOW_CLOSED)]


def test_two_that_are_both_closed_are_nothing_to_agree_to(bo: int) -> None:
    service.add_override(other(bo, DAY, NEXT))

    assert service.add_override(other(bo, NEXT, LATER)).overlaps == []


def test_another_ones_hours_and_other_dates_are_no_overlap(bo: int) -> None:
    amara = factories.a_photographer("Amara Vale").id
    service.add_override(other(amara, DAY, DAY, MORNING))
    service.add_override(other(bo, NEXT, NEXT, MORNING))

    assert service.add_override(other(bo, DAY, DAY, EVENING)).overlaps == []


def test_just_the_same_dates_are_replaced(bo: int) -> None:
    service.add_override(other(bo, DAY, NEXT, MORNING, EVENING, note="Late"))

    service.add_override(other(bo, DAY, NEXT, EVENING))

    assert kept() == [other(bo, DAY, NEXT, EVENING)]


def test_a_range_is_changed_and_goes_whole(bo: int) -> None:
    service.add_override(other(bo, DAY, NEXT, MORNING, EVENING))
    service.add_override(other(None, LATER, LATER))
    first, second, closure = rows()

    service.change_override(second, other(bo, LATER + timedelta(7), LATER + timedelta(9)))

    assert kept() == [
        other(None, LATER, LATER),
        other(bo, LATER + timedelta(7), LATER + timedelta(9)),
    ]
    for gone in (first, second):
        with pytest.raises(AlreadyGone):
            service.change_override(gone, other(bo, DAY, DAY))
    service.remove_override(closure)
    service.remove_override(closure)
    assert [each.resource_id for each in kept()] == [bo]


def test_a_range_may_go_to_somebody_else(bo: int) -> None:
    amara = factories.a_photographer("Amara Vale").id
    service.add_override(other(bo, DAY, DAY, MORNING))

    service.change_override(rows()[0], other(amara, DAY, DAY, MORNING))

    assert kept() == [other(amara, DAY, DAY, MORNING)]


def test_a_refused_change_leaves_the_old_range(bo: int) -> None:
    service.add_override(other(bo, DAY, DAY, MORNING))
    service.add_override(other(bo, NEXT, LATER, MORNING))

    with pytest.raises(NotAgreed):
        service.change_override(rows()[0], other(bo, LATER, LATER, EVENING))

    assert kept() == [other(bo, DAY, DAY, MORNING), other(bo, NEXT, LATER, MORNING)]


def test_several_days_are_closed_at_once_and_closed_ones_left_alone(bo: int) -> None:
    service.add_override(other(None, DAY, LATER, note="Holidays"))
    christmas, new_year = other(None, NEXT, NEXT, note="Christmas Day"), LATER + timedelta(6)

    service.close_days([christmas, other(None, new_year, new_year, note="New Year")])

    assert kept() == [
        other(None, DAY, LATER, note="Holidays"),
        other(None, new_year, new_year, note="New Year"),
    ]


def test_a_day_that_is_listed_twice_is_closed_once(bo: int) -> None:
    service.close_days([other(None, DAY, NEXT, note="Christmas"), other(None, NEXT, NEXT)])

    assert kept() == [other(None, DAY, NEXT, note="Christmas")]


def test_closing_days_tells_of_other_hours_once(bo: int) -> None:
    opened = other(bo, DAY, LATER, EVENING)
    service.add_override(opened)

    days = [other(None, DAY, DAY), other(None, NEXT, NEXT)]
    effect = told(partial(service.close_days, days))

    assert effect.overlaps == [Overlap(opened, Together.NOW_CLOSED)]


@pytest.mark.parametrize(
    ("closures", "expected"),
    [
        ([], False),
        ([(DAY, LATER)], True),
        ([(DAY, DAY), (NEXT, LATER)], True),
        ([(DAY, NEXT), (DAY, DAY), (LATER, LATER)], True),
        ([(DAY, DAY), (LATER, LATER)], False),
        ([(NEXT, LATER)], False),
    ],
)
def test_a_range_is_covered_by_what_closes_every_day_of_it(
    closures: Sequence[Dates], expected: bool
) -> None:
    assert overrides.covered(closures, DAY, LATER) is expected
