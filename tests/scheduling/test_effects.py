"""What a change of hours does to what is booked: told before it is made, and told right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from studio.booking import sale
from studio.booking.models import Booking
from studio.db import db, epoch, from_epoch
from studio.domain.hours import Minutes
from studio.ports import ports
from studio.scheduling import openings, service
from studio.scheduling.contradictions import Contradiction, Reason, contradictions
from studio.scheduling.effects import Effect, NotAgreed
from studio.scheduling.memory import memory
from studio.scheduling.models import Allocation, Block, HoursOverride, OpeningHours, ResourceKind
from studio.scheduling.outside.models import OutsideBusy, OutsideCalendar
from studio.scheduling.overrides import OtherHours
from studio.scheduling.service import TimeOff
from tests import factories
from tests.clock import START, Clock
from tests.domain import oracle
from tests.factories import DAY

MORNING, EVENING = (540, 720), (1080, 1320)
WEEKDAY = DAY.isoweekday()


class Part(NamedTuple):
    """Somebody or something that a booking needs, in minutes of the day."""

    booking: int
    resource: int
    since: int
    until: int


class Diary(NamedTuple):
    """A day with a session in a room, one on location, and make-up before the first.

    Bo has no assistant. The sets take 15 minutes to build and 10 to strike.
    """

    amara: int
    bo: int
    kit: int
    room: int
    parts: Sequence[Part]

    @property
    def everybody(self) -> list[int]:
        return [self.amara, self.bo, self.kit, self.room]


def at(minute: int) -> datetime:
    return datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC) + timedelta(minutes=minute)


@pytest.fixture
def diary(database: None) -> Diary:
    factories.a_studio()
    room = factories.a_resource(name="Room A")
    kit = factories.a_resource(ResourceKind.ARTIST, name="Kit Moor")
    make_up = factories.make_up(kit, minutes=45)
    amara = factories.a_photographer("Amara Vale")
    bo = factories.a_photographer("Bo Lind", has_assistant=False)
    grey = factories.a_set(rooms=[room])
    inside = factories.a_package(
        sets=[grey], deposit_percent=0, clear_minutes=5, add_ons=[make_up], step_minutes=5
    )
    outside = factories.a_package(
        sets=[grey], deposit_percent=0, place=factories.a_place(travel=30), step_minutes=5
    )
    one = factories.a_confirmed_booking(
        inside, at(11 * 60), photographer=amara.slug, add_ons=[make_up.slug]
    ).id
    other = factories.a_confirmed_booking(inside, at(14 * 60), photographer=bo.slug).id
    away = factories.a_confirmed_booking(outside, at(16 * 60 + 15), photographer=bo.slug).id
    return Diary(
        amara.id,
        bo.id,
        kit.id,
        room.id,
        [
            Part(one, kit.id, 615, 660),
            Part(one, amara.id, 660, 720),
            Part(one, room.id, 645, 735),
            Part(other, bo.id, 825, 915),
            Part(other, room.id, 825, 915),
            Part(away, bo.id, 930, 1075),
        ],
    )


def found() -> set[tuple[int, int]]:
    db.session.rollback()
    return pairs(contradictions(db.session(), ports().now()))


def pairs(found: Sequence[Contradiction]) -> set[tuple[int, int]]:
    return {(each.booking_id, each.resource_id) for each in found}


def other(who: int | None, *spans: Minutes) -> OtherHours:
    return OtherHours(who, DAY, DAY, spans, "")


def off(who: int, since: int, until: int) -> TimeOff:
    return TimeOff(who, at(since), at(until), "Dentist")


def refused(change: Callable[[str], Effect]) -> Effect:
    with pytest.raises(NotAgreed) as told:
        change("")
    return told.value.effect


def agreed(change: Callable[[str], Effect]) -> Effect:
    """What *change* does, made whatever that is."""
    try:
        return change("")
    except NotAgreed as told:
        return change(told.effect.seal)


def count(table: type[Block | HoursOverride | Allocation]) -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count(table.id))) or 0)


def test_building_striking_and_the_way_count(diary: Diary) -> None:
    """Each of these ends, or begins, five minutes inside what some session needs."""
    inside, next_one, away = sorted({each.booking for each in diary.parts})
    for change, hit in (
        (other(diary.room, (650, 1080)), {(inside, diary.room)}),
        (other(diary.room, (540, 910)), {(next_one, diary.room)}),
        (other(diary.bo, (830, 1090)), {(next_one, diary.bo)}),
        (other(diary.bo, (825, 1070)), {(away, diary.bo)}),
        (other(diary.amara, (665, 1080)), {(inside, diary.amara)}),
        (other(diary.kit, (620, 1080)), {(inside, diary.kit)}),
    ):
        assert pairs(refused(partial(service.add_override, change)).caused) == hit
    for change in (
        other(diary.room, (645, 915)),
        other(diary.bo, (825, 1090)),
        other(diary.amara, (660, 720)),
        other(diary.kit, (615, 660)),
    ):
        assert not service.add_override(change).caused


def test_when_and_why_are_told(diary: Diary) -> None:
    (told,) = refused(partial(service.block_time, off(diary.bo, 940, 950), None)).caused

    assert (told.resource, told.reason) == ("Bo Lind", Reason.OFF)
    assert (told.begins_at, told.since, told.until) == (at(975), at(930), at(1075))


def test_a_calendar_of_their_own_is_told_apart_from_time_off(diary: Diary) -> None:
    elsewhere = factories.kept(
        OutsideCalendar(
            photographer_id=diary.bo, url="https://x.example", next_fetch_at=START, created_at=START
        )
    )
    begin = epoch(at(850))
    factories.kept(
        OutsideBusy(
            calendar_id=elsewhere.id, resource_id=diary.bo, busy_from=begin, busy_to=begin + 60
        )
    )
    (told,) = contradictions(db.session(), ports().now())
    assert told.reason is Reason.ELSEWHERE

    # Both at once is time off: that is what can be taken back here.
    agreed(partial(service.block_time, off(diary.bo, 900, 905), None))
    (told,) = contradictions(db.session(), ports().now())
    assert told.reason is Reason.OFF


def test_time_off_that_is_over_still_counts_while_the_session_is_under_way(diary: Diary) -> None:
    agreed(partial(service.block_time, off(diary.amara, 665, 670), None))

    (told,) = contradictions(db.session(), at(700))

    assert told.reason is Reason.OFF


def test_nothing_is_saved_until_the_effect_is_agreed_to(diary: Diary) -> None:
    changes: list[Callable[[str], Effect]] = [
        partial(service.add_override, other(None)),
        partial(service.close_days, [other(None)]),
        partial(service.block_time, off(diary.room, 0, 1440), None),
        partial(service.set_weekly_hours, diary.amara, {}),
    ]
    for change in changes:
        before = found()
        effect = refused(change)
        assert effect.caused
        assert (count(Block), count(HoursOverride), found()) == (0, 0, before)
        with pytest.raises(NotAgreed):
            change("what was shown before")
    effect = changes[0](refused(changes[0]).seal)
    assert pairs(effect.caused) == found() == {(p.booking, p.resource) for p in diary.parts}


def test_what_did_not_fit_before_is_kept_apart_and_needs_no_yes(diary: Diary) -> None:
    agreed(partial(service.block_time, off(diary.room, 700, 710), None))

    effect = service.block_time(off(diary.amara, 1300, 1310))

    assert (effect.caused, [each.resource for each in effect.known]) == ([], ["Room A"])
    more = refused(partial(service.block_time, off(diary.room, 0, 1440), None))
    assert (len(more.caused), len(more.known)) == (1, 1)


def test_one_more_session_meanwhile_asks_again(diary: Diary) -> None:
    change = other(diary.amara, EVENING)
    seal = refused(partial(service.add_override, change)).seal
    inside = db.session.get_one(Booking, diary.parts[0].booking)
    slug = inside.photographer.slug
    factories.a_confirmed_booking(inside.package, at(540 + 30), photographer=slug)

    with pytest.raises(NotAgreed) as told:
        service.add_override(change, seal)

    assert len(told.value.effect.caused) == 2
    assert len(service.add_override(change, told.value.effect.seal).caused) == 2


def test_a_photographer_is_told_of_their_own_only(diary: Diary) -> None:
    change = partial(service.block_time, off(diary.bo, 0, 1440), diary.bo)
    agreed(partial(service.add_override, other(diary.amara)))

    effect = refused(change)

    assert {each.resource for each in (*effect.caused, *effect.known)} == {"Bo Lind"}


def test_removing_hours_may_cause_something_and_removing_time_off_may_not(diary: Diary) -> None:
    service.set_weekly_hours(diary.kit, {WEEKDAY: ((600, 700),)})
    service.add_override(other(diary.amara, (0, 1440)))
    agreed(partial(service.set_weekly_hours, diary.amara, {}))
    row = db.session.scalars(select(HoursOverride.id)).one()

    effect = refused(partial(service.remove_override, row))

    assert pairs(effect.caused) == {(diary.parts[1].booking, diary.amara)}
    assert count(HoursOverride) == 1
    agreed(partial(service.remove_override, row))
    assert count(HoursOverride) == 0


def test_a_live_hold_is_told_before_a_change_and_listed_nowhere_after(
    diary: Diary, clock: Clock
) -> None:
    package = factories.a_package(sets=[factories.a_set()])
    held = factories.a_hold(package, at(11 * 60) + timedelta(days=1))
    who, day = held.photographer_id, DAY + timedelta(days=1)

    def change(agreed: str) -> Effect:
        return service.add_override(OtherHours(who, day, day, (), ""), agreed)

    assert (held.id, who) in pairs(refused(change).caused)
    assert held.id not in {booking for booking, _ in found()}
    clock.advance(minutes=16)
    assert change("").caused == []


def test_what_is_over_is_no_contradiction(diary: Diary) -> None:
    agreed(partial(service.add_override, other(None)))

    assert pairs(contradictions(db.session(), at(1000))) == {(diary.parts[-1].booking, diary.bo)}
    assert contradictions(db.session(), at(1050)) == []


days = st.sampled_from([(), (MORNING,), (EVENING,), ((540, 1080),), ((610, 950), (1000, 1100))])
minute = st.integers(100, 230).map(lambda n: n * 5)


@st.composite
def changes(draw: st.DrawFn, diary: Diary) -> Callable[[str], Effect]:
    who = draw(st.sampled_from(diary.everybody))
    spans, kind = draw(days), draw(st.sampled_from(["week", "dates", "off", "closed"]))
    since, length = draw(minute), draw(st.sampled_from([5, 20, 240]))
    if kind == "week":
        return partial(service.set_weekly_hours, who, {WEEKDAY: spans})
    if kind == "dates":
        return partial(service.add_override, other(who, *spans))
    if kind == "off":
        return partial(service.block_time, off(who, since, since + length), None)
    return partial(service.add_override, other(None))


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data(), several=st.integers(1, 3))
def test_the_effect_is_what_a_look_at_every_minute_says(
    diary: Diary, data: st.DataObject, several: int
) -> None:
    _as_it_was(diary)
    for _ in range(several):
        before = set(_missing(diary))
        effect = agreed(data.draw(changes(diary)))
        after = set(_missing(diary))
        assert pairs(effect.caused) == after - before
        assert pairs(effect.known) == after & before
        assert found() == after
    for booking in {each.booking for each in diary.parts}:
        assert _offered_again(booking) == (booking not in {part for part, _ in after})


def _as_it_was(diary: Diary) -> None:
    session = db.session()
    for table in (Block, HoursOverride, OpeningHours):
        session.execute(delete(table))
    session.add_all(
        OpeningHours(resource_id=who, weekday=WEEKDAY, opens_minute=540, closes_minute=1100)
        for who in diary.everybody
    )
    session.commit()
    memory().forget()


def _missing(diary: Diary) -> Iterator[tuple[int, int]]:
    """Who or what is not there in some minute in which it is needed, by looking at each."""
    for part in diary.parts:
        hours, away = _hours(part.resource), _away(part.resource)
        for n in range(part.since, part.until):
            then = epoch(at(n)) // 60
            zone = openings.known_house(db.session()).zone
            if not oracle.is_open_at(hours, then, zone) or then in away:
                yield part.booking, part.resource
                break


def _hours(resource: int) -> oracle.Hours:
    db.session.rollback()
    weekly = db.session.scalars(select(OpeningHours).where(OpeningHours.resource_id == resource))
    dated = list(db.session.scalars(select(HoursOverride)))
    own: dict[tuple[date, date], list[Minutes]] = {}
    for row in dated:
        if row.resource_id == resource:
            spans = own.setdefault((row.first_on, row.last_on), [])
            if row.opens_minute is not None and row.closes_minute is not None:
                spans.append((row.opens_minute, row.closes_minute))
    return oracle.Hours(
        tuple((row.weekday, row.opens_minute, row.closes_minute) for row in weekly),
        tuple((*dates, tuple(spans)) for dates, spans in own.items()),
        tuple((row.first_on, row.last_on) for row in dated if row.resource_id is None),
    )


def _away(resource: int) -> set[int]:
    blocks = db.session.scalars(select(Block).where(Block.resource_id == resource))
    return {n for row in blocks for n in range(row.busy_from // 60, row.busy_to // 60)}


def _offered_again(booking_id: int) -> bool:
    """Whether the engine would give this booking what it has, if it did not have it."""
    booking = db.session.get_one(Booking, booking_id)
    needs = sale.needs_again(db.session(), booking)
    starts = openings.starts_on(db.session(), needs, [DAY], ports().now(), leaving_out=booking.id)
    return booking.starts_at in {from_epoch(each.at) for each in starts}
