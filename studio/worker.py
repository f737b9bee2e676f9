"""The worker: a table of jobs, each run again and again beside the others.

Each job has a thread, so that a mail server which hangs keeps no payment waiting, and each run an
application context of its own. Any number of workers on any number of machines may share one
PostgreSQL: jobs claim their rows.
"""

from __future__ import annotations

import platform
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from flask import Flask

from studio import heartbeat
from studio.db import retried, transaction
from studio.ports import Ports, ports

log = structlog.get_logger()

BEAT_SECONDS = 15
# Settled money may post mail, and that mail may be due: a few rounds see the end of it.
MOST_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Job:
    """*run* does what is due and says how much that was; *every* is in seconds."""

    name: str
    run: Callable[[], int]
    every: float


def jobs(stop: threading.Event) -> Sequence[Job]:
    """What there is to do; a long run looks at *stop* and ends early."""
    from studio.booking import jobs as booking
    from studio.booking.companies import jobs as companies
    from studio.booking.day_sheets import jobs as day_sheets
    from studio.booking.enclosures import paper_for
    from studio.booking.erasure import jobs as erasure
    from studio.booking.links import link_for
    from studio.booking.readiness_of import missing_for
    from studio.messaging import jobs as messaging
    from studio.messaging import origin
    from studio.payments import jobs as payments
    from studio.scheduling.outside import jobs as outside

    return (
        Job("settle_events", booking.settle_events, 1),
        Job("expire_holds", booking.expire_holds, 2),
        Job(
            "send_due_mail",
            lambda: messaging.send_due_mail(
                link_for, stopping=stop.is_set, paper_for=paper_for, missing_for=missing_for
            ),
            1,
        ),
        Job("plan_day_sheets", day_sheets.plan_day_sheets, 60),
        Job("read_bounces", messaging.read_bounces, 120),
        Job("send_refunds", payments.send_refunds, 2),
        Job("forget_keys", payments.forget_keys, 3600),
        Job("reconcile", booking.reconcile, 60),
        Job("charge_kept_cards", booking.charge_kept_cards, 60),
        Job("forget_customers", erasure.forget_customers, 600),
        Job("bill_companies", companies.bill_last_month, 600),
        Job("fetch_calendars", lambda: outside.fetch_outside_calendars(origin.host()), 5),
        Job("lapse_requests", booking.lapse_requests, 60),
        Job("complete_past_sessions", booking.complete_past_sessions, 30),
    )


def run_due(app: Flask, at: datetime | None = None) -> bool:
    """Do everything that is due, at *at* if given; whether every job went well.

    Raises:
        ValueError: if *at* is given while mail leaves the machine, which could not be undone.
    """
    if at is not None:
        if app.extensions["settings"].mail_url:
            raise ValueError("The clock is moved only while mail is kept locally.")
        given: Ports = app.extensions["ports"]
        app.extensions["ports"] = replace(given, now=lambda: at, machine=given.now)
    everything = jobs(threading.Event())
    well = list(everything)
    for _ in range(MOST_ROUNDS):
        done = {job.name: _run(app, job) for job in well}
        well = [job for job in well if done[job.name] is not None]
        if not any(done.values()):
            break
    return len(well) == len(everything)


def serve(app: Flask) -> None:
    """Run every job until SIGTERM or SIGINT, then let those under way finish."""
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    threads = [
        threading.Thread(target=_repeat, args=(app, job, stop), name=job.name) for job in jobs(stop)
    ]
    for thread in threads:
        thread.start()
    log.info("worker_started", jobs=len(threads))
    while not stop.is_set() and all(thread.is_alive() for thread in threads):
        _beat_if_possible(app)
        stop.wait(BEAT_SECONDS)
    stop.set()
    for thread in threads:
        thread.join()
    log.info("worker_stopped")


def _repeat(app: Flask, job: Job, stop: threading.Event) -> None:
    while not stop.is_set():
        done = _run(app, job)
        stop.wait(0.05 if done else job.every)


def _run(app: Flask, job: Job) -> int | None:
    """How much *job* did, or None if it failed."""
    try:
        with app.app_context():
            done = job.run()
    except Exception as error:
        log.exception("job_failed", job=job.name, error=type(error).__name__)
        return None
    if done:
        log.info("job_done", job=job.name, done=done)
    return done


def _beat_if_possible(app: Flask) -> None:
    try:
        with app.app_context():
            _beat()
    except Exception as error:
        log.exception("heartbeat_failed", error=type(error).__name__)


@retried
def _beat() -> None:
    now = ports().now()
    with transaction() as session:
        heartbeat.beat(session, platform.node() or "worker", now)
