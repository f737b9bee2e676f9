from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from studio.db import db, transaction
from studio.messaging import outbox, queries
from studio.messaging.models import Message, MessageKind, MessageState
from studio.messaging.outbox import NewMessage, NotOpen, UnknownPlaceholder
from tests import factories
from tests.clock import Clock
from tests.messaging.posting import CONTEXT, a_message, read

pytestmark = pytest.mark.usefixtures("database")


def test_one_key_is_one_message_with_one_message_id(clock: Clock) -> None:
    first = a_message(dedupe_key="booking:1:plan:0")
    planned_id = first.message_id

    again = NewMessage(
        dedupe_key="booking:1:plan:0",
        kind=MessageKind.PREP,
        template="prep",
        recipient="else@client.example",
        context=CONTEXT,
        due_at=clock.now(),
    )
    with transaction() as session:
        assert not outbox.post(session, again, clock.now())

    assert db.session.query(Message).count() == 1
    kept = read("booking:1:plan:0")
    assert kept.recipient == "robin@client.example"
    assert kept.message_id == planned_id
    assert planned_id.startswith("<")
    assert planned_id.endswith("@127.0.0.1>")


def test_a_message_is_not_planned_when_the_decision_is_rolled_back(clock: Clock) -> None:
    def decide_and_fail() -> None:
        with transaction() as session:
            new = NewMessage(
                dedupe_key="lost",
                kind=MessageKind.PREP,
                template="prep",
                recipient="robin@client.example",
                context=CONTEXT,
                due_at=clock.now(),
            )
            assert outbox.post(session, new, clock.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        decide_and_fail()

    assert db.session.query(Message).count() == 0


def test_withdrawing_takes_back_all_that_has_not_left() -> None:
    booking = factories.a_confirmed_booking()
    keys = {}
    for state in MessageState:
        message = a_message(booking_id=booking.id)
        message.state = state
        keys[state] = message.dedupe_key
        db.session.commit()

    with transaction() as session:
        outbox.withdraw(session, booking.id)

    untouched = {MessageState.DATA, MessageState.SENT, MessageState.SKIPPED}
    for state, key in keys.items():
        expected = state if state in untouched else MessageState.CANCELLED
        assert read(key).state is expected
    assert read(keys[MessageState.DATA]).use_by is not None


def test_staff_edit_hold_release_send_and_skip(clock: Clock) -> None:
    message = a_message(due_at=clock.now() + timedelta(days=3))
    with transaction() as session:
        row = session.get_one(Message, message.id)
        outbox.edit(session, row, subject="Rain\non {day}", body="Bring a **coat**, {first_name}.")
        outbox.hold(session, row)
    assert read(message.dedupe_key).state is MessageState.HELD
    with transaction() as session:
        row = session.get_one(Message, message.id)
        outbox.release(session, row)
        outbox.send_now(session, row, clock.now())

    kept = read(message.dedupe_key)
    assert kept.state is MessageState.PLANNED
    assert (kept.subject, kept.due_at) == ("Rain on {day}", clock.now())
    with transaction() as session:
        outbox.skip(session, session.get_one(Message, message.id))
    assert read(message.dedupe_key).state is MessageState.SKIPPED


def test_an_unknown_placeholder_is_refused_with_a_suggestion() -> None:
    message = a_message()
    with transaction() as session, pytest.raises(UnknownPlaceholder) as refused:
        outbox.edit(
            session, session.get_one(Message, message.id), subject="{fist_name}", body="{zzz}"
        )
    assert refused.value.names == [("fist_name", "first_name"), ("zzz", None)]
    assert read(message.dedupe_key).body is None


def test_a_given_up_message_is_tried_again_at_another_address(clock: Clock) -> None:
    message = a_message()
    message.state, message.attempts, message.error = MessageState.DEAD, 8, "550 unknown"
    db.session.commit()

    with transaction() as session:
        row = session.get_one(Message, message.id)
        outbox.retry(session, row, clock.now(), recipient="robin@other.example")

    kept = read(message.dedupe_key)
    assert (kept.state, kept.attempts, kept.error) == (MessageState.PLANNED, 0, "")
    assert kept.recipient == "robin@other.example"


@pytest.mark.parametrize("state", [MessageState.SENT, MessageState.CLAIMED, MessageState.CANCELLED])
def test_nothing_can_be_done_to_a_message_that_has_gone(state: MessageState, clock: Clock) -> None:
    message = a_message()
    message.state = state
    db.session.commit()
    acts: list[Callable[[Message], None]] = [
        lambda row: outbox.edit(db.session(), row, subject="a", body="b"),
        lambda row: outbox.hold(db.session(), row),
        lambda row: outbox.release(db.session(), row),
        lambda row: outbox.send_now(db.session(), row, clock.now()),
        lambda row: outbox.skip(db.session(), row),
        lambda row: outbox.retry(db.session(), row, clock.now()),
    ]
    for act in acts:
        with transaction() as session, pytest.raises(NotOpen) as refused:
            act(session.get_one(Message, message.id))
        assert refused.value.state is state


def test_what_is_overdue_counts_neither_what_is_to_come_nor_what_was_given_up(clock: Clock) -> None:
    a_message(due_at=clock.now() + timedelta(days=1))
    a_message(due_at=clock.now() - timedelta(minutes=30))
    dead = a_message(due_at=clock.now() - timedelta(hours=2))
    dead.state = MessageState.DEAD
    db.session.commit()
    session = db.session()

    assert queries.overdue(session, clock.now()) == clock.now() - timedelta(minutes=30)
    assert queries.overdue(session, clock.now() - timedelta(hours=1)) is None
