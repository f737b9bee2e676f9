"""How fast messages leave: as fast as the server takes them, and slowly after a standstill."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from studio.db import transaction
from studio.messaging import claims
from studio.messaging.jobs import send_due_mail
from studio.messaging.models import MessageKind, MessageState
from studio.ports import ports
from tests.clock import Clock
from tests.fakes.mailer import FakeMailer
from tests.messaging.posting import a_message, no_link, read

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def leaving(app: Flask) -> Iterator[Flask]:
    """Mail leaves this machine."""
    given = app.extensions["settings"]
    app.extensions["settings"] = replace(given, mail_url="smtp://mail.example")
    yield app
    app.extensions["settings"] = given


def test_a_limit_holds_over_all_runs_of_a_minute(
    leaving: Flask, clock: Clock, mailer: FakeMailer
) -> None:
    leaving.extensions["settings"] = replace(leaving.extensions["settings"], mail_per_minute=3)
    for _ in range(5):
        a_message()

    assert send_due_mail(no_link) == 3
    clock.advance(seconds=30)
    assert send_due_mail(no_link) == 0
    clock.advance(seconds=31)
    assert send_due_mail(no_link) == 2


def test_after_a_jump_of_the_clock_not_all_leave_at_once(
    leaving: Flask, clock: Clock, mailer: FakeMailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.messaging.origin.CATCH_UP", 4)
    for _ in range(6):
        a_message()
    clock.advance(hours=30)
    a_message(recipient="now@client.example")

    assert send_due_mail(no_link) == 4
    assert mailer.sent[0]["To"] == "now@client.example", "who waits right now comes first"
    a_message(recipient="later@client.example")
    assert send_due_mail(no_link) == 1
    assert mailer.sent[-1]["To"] == "later@client.example"
    clock.advance(seconds=61)
    assert send_due_mail(no_link) == 3


def test_what_is_due_in_time_is_not_slowed_down(
    leaving: Flask, mailer: FakeMailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.messaging.origin.CATCH_UP", 4)
    for _ in range(6):
        a_message()

    assert send_due_mail(no_link) == 6


def test_a_courtesy_that_may_have_arrived_is_not_sent_twice(
    clock: Clock, mailer: FakeMailer
) -> None:
    review, prep = a_message(kind=MessageKind.COURTESY), a_message()
    for _ in (review, prep):
        with transaction() as session:
            taken = claims.take(session, ports().now())
            assert taken
            assert claims.begin_data(session, taken.id, str(taken.lease), ports().now())
    clock.advance(minutes=3)
    send_due_mail(no_link)

    assert read(review.dedupe_key).state is MessageState.SKIPPED
    assert read(prep.dedupe_key).state is MessageState.SENT
