from __future__ import annotations

import logging
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from studio import worker
from studio.db import db, transaction
from studio.messaging import claims, outbox
from studio.messaging.jobs import send_due_mail
from studio.messaging.models import Message, MessageState
from studio.messaging.rendering import Draft, masked_link
from studio.ports.mailer import MailNotTaken
from tests import factories
from tests.clock import Clock
from tests.fakes.mailer import FakeMailer
from tests.messaging.posting import CONTEXT, a_message, no_link, read

pytestmark = pytest.mark.usefixtures("database")

LINKED: dict[str, Any] = {**CONTEXT, "link_to": "prep"}


def a_link(_session: Session, booking_id: int, to: str) -> str:
    return f"http://127.0.0.1:8000/booking/secret-{booking_id}/{to}"


def test_what_is_due_is_sent_and_kept_as_it_was(clock: Clock, mailer: FakeMailer) -> None:
    due = a_message()
    later = a_message(due_at=clock.now() + timedelta(hours=1))

    assert send_due_mail(no_link) == 1

    (mail,) = mailer.sent
    kept = read(due.dedupe_key)
    assert mail["Message-ID"] == kept.message_id
    assert (kept.state, kept.sent_at, kept.attempts) == (MessageState.SENT, clock.now(), 1)
    assert kept.sent_subject == "Ready for Tuesday 8 December?"
    assert "Hello Robin" in (kept.sent_text or "")
    assert "<strong>Tuesday 8 December</strong>" in (kept.sent_html or "")
    assert read(later.dedupe_key).state is MessageState.PLANNED
    assert send_due_mail(no_link) == 0


@pytest.mark.parametrize("to", ["booking", "prep", "pay", "checkout"])
def test_the_real_link_is_sent_and_never_kept(mailer: FakeMailer, to: str) -> None:
    booking = factories.a_confirmed_booking()
    with transaction() as session:
        outbox.withdraw(session, booking.id)
    message = a_message(context=LINKED | {"link_to": to}, booking_id=booking.id)

    assert send_due_mail(a_link) == 1

    assert f"secret-{booking.id}/{to}" in mailer.sent[0].as_string()
    kept = read(message.dedupe_key)
    everything = f"{kept.context}{kept.sent_subject}{kept.sent_text}{kept.sent_html}"
    assert "secret" not in everything
    masked = masked_link(Draft.of(kept))
    assert "…" in masked
    assert to == "checkout" or masked in (kept.sent_text or "")


def test_a_refusal_for_now_is_tried_again_after_growing_pauses(
    clock: Clock, mailer: FakeMailer
) -> None:
    message = a_message()
    mailer.refuse("robin@client.example", "451 come back later", permanent=False)
    pauses = []
    for tries in range(1, claims.TRIES):
        assert send_due_mail(no_link) == 0
        kept = read(message.dedupe_key)
        assert (kept.state, kept.attempts) == (MessageState.PLANNED, tries)
        assert kept.error == "451 come back later"
        pauses.append((kept.due_at - clock.now()).total_seconds())
        clock.set(kept.due_at)
    for pause, wanted in zip(pauses, [60, 240, 960, 3840, 15360, 21600, 21600], strict=True):
        assert wanted / 2 <= pause <= wanted * 1.5

    assert send_due_mail(no_link) == 0
    assert read(message.dedupe_key).state is MessageState.DEAD
    mailer.reset()
    clock.advance(days=9)
    assert send_due_mail(no_link) == 0


def test_a_refusal_for_good_ends_it_at_once_and_stops_nobody_else(mailer: FakeMailer) -> None:
    message = a_message(recipient="gone@client.example")
    a_message()
    mailer.refuse("gone@client.example", "550 no such user", permanent=True)

    assert send_due_mail(no_link) == 1

    kept = read(message.dedupe_key)
    assert (kept.state, kept.error) == (MessageState.DEAD, "550 no such user")


