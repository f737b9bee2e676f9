"""The web server of a studio on one machine: waitress, many threads in one process."""

from __future__ import annotations

import gc
import signal
import sys
from types import FrameType

from flask import Flask
from waitress.server import create_server

# A body above the application's own limit still gets the application's own answer.
LARGEST_BODY = 8 * 1024 * 1024


def serve(app: Flask, port: int) -> None:
    """Serve on the loopback address until SIGTERM or SIGINT.

    Raises:
        OSError: if the port is taken.
    """
    trusts_proxies = app.extensions["settings"].trusted_proxies > 0
    server = create_server(
        app,
        host="127.0.0.1",
        port=port,
        threads=8,
        connection_limit=1000,
        channel_timeout=20,
        max_request_body_size=LARGEST_BODY,
        clear_untrusted_proxy_headers=not trusts_proxies,
        ident=None,
    )
    signal.signal(signal.SIGTERM, _end)
    _spare_the_collector()
    server.run()


def _spare_the_collector() -> None:
    """Look no more through what the application is made of, nor at every turn.

    That lives as long as the process, and a whole collection of it took as long as ten pages: a
    visitor waited for it whenever a month had been computed anew.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
