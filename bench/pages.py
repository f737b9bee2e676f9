"""Pages and calls over HTTP, against a page of the same server that reads one row."""

from __future__ import annotations

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urljoin

ROOT = Path(__file__).resolve().parents[1]
ROUNDS, ASKED = 3, 24
CLIENTS = (1, 4)
MOST_TIMES = 4.0
PACKAGE = "professional-headshot"
Row = dict[str, object]


class Site:
    """A server of its own process, with the demo studio filled for two months."""

    def __init__(self, instance: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        env = {
            **os.environ,
            "INSTANCE": str(instance),
            "BASE_URL": f"http://127.0.0.1:{self.port}",
            "DATABASE_URL": "",
            "STRIPE_SECRET_KEY": "",
            "MAIL_URL": "",
            "RATELIMIT_ENABLED": "0",
        }
        filled = ("demo", "--days", "60", "--fill", "0.25")
        subprocess.run([sys.executable, "-m", "studio.cli", *filled], env=env, check=True)
        command = [sys.executable, "-m", "bench.site", str(self.port)]
        self._process = subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.DEVNULL)

    def wait(self) -> None:
        for _ in range(300):
            try:
                if self.ask("GET", "/healthz")[0] == 200:
                    return
            except (OSError, HTTPException):
                time.sleep(0.1)
        raise RuntimeError("the site did not answer")

    def ask(self, method: str, path: str, body: str = "") -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            kind = {"Content-Type": "application/json"} if body else {}
            connection.request(method, path, body or None, kind)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def megabytes(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found.group(1)) / 1000 if found else float("nan")

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(15)


@contextmanager
def site(instance: Path) -> Iterator[Site]:
    found = Site(instance)
    try:
        found.wait()
        yield found
    finally:
        found.end()


def goals(instance: Path) -> list[Row]:
    """A row for each page and number of clients, then the sizes."""
    with site(instance) as served:
        found = [*_times(served), _home(served)]
        found.append(row("web process after the load", served.megabytes(), "MB", 180))
    return found


def row(name: str, value: float, unit: str, most: float) -> Row:
    goal = f"<= {most:g}"
    return {"name": name, "value": round(value, 2), "unit": unit, "goal": goal, "ok": value <= most}


def _times(served: Site) -> Iterator[Row]:
    begin = datetime.now(UTC).date() + timedelta(days=3)
    days = f"from={begin}&to={begin + timedelta(days=30)}"
    slots = f"/api/v1/packages/{PACKAGE}/slots?{days}"
    plain = _page(served, "/bench/one-row")
    asked: dict[str, Callable[[], float]] = {
        "slots answer, 31 days": _page(served, slots),
        "month page": _page(served, f"/book/{PACKAGE}?month={begin:%Y-%m}"),
        "hold": _hold(served, slots),
    }
    for clients in CLIENTS:
        ratios: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(ROUNDS):
            base = _median(plain, clients)
            for name, ask in asked.items():
                ratios[name].append(_median(ask, clients) / base)
        people = "1 client" if clients == 1 else f"{clients} clients"
        for name, found in ratios.items():
            yield row(
                f"{name}, {people}, p50 against one row",
                statistics.median(found),
                "ratio",
                MOST_TIMES,
            )


def _median(ask: Callable[[], float], clients: int) -> float:
    """The median seconds of an answer while *clients* ask at once."""
    ask()
    took: list[float] = []
    threads = [
        threading.Thread(target=lambda: took.extend(ask() for _ in range(ASKED // clients)))
        for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statistics.median(took)


def _page(served: Site, path: str) -> Callable[[], float]:
    def ask() -> float:
        began = time.perf_counter()
        status, _ = served.ask("GET", path)
        took = time.perf_counter() - began
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        return took

    return ask


def _hold(served: Site, slots: str) -> Callable[[], float]:
    """Hold a start that is free and give it back; only the holding is timed."""
    free = json.loads(served.ask("GET", slots)[1])["slots"]
    one_a_day = list({each["starts_at"][:10]: each["starts_at"] for each in free}.values())
    lock = threading.Lock()
    turn = 0

    def ask() -> float:
        nonlocal turn
        with lock:
            start = one_a_day[turn % len(one_a_day)]
            turn += 1
        body = json.dumps({"package": PACKAGE, "starts_at": start})
        began = time.perf_counter()
        status, answer = served.ask("POST", "/api/v1/holds", body)
        took = time.perf_counter() - began
        if status != 201:
            raise RuntimeError(f"a hold answered {status}: {answer[:200]!r}")
        served.ask("DELETE", f"/api/v1/holds/{json.loads(answer)['token']}")
        return took

    return ask


def _home(served: Site) -> Row:
    """The home page with all that it names, and all that its styles name, as sent."""
    seen: dict[str, int] = {}
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        status, body = served.ask("GET", path)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        seen[path] = len(body)
        text = body.decode(errors="replace")
        if path == "/":
            named = re.findall(
                r"<(?:link|script|img|source)\b[^>]*?(?:href|src)=\"([^\"]+)\"", text
            )
        else:
            named = re.findall(r"url\(\"?([^)\"]+)\"?\)", text) if ".css" in path else []
        local = [urljoin(path, each.replace("&amp;", "&")) for each in named]
        waiting += [each for each in local if each.startswith("/static/")]
    return row("home page with everything", sum(seen.values()) / 1000, "kB", 100)