@pytest.mark.parametrize(
    "broken",
    [
        {"template": "no_such_template"},
        {"template": "confirmation"},
        {"recipient": "robin@a.example, thief@evil.example"},
        {"context": {**CONTEXT, "body": 7}},
    ],
)
def test_a_message_that_cannot_be_written_stops_nobody_else(
    broken: dict[str, Any], mailer: FakeMailer
) -> None:
    message = a_message(**broken)
    a_message()

    assert send_due_mail(no_link) == 1

    kept = read(message.dedupe_key)
    assert (kept.state, kept.attempts) == (MessageState.DEAD, 1)
    assert kept.error.startswith("It could not be written")


def test_a_link_that_cannot_be_made_stops_nobody_else(mailer: FakeMailer) -> None:
    booking = factories.a_confirmed_booking()
    with transaction() as session:
        outbox.withdraw(session, booking.id)
    message = a_message(context=LINKED, booking_id=booking.id)
    a_message()

    assert send_due_mail(no_link) == 1

    kept = read(message.dedupe_key)
    assert (kept.state, kept.error) == (
        MessageState.DEAD, "No link could be made (AssertionError)."
    )  # fmt: skip


def test_a_message_whose_time_has_passed_is_skipped(clock: Clock, mailer: FakeMailer) -> None:
    message = a_message(use_by=clock.now() + timedelta(minutes=5))
    clock.advance(minutes=5)
    assert send_due_mail(no_link) == 0
    assert read(message.dedupe_key).state is MessageState.SKIPPED
    assert not mailer.sent


def test_a_dead_workers_lease_runs_out(clock: Clock, mailer: FakeMailer) -> None:
    message = a_message()
    with transaction() as session:
        taken = claims.take(session, clock.now())
        assert taken is not None
        lease = str(taken.lease)
    with transaction() as session:
        assert claims.begin_data(session, message.id, lease, clock.now())
    clock.advance(seconds=119)
    assert send_due_mail(no_link) == 0

    clock.advance(seconds=2)
    assert send_due_mail(no_link) == 1

    kept = read(message.dedupe_key)
    assert (kept.state, kept.attempts, kept.ambiguous) == (MessageState.SENT, 2, 1)
    with transaction() as session:  # the dead one was only slow
        assert not claims.begin_data(session, message.id, lease, clock.now())


def test_the_first_of_a_long_queue_is_found_without_sorting_it(clock: Clock) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        asked.append((statement, values))

    connection = db.session().connection()
    event.listen(connection, "before_cursor_execute", note)
    claims.take(db.session(), clock.now())
    event.remove(connection, "before_cursor_execute", note)
    ready, values = asked[-1]
    if connection.dialect.name == "sqlite":
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {ready}", values).all())
        assert "ix_messages_state_due_at (state=? AND due_at>? AND due_at<?)" in plan
        assert "TEMP B-TREE" not in plan
    else:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        plan = str(connection.exec_driver_sql(f"EXPLAIN {ready}", values).all())
        assert "Presorted Key: messages_1.due_at" in plan


def test_a_lease_from_the_future_is_no_lease(clock: Clock, mailer: FakeMailer) -> None:
    message = a_message(due_at=clock.now() - timedelta(days=1))
    with transaction() as session:
        assert claims.take(session, clock.now())
    clock.advance(hours=-2)
    assert send_due_mail(no_link) == 1
    assert read(message.dedupe_key).ambiguous == 0


def test_a_message_that_kills_its_worker_runs_out_of_tries(
    clock: Clock, mailer: FakeMailer
) -> None:
    poison = a_message()
    for _ in range(claims.TRIES):
        with transaction() as session:
            assert claims.take(session, clock.now()) is not None
        clock.advance(seconds=121)
    a_message()

    assert send_due_mail(no_link) == 1

    assert read(poison.dedupe_key).state is MessageState.DEAD


def test_a_message_withdrawn_while_it_is_written_is_not_sent(clock: Clock) -> None:
    booking = factories.a_confirmed_booking()
    with transaction() as session:
        outbox.withdraw(session, booking.id)
    message = a_message(booking_id=booking.id)
    with transaction() as session:
        taken = claims.take(session, clock.now())
        assert taken is not None
        lease = str(taken.lease)
    with transaction() as session:
        outbox.withdraw(session, booking.id)

    with transaction() as session:
        assert not claims.begin_data(session, message.id, lease, clock.now())
        claims.mark_failed(session, message.id, lease, clock.now(), error="451", permanent=False)
    assert read(message.dedupe_key).state is MessageState.CANCELLED


