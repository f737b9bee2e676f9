"""The staff's page about feeds; photographers see their own only."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import RadioField, SelectField

from studio.accounts import people
from studio.db import db
from studio.feeds import service
from studio.feeds.models import CalendarFeed
from studio.messaging import origin
from studio.scheduling.queries import photographers, the_studio
from studio.scheduling.service import NotTheirs
from studio.web.form import Form, SelectChoice
from studio.web.guards import staff

bp = Blueprint("feeds_office", __name__, url_prefix="/office/feeds")


class FeedForm(Form):
    photographer = SelectField("Whose sessions", validators=[])
    shows = RadioField(
        "What it shows",
        choices=[
            SelectChoice("busy", "Busy, and nothing else: for a calendar others can see"),
            SelectChoice("detailed", "Client, package and place"),
        ],
        default="busy",
    )


@bp.route("", methods=["GET", "POST"])
@staff("block_time")
def feeds() -> ResponseReturnValue:
    """Which feeds there are; a new one's address is shown once."""
    session, within = db.session(), _within()
    form = FeedForm()
    crew = [each for each in photographers(session) if within in {None, each.id}]
    form.photographer.choices = [SelectChoice(str(each.id), each.name) for each in crew]
    address = ""
    if form.validate_on_submit():
        secret = service.make_feed(
            int(form.photographer.data), detailed=form.shows.data == "detailed", within=within
        )
        address = f"{origin.base_url()}/feeds/{secret}.ics"
    live = select(CalendarFeed).where(CalendarFeed.revoked_at.is_(None)).order_by(CalendarFeed.id)
    if within is not None:
        live = live.where(CalendarFeed.photographer_id == within)
    page = render_template(
        "office/outside/feeds.html",
        form=form,
        address=address,
        feeds=db.session().scalars(live).all(),
        zone=the_studio(db.session()).zone,
    )
    return page, 422 if form.errors else 200


@bp.post("/<id:feed_id>/revoke")
@staff("block_time")
def revoke_feed(feed_id: int) -> ResponseReturnValue:
    try:
        service.revoke_feed(feed_id, _within())
    except NotTheirs:
        abort(404)
    flash("Withdrawn: the address opens nothing any more.")
    return redirect(url_for("feeds_office.feeds"), 303)


def _within() -> int | None:
    person = people.asking()
    return people.scope(person)
