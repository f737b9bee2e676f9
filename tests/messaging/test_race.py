"""Several workers at once, with real commits."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask

from studio.booking import history, links
from studio.db import db, transaction
from studio.messaging import claims
from studio.messaging.jobs import send_due_mail
from studio.messaging.models import Message, MessageState
from studio.ports import ports
from tests import factories
from tests.fakes.mailer import FakeMailer
from tests.messaging.posting import a_message, no_link

WORKERS = 2
MESSAGES = 20

pytestmark = pytest.mark.concurrency


def test_two_workers_send_each_message_once(committed: Flask, mailer: FakeMailer) -> None:
    with committed.app_context():
        for _ in range(MESSAGES):
            a_message()
    start = Barrier(WORKERS)

    def work(_number: int) -> int:
        with committed.app_context():
            start.wait()
            return send_due_mail(no_link)

    with ThreadPoolExecutor(WORKERS) as pool:
        sent = list(pool.map(work, range(WORKERS)))

    assert sum(sent) == MESSAGES
    assert set(Counter(mail["Message-ID"] for mail in mailer.sent).values()) == {1}
    with committed.app_context():
        assert db.session.query(Message).filter_by(state=MessageState.SENT).count() == MESSAGES
        assert {m.attempts for m in db.session.query(Message)} == {1}


def test_rivals_for_one_message_take_it_once(committed: Flask) -> None:
    rivals = 4
    with committed.app_context():
        a_message()
    start = Barrier(rivals)

    def take(_number: int) -> bool:
        with committed.app_context():
            start.wait()
            with transaction() as session:
                return claims.take(session, ports().now()) is not None

    with ThreadPoolExecutor(rivals) as pool:
        taken = list(pool.map(take, range(rivals)))

    assert sorted(taken) == [False] * (rivals - 1) + [True]


def test_a_message_somebody_is_taking_holds_nobody_up(committed: Flask) -> None:
    """On PostgreSQL a locked row is passed over; SQLite has one writer, so there is no other."""
    with committed.app_context():
        if db.engine.dialect.name == "sqlite":
            with transaction() as session:
                assert claims.take(session, ports().now()) is None
            return
        a_message()
        second = a_message()
        with transaction() as session:
            assert claims.take(session, ports().now())
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(_take_elsewhere, committed).result(timeout=10) == second.id


def _take_elsewhere(app: Flask) -> int | None:
    with app.app_context(), transaction() as session:
        taken = claims.take(session, ports().now())
        return taken.id if taken else None


def test_a_letter_leaves_while_its_booking_is_being_changed(
    committed: Flask, mailer: FakeMailer
) -> None:
    """Its link refers to the booking; were the two to wait for each other, neither could end."""
    with committed.app_context():
        booking = factories.a_confirmed_booking()
        with transaction() as session:
            history.locked(session, booking.id)
            if db.engine.dialect.name == "sqlite":  # one writer: nobody else is half-way
                return
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(_send_elsewhere, committed).result(timeout=30) > 0
    assert mailer.sent


def _send_elsewhere(app: Flask) -> int:
    with app.app_context():
        return send_due_mail(links.link_for)
