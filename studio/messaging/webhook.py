"""Where a mail provider's signed notices come in."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from studio.messaging import jobs
from studio.messaging.bounces import Bounce
from studio.web.guards import signed
from studio.web.limits import limiter
from studio.web.text import one_line

bp = Blueprint("messaging", __name__)

_REFUSED = 400
_LONGEST = 16 * 1024


@bp.post("/messages/bounced")
@limiter.limit("60 per minute", deduct_when=lambda answer: answer.status_code == _REFUSED)
@signed
def bounced() -> ResponseReturnValue:
    """{"message_id", "reason"}, with the HMAC-SHA256 of the body in X-Signature as hex digits.

    What is not known is answered alike, so that a provider does not send it again.
    """
    secret = current_app.extensions["settings"].bounce_secret
    if secret is None:
        abort(404)
    body = request.get_data(cache=False)
    wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = request.headers.get("X-Signature", "").removeprefix("sha256=")
    if not hmac.compare_digest(wanted.encode(), given.encode()):
        abort(_REFUSED, "The signature does not fit.")
    notice = _notice(body)
    said = one_line(notice["reason"], limit=400) or "not delivered"
    jobs.note_bounce(Bounce(notice["message_id"], f"Came back: {said}"))
    return "", 204


def _notice(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body) if len(body) <= _LONGEST else None
    except (ValueError, RecursionError):
        found = None
    told = found if isinstance(found, dict) else {}
    if not all(isinstance(told.get(name), str) for name in ("message_id", "reason")):
        abort(_REFUSED, "A notice has a message_id and a reason.")
    return told
