"""The feed itself, for anybody who has its address."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from studio.db import db
from studio.feeds import entries, service
from studio.ports import ports
from studio.web.guards import holder
from studio.web.limits import limiter

bp = Blueprint("feeds", __name__)


@bp.get("/feeds/<token>.ics")
@limiter.limit("60 per minute")
@holder
def feed(token: str) -> ResponseReturnValue:
    session = db.session()
    known = service.find(session, token) or abort(404)
    text = entries.feed(session, known.photographer_id, ports().now(), detailed=known.detailed)
    response = Response(text, content_type="text/calendar; charset=utf-8")
    response.set_etag(hashlib.sha256(text).hexdigest()[:32])
    response.headers["Cache-Control"] = "private, max-age=0, must-revalidate"
    return response.make_conditional(request)
