"""A claim beside a change of hours or of capacity: whoever is second sees what the first did.

Each pair is interleaved on purpose: the first stops between its check and its commit until the
second has made its own check, or has waited for a while. The controls, without the lock, must let
both through, else the others prove nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import select

from studio.booking.models import Booking
from studio.booking.service import HoldRequest, MoveRequest, hold_time, move_booking
from studio.db import db, epoch
from studio.domain.availability.sessions import in_use
from studio.ports import ports
from studio.scheduling import calendar, equipment_service, service
from studio.scheduling.contradictions import contradictions
from studio.scheduling.house import house
from studio.scheduling.models import HoursOverride, Resource, ResourceKind
from studio.scheduling.overrides import OtherHours
from studio.scheduling.queries import studio_around
from tests import factories
from tests.concurrency.test_claim import deepest, without_the_lock
from tests.factories import DAY, TEN_FIFTEEN

pytestmark = pytest.mark.concurrency

# Whoever waits for the lock waits however long this is; without the lock nobody waits at all.
WHILE, LONG = 0.5, 15.0
HOUR = timedelta(hours=1)


class Diary(NamedTuple):
    """A session at 10:15 with one of two lamps, two rooms, and two people to shoot in them."""

    booking: int
    package: str
    amara: int
    bo: str
    lamps: int


@pytest.fixture
def diary(committed: Flask) -> Diary:
    with committed.app_context():
        factories.a_studio()
        lamps = factories.a_resource(ResourceKind.POOL, capacity=2)
        rooms = [factories.a_resource() for _ in range(2)]
        grey = factories.a_set(rooms=rooms, equipment=[(lamps, 1)])
        package = factories.a_package(sets=[grey], deposit_percent=0)
        amara, bo = factories.a_photographer("Amara Vale"), factories.a_photographer("Bo Lind")
        booking = factories.a_confirmed_booking(package, photographer=amara.slug)
        return Diary(booking.id, package.slug, amara.id, bo.slug, lamps.id)


class Stop:
    """Where the first stops, and until when; *done* says that it has ended."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self.reached, self.on, self.done = (threading.Event() for _ in range(3))

    def __call__(self) -> None:
        self.reached.set()
        self.on.wait(self._patience)


