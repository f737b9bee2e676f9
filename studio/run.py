"""A whole studio on one machine: web, worker and, where no key is given, a stand-in for Stripe.

What it chooses for itself is kept in the instance folder (`run.env`), so that other commands on
the same folder find it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event

from dotenv import dotenv_values

from studio.files import SIGN_INS, write_private
from studio.resources import folder
from studio.settings import CHOSEN, Settings, environment

# What this module writes to run.env; the last run's choices must not pass for given settings.
_CHOICES = ("PORT", "BASE_URL", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE")
_READY_SECONDS = 60
_GRACE_SECONDS = 8


class CannotRun(Exception):
    """The studio does not start, or did not stay up; the message is a sentence."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


def run(*, demo: bool) -> None:
    """Serve until SIGINT or SIGTERM; every process has ended when this returns.

    With *demo*, an empty database on a machine of one's own gets the demo studio first.

    Raises:
        SettingsError: if a setting is missing or malformed.
        CannotRun: if the port or the instance folder is in use, or a process died.
    """
    stop = Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())
    given = environment()
    settings = Settings.from_env({**dict.fromkeys(_CHOICES, ""), **given})
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _only_one(settings.instance):
        port = _free(settings.port)
        processes = _Processes()
        try:
            choices = {"PORT": str(port), "BASE_URL": given.get("BASE_URL") or _address(port)}
            if not settings.takes_cards and not settings.production:
                choices |= _stand_in(processes, settings.instance, port)
            chosen = "".join(f"{name}={value}\n" for name, value in choices.items())
            write_private(settings.instance / CHOSEN, chosen)
            settings = Settings.from_env({**given, **choices})
            env = {**os.environ, **choices, "INSTANCE": str(settings.instance)}
            demo = demo and not settings.production
            if not _is_prepared(settings, demo=demo):
                _prepare(env, demo=demo)
            if stop.is_set():
                return
            processes.start("web", env, "-m", "studio.cli", "web")
            processes.start("worker", env, "-m", "studio.cli", "worker")
            if _answers(processes, port, stop):
                _greet(settings)
            processes.wait(stop)
        finally:
            processes.end()


class _Processes:
    """The child processes by name."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, env: Mapping[str, str], *arguments: str) -> None:
        """Start Python with *arguments*; only its errors are seen.

        In a session of its own: Ctrl-C reaches this process alone, which ends the others in order.
        """
        self._running[name] = subprocess.Popen(
            [sys.executable, *arguments],
            env=dict(env),
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def check(self) -> None:
        """Raise if one of them has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                code = process.returncode
                raise CannotRun(f"The {name} ended by itself (exit {code}).", max(code, 1))

    def wait(self, stop: Event) -> None:
        while not stop.wait(0.3):
            self.check()

    def end(self) -> None:
        """The last that was started first: a worker in the middle of a question gets its answer."""
        deadline = time.monotonic() + _GRACE_SECONDS
        running = list(self._running.values())
        for some in (running[1:], running[:1]):
            for process in some:
                if process.poll() is None:
                    process.terminate()
            for process in some:
                try:
                    process.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@contextmanager
def _only_one(instance: Path) -> Iterator[None]:
    with (instance / "run.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(f"The studio in {instance} is running already.") from None
        yield


def _free(port: int) -> int:
    """*port*, or any free one for 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotRun(
                f"Port {port} cannot be had ({error.strerror}); give another with PORT=8001."
            ) from error
        found: int = probe.getsockname()[1]
        return found


def _address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _stand_in(processes: _Processes, instance: Path, port: int) -> dict[str, str]:
    """Start the stand-in; the settings that lead to it, with the key and secret of last time."""
    kept = dotenv_values(instance / CHOSEN) if (instance / CHOSEN).is_file() else {}
    key, secret = kept.get("STRIPE_SECRET_KEY"), kept.get("STRIPE_WEBHOOK_SECRET")
    secret = secret or f"whsec_{secrets.token_hex(24)}"
    webhook = f"{_address(port)}/payments/stripe/webhook"
    own = _free(0)  # chosen here, so that nothing has to wait until it is up
    # What was paid yesterday can be refunded today: the studio's own data are kept, too.
    remembered = str(instance / "stripe.json")
    where = ("--port", str(own), "--webhook", webhook, "--secret", secret)
    arguments = (*where, "--memory", remembered)
    processes.start("stand-in for Stripe", os.environ, "-m", "studio.sandbox.stripe", *arguments)
    return {
        "STRIPE_SECRET_KEY": key or f"sk_test_{secrets.token_hex(24)}",
        "STRIPE_WEBHOOK_SECRET": secret,
        "STRIPE_API_BASE": _address(own),
    }


def _is_prepared(settings: Settings, *, demo: bool) -> bool:
    """Whether the last run left a file at the newest migration, with a studio in it if *demo*.

    False where that cannot be told without the whole application.
    """
    scheme, _, path = settings.database_url.partition(":///")
    if scheme != "sqlite" or not Path(path).is_file():
        return False
    newest = max(each.name for each in (folder("migrations") / "versions").glob("*.py"))
    database = sqlite3.connect(path)
    try:
        (at,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        studio = database.execute("SELECT 1 FROM studios").fetchone()
    except (sqlite3.Error, TypeError):  # no such table, or no row
        return False
    finally:
        database.close()
    return newest.startswith(f"{at}_") and bool(studio or not demo)


def _prepare(env: Mapping[str, str], *, demo: bool) -> None:
    """Migrate, and load the demo studio into an empty database, in a process that then ends."""
    command = [sys.executable, "-m", "studio.cli", "migrate", *(["--demo"] if demo else [])]
    code = subprocess.run(command, env=dict(env), check=False).returncode
    if code:
        raise CannotRun("The database could not be made ready.", code)


def _answers(processes: _Processes, port: int, stop: Event) -> bool:
    """Wait until the site answers; False if it was told to stop meanwhile."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if stop.wait(0.1):
            return False
        processes.check()
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse()
        except (HTTPException, OSError):
            continue
        else:
            return True
        finally:
            connection.close()
    raise CannotRun(f"The site did not answer within {_READY_SECONDS} seconds.")


def _greet(settings: Settings) -> None:
    lines = ["", "Sittings is ready.", f"  Studio  {settings.base_url}/"]
    lines.append(f"  Office  {settings.base_url}/office/sign-in")
    kept = settings.instance / SIGN_INS
    if kept.is_file():
        lines += [f"          {line}" for line in kept.read_text().splitlines()]
        lines.append(f"          (kept in {kept})")
    if settings.mail_url:
        lines.append("  Mail    leaves by MAIL_URL")
    else:
        lines.append(f"  Mail    stays in {settings.mailbox}, read it at /office/mailbox")
    if not settings.takes_cards:
        lines.append("  Cards   none are taken until STRIPE_SECRET_KEY is set")
    elif settings.stripe_api_base:
        lines.append(f"  Cards   by a stand-in for Stripe at {settings.stripe_api_base}, where")
        lines.append("          4242 4242 4242 4242 pays")
    else:
        lines.append("  Cards   by Stripe")
    lines += ["Ctrl-C ends it.", ""]
    sys.stdout.write("\n".join(lines))
    sys.stdout.flush()
