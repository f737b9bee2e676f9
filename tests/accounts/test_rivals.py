from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.accounts import service
from studio.accounts.models import SignInTry, User
from studio.accounts.permissions import Role
from studio.db import db
from tests import people

pytestmark = pytest.mark.concurrency


def at_once(app: Flask, calls: list[Callable[[], object]]) -> Counter[str]:
    """How often each outcome came, by the name of its exception."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], object]) -> str:
        with app.app_context():
            barrier.wait()
            try:
                call()
            except Exception as error:
                return type(error).__name__
            return "done"

    with ThreadPoolExecutor(len(calls)) as threads:
        return Counter(threads.map(run, calls))


def test_a_burst_of_guesses_gains_nothing(committed: Flask) -> None:
    email = people.add(committed)

    def guess() -> object:
        return service.check_password(email, "a guess", "192.0.2.1")

    outcomes = at_once(committed, [guess] * 12)
    # Five are free, and the sixth is what makes the others wait.
    assert outcomes == {"WrongPassword": 6, "TooManyTries": 6}
    with committed.app_context():
        counted = db.session.scalars(select(SignInTry.failures)).all()
    assert counted == [6, 6]


def test_two_owners_cannot_remove_each_other(committed: Flask) -> None:
    people.add(committed)
    with committed.app_context():
        service.add_person(service.NewPerson("second@example.com", "Second", Role.OWNER))
        first, second = db.session.scalars(select(User.id).order_by(User.id)).all()
    outcomes = at_once(
        committed, [lambda: service.deactivate(first), lambda: service.deactivate(second)]
    )
    assert outcomes == {"done": 1, "LastOwner": 1}
    with committed.app_context():
        assert db.session.scalar(select(func.count(User.id)).where(User.active)) == 1
