"""What clients have asked for, to be accepted or declined."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from wtforms.validators import InputRequired

from studio.accounts import people
from studio.booking import sale, service
from studio.booking.models import Booking
from studio.catalogue.queries import who_may_shoot
from studio.db import db
from studio.domain.lifecycle import BookingState, IllegalMove
from studio.office import one_session
from studio.office.overriding import refusal
from studio.office.shell import bp
from studio.ports import ports
from studio.scheduling.calendar import StartNotOpen
from studio.web.fields import ParagraphField
from studio.web.form import Form
from studio.web.guards import staff


class DeclineForm(Form):
    reason = ParagraphField(
        "What shall we tell the client?",
        longest=1000,
        description="They read these words.",
        validators=[InputRequired("Please say why, or offer something else.")],
    )


@bp.get("/requests")
@staff("book_sessions")
def requests() -> str:
    """Each request with whether its time is open still."""
    session, now = db.session(), ports().now()
    rows = []
    for booking in waiting(session):
        able = [booking.photographer]
        if not booking.by_name:
            able = who_may_shoot(session, booking.package)
        needs = sale.as_agreed(sale.needs_now(session, booking, able))
        rows.append((booking, refusal(session, needs, booking.starts_at, now)))
    return render_template("office/requests/requests.html", rows=rows)


@bp.post("/requests/<id:booking_id>/accept")
@staff("book_sessions")
def accept_request(booking_id: int) -> ResponseReturnValue:
    try:
        service.accept_request(booking_id, by=people.asking().name)
    except StartNotOpen:
        flash("That time is not open any more: decline it, or make room first.", "warning")
    except IllegalMove:
        flash("It has been answered already.", "warning")
    else:
        flash("Accepted. The client is told, and the time is kept.")
    return redirect(url_for("office.requests"), 303)


@bp.route("/requests/<id:booking_id>/decline", methods=["GET", "POST"])
@staff("book_sessions")
def decline_request(booking_id: int) -> ResponseReturnValue:
    booking = one_session.found(booking_id)
    form = DeclineForm()
    if not form.validate_on_submit():
        page = render_template("office/requests/decline.html", booking=booking, form=form)
        return page, 422 if form.errors else 200
    try:
        service.decline_request(booking_id, reason=form.reason.data, by=people.asking().name)
    except IllegalMove:
        flash("It has been answered already.", "warning")
    else:
        flash("Declined. The client reads your words.")
    return redirect(url_for("office.requests"), 303)


def waiting(session: Session) -> Sequence[Booking]:
    """Those nobody has answered, the soonest first."""
    return session.scalars(
        select(Booking)
        .where(Booking.state == BookingState.REQUESTED)
        .options(joinedload(Booking.package), joinedload(Booking.photographer))
        .order_by(Booking.starts_at, Booking.id)
    ).all()
