"""What prepares a client is planned anew when something about their booking changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from studio.booking import history, replanning
from studio.booking.form.service import keep_answers
from studio.booking.models import Booking, BookingLine
from studio.booking.releases.models import Sitter
from studio.booking.releases.service import NewSitter, forget_sitter, name_sitter
from studio.db import db, transaction
from studio.messaging.models import Message, MessageKind, MessageState
from studio.prep.models import PrepGuide, PrepStep
from tests import factories
from tests.clock import START, Clock

pytestmark = pytest.mark.usefixtures("database")


def a_booking_of_a_conditional_guide() -> Booking:
    """A session 15 days ahead whose guide has a word for everybody and some only for some."""
    kind = factories.a_session_type()
    guide = db.session.scalars(select(PrepGuide).where(PrepGuide.session_type_id == kind.id)).one()
    guide.body = "## Two {when: looks is 2}\n\nBoth.\n\n## Many {when: people > 1}\n\nAll of you."
    guide.checklist = [
        {"key": "a", "text": "Slept"},
        {"key": "b", "text": "Signed", "when": "minors"},
    ]
    steps = {
        s.key: s
        for s in db.session.scalars(select(PrepStep).where(PrepStep.session_type_id == kind.id))
    }
    steps["prepare"].guide_sections = ["*"]
    steps["ready"].condition = "people > 1"
    db.session.commit()
    package = factories.a_bookable_package(deposit_percent=0, session_type=kind, people_max=6)
    return factories.a_confirmed_booking(package, people=1)


@pytest.fixture
def booking() -> Booking:
    return a_booking_of_a_conditional_guide()


def prep(booking: Booking) -> dict[str, Message]:
    """What is planned or was sent as it stands now, by its step; the latest of each."""
    db.session.rollback()
    theirs = (
        select(Message)
        .where(Message.booking_id == booking.id, Message.kind == MessageKind.PREP)
        .where(Message.state != MessageState.CANCELLED)
        .order_by(Message.id)
    )
    found = {each.step: each for each in db.session.scalars(theirs)}
    for each in found.values():
        db.session.expunge(each)
    return found


def changed(booking: Booking, clock: Clock, change: Callable[[Booking], None]) -> None:
    with transaction() as session:
        locked = history.locked(session, booking.id)
        change(locked)
        replanning.replan(session, locked, clock.now())


def set_to(**values: object) -> Callable[[Booking], None]:
    def change(booking: Booking) -> None:
        for name, value in values.items():
            setattr(booking, name, value)

    return change


def test_an_answer_changes_what_is_still_to_be_said(booking: Booking) -> None:
    asked = factories.a_questionnaire(booking.package.session_type_id)
    with transaction() as session:
        guide = session.get_one(PrepGuide, booking.guide_id)
        guide.body = "## Lenses {when: surely glasses}\n\nClean them."
    assert "## Lenses" not in prep(booking)["prepare"].context["body"]

    for answer, said in (("always", True), ("never", False)):
        keep_answers(booking.id, asked.id, {"glasses": answer})
        assert ("## Lenses" in prep(booking)["prepare"].context["body"]) is said


def sent(booking: Booking, *steps: str, at: object = START) -> None:
    with transaction() as session:
        for each in session.scalars(select(Message).where(Message.booking_id == booking.id)):
            if each.step in steps:
                each.state, each.sent_at = MessageState.SENT, at  # type: ignore[assignment]


def test_more_people_are_written_to_as_such(booking: Booking, clock: Clock) -> None:
    before = prep(booking)
    assert "ready" not in before
    assert "Many" not in before["prepare"].context["body"]

    changed(booking, clock, set_to(people=3, looks=1))

    after = prep(booking)
    assert "## Many" in after["prepare"].context["body"]
    assert "## Two" not in after["prepare"].context["body"]
    assert after["prepare"].message_id == before["prepare"].message_id
    assert after["ready"].state is MessageState.PLANNED
    assert {k: m.due_at for k, m in before.items()}.items() <= {
        k: m.due_at for k, m in after.items()
    }.items()

    changed(booking, clock, set_to(people=1, looks=2))

    again = prep(booking)
    assert {k: m.context for k, m in again.items()} == {k: m.context for k, m in before.items()}


def test_nothing_changes_where_nothing_has(booking: Booking, clock: Clock) -> None:
    before = {k: (m.context, m.due_at, m.state, m.id) for k, m in prep(booking).items()}

    changed(booking, clock, lambda _: None)

    assert {k: (m.context, m.due_at, m.state, m.id) for k, m in prep(booking).items()} == before


def test_what_was_sent_edited_or_held_stays_so(booking: Booking, clock: Clock) -> None:
    sent(booking, "plan")
    with transaction() as session:
        messages = {
            each.step: each
            for each in session.scalars(select(Message).where(Message.booking_id == booking.id))
        }
        messages["prepare"].subject, messages["prepare"].body = "By hand", "By hand"
        messages["tomorrow"].state = MessageState.HELD
    before = prep(booking)

    changed(booking, clock, set_to(people=3))

    after = prep(booking)
    assert after["plan"].id == before["plan"].id
    assert (after["prepare"].body, after["prepare"].context) == (
        "By hand",
        before["prepare"].context,
    )
    assert after["tomorrow"].state is MessageState.HELD
    assert [m.step for m in after.values()].count("plan") == 1


def test_a_step_that_concerns_them_too_late_is_carried_by_the_next(
    booking: Booking, clock: Clock
) -> None:
    sent(booking, "plan", "prepare")
    clock.set(booking.starts_at - timedelta(days=2))

    changed(booking, clock, set_to(people=3))

    after = prep(booking)
    assert "ready" not in after
    assert after["tomorrow"].context["essentials"] == ["Essential of ready."]
    assert after["tomorrow"].context["steps"] == ["ready", "tomorrow"]
    changed(booking, clock, set_to(people=3))
    assert prep(booking)["tomorrow"].context["essentials"] == ["Essential of ready."]


def test_what_is_about_to_leave_keeps_its_time(booking: Booking, clock: Clock) -> None:
    due = booking.starts_at - timedelta(days=9)
    clock.set(due)
    with transaction() as session:
        session.scalars(select(Message).where(Message.step == "prepare")).one().due_at = due

    changed(booking, clock, set_to(people=3))

    after = prep(booking)["prepare"]
    assert after.due_at == due
    assert "## Many" in after.context["body"]


def test_another_kind_of_session_is_prepared_for_from_the_start(
    booking: Booking, clock: Clock
) -> None:
    sent(booking, "plan")
    with transaction() as session:
        edited = session.scalars(select(Message).where(Message.step == "tomorrow")).one()
        edited.subject, edited.body = "By hand", "By hand"
    other = factories.a_package(session_type=factories.a_session_type(name="Family portrait"))
    clock.set(booking.starts_at - timedelta(days=10))

    changed(booking, clock, set_to(package=other))

    after = prep(booking)
    new = db.session.get_one(Booking, booking.id)
    guide = db.session.get_one(PrepGuide, new.guide_id)
    assert guide.session_type_id == other.session_type_id
    assert after["plan"].state is MessageState.SENT
    assert after["prepare"].context["essentials"] == ["Essential of plan."]
    assert after["tomorrow"].body == "By hand"
    assert set(after) == {"plan", "prepare", "ready", "tomorrow", "thanks", "reminder"}


def test_a_moved_session_is_not_sent_again_what_it_had(booking: Booking, clock: Clock) -> None:
    sent(booking, "plan", "prepare", "confirmation")
    moved(booking, clock)
    planned = {k: m.id for k, m in prep(booking).items()}

    changed(booking, clock, set_to(looks=1))

    assert {k: m.id for k, m in prep(booking).items()} == planned
    assert [m.step for m in prep(booking).values() if m.state is MessageState.SENT] == [
        "plan", "prepare",
    ]  # fmt: skip


def moved(booking: Booking, clock: Clock) -> None:
    """A week later."""
    from studio.booking import letters

    with transaction() as session:
        mine = history.locked(session, booking.id)
        before = mine.starts_at
        for name in ("starts_at", "ends_at", "arrive_at"):
            setattr(mine, name, getattr(mine, name) + timedelta(days=7))
        letters.moved(session, mine, before, clock.now())


def test_what_another_kind_was_sent_before_a_move_is_not_had(
    booking: Booking, clock: Clock
) -> None:
    sent(booking, "plan", "prepare", "confirmation")
    moved(booking, clock)
    other = factories.a_package(session_type=factories.a_session_type(name="Family portrait"))
    changed(booking, clock, set_to(package=other))

    moved(booking, clock)

    assert {"plan", "prepare"} <= {k for k, m in prep(booking).items() if m.sent_at is None}


def test_what_was_sent_before_a_move_is_had_once_it_is_of_that_kind_again(
    booking: Booking, clock: Clock
) -> None:
    sent(booking, "plan", "prepare", "confirmation")
    first = booking.package
    moved(booking, clock)
    other = factories.a_package(session_type=factories.a_session_type(name="Family portrait"))
    for package in (other, first, other, first):
        changed(booking, clock, set_to(package=package))

    moved(booking, clock)

    assert not {"plan", "prepare"} & {k for k, m in prep(booking).items() if m.sent_at is None}


def test_naming_somebody_under_eighteen_asks_for_more(booking: Booking) -> None:
    factories.a_release_text()
    name_sitter(booking.id, NewSitter(name="Robin Ash"))
    assert prep(booking)["plan"].context["values"]["checklist"] == ["Slept"]

    name_sitter(
        booking.id,
        NewSitter(name="Kim", minor=True, guardian_name="Robin", guardian_relation="Parent"),
    )

    assert prep(booking)["plan"].context["values"]["checklist"] == ["Slept", "Signed"]
    kim = db.session.scalars(select(Sitter.id).where(Sitter.name == "Kim")).one()
    forget_sitter(booking.id, kim)
    assert prep(booking)["plan"].context["values"]["checklist"] == ["Slept"]


def test_an_extra_that_brings_the_dog_is_told_of(booking: Booking, clock: Clock) -> None:
    dog = factories.an_add_on(name="The dog comes too")
    guide = db.session.get_one(PrepGuide, booking.guide_id)
    guide.body = "## Dog {when: surely pets}\n\nA lead."
    db.session.commit()

    def add(mine: Booking) -> None:
        first = mine.lines[0]
        same = {c.key: getattr(first, c.key) for c in BookingLine.__mapper__.column_attrs}
        db.session.add(BookingLine(**{**same, "id": None, "label": dog.name, "add_on_id": dog.id}))

    assert "Dog" not in prep(booking)["prepare"].context["body"]
    changed(booking, clock, add)
    assert "## Dog" in prep(booking)["prepare"].context["body"]


def test_what_was_never_prepared_or_has_begun_is_left_alone(booking: Booking, clock: Clock) -> None:
    before = prep(booking)["prepare"].context
    clock.set(booking.starts_at)
    changed(booking, clock, set_to(people=3))
    assert prep(booking)["prepare"].context == before

    with transaction() as session:
        for each in session.scalars(select(Message).where(Message.booking_id == booking.id)):
            session.delete(each)
    clock.set(START)
    changed(booking, clock, set_to(people=2))
    assert prep(booking) == {}
