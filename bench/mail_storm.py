"""Workers that are killed while they send mail: none may be lost, and each repeat is explained.

python -m bench.mail_storm [--messages 2000] [--workers 4]

A real mail server on this machine counts what arrives; the workers are processes, one of which is
killed every few mails and replaced. A message may arrive again only if a worker died
between the start of its text and the mark that it was sent, which its row counts. Ends 1 if one
was lost, if a repeat has no such death, or if a row says sent and nothing came. Both databases.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from flask import Flask
from sqlalchemy import create_engine, text

from bench.databases import databases
from studio import schema
from studio.app import create_app
from studio.db import db, transaction
from studio.demo import service as demo
from studio.messaging import claims, jobs, outbox
from studio.messaging.models import MessageKind
from studio.messaging.outbox import NewMessage
from studio.messaging.rendering import Draft, Stationery, write
from studio.scheduling.models import Studio
from studio.settings import Settings

# A worker that was killed is waited for so long; a real one has two minutes.
LEASE = timedelta(seconds=3)
PATIENCE_SECONDS = 600
CONTEXT = {
    "subject": "Ready for {day}?",
    "body": "Hello {first_name}.",
    "values": {"first_name": "Robin", "day": "Tuesday"},
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a storm; *in_window* deaths lie between a text's start and its mark."""

    messages: int
    kills: int
    lost: int
    repeats: int
    in_window: int
    unexplained: int
    phantom: int
    seconds: float

    @property
    def ok(self) -> bool:
        return self.lost == self.unexplained == self.phantom == 0


class Sink:
    """Takes every mail and remembers its Message-ID; now and then it takes its time."""

    def __init__(self) -> None:
        self.got: Counter[str] = Counter()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802 -- named by aiosmtpd
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        for line in content.split(b"\r\n\r\n", 1)[0].split(b"\r\n"):
            if line.lower().startswith(b"message-id:"):
                self.got[line.split(b":", 1)[1].strip().decode()] += 1
        return "250 OK"


@contextmanager
def _server() -> Iterator[tuple[Sink, int]]:
    sink = Sink()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield sink, port
    finally:
        controller.stop()


def post(many: int) -> None:
    """Plan so many messages that are due now, in an open application context."""
    now = datetime.now(UTC)
    with transaction() as session:
        outbox.post_all(
            session,
            [
                NewMessage(
                    dedupe_key=f"storm:{number}",
                    kind=MessageKind.PREP,
                    template="prep",
                    recipient=f"client{number}@client.example",
                    context=CONTEXT,
                    due_at=now,
                )
                for number in range(many)
            ],
            now,
        )


def storm(url: str, workers: int, *, every: int = 12, lease: timedelta = LEASE) -> Outcome:
    """Send what is planned in *url* with *workers*, of which one is killed *every* few mails."""
    chance, began, kills = random.Random(1), time.monotonic(), 0
    engine = create_engine(url)
    with _server() as (sink, port), tempfile.TemporaryDirectory() as folder:
        settings = {"INSTANCE": folder, "DATABASE_URL": url, "MAIL_URL": f"smtp://127.0.0.1:{port}"}
        with _nursery(settings, lease) as born:
            alive = [born() for _ in range(workers)]
            try:
                while _unsent(engine) and time.monotonic() - began < PATIENCE_SECONDS:
                    _await(sink, chance.randint(1, 2 * every - 1))
                    time.sleep(chance.uniform(0, 0.02))
                    number = chance.randrange(workers)
                    os.kill(alive[number], signal.SIGKILL)
                    kills += 1
                    alive[number] = born()
            finally:
                for each in alive:
                    os.kill(each, signal.SIGKILL)
        outcome = _judge(engine, sink.got, kills, time.monotonic() - began)
    engine.dispose()
    return outcome


def _await(sink: Sink, more: int) -> None:
    """Until so many more have come, or nothing has for a while."""
    seen, until = sink.got.total(), time.monotonic() + 4
    while sink.got.total() < seen + more and time.monotonic() < until:
        time.sleep(0.002)


@contextmanager
def _nursery(settings: dict[str, str], lease: timedelta) -> Iterator[Callable[[], int]]:
    """A process with a whole application, of which each worker is a copy; what makes one."""
    ours, theirs = multiprocessing.Pipe()
    apart = multiprocessing.get_context("spawn")
    process = apart.Process(target=_nurse, args=(settings, lease, theirs), daemon=True)
    process.start()

    def born() -> int:
        ours.send("one more")
        pid: int = ours.recv()
        return pid

    try:
        yield born
    finally:
        process.kill()
        process.join()


def _nurse(settings: dict[str, str], lease: timedelta, wanted: Connection) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    claims.LEASE = lease
    app = create_app(Settings.from_env(settings))
    with app.app_context():
        # Read and compiled once, not by every copy.
        draft = Draft("", "", "prep", "", CONTEXT, None, None)
        write(draft, Stationery.of(db.session.get_one(Studio, 1)), "")
        db.session.remove()
        db.engine.dispose()
    while True:
        wanted.recv()
        pid = os.fork()
        if not pid:
            _work(app)
        wanted.send(pid)


def _work(app: Flask) -> None:
    with app.app_context():
        while True:
            with contextlib.suppress(Exception):  # a database that is busy: the next round
                if not jobs.send_due_mail(_no_link):
                    time.sleep(0.02)


def _no_link(_session: object, _about: int, to: str) -> str:
    raise LookupError(to)


def _unsent(engine: Any) -> int:
    with engine.connect() as connection:
        waiting = "SELECT count(*) FROM messages WHERE state NOT IN ('sent', 'dead')"
        return int(connection.execute(text(waiting)).scalar_one())


def _judge(engine: Any, got: Counter[str], kills: int, seconds: float) -> Outcome:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT message_id, state, ambiguous FROM messages"))
        rows = [tuple(row) for row in found]
    repeats = {message_id: times - 1 for message_id, times in got.items() if times > 1}
    ambiguous = {message_id: count for message_id, _, count in rows}
    return Outcome(
        messages=len(rows),
        kills=kills,
        lost=sum(1 for message_id, _, _ in rows if not got[message_id]),
        repeats=sum(repeats.values()),
        in_window=sum(ambiguous.values()),
        unexplained=sum(1 for key, more in repeats.items() if more > ambiguous.get(key, 0)),
        phantom=sum(1 for key, state, _ in rows if state == "sent" and not got[key]),
        seconds=seconds,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=4)
    asked = parser.parse_args()
    kept, last = True, []
    for name, url in _filled(asked.messages):
        found = storm(url, asked.workers)
        kept = kept and found.ok
        print(
            f"{name}: {found.messages} messages, {found.kills} kills, {found.lost} lost,"
            f" {found.repeats} repeats of {found.in_window} deaths in the window,"
            f" {found.unexplained} unexplained, {found.phantom} said sent that never came,"
            f" {found.seconds:.0f} s",
            flush=True,
        )
        last.append(f"{name} {found.lost} lost, {found.repeats} twice")
    print("; ".join(last))
    return int(not kept)


def _filled(messages: int) -> Iterator[tuple[str, str]]:
    """Each database with a studio and so many messages in it."""
    with databases() as found:
        for name, url in found.items():
            with tempfile.TemporaryDirectory() as folder:
                app = create_app(Settings.from_env({"INSTANCE": folder, "DATABASE_URL": url}))
                with app.app_context():
                    schema.migrate()
                    demo.load()
                    post(messages)
            yield name, url


if __name__ == "__main__":
    sys.exit(main())
