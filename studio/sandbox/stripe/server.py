"""The stand-in on a port of this machine."""

import sys
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

from studio.sandbox.stripe import memory
from studio.sandbox.stripe.refusals import Refusal
from studio.sandbox.stripe.sandbox import Core, Reply, Request

LARGEST_BODY = 1_000_000


class Sandbox:
    """A running stand-in. ``core`` is there for tests that look inside."""

    def __init__(self, core: Core, server: "_Server", remembered: Path | None) -> None:
        self.core = core
        self.url = core.url
        self._server = server
        self._remembered = remembered
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="stripe", daemon=True
        )
        self._thread.start()
        core.outbox.start()

    def close(self) -> None:
        """Stop answering and sending, free the port, and remember."""
        self._server.shutdown()
        self._server.server_close()
        self.core.outbox.close()
        self._thread.join()
        if self._remembered:
            memory.save(self.core, self._remembered)


def start(
    port: int = 0,
    webhooks: Sequence[str] = (),
    secret: str = "",
    remembered: Path | None = None,
) -> Sandbox:
    """Start a stand-in on a thread of this process; port 0 takes any free one.

    Notices go to every address in *webhooks*, signed with *secret*, which is ``whsec_…``, or
    several of them with commas between while one replaces another. What happened is read from the
    file *remembered* and kept there again by ``close``; without one it is forgotten.

    Raises:
        ValueError: if there are addresses but a secret that is no ``whsec_…``, or if the
            file is not a stand-in's.
        OSError: if the port is taken.
    """
    secrets = [each.strip() for each in secret.split(",")]
    if webhooks and not all(each.startswith("whsec_") for each in secrets):
        raise ValueError("a webhook secret starts with whsec_")
    core = Core(webhooks, secrets)
    server = _Server(("127.0.0.1", port), _Handler)
    server.core = core
    core.url = f"http://127.0.0.1:{server.server_port}"
    try:
        if remembered:
            memory.load(core, remembered)
    except ValueError:
        server.server_close()
        raise
    return Sandbox(core, server, remembered)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    core: Core

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hangs up is no news; anything else is a bug and goes to the terminal."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # with it on, each call takes 40 ms longer
    timeout = 60

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self._send(Reply(413, b"", {}))
            self.close_connection = True
            return
        body = self.rfile.read(int(length)).decode("utf-8", errors="replace")
        headers = {name.lower(): value for name, value in self.headers.items()}
        method = "GET" if self.command == "HEAD" else self.command
        core = cast("_Server", self.server).core
        try:
            reply = core.reply(Request(method, self.path, headers, body))
        except Refusal as refusal:
            reply = Reply(refusal.status, refusal.message.encode(), {})
        if reply is None:
            self.close_connection = True
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base's name)
        """Say nothing: the studio beside it has the terminal."""
