"""Rivals for one calendar, with real commits: exactly as many win as fit.

Each race has a negative control, run with a guard removed: it must double-book, or fail with an
error, else the race proves nothing.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from studio import db as database
from studio.booking import service
from studio.booking.service import HoldRequest
from studio.db import db
from studio.scheduling import calendar, guards
from studio.scheduling.calendar import StartNotOpen
from studio.scheduling.models import Allocation, Resource, ResourceKind
from tests import factories
from tests.factories import TEN_FIFTEEN

pytestmark = pytest.mark.concurrency

RIVALS = 12


def race(app: Flask, tries: list[Callable[[], object]]) -> Counter[str]:
    """Every try at the same moment, each in a thread and context of its own."""
    gate = threading.Barrier(len(tries))
    outcomes: list[str] = []

    def run(attempt: Callable[[], object]) -> None:
        with app.app_context():
            gate.wait()
            try:
                attempt()
                outcomes.append("held")
            except StartNotOpen:
                outcomes.append("refused")
            except Exception as error:
                outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(attempt,)) for attempt in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(outcomes)


def rivals_for(slug: str, *, minutes_apart: int = 0) -> list[Callable[[], object]]:
    return [
        lambda n=n: service.hold_time(  # type: ignore[misc]
            HoldRequest(
                package=slug, starts_at=TEN_FIFTEEN + timedelta(minutes=minutes_apart * (n % 4))
            )
        )
        for n in range(RIVALS)
    ]


def deepest(resource_id: int) -> int:
    """The most units of a resource in use at any instant, by a sweep of its own."""
    db.session.rollback()
    rows = db.session.execute(
        select(Allocation.busy_from, Allocation.busy_to, Allocation.quantity).where(
            Allocation.resource_id == resource_id
        )
    ).all()
    return max(
        (sum(q for begin, end, q in rows if begin <= at < end) for at, _, _ in rows), default=0
    )


def overfull() -> list[str]:
    return [
        each.name
        for each in db.session.scalars(select(Resource))
        if deepest(each.id) > each.capacity
    ]


@contextmanager
def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody queues: no row is locked, and SQLite begins as its driver would."""
    with monkeypatch.context() as patch:
        patch.setattr(calendar, "queue", lambda _session: None)
        patch.setattr(database, "_one_writer", lambda _on_sqlite: _nothing())
        yield


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def without_the_constraint(app: Flask) -> Iterator[None]:
    """The database refuses nothing."""
    if db.engine.dialect.name == "sqlite":
        names = [name for name in guards.SQLITE if name.startswith("allocation_guard")]
        drop = [f"DROP TRIGGER {name}" for name in names]
        restore = [guards.SQLITE[name] for name in names]
    else:
        drop = [f"ALTER TABLE allocations DROP CONSTRAINT {guards.NO_OVERLAP}"]
        restore = [guards.POSTGRES[-1]]
    db.session.rollback()
    _run(drop)
    try:
        yield
    finally:
        db.session.rollback()
        with db.engine.begin() as connection:
            connection.execute(text("DELETE FROM allocations"))
        _run(restore)


def _run(statements: list[str]) -> None:
    with db.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@contextmanager
