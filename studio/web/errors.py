"""What a failed request answers: a page for people, problem+json for programs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, json, render_template, request
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from studio.db import DatabaseBusy

log = structlog.get_logger()

# Of what no view has words for; a page has its own.
_SENTENCES = {
    400: "This request cannot be read.",
    404: "There is nothing at this address.",
    405: "This address does not take that method; Allow names those it does.",
    413: "The body is too large.",
}

_PAGES = {400, 403, 404, 405, 409, 413, 429, 500, 503}


def problem(
    status: int, kind: str, detail: str, errors: dict[str, list[str]] | None = None, **more: Any
) -> Response:
    """An RFC 9457 answer; *kind* is stable and ends the `type`, *detail* is a sentence."""
    body: dict[str, Any] = {
        "type": f"/problems/{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
    if errors:
        body["errors"] = errors
    return Response(json.dumps(body), status, content_type="application/problem+json")


def for_programs() -> bool:
    return request.path.startswith("/api/")


def _answer(status: int, detail: str, headers: Any = ()) -> Response:
    if for_programs():
        kind = HTTPStatus(status).phrase.lower().replace(" ", "-")
        response = problem(status, kind, detail or _SENTENCES.get(status, "That was refused."))
    else:
        page = f"errors/{status if status in _PAGES else 400 if status < 500 else 500}.html"
        response = Response(
            render_template(page, detail=detail), status, content_type="text/html; charset=utf-8"
        )
    for name, value in headers:
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def _refused(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:  # a redirect raised on the way
        return Response(error.get_body(), error.code, error.get_headers())
    own = error.description if error.description != type(error).description else None
    return _answer(error.code, own or "", error.get_headers())


def _busy(error: Exception) -> Response:
    log.warning("database_busy", error=type(error).__name__)
    sentence = "We could not save this just now. Nothing was lost: please try again in a moment."
    return _answer(503, sentence, [("Retry-After", "2")])


def _broken(error: Exception) -> Response:
    # The class and the place, not the text: a message may quote what somebody typed.
    log.error("request_failed", error=type(error).__name__, exc_info=error)
    return _answer(500, "Something broke on our side.")


def _database(error: DBAPIError) -> Response:
    unreachable = isinstance(error, OperationalError) or error.connection_invalidated
    return _busy(error) if unreachable else _broken(error)


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(DatabaseBusy, _busy)
    app.register_error_handler(PoolTimeout, _busy)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(Exception, _broken)
