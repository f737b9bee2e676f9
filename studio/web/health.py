"""Whether the process answers, and whether the studio behind it works."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Blueprint, Flask, Response, current_app, json
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from studio import heartbeat, schema
from studio.db import db
from studio.ports import ports
from studio.web.guards import public
from studio.web.limits import limiter

# The worker beats every 15 seconds.
SILENT_AFTER = timedelta(minutes=2)
# A message is picked up within seconds and tried again after minutes.
LATE_AFTER = timedelta(minutes=15)

Overdue = Callable[[Session, datetime], datetime | None]

bp = Blueprint("health", __name__)


def init_app(app: Flask, overdue: Overdue) -> None:
    """Add both pages; *overdue* says since when the oldest late message has been waiting."""
    app.extensions["overdue"] = overdue
    limiter.exempt(bp)
    app.register_blueprint(bp)


@bp.get("/healthz")
@public
def healthz() -> Response:
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@public
def readyz() -> Response:
    """200, or 503 with a sentence for each thing that is wrong."""
    faults = _faults()
    body = json.dumps({"ready": not faults, "faults": faults})
    return Response(body, 503 if faults else 200, mimetype="application/json")


def _faults() -> list[str]:
    try:
        at, newest = schema.current(), schema.newest()
        if at != newest:
            return [f"The database is at migration {at or 'none'}, the code needs {newest}."]
        db.session.execute(text("SELECT 1"))
        return [fault for fault in (_worker(), _messages()) if fault]
    except SQLAlchemyError:
        return ["The database does not answer."]


def _worker() -> str | None:
    last = heartbeat.latest(db.session())
    if last is None:
        return "No worker has run yet."
    silent = ports().now() - last
    if silent <= SILENT_AFTER:
        return None
    return f"No worker has been heard of for {int(silent.total_seconds() // 60)} minutes."


def _messages() -> str | None:
    now = ports().now()
    overdue: Overdue = current_app.extensions["overdue"]
    since = overdue(db.session(), now)
    if since is None or now - since <= LATE_AFTER:
        return None
    minutes = int((now - since).total_seconds() // 60)
    return f"The oldest message has been waiting for {minutes} minutes."
