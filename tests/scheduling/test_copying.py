"""The hours of a week, given to other weeks, to others, or to every ordinary week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from studio.db import db
from studio.domain.hours import Minutes
from studio.scheduling import overrides, service
from studio.scheduling.copying import WeekCopy, week_of
from studio.scheduling.house import house
from studio.scheduling.memory import memory
from studio.scheduling.models import HoursOverride, OpeningHours, ResourceKind
from studio.scheduling.overrides import OtherHours
from tests import factories
from tests.domain import oracle

MONDAY = date(2026, 12, 7)
DAYS = [MONDAY + timedelta(days=n) for n in range(-14, 42)]
NINE_TO_SIX, EVENING, LATE = (540, 1080), (1080, 1200), (1080, 120)

pytestmark = pytest.mark.usefixtures("database")


def two() -> tuple[int, int]:
    factories.a_studio()
    amara = factories.a_photographer("Amara Vale").id
    return amara, factories.a_photographer("Bo Lind").id


def other(who: int | None, first: date, last: date, *spans: Minutes, note: str = "") -> OtherHours:
    return OtherHours(who, first, last, spans, note)


def keep(*ranges: OtherHours) -> None:
    for each in ranges:
        overrides.add(db.session(), each)
    db.session.commit()
    memory().forget()


def kept(who: int | None) -> list[tuple[date, date, tuple[Minutes, ...]]]:
    found = overrides.ranges(db.session(), date.min)
    return [
        (each.first_on, each.last_on, each.spans) for _, each in found if each.resource_id == who
    ]


def weekly(who: int) -> list[tuple[int, int, int]]:
    wanted = select(OpeningHours).where(OpeningHours.resource_id == who)
    rows = db.session.scalars(wanted.order_by(OpeningHours.weekday, OpeningHours.opens_minute))
    return [(row.weekday, row.opens_minute, row.closes_minute) for row in rows]


def test_an_ordinary_week_is_given_to_others_and_stays_where_it_was() -> None:
    amara, bo = two()
    service.set_weekly_hours(amara, {2: (NINE_TO_SIX, EVENING), 7: (LATE,)})

    service.copy_week(WeekCopy(amara, None, (bo,), None))

    assert weekly(bo) == [(2, 540, 1200), (7, 1080, 120)]
    assert weekly(amara) == [(2, 540, 1080), (2, 1080, 1200), (7, 1080, 120)]
    assert kept(bo) == []


def test_a_week_as_it_holds_becomes_an_ordinary_one() -> None:
    amara, bo = two()
    keep(
        other(amara, MONDAY, MONDAY, EVENING),
        other(amara, MONDAY + timedelta(2), MONDAY + timedelta(9)),
        other(None, MONDAY + timedelta(1), MONDAY + timedelta(1)),
    )

    service.copy_week(WeekCopy(amara, MONDAY, (bo,), None))

    # What closes the whole studio on the Tuesday is no part of anybody's week.
    assert weekly(bo) == [(1, 1080, 1200), (2, 540, 1080)]


def test_days_that_are_as_ordinary_ones_need_no_other_hours() -> None:
    amara, bo = two()
    keep(other(amara, MONDAY, MONDAY + timedelta(1), EVENING, note="Before Christmas"))

    service.copy_week(WeekCopy(amara, MONDAY, (bo,), (MONDAY, MONDAY + timedelta(14))))

    assert kept(bo) == [
        (MONDAY + timedelta(7 * n), MONDAY + timedelta(7 * n + 1), (EVENING,)) for n in range(3)
    ]
    assert {row.note for row in db.session.scalars(select(HoursOverride))} == {
        "Before Christmas",
        "As Amara Vale",
    }


def test_days_with_the_same_hours_are_one_range_across_weeks() -> None:
    amara, bo = two()
    service.set_weekly_hours(amara, {})

    service.copy_week(WeekCopy(amara, None, (bo,), (MONDAY, MONDAY + timedelta(7))))

    # Bo's Sundays are closed anyway.
    assert kept(bo) == [
        (MONDAY, MONDAY + timedelta(5), ()),
        (MONDAY + timedelta(7), MONDAY + timedelta(12), ()),
    ]


def test_a_longer_range_keeps_its_other_dates() -> None:
    amara, bo = two()
    keep(other(bo, MONDAY - timedelta(3), MONDAY + timedelta(20), EVENING, note="Evenings"))

    service.copy_week(WeekCopy(amara, None, (bo,), (MONDAY, MONDAY)))

    assert kept(bo) == [
        (MONDAY - timedelta(3), MONDAY - timedelta(1), (EVENING,)),
        (MONDAY + timedelta(7), MONDAY + timedelta(20), (EVENING,)),
    ]
    notes = {row.note for row in db.session.scalars(select(HoursOverride))}
    assert notes == {"Evenings"}


def test_what_is_left_of_a_range_replaces_no_other_of_the_same_dates() -> None:
    amara, bo = two()
    before = MONDAY - timedelta(3), MONDAY - timedelta(1)
    keep(
        other(bo, *before, (600, 660), note="Mornings"),
        other(bo, before[0], MONDAY + timedelta(3), EVENING, note="Evenings"),
    )

    service.copy_week(WeekCopy(amara, None, (bo,), (MONDAY, MONDAY)))

    assert kept(bo) == [(*before, ((600, 660), EVENING))]
    ((_, left),) = overrides.ranges(db.session(), before[0])
    assert left.note == "Mornings, Evenings"


def test_a_week_given_to_itself_changes_nothing() -> None:
    amara, _ = two()
    keep(other(amara, MONDAY, MONDAY, EVENING))
    before = weekly(amara)

    service.copy_week(WeekCopy(amara, MONDAY, (amara,), (MONDAY, MONDAY)))
    service.copy_week(WeekCopy(amara, None, (amara,), None))

    assert kept(amara) == [(MONDAY, MONDAY, (EVENING,))]
    assert weekly(amara) == before


def test_equipment_has_no_week_to_copy() -> None:
    amara, _ = two()
    lamps = factories.a_resource(ResourceKind.POOL, capacity=3).id

    for copy in (WeekCopy(lamps, None, (amara,), None), WeekCopy(amara, None, (lamps,), None)):
        with pytest.raises(ValueError, match="equipment"):
            service.copy_week(copy)


spans = st.sampled_from([(), (NINE_TO_SIX,), (EVENING,), (LATE,), ((540, 720), (780, 900))])
open_weeks = st.lists(spans, min_size=7, max_size=7)
dated = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(-10, 24), st.integers(0, 15), spans), max_size=6
)


@settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    weeks=st.tuples(open_weeks, open_weeks),
    ranges=dated,
    from_week=st.sampled_from([None, 0, 1]),
    to=st.sampled_from(["a", "b", "ab"]),
    into=st.sampled_from([None, (0, 0), (0, 2), (1, 1)]),
)
def test_every_day_has_the_hours_of_the_week_that_was_copied(
    weeks: Sequence[Sequence[tuple[Minutes, ...]]],
    ranges: list[tuple[str, int, int, tuple[Minutes, ...]]],
    from_week: int | None,
    to: str,
    into: tuple[int, int] | None,
) -> None:
    people = dict(zip("ab", two(), strict=True))
    before = {
        who: oracle.Hours(
            tuple((n, *span) for n, day in enumerate(week, 1) for span in day),
            tuple(
                (MONDAY + timedelta(begin), MONDAY + timedelta(begin + more), day)
                for whose, begin, more, day in ranges
                if whose == who
            ),
        )
        for who, week in zip("ab", weeks, strict=True)
    }
    _write(people, before)
    monday = None if from_week is None else MONDAY + timedelta(7 * from_week)
    to_weeks = None if into is None else (_week(into[0]), _week(into[1]))

    service.copy_week(WeekCopy(people["a"], monday, tuple(people[who] for who in to), to_weeks))

    source = oracle.Hours(before["a"].weekly, before["a"].dated if monday else ())
    copied = {n: minutes(source, (monday or MONDAY) + timedelta(n)) for n in range(7)}
    known = house(db.session())
    for who, own in before.items():
        for day in DAYS:
            wanted = minutes(own, day)
            if who in to and _gets(own, day, into):
                wanted = copied[day.weekday()]
            week = week_of(known, people[who], day - timedelta(day.weekday()))
            found = oracle.Hours(tuple((day.isoweekday(), *s) for s in week[day.isoweekday()]))
            assert minutes(found, day) == wanted, (who, day)


def _gets(own: oracle.Hours, day: date, into: tuple[int, int] | None) -> bool:
    """Whether *day* is one of the weeks copied into; ordinary weeks do not touch other hours."""
    if into is None:
        return not any(first <= day <= last for first, last, _ in own.dated)
    return _week(into[0]) <= day < _week(into[1]) + timedelta(7)


def _week(n: int) -> date:
    return MONDAY + timedelta(7 * n)


def _write(people: dict[str, int], hours: dict[str, oracle.Hours]) -> None:
    session = db.session()
    session.execute(delete(HoursOverride))
    session.execute(delete(OpeningHours))
    for who, own in hours.items():
        for weekday, opens, closes in own.weekly:
            session.add(
                OpeningHours(
                    resource_id=people[who],
                    weekday=weekday,
                    opens_minute=opens,
                    closes_minute=closes,
                )
            )
        for first, last, day in own.dated:
            overrides.add(session, OtherHours(people[who], first, last, day, ""))
    session.commit()
    memory().forget()


def minutes(hours: oracle.Hours, day: date) -> set[int]:
    """Those of *day*, and of the night after it, that are open."""
    return {minute for begin, end in oracle.spans_of(hours, day) for minute in range(begin, end)}
