"""What is asked of a site under load, each answer timed and none but the wanted one accepted."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from bench.served import Site

PACKAGE = "professional-headshot"
DEMO = ("--days", "60", "--fill", "0.25")

Ask = Callable[[], float]
"""Asks once, and says how many seconds the answer took."""


def first_day() -> date:
    """Past the longest notice."""
    return datetime.now(UTC).date() + timedelta(days=3)


def slots_address() -> str:
    """A month of open starts, by anybody."""
    first = first_day()
    return f"/api/v1/packages/{PACKAGE}/slots?from={first}&to={first + timedelta(days=30)}"


def page(served: Site, path: str) -> Ask:
    def ask() -> float:
        began = time.perf_counter()
        status, _ = served.ask("GET", path)
        took = time.perf_counter() - began
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        return took

    return ask


class Holds:
    """Holds a free start on one day after the other, until they are given back."""

    def __init__(self, served: Site) -> None:
        free = json.loads(served.ask("GET", slots_address())[1])["slots"]
        self._starts = list({each["starts_at"][:10]: each["starts_at"] for each in free}.values())
        self._served, self._turn, self._lock = served, 0, threading.Lock()
        self._tokens: list[str] = []

    def take(self) -> float:
        with self._lock:
            start = self._starts[self._turn % len(self._starts)]
            self._turn += 1
        body = json.dumps({"package": PACKAGE, "starts_at": start})
        began = time.perf_counter()
        status, answer = self._served.ask("POST", "/api/v1/holds", body)
        took = time.perf_counter() - began
        if status != 201:
            raise RuntimeError(f"a hold answered {status}: {answer[:200]!r}")
        self._tokens.append(json.loads(answer)["token"])
        return took

    def give_back(self) -> None:
        while self._tokens:
            self._served.ask("DELETE", f"/api/v1/holds/{self._tokens.pop()}")