def test_withdrawn_while_it_is_handed_over_it_is_not_tried_again(
    clock: Clock, mailer: FakeMailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = factories.a_confirmed_booking()
    with transaction() as session:
        outbox.withdraw(session, booking.id)
    message = a_message(booking_id=booking.id)

    def broken_off(_mail: object, *, before_data: Any) -> None:
        assert before_data()
        assert read(message.dedupe_key).state is MessageState.DATA
        with transaction() as session:
            outbox.withdraw(session, booking.id)
        raise MailNotTaken("the line was cut", permanent=False)

    monkeypatch.setattr(mailer, "send", broken_off)
    assert send_due_mail(no_link) == 0
    monkeypatch.undo()
    clock.set(read(message.dedupe_key).due_at)
    assert send_due_mail(no_link) == 0
    assert read(message.dedupe_key).state is MessageState.SKIPPED


def test_logs_name_nobody(mailer: FakeMailer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    a_message()
    a_message(recipient="gone@client.example")
    a_message(context={**CONTEXT, "body": "{first_name}", "values": {"first_name": 5}})
    mailer.refuse("gone@client.example", "550 no gone@client.example here", permanent=True)

    send_due_mail(no_link)

    ours = [r.getMessage() for r in caplog.records if r.name.startswith("studio.messaging")]
    assert ours
    assert not [line for line in ours if "client.example" in line or "Robin" in line]
    assert db.session.query(Message).filter_by(state=MessageState.DEAD).count() == 1


def test_a_run_ends_after_twenty_letters(mailer: FakeMailer) -> None:
    for _ in range(21):
        a_message()

    assert [send_due_mail(no_link), send_due_mail(no_link)] == [20, 1]


def test_what_has_left_is_marked_whatever_becomes_of_the_next(
    mailer: FakeMailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = a_message(), a_message()
    real, asked = Draft.of, iter(range(3))

    def broken(message: Message, *rest: Any) -> Draft:
        if next(asked):
            raise LookupError(message.message_id)
        return real(message, *rest)

    monkeypatch.setattr(Draft, "of", broken)
    with pytest.raises(LookupError):
        send_due_mail(no_link)

    assert read(first.dedupe_key).state is MessageState.SENT
    assert read(second.dedupe_key).state is MessageState.PLANNED
    assert mailer.rests == 1, "and the line is given up"


def test_letters_that_cannot_go_do_not_use_up_a_run(clock: Clock, mailer: FakeMailer) -> None:
    for _ in range(21):
        a_message(use_by=clock.now())
    a_message()

    assert send_due_mail(no_link) == 1


def test_a_worker_that_is_to_stop_begins_no_other_letter(mailer: FakeMailer) -> None:
    for _ in range(3):
        a_message()

    assert send_due_mail(no_link, stopping=lambda: bool(mailer.sent)) == 1
    assert len(mailer.sent) == 1

    stop = Event()
    stop.set()
    (job,) = [each for each in worker.jobs(stop) if each.name == "send_due_mail"]
    assert job.run() == 0
    stop.clear()
    assert job.run() == 2


def test_a_run_at_another_time_and_the_worker_take_nothing_from_each_other(
    clock: Clock, mailer: FakeMailer
) -> None:
    """`worker --once --at` beside a worker that runs: leases go by the clock both share."""
    message = a_message()
    with transaction() as session:
        later = claims.take(session, clock.now() + timedelta(days=10), clock.now())
        assert later is not None
        lease = str(later.lease)

    assert send_due_mail(no_link) == 0
    with transaction() as session:
        assert claims.begin_data(session, message.id, lease, clock.now())
    with transaction() as session:
        assert claims.take(session, clock.now() + timedelta(days=10), clock.now()) is None
    assert read(message.dedupe_key).attempts == 1
