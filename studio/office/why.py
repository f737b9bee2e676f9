"""Why is this time not offered? A page that answers for any package and any time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from studio.accounts import people
from studio.db import db
from studio.office.asking import WhyForm, second_of_two
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
    links: Sequence[tuple[str, str]] = ()
    if form.is_asked() and form.validate():
        zone = ZoneInfo(the_studio(session).zone)
        wanted = form.sale(session)
        if wanted is not None:
            found = refusal(
                session,
                wanted.needs,
                form.instant(zone),
                ports().now(),
                notes=people.may("see_sessions"),
            )
            links = [(words, _address(form, at.astimezone(zone))) for at, words in found.near]
    page = render_template("office/why/why.html", form=form, found=found, links=links)
    return page, 422 if form.errors else 200


def _address(form: WhyForm, at: datetime) -> str:
    """The same question about another time."""
    return url_for(
        "office.why",
        package=form.package.data,
        at=f"{at:%Y-%m-%dT%H:%M}",
        which=second_of_two(at) or None,
        photographer=form.photographer.data or None,
        people=form.people.data,
        place=form.place.data or None,
        add_on=form.add_on.data or None,
    )
