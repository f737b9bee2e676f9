"""Two programs, one time."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.booking.models import Booking
from studio.db import db
from tests import factories
from tests.factories import TEN_FIFTEEN

pytestmark = pytest.mark.concurrency

RIVALS = 6


def _all_at_once(
    app: Flask, body: dict[str, str], headers: dict[str, str]
) -> list[tuple[int, str]]:
    gate = threading.Barrier(RIVALS)
    answers: list[tuple[int, str]] = []

    def post() -> None:
        client = app.test_client(use_cookies=False)
        gate.wait()
        response = client.post("/api/v1/holds", json=body, headers=headers)
        found = response.get_json(force=True)
        answers.append((response.status_code, found.get("token") or found["type"]))

    threads = [threading.Thread(target=post) for _ in range(RIVALS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def body(committed: Flask) -> dict[str, str]:
    with committed.app_context():
        slug = factories.a_bookable_package().slug
    return {"package": slug, "starts_at": TEN_FIFTEEN.isoformat()}


def test_one_of_several_is_given_the_time(committed: Flask, body: dict[str, str]) -> None:
    answers = _all_at_once(committed, body, {})

    assert sorted(status for status, _ in answers) == [201] + [409] * (RIVALS - 1)
    assert {text for status, text in answers if status == 409} == {"/problems/slot-taken"}
    assert _bookings(committed) == 1


def test_one_request_sent_several_times_is_one_hold(committed: Flask, body: dict[str, str]) -> None:
    answers = _all_at_once(committed, body, {"Idempotency-Key": "one"})

    assert {status for status, _ in answers} == {201}
    assert len({token for _, token in answers}) == 1
    assert _bookings(committed) == 1


def _bookings(app: Flask) -> int:
    with app.app_context():
        return db.session.scalars(select(func.count(Booking.id))).one()
