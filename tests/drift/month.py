"""A month of 500 bookings in which everything goes wrong that may: `make faults month`.

Events are dropped, told twice, told late and in any order; Stripe fails, or does what it is asked
and its answer is lost; every second run of the worker is killed. Then all is quiet, and the books
have to agree. The calendar is one photographer's, so the bookings are spread over what lies ahead.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import func, select

from studio.booking.models import Booking
from studio.db import db
from studio.domain.terms import CalledOffBy
from studio.payments.models import LedgerEntry, ProcessorEvent
from tests.drift import judge
from tests.drift.ground import ASKS, DECLINES, JOBS, PAYS, SLOTS, Ground, Stage
from tests.effort import seed_of

BOOKINGS, DAYS = 500, 30


@pytest.mark.usefixtures("committed")
def test_a_month_in_which_everything_goes_wrong(
    stage: Stage, record_property: Callable[[str, int], None]
) -> None:
    rng, ground, done = Random(seed_of("MONTH_SEED")), Ground(stage), Counter[str]()
    # At no time of the day that anybody pays in all peace.
    minutes = sorted(rng.randrange(DAYS * 24 * 60) for _ in range(BOOKINGS))
    now = 0
    for n, at in enumerate(minutes):
        ground.advance(at - now)
        now = at
        _trouble(ground, rng, done)
        _somebody_books(ground, rng, done)
        _on_the_way(ground, rng, done)
        if n % 2:
            _work_and_perhaps_be_killed(ground, rng, done)
    ground.quiet(again=False)

    judge.after_quiet(ground)
    for line in _figures(ground, done):
        print(line)  # noqa: T201 -- the figures are what it is run for
    record_property("steps", len(minutes))
    assert len(ground.bookings) == BOOKINGS
    for wrong in ("trouble", "killed", "dropped", "told twice", "never made"):
        assert done[wrong] > BOOKINGS // 25, f"hardly ever {wrong}"


def _somebody_books(ground: Ground, rng: Random, done: Counter[str]) -> None:
    booking = None
    while booking is None:
        day = ground.stage.clock.now().date() + timedelta(days=rng.randrange(2, 118))
        slot = rng.choice(SLOTS)
        booking = ground.hold(slot.replace(year=day.year, month=day.month, day=day.day))
    ground.check_out(booking)
    does = rng.random()
    if does < 0.1:
        done["left the page"] += 1
    else:
        card = rng.choices([PAYS, DECLINES, ASKS], [8, 1, 1])[0]
        ground.pay(booking, card, authenticates=rng.random() < 0.7)
    if does > 0.4:
        ground.come_back(booking)
    other = rng.choice(ground.bookings)
    match rng.randrange(12):
        case 0:
            ground.cancel(other, rng.choice(list(CalledOffBy)))
        case 1:
            ground.refund_elsewhere(other, rng.choice([1, 3]))
        case 2:
            ground.let_go(other)
        case 3 | 4:
            ground.pay_the_rest(other)
            ground.pay(other, PAYS)
        case 5:
            ground.check_out(other)


def _trouble(ground: Ground, rng: Random, done: Counter[str]) -> None:
    if rng.random() < 0.15:
        ground.trouble(rng.choice(["500", "lost", "lost"]), rng.choice(["*", "POST"]), 2)
        done["trouble"] += 1


def _on_the_way(ground: Ground, rng: Random, done: Counter[str]) -> None:
    """Two thirds of what waits arrives now, in any order; the rest later, twice, or never."""
    for _ in range(len(ground.core.outbox.queue)):
        which, how = rng.randrange(1000), rng.random()
        if how < 0.08:
            ground.lose(which, made=True)
            done["dropped"] += 1
        elif how < 0.12:
            ground.lose(which, made=False)
            done["never made"] += 1
        elif how < 0.22:
            ground.deliver(which, keep=True)
            done["told twice"] += 1
        elif how < 0.7:
            ground.deliver(which, keep=False)
            done["told"] += 1


def _work_and_perhaps_be_killed(ground: Ground, rng: Random, done: Counter[str]) -> None:
    """All jobs once, in a process of their own, half of which end before they are through."""
    with ground.stage.app.app_context():
        db.engine.dispose()  # no connection is anybody else's, too
    names = rng.sample(list(JOBS), len(JOBS))
    worker = os.fork()
    if not worker:
        try:
            for name in names:
                ground.work(name)
        except BaseException:
            os._exit(1)
        os._exit(0)
    if rng.random() < 0.5:
        time.sleep(rng.uniform(0, 0.5))
        os.kill(worker, signal.SIGKILL)
    _, status = os.waitpid(worker, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    done["killed" if os.WIFSIGNALED(status) else "worked"] += 1


def _figures(ground: Ground, done: Counter[str]) -> list[str]:
    with ground.stage.app.app_context():
        states = db.session.execute(select(Booking.state, func.count()).group_by(Booking.state))
        entries = db.session.scalar(select(func.count(LedgerEntry.id)))
        net = db.session.scalar(select(func.sum(LedgerEntry.amount_minor)))
        events = db.session.scalar(select(func.count(ProcessorEvent.id)))
        flagged = db.session.scalar(select(func.count(Booking.id)).where(Booking.attention != ""))
        told = [
            db.engine.dialect.name,
            ", ".join(f"{count} {state}" for state, count in states),
            f"{flagged} ask for attention; {entries} entries, {net} minor units; {events} events",
        ]
    return [*told, ", ".join(f"{count} {what}" for what, count in sorted(done.items()))]