def interleaved(
    app: Flask, stop: Stop, first: Callable[[], object], second: Callable[[], object]
) -> tuple[str, str]:
    """What became of the two: "done", or the name of what was raised."""
    outcomes: dict[int, str] = {}

    def run(n: int, attempt: Callable[[], object]) -> None:
        with app.app_context():
            try:
                attempt()
                outcomes[n] = "done"
            except Exception as error:
                outcomes[n] = type(error).__name__

    def follow() -> None:
        stop.reached.wait(20)
        run(1, second)
        stop.on.set()

    def lead() -> None:
        run(0, first)
        stop.done.set()

    threads = [threading.Thread(target=each) for each in (lead, follow)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stop.reached.is_set(), outcomes
    db.session.rollback()
    return outcomes[0], outcomes[1]


def stops_claims(patch: pytest.MonkeyPatch, stop: Stop) -> None:
    """A claim has found its time open and stops before it takes it."""
    real = calendar.claim

    def claim(*args: Any, **kwargs: Any) -> calendar.Claim:
        found = real(*args, **kwargs)
        stop()
        return found

    patch.setattr(calendar, "claim", claim)


def stops_changes(patch: pytest.MonkeyPatch, stop: Stop) -> None:
    """A change has seen that it may be made and stops before it is.

    A claim that has found its time open lets it go on first, else the two might deadlock.
    """
    for module, name in ((service, "_beside"), (equipment_service, "_give_back")):
        patch.setattr(module, name, partial(_first_stop, stop, getattr(module, name)))
    real = calendar.claim

    def claim(*args: Any, **kwargs: Any) -> calendar.Claim:
        found = real(*args, **kwargs)
        stop.on.set()
        stop.done.wait(LONG)
        return found

    patch.setattr(calendar, "claim", claim)


def _first_stop(stop: Stop, real: Callable[..., object], *args: Any) -> object:
    stop()
    return real(*args)


def move(diary: Diary) -> None:
    """The one session, to the day after."""
    request = MoveRequest(starts_at=TEN_FIFTEEN + 24 * HOUR, photographer=None, by="Test")
    move_booking(diary.booking, request)


def close(diary: Diary) -> None:
    """Amara has the day after off."""
    after = DAY + timedelta(days=1)
    service.add_override(OtherHours(diary.amara, after, after, (), ""))


def hold(diary: Diary, later: timedelta) -> None:
    request = HoldRequest(
        package=diary.package, starts_at=TEN_FIFTEEN + later, photographer=diary.bo
    )
    hold_time(request)


def lower(diary: Diary) -> None:
    equipment_service.set_capacity(diary.lamps, 1)


def out(diary: Diary) -> int:
    """The most lamps that are out at once, from building to striking."""
    session = db.session()
    known, second = house(session), epoch(ports().now())
    studio = studio_around(session, known, [DAY], second, ())
    return max(units for _, _, units in in_use(studio, diary.lamps))


def capacity(diary: Diary) -> int:
    return db.session.get_one(Resource, diary.lamps).capacity


def told(diary: Diary) -> bool:
    """Whether nothing stands that nobody has agreed to."""
    return contradictions(db.session(), ports().now()) == []


def test_a_change_of_hours_sees_the_session_that_came_first(
    committed: Flask, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Stop(WHILE)
    stops_claims(monkeypatch, stop)
    with committed.app_context():
        outcomes = interleaved(committed, stop, partial(move, diary), partial(close, diary))

        assert outcomes == ("done", "NotAgreed")
        assert told(diary)
        assert db.session.scalars(select(HoursOverride)).all() == []


def test_a_session_sees_the_change_of_hours_that_came_first(
    committed: Flask, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Stop(WHILE)
    stops_changes(monkeypatch, stop)
    with committed.app_context():
        outcomes = interleaved(committed, stop, partial(close, diary), partial(move, diary))

        assert outcomes == ("done", "StartNotOpen")
        assert told(diary)
        assert db.session.get_one(Booking, diary.booking).starts_at == TEN_FIFTEEN


# The second of these only builds while the first is struck: no two of its allocations overlap.
@pytest.mark.parametrize("later", [0 * HOUR, HOUR], ids=["at once", "while striking"])
def test_a_lowered_capacity_sees_the_hold_that_came_first(
    committed: Flask, diary: Diary, monkeypatch: pytest.MonkeyPatch, later: timedelta
) -> None:
    stop = Stop(WHILE)
    stops_claims(monkeypatch, stop)
    with committed.app_context():
        outcomes = interleaved(committed, stop, partial(hold, diary, later), partial(lower, diary))

        assert outcomes == ("done", "InUse")
        assert (out(diary), capacity(diary)) == (2, 2)


@pytest.mark.parametrize("later", [0 * HOUR, HOUR], ids=["at once", "while striking"])
def test_a_hold_sees_the_lowered_capacity_that_came_first(
    committed: Flask, diary: Diary, monkeypatch: pytest.MonkeyPatch, later: timedelta
) -> None:
    stop = Stop(WHILE)
    stops_changes(monkeypatch, stop)
    with committed.app_context():
        outcomes = interleaved(committed, stop, partial(lower, diary), partial(hold, diary, later))

        assert outcomes == ("done", "StartNotOpen")
        assert (out(diary), capacity(diary)) == (1, 1)


@pytest.mark.parametrize("claim_first", [True, False])
def test_control_without_the_lock_a_session_stands_in_closed_hours(
    committed: Flask, diary: Diary, monkeypatch: pytest.MonkeyPatch, *, claim_first: bool
) -> None:
    """If this fails, the tests above might be useless."""
    pair = partial(move, diary), partial(close, diary)
    with committed.app_context():
        outcomes = _without_the_lock(committed, monkeypatch, pair, claim_first=claim_first)
        if db.engine.dialect.name == "sqlite":
            # BEGIN IMMEDIATE is a lock of its own, and cannot be taken away.
            assert outcomes == ("done", "NotAgreed" if claim_first else "StartNotOpen")
            return
        assert outcomes == ("done", "done")
        assert not told(diary)


@pytest.mark.parametrize("claim_first", [True, False])
def test_control_without_the_lock_more_is_out_than_there_is(
    committed: Flask, diary: Diary, monkeypatch: pytest.MonkeyPatch, *, claim_first: bool
) -> None:
    pair = partial(hold, diary, HOUR), partial(lower, diary)
    with committed.app_context():
        outcomes = _without_the_lock(committed, monkeypatch, pair, claim_first=claim_first)
        if db.engine.dialect.name == "sqlite":
            assert outcomes == ("done", "InUse" if claim_first else "StartNotOpen")
            return
        assert outcomes == ("done", "done")
        assert out(diary) > capacity(diary)


@pytest.mark.parametrize("claim_first", [True, False])
def test_without_the_lock_the_database_itself_keeps_to_the_capacity(
    committed: Flask, diary: Diary, monkeypatch: pytest.MonkeyPatch, *, claim_first: bool
) -> None:
    pair = partial(hold, diary, 0 * HOUR), partial(lower, diary)
    with committed.app_context():
        outcomes = _without_the_lock(committed, monkeypatch, pair, claim_first=claim_first)

        assert sorted(outcomes) != ["done", "done"]
        assert deepest(diary.lamps) <= capacity(diary)


def _without_the_lock(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    pair: tuple[Callable[[], object], Callable[[], object]],
    *,
    claim_first: bool,
) -> tuple[str, str]:
    stop = Stop(WHILE if db.engine.dialect.name == "sqlite" else LONG)
    with without_the_lock(monkeypatch), monkeypatch.context() as patch:
        (stops_claims if claim_first else stops_changes)(patch, stop)
        return interleaved(app, stop, *(pair if claim_first else pair[::-1]))
