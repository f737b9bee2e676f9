"""What a person, a receiver and a test do to the stand-in."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

from studio.sandbox.stripe.server import Sandbox


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    location: str | None


def send(method: str, url: str, body: str = "", **headers: str) -> Answer:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request(
            method, parts.path + (f"?{parts.query}" * bool(parts.query)), body, headers
        )
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode(), answer.headers.get("Location"))
    finally:
        connection.close()


def submit(page_url: str, **form: str) -> Answer:
    """Send the form of the hosted page, as a browser without scripts does."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return send("POST", page_url, urlencode(form), **kind)


def verb(sandbox: Sandbox, name: str, **told: Any) -> dict[str, Any]:
    answer = send("POST", f"{sandbox.url}/_test/{name}", json.dumps(told))
    assert answer.status == 200, answer.body
    done: dict[str, Any] = json.loads(answer.body)
    return done


@dataclass
class Ear:
    """An address that notices are sent to; answers with ``statuses``, then with 204."""

    statuses: list[int] = field(default_factory=list)
    heard: list[tuple[bytes, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = HTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhook"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.heard]

    def _handler(ear) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append((body, self.headers["Stripe-Signature"]))
                self.send_response(ear.statuses.pop(0) if ear.statuses else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing among the tests' own output."""

        return Handler
