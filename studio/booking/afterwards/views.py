"""No more courtesies, by one click in a mail program or on our own page."""

from __future__ import annotations

import hmac

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from studio.booking import links
from studio.booking.afterwards import service
from studio.clients.models import Client
from studio.db import db
from studio.web.guards import holder, signed
from studio.web.limits import limiter

bp = Blueprint("afterwards", __name__)

_PATH = "/unsubscribe/<id:client_id>/<token>"


@bp.get(_PATH)
@holder
def unsubscribing(client_id: int, token: str) -> ResponseReturnValue:
    """Ask first: a mail scanner that follows every link shall end nothing."""
    _must_be_theirs(client_id, token)
    return render_template("booking/unsubscribe.html", done=False)


@bp.post(_PATH)
@limiter.limit("30 per minute")
@signed
def unsubscribe(client_id: int, token: str) -> ResponseReturnValue:
    """RFC 8058: the link itself is the proof, so neither cookie nor page is asked for."""
    _must_be_theirs(client_id, token)
    if request.form.get("List-Unsubscribe") != "One-Click":
        abort(400, "Please use the button on our page.")
    service.unsubscribe(client_id)
    return render_template("booking/unsubscribe.html", done=True)


def _must_be_theirs(client_id: int, token: str) -> None:
    known = hmac.compare_digest(token.encode(), links.unsubscribe_token(client_id).encode())
    if not known or db.session().get(Client, client_id) is None:
        abort(404)
