"""Sending mail, against building it alone: claimed, written, handed to a server, marked.

The server is a process of its own on this machine, and throws away what it gets.
"""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from bench import mail_storm
from bench.databases import databases
from bench.rows import ROUNDS, Row, row
from studio import schema
from studio.app import create_app
from studio.booking import letters
from studio.booking.links import link_for
from studio.booking.models import Booking
from studio.db import db, transaction
from studio.demo import service as demo
from studio.domain.money import Money
from studio.messaging import jobs
from studio.messaging.models import Message, MessageState
from studio.messaging.rendering import Draft, Stationery, envelope, masked_link, write
from studio.ports import ports
from studio.scheduling.queries import the_studio
from studio.settings import Settings

# Each gets a confirmation with its invitation, and so does the photographer.
SESSIONS = 90
BATCH = 20


def goals() -> Iterator[Row]:
    with _server() as port, tempfile.TemporaryDirectory(prefix="sittings-bench-") as folder:
        app = create_app(
            Settings.from_env({"INSTANCE": folder, "MAIL_URL": f"smtp://127.0.0.1:{port}"})
        )
        with app.app_context():
            schema.migrate()
            demo.load(days=45, fill=0.25)
            waiting = _post()
            ratios = [_round(waiting // ROUNDS // BATCH) for _ in range(ROUNDS)]
    yield row("mail sent, against built alone", statistics.median(ratios), "ratio", ">= 0.5")
    with databases() as found:
        for name, url in found.items():
            yield row(f"1,000 due messages, one worker, {name}", _thousand(url), "s", "<= 60")


def _thousand(url: str) -> float:
    """How long one worker needs for a thousand messages that are due."""
    with _server() as port, tempfile.TemporaryDirectory(prefix="sittings-bench-") as folder:
        given = {"INSTANCE": folder, "DATABASE_URL": url, "MAIL_URL": f"smtp://127.0.0.1:{port}"}
        app = create_app(Settings.from_env(given))
        with app.app_context():
            schema.migrate()
            demo.load()
            mail_storm.post(1000)
            began = time.perf_counter()
            while jobs.send_due_mail(link_for):
                pass
            took = time.perf_counter() - began
            if _due():
                raise RuntimeError("a message was not sent")
    return took


@contextmanager
def _server() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    sink = ["-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    process = subprocess.Popen([sys.executable, "-m", "aiosmtpd", *sink])
    try:
        for _ in range(100):
            with socket.socket() as asked:
                if not asked.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _post() -> int:
    """Plan what tells clients and photographers of their sessions; how many letters that are."""
    now = ports().now()
    with transaction() as session:
        ahead = select(Booking).where(Booking.starts_at > now).order_by(Booking.id).limit(SESSIONS)
        for booking in session.scalars(ahead):
            letters.confirmed(session, booking, Money.zero(booking.currency), now)
        session.flush()
        return len(_due())


def _due() -> list[Message]:
    due = Message.due_at <= ports().now()
    wanted = select(Message).where(Message.state == MessageState.PLANNED, due)
    return list(db.session.scalars(wanted.order_by(Message.due_at, Message.id)))


def _round(batches: int) -> float:
    """How much of the rate at which letters are built is left when they are sent."""
    building = sending = 0.0
    for _ in range(batches):
        studio = Stationery.of(the_studio(db.session()))
        drafts = [Draft.of(each) for each in _due()[:BATCH]]
        began = time.perf_counter()
        for draft in drafts:
            envelope(draft, write(draft, studio, masked_link(draft)), studio, ports().now())
        built = time.perf_counter()
        if jobs.send_due_mail(link_for, BATCH) < BATCH:
            raise RuntimeError("a letter was not sent")
        sending += time.perf_counter() - built
        building += built - began
    return building / sending
