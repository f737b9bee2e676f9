"""Chromium against the studio as `make run` serves it: web, worker, Stripe stand-in and all."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Route, expect

from tests.chromium import PATIENCE

OUTPUT = Path(__file__).parent.parent / "output"


@dataclass(frozen=True, slots=True)
class Running:
    """A studio that serves; *instance* holds its mailbox and its sign-ins."""

    url: str
    instance: Path

    def sign_in(self, role: str) -> tuple[str, str]:
        """Address and password of the demo's person with *role*."""
        for line in (self.instance / "sign-in.txt").read_text().splitlines():
            title, email, password = line.split()
            if title == f"{role}:":
                return email, password
        raise LookupError(role)

    def mails(self, kind: str) -> list[str]:
        found = [file.read_text() for file in sorted((self.instance / "mailbox").glob("*.eml"))]
        return [text for text in found if f"X-Sittings-Kind: {kind}" in text]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    instance = tmp_path_factory.mktemp("running")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    unset = {"DATABASE_URL", "STRIPE_SECRET_KEY", "MAIL_URL", "BASE_URL"}
    env = {k: v for k, v in os.environ.items() if k not in unset} | {
        "INSTANCE": str(instance),
        "PORT": str(port),
        "RATELIMIT_ENABLED": "0",
    }
    log = (instance / "run.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "studio.cli", "run", "--demo"], env=env, stdout=log, stderr=log
    )
    try:
        _wait(port, process, instance / "run.log")
        yield Running(f"http://127.0.0.1:{port}", instance)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        log.close()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            try:
                connection.request("GET", "/readyz")
                with connection.getresponse() as answer:
                    if answer.status == 200:
                        return
            except OSError:
                pass
        time.sleep(0.3)
    raise AssertionError(f"not ready after 90 seconds: {log.read_text()}")


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody looks at the pages."""

    name: str
    width: int
    scheme: str
    scripts: bool = True


PHONE = Look("phone", 390, "light")
DESK = Look("desk", 1280, "dark")
PLAIN = Look("without scripts", 390, "light", scripts=False)


@pytest.fixture
def page(request: pytest.FixtureRequest, chromium: Chromium, running: Running) -> Iterator[Page]:
    """A fresh window; parametrise indirectly with a Look.

    Whatever the console of any of its tabs says is an error: our policy's refusals too.
    """
    look: Look = getattr(request, "param", PHONE)
    context = chromium.new_context(
        base_url=running.url,
        viewport={"width": look.width, "height": 900},
        color_scheme=look.scheme,  # type: ignore[arg-type]
        java_script_enabled=look.scripts,
    )
    context.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    context.on(
        "console",
        lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None,
    )
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context.new_page()
    context.close()
    expected = ("status of 4", "status of 5")
    assert [text for text in complaints if not any(e in text for e in expected)] == []


def well_made(page: Page, name: str) -> None:
    """No axe finding, nothing wider than the window, and a picture kept for whoever looks."""
    OUTPUT.mkdir(exist_ok=True)
    page.screenshot(path=str(OUTPUT / f"{name}.png"), full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{name} is {wide} pixels too wide"
    found = Axe().run(page).response["violations"]
    told = [f"{f['id']}: {f['nodes'][0]['html'][:160]}" for f in found]
    assert told == [], f"{name}: {told}"


@contextmanager
def slow_script(page: Page, name: str) -> Iterator[None]:
    """Until this ends, *name* has not come: somebody is quicker than the line."""
    waiting: list[Route] = []

    def wait(route: Route) -> None:
        waiting.append(route)

    page.route(f"**/{name}*", wait)
    yield
    for route in waiting:
        route.continue_()
    page.unroute(f"**/{name}*")


def sign_in(page: Page, running: Running, role: str) -> None:
    email, password = running.sign_in(role)
    page.goto("/office/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
