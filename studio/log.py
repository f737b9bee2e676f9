"""One line for each thing decided: JSON in production, readable text elsewhere.

No line carries a token, a card or a message's words: paths are logged as their patterns, long
random strings are masked, and in production an error is told by its class and place, since its
text may quote what somebody typed.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
import uuid
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask, Response, g, request

_REQUEST_ID = re.compile(r"[\w.:-]{8,64}", re.ASCII)
# Links, keys and signatures are 40 characters and more without a space; nothing we name is.
_SECRET = re.compile(r"[\w-]{40,}", re.ASCII)
_QUIET = {"static", "health.healthz", "health.readyz"}

log = structlog.get_logger()


def configure(*, production: bool) -> None:
    """Send our own lines and those of libraries to standard error, in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([_class_and_place] if production else []),
        _mask,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    written = (
        structlog.processors.JSONRenderer()
        if production
        else structlog.dev.ConsoleRenderer(
            exception_formatter=structlog.dev.plain_traceback, colors=sys.stderr.isatty()
        )
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, written],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # Below a warning they tell of every statement, connection and mail.
    for name in ("alembic", "stripe", "urllib3", "waitress.queue"):
        logging.getLogger(name).setLevel(logging.WARNING)


def init_app(app: Flask) -> None:
    """Give each request an id, in its lines and in the X-Request-ID of its answer."""
    proxied = app.extensions["settings"].trusted_proxies > 0

    @app.before_request
    def _begin() -> None:
        given = request.headers.get("X-Request-ID", "") if proxied else ""
        g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        g.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def _end(response: Response) -> Response:
        if "request_id" not in g:
            return response
        response.headers["X-Request-ID"] = g.request_id
        if request.endpoint not in _QUIET:
            log.info(
                "request",
                method=request.method,
                path=request.url_rule.rule if request.url_rule else "(no such page)",
                status=response.status_code,
                ms=round((time.perf_counter() - g.began) * 1000),
            )
        return response


def _mask(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRET.sub("…", value)
    return event


def _class_and_place(
    _logger: Any, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    given = event.pop("exc_info", None)
    if not given:
        return event
    error = given if isinstance(given, BaseException) else sys.exc_info()[1]
    if isinstance(given, tuple):
        error = given[1]
    causes = []
    while error is not None:
        places = traceback.extract_tb(error.__traceback__)
        causes.append(
            {
                "class": type(error).__name__,
                "at": [f"{place.filename}:{place.lineno} {place.name}" for place in places[-12:]],
            }
        )
        error = error.__cause__ or error.__context__
    event["causes"] = causes
    return event
