"""What was merged into one message, rewritten by staff or came too late is not lost by planning."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from studio.booking.models import Booking
from studio.db import db, transaction
from studio.messaging.models import Message, MessageState
from studio.prep.models import PrepStep
from tests import factories
from tests.booking.test_replanning import (
    a_booking_of_a_conditional_guide,
    changed,
    prep,
    sent,
    set_to,
)
from tests.clock import Clock

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def booking() -> Booking:
    return a_booking_of_a_conditional_guide()


def on_one_day(booking: Booking) -> None:
    """Let what is only for several people leave on the day of another step, after it."""
    with transaction() as session:
        kind = booking.package.session_type_id
        where = PrepStep.session_type_id == kind, PrepStep.key == "ready"
        step = session.scalars(select(PrepStep).where(*where)).one()
        step.days, step.minute = 7, 700


def write(step: str, **values: object) -> None:
    with transaction() as session:
        message = session.scalars(select(Message).where(Message.step == step)).one()
        for name, value in values.items():
            setattr(message, name, value)


@pytest.mark.parametrize(
    "unsent",
    [{"state": MessageState.HELD, "review": True}, {"attempts": 2}],
    ids=["held for review", "tried again"],
)
def test_the_guide_that_answers_a_late_booking_is_sent_though_its_last_step_goes(
    clock: Clock, unsent: dict[str, object]
) -> None:
    kind = factories.a_session_type()
    where = PrepStep.session_type_id == kind.id, PrepStep.key == "prepare"
    db.session.scalars(select(PrepStep).where(*where)).one().condition = "looks is 2"
    db.session.commit()
    package = factories.a_bookable_package(deposit_percent=0, session_type=kind)
    clock.set(factories.TEN_FIFTEEN - timedelta(days=5))
    late = factories.a_confirmed_booking(package, factories.TEN_FIFTEEN)
    write("prepare", **unsent)
    before = prep(late)["prepare"]
    assert before.context["steps"] == ["plan", "prepare"]

    clock.set(clock.now() + timedelta(hours=1))
    changed(late, clock, set_to(looks=1))

    after = prep(late)
    assert "prepare" not in after
    assert (after["plan"].id, after["plan"].state) == (before.id, before.state)
    assert (after["plan"].due_at, after["plan"].context["steps"]) == (before.due_at, ["plan"])
    changed(late, clock, set_to(looks=2))
    assert prep(late)["prepare"].context == before.context


def test_a_step_is_said_though_what_it_would_be_merged_into_was_left_out(clock: Clock) -> None:
    kind = factories.a_session_type()
    where = PrepStep.session_type_id == kind.id, PrepStep.key == "plan"
    db.session.scalars(select(PrepStep).where(*where)).one().condition = "looks is 1"
    db.session.commit()
    package = factories.a_bookable_package(deposit_percent=0, session_type=kind)
    clock.set(factories.TEN_FIFTEEN - timedelta(days=5))
    late = factories.a_confirmed_booking(package, factories.TEN_FIFTEEN)
    write("prepare", state=MessageState.SKIPPED)
    assert prep(late)["prepare"].context["steps"] == ["prepare"]

    changed(late, clock, set_to(looks=1))

    assert prep(late)["ready"].context["steps"] == ["plan", "ready"]


def test_what_staff_hold_stays_held_though_another_step_of_its_day_gives_the_words(
    booking: Booking, clock: Clock
) -> None:
    on_one_day(booking)
    changed(booking, clock, set_to(people=3))
    held = prep(booking)["ready"]
    assert held.context["steps"] == ["prepare", "ready"]
    write("ready", state=MessageState.HELD)

    changed(booking, clock, set_to(people=1))

    after = prep(booking)
    assert "ready" not in after
    assert (after["prepare"].id, after["prepare"].state) == (held.id, MessageState.HELD)
    assert after["prepare"].context["steps"] == ["prepare"]


def test_what_staff_rewrote_is_not_said_once_more_on_its_day(
    booking: Booking, clock: Clock
) -> None:
    on_one_day(booking)
    changed(booking, clock, set_to(people=3))
    write("ready", subject="By hand", body="By hand")

    changed(booking, clock, set_to(people=1))

    after = prep(booking)
    assert after["ready"].body == "By hand"
    assert "prepare" not in after


def test_a_step_of_the_day_of_what_staff_rewrote_comes_without_it(
    booking: Booking, clock: Clock
) -> None:
    on_one_day(booking)
    write("prepare", subject="By hand", body="By hand")

    changed(booking, clock, set_to(people=3))

    after = prep(booking)
    assert after["prepare"].body == "By hand"
    assert after["ready"].context["steps"] == ["ready"]
    assert after["ready"].context["essentials"] == []


def test_what_no_message_can_carry_any_more_is_written_at_once(
    booking: Booking, clock: Clock
) -> None:
    sent(booking, "plan", "prepare", "tomorrow")
    clock.set(booking.starts_at - timedelta(hours=20))

    changed(booking, clock, set_to(people=3))

    more = prep(booking)["ready"]
    assert (more.due_at, more.use_by) == (clock.now(), booking.starts_at)
    assert more.context["essentials"] == ["Essential of ready."]
    assert more.context["steps"] == ["ready"]
    assert more.context["subject"] == "One more thing for {day}"
    clock.set(clock.now() + timedelta(minutes=5))
    changed(booking, clock, set_to(people=4))
    again = prep(booking)["ready"]
    assert (again.id, again.context, again.due_at) == (more.id, more.context, more.due_at)
    changed(booking, clock, set_to(people=1))
    assert "ready" not in prep(booking)


def test_what_the_client_has_been_told_is_not_written_at_once_again(
    booking: Booking, clock: Clock
) -> None:
    sent(booking, "plan", "prepare", "tomorrow")
    clock.set(booking.starts_at - timedelta(hours=20))
    changed(booking, clock, set_to(people=3))
    sent(booking, "ready")
    before = {k: m.id for k, m in prep(booking).items()}

    for people in (1, 3):
        changed(booking, clock, set_to(people=people))

    assert {k: m.id for k, m in prep(booking).items()} == before


def test_what_was_sent_for_another_kind_does_not_count_for_the_new_one(
    booking: Booking, clock: Clock
) -> None:
    sent(booking, "plan", "prepare")
    other = factories.a_package(session_type=factories.a_session_type(name="Family portrait"))
    changed(booking, clock, set_to(package=other))
    before = {k: (m.id, m.context, m.due_at) for k, m in prep(booking).items()}
    assert before["prepare"][1]["steps"] == ["prepare"]

    changed(booking, clock, lambda _: None)

    assert {k: (m.id, m.context, m.due_at) for k, m in prep(booking).items()} == before
