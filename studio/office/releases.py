"""What sitters are asked to sign, and copies of what they and their clients agreed to."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField

from studio.accounts import people
from studio.booking import contract
from studio.booking.models import Booking
from studio.booking.releases import paper, service
from studio.booking.releases import queries as releases
from studio.db import db
from studio.office import queries
from studio.office.shell import bp
from studio.scheduling.queries import the_studio
from studio.web.fields import ParagraphField
from studio.web.form import Form, SelectChoice
from studio.web.guards import staff

_LONGEST = 20_000


class ReleaseForm(Form):
    """The words of the release; *changed* says whether they say something else."""

    body = ParagraphField("What is said in any case", longest=_LONGEST)
    portfolio = ParagraphField("What a yes to the portfolio allows", longest=_LONGEST)
    advertising = ParagraphField("What a yes to advertising allows besides", longest=_LONGEST)
    changed = RadioField(
        "Is it the same in other words?",
        choices=[
            SelectChoice("yes", "It says something else: ask everybody again"),
            SelectChoice("no", "It says the same: answers stay"),
        ],
        default="yes",
    )


@bp.route("/release-text", methods=["GET", "POST"])
@staff("edit_release")
def release_text() -> ResponseReturnValue:
    """The release as it is asked for now; on POST, a new version of it."""
    text = releases.newest_text(db.session())
    form = ReleaseForm(obj=text)
    if form.validate_on_submit():
        written = service.write_text(
            form.body.data,
            form.portfolio.data,
            form.advertising.data,
            asks_again=form.changed.data == "yes",
            by=people.asking().name,
        )
        flash("Saved: this is signed from now on." if written else "Nothing was changed.")
        return redirect(url_for("office.release_text"), 303)
    zone = the_studio(db.session()).zone
    page = render_template("office/releases/text.html", form=form, text=text, zone=zone)
    return page, 422 if form.errors else 200


@bp.get("/sessions/<id:booking_id>/releases/<id:release_id>.pdf")
@staff("see_own_sessions")
def release_copy(booking_id: int, release_id: int) -> ResponseReturnValue:
    booking = _booking(booking_id)
    found = releases.release(db.session(), booking.id, release_id) or abort(404)
    return _pdf(paper.pdf(found, booking.zone), f"release-{found.id}.pdf")


@bp.get("/sessions/<id:booking_id>/terms.pdf")
@staff("see_money")
def session_terms(booking_id: int) -> ResponseReturnValue:
    """The contract, which names prices."""
    booking = _booking(booking_id)
    drawn = contract.drawing(db.session(), booking) or abort(404)
    return _pdf(drawn(), f"terms-{booking.reference}.pdf")


def _booking(booking_id: int) -> Booking:
    mine = people.scope(people.asking())
    return queries.booking(db.session(), booking_id, mine) or abort(404)


def _pdf(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, mimetype="application/pdf", headers=headers)
