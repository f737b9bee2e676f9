"""Money at a glance: what is overdue, what came in, what goes back, and what looks odd."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from studio.db import db
from studio.office import queries
from studio.office.shell import bp
from studio.payments import inbox
from studio.ports import ports
from studio.scheduling.queries import the_studio
from studio.web.guards import staff


@bp.get("/payments")
@staff("see_money")
def payments() -> ResponseReturnValue:
    session, now = db.session(), ports().now()
    return render_template(
        "office/payments/payments.html",
        zone=the_studio(session).zone,
        flagged=queries.flagged(session),
        stuck=inbox.stuck(session),
        overdue=queries.overdue(session, now),
        payments=queries.recent_payments(session),
        refunds=queries.recent_refunds(session),
    )
