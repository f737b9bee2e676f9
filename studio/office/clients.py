"""Clients: found by name, each with their sessions and all that was written about them."""

from __future__ import annotations

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from studio.db import db
from studio.office import client_queries
from studio.office.prep import reach
from studio.office.shell import bp
from studio.scheduling.queries import the_studio
from studio.web.guards import staff
from studio.web.text import one_line


@bp.get("/clients")
@staff("see_own_sessions")
def clients() -> ResponseReturnValue:
    words, page = one_line(request.args.get("q", ""), 100), request.args.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 10 else 1
    found = client_queries.clients(db.session(), words, max(1, number), reach().photographer_id)
    return render_template("office/clients/clients.html", found=found, words=words)


@bp.get("/clients/<id:client_id>")
@staff("see_own_sessions")
def client(client_id: int) -> ResponseReturnValue:
    session, within = db.session(), reach()
    known = client_queries.client(session, client_id, within.photographer_id) or abort(404)
    return render_template(
        "office/clients/client.html",
        client=known,
        sessions=client_queries.sessions_of(session, client_id, within.photographer_id),
        lines=client_queries.messages_of(session, client_id, within),
        most=client_queries.MOST,
        zone=the_studio(session).zone,
    )
