"""A server of its own process with the demo studio in it, and how it is asked."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Site:
    """The demo studio, filled as *demo* says, behind a free port."""

    def __init__(self, instance: Path, demo: Sequence[str], database: str = "") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        env = {
            **os.environ,
            "INSTANCE": str(instance),
            "BASE_URL": f"http://127.0.0.1:{self.port}",
            "DATABASE_URL": database,
            "STRIPE_SECRET_KEY": "",
            "MAIL_URL": "",
            "RATELIMIT_ENABLED": "0",
        }
        load = [sys.executable, "-m", "studio.cli", "demo", *demo]
        subprocess.run(load, env=env, check=True, stdout=subprocess.DEVNULL)
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
def site(instance: Path, *demo: str, database: str = "") -> Iterator[Site]:
    found = Site(instance, demo, database)
    try:
        found.wait()
        yield found
    finally:
        found.end()