def slowly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Between the check and the write every rival waits for the others: the race is certain."""
    real = calendar.claim
    gate = threading.Barrier(RIVALS)

    def claim(*args: Any) -> calendar.Claim:
        found = real(*args)
        gate.wait(timeout=20)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(calendar, "claim", claim)
        yield


@pytest.fixture
def package(committed: Flask) -> Iterator[str]:
    with committed.app_context():
        yield factories.a_bookable_package().slug


def test_one_of_many_rivals_gets_the_time(committed: Flask, package: str) -> None:
    outcomes = race(committed, rivals_for(package))

    assert outcomes == {"held": 1, "refused": RIVALS - 1}
    assert overfull() == []


def test_overlapping_starts_leave_one_winner(committed: Flask, package: str) -> None:
    outcomes = race(committed, rivals_for(package, minutes_apart=15))

    assert outcomes == {"held": 1, "refused": RIVALS - 1}
    assert overfull() == []


def test_a_pool_of_two_serves_two(committed: Flask) -> None:
    with committed.app_context():
        kit = factories.a_resource(ResourceKind.POOL, capacity=2)
        rooms = [factories.a_resource() for _ in range(4)]
        grey = factories.a_set(rooms=rooms, equipment=[(kit, 1)])
        slug = factories.a_package(sets=[grey]).slug
        for n in range(4):
            factories.a_photographer(f"Person {n}")

        outcomes = race(committed, rivals_for(slug))

        assert outcomes == {"held": 2, "refused": RIVALS - 2}
        assert overfull() == []


def test_a_daily_limit_holds_under_contention(committed: Flask) -> None:
    """A rule that no constraint can say: the lock alone keeps it."""
    with committed.app_context():
        slug = factories.a_bookable_package(max_per_day=1).slug
        tries: list[Callable[[], object]] = [
            lambda n=n: service.hold_time(  # type: ignore[misc]
                HoldRequest(package=slug, starts_at=TEN_FIFTEEN + timedelta(hours=2 * (n % 3)))
            )
            for n in range(RIVALS)
        ]

        assert race(committed, tries) == {"held": 1, "refused": RIVALS - 1}


def test_control_without_the_constraint_the_lock_alone_suffices(
    committed: Flask, package: str
) -> None:
    with without_the_constraint(committed):
        assert race(committed, rivals_for(package)) == {"held": 1, "refused": RIVALS - 1}


def test_control_without_the_lock_the_constraint_stops_them(
    committed: Flask, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name == "sqlite":
        # SQLite has one writer at a time: BEGIN IMMEDIATE is the lock, and cannot be waited in.
        with without_the_lock(monkeypatch):
            outcomes = race(committed, rivals_for(package))
    else:
        with without_the_lock(monkeypatch), slowly(monkeypatch):
            outcomes = race(committed, rivals_for(package))

    assert outcomes["held"] == 1
    assert overfull() == []


def test_control_without_either_the_time_is_booked_twice(
    committed: Flask, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, all tests above might be useless."""
    with without_the_constraint(committed), without_the_lock(monkeypatch):
        if db.engine.dialect.name == "sqlite":
            held = _check_then_insert_as_others_do(committed)
        else:
            with slowly(monkeypatch):
                held = race(committed, rivals_for(package))["held"]
        assert held > 1
        assert overfull() != []


def _check_then_insert_as_others_do(app: Flask) -> int:
    """Two requests on SQLite that look first and write later, in transactions of their own."""
    packages = factories.a_hold().package_id
    photographer = db.session.scalars(
        select(Allocation.resource_id)
        .join(Resource, Resource.id == Allocation.resource_id)
        .where(Resource.kind == ResourceKind.PHOTOGRAPHER)
    ).one()
    db.session.execute(text("DELETE FROM allocations"))
    db.session.commit()
    booking, first_set = db.session.execute(
        text("SELECT booking_id, set_id FROM booking_sets")
    ).one()
    db.session.rollback()
    free = "SELECT count(*) FROM allocations WHERE resource_id = :who"
    with db.engine.connect() as one, db.engine.connect() as two:
        looked = [c.execute(text(free), {"who": photographer}).scalar_one() for c in (one, two)]
        one.rollback()
        two.rollback()
        for n, (connection, taken) in enumerate(zip((one, two), looked, strict=True)):
            if taken:
                continue
            connection.execute(
                Allocation.__table__.insert().values(  # type: ignore[attr-defined]
                    booking_id=booking,
                    resource_id=photographer,
                    exclusive=True,
                    quantity=1,
                    busy_from=1000 + n,
                    busy_to=5000,
                    package_id=packages,
                    first_set_id=first_set,
                    last_set_id=first_set,
                    same_minutes=0,
                    clear_minutes=0,
                )
            )
            connection.commit()
    db.session.rollback()
    return (
        db.session.scalars(select(Allocation.id).where(Allocation.resource_id == photographer))
        .all()
        .__len__()
    )
