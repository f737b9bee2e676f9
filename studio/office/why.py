"""Why is this time not offered? A page that answers for any package and any time."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import render_template
from flask.typing import ResponseReturnValue

from studio.db import db
from studio.office.asking import WhyForm
from studio.office.overriding import Refusal, refusal
from studio.office.shell import bp
from studio.ports import ports
from studio.scheduling.queries import the_studio
from studio.web.guards import staff


@bp.get("/why")
@staff("see_own_sessions")
def why() -> ResponseReturnValue:
    """The first rule that forbids a start, and everything else in its way."""
    session = db.session()
    form = WhyForm.asked()
    form.offer(session)
    found: Refusal | None = None
    if form.is_asked() and form.validate():
        zone = ZoneInfo(the_studio(session).zone)
        wanted = form.sale(session)
        if wanted is not None:
            found = refusal(session, wanted.needs, form.instant(zone), ports().now())
    page = render_template("office/why/why.html", form=form, found=found)
    return page, 422 if form.errors else 200
