"""Pages and calls over HTTP, against a page of the same server that reads one row.

What is asked takes turns within a round, so that a busy machine is busy for all of it. A time is
held and given back between two turns, and giving back is not timed; after it the server has
forgotten its open starts, so the slots answer is also timed as the first to ask again.
"""

from __future__ import annotations

import re
import statistics
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin

from bench.asking import DEMO, PACKAGE, Ask, Holds, first_day, page, slots_address
from bench.rows import ROUNDS, Row, row
from bench.served import Site, site

TURNS = 20
PLAIN = "one row"
# How many clients at once, and how often each of them asks in a turn.
CLIENTS = {1: 4, 4: 2}
MOST_TIMES = "<= 3"
PERCENTILES = (50, 95)


def goals(instance: Path) -> list[Row]:
    """A row for each page, number of clients and percentile, then the sizes."""
    with site(instance, *DEMO) as served:
        found = [*_times(served), _home(served)]
        found.append(row("web process after the load", served.megabytes(), "MB", "<= 180"))
    return found


def _times(served: Site) -> Iterator[Row]:
    month = f"{first_day().replace(day=1) + timedelta(days=32):%Y-%m}"  # a whole one
    slots, held = slots_address(), Holds(served)
    asked = {
        PLAIN: page(served, "/bench/one-row"),
        "hold": held.take,
        "slots answer, 31 days, after a change": page(served, slots),
        "slots answer, 31 days": page(served, slots),
        "month page": page(served, f"/book/{PACKAGE}?month={month}"),
        "package page": page(served, f"/packages/{PACKAGE}"),
    }
    for clients, times in CLIENTS.items():
        rounds = [_round(asked, held, clients, times) for _ in range(ROUNDS)]
        people = "1 client" if clients == 1 else f"{clients} clients"
        for name in list(asked)[1:]:
            for percent in PERCENTILES:
                ratios = [_at(each[name], percent) / _at(each[PLAIN], percent) for each in rounds]
                yield row(
                    f"{name}, {people}, p{percent} against {PLAIN}",
                    statistics.median(ratios),
                    "ratio",
                    MOST_TIMES,
                )


def _round(asked: dict[str, Ask], held: Holds, clients: int, times: int) -> dict[str, list[float]]:
    """The seconds that each answer took, in turns."""
    took: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(TURNS):
        for name, ask in asked.items():
            # Only the first answer after a change is one.
            took[name] += _at_once(ask, clients, 1 if name.endswith("change") else times)
            if name == "hold":
                held.give_back()
    return took


def _at_once(ask: Ask, clients: int, times: int) -> list[float]:
    """The seconds of each answer while *clients* ask at once, each of them *times* times."""
    took: list[float] = []
    together = threading.Barrier(clients)

    def client() -> None:
        together.wait()
        took.extend([ask() for _ in range(times)])

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(took) < clients * times:
        raise RuntimeError("a client was refused")
    return took


def _at(seconds: list[float], percent: int) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]


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
    return row("home page with everything", sum(seen.values()) / 1000, "kB", "<= 100")
