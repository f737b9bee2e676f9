"""The client's own guide: what to do before the session, ticked off as they go."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.booking.links import booking_for
from studio.booking.models import Booking
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.ports import ports
from studio.prep import queries, service
from studio.prep.checklist import UnknownItem
from studio.prep.models import PrepGuide
from studio.prep.sections import sections
from studio.web.guards import holder
from studio.web.limits import limiter

bp = Blueprint("booking_prep", __name__, url_prefix="/booking/<token>/prep")

_SHOWN = (BookingState.CONFIRMED, BookingState.COMPLETED)


@bp.get("")
@limiter.limit("60 per minute")
@holder
def guide(token: str) -> ResponseReturnValue:
    booking = booking_for(token)
    if booking.state not in _SHOWN:
        return render_template("booking/prep_closed.html", booking=booking, token=token)
    sent = _guide(booking)
    return render_template(
        "booking/prep.html",
        booking=booking,
        token=token,
        guide=sent,
        sections=sections(sent.body) if sent else [],
        items=_items(booking, sent),
        days_left=_days_left(booking),
    )


@bp.post("/ticks")
@holder
def keep_ticks(token: str) -> ResponseReturnValue:
    """Keep the list as it was sent; a script gets an empty answer, a form the page again."""
    booking = _open_booking(token)
    sent = _guide(booking) or abort(404)
    try:
        service.keep_checklist(booking.id, sent.id, set(request.form.getlist("done")))
    except UnknownItem:
        abort(422, "That is not on your list. Please load the page again.")
    if request.accept_mimetypes.best == "application/json":
        return "", 204
    flash("Your list is saved.")
    return redirect(url_for("booking_prep.guide", token=token), 303)


@bp.post("/opened")
@holder
def opened(token: str) -> ResponseReturnValue:
    """A script says that somebody is looking; a machine that fetches the page does not."""
    service.note_opening(_open_booking(token).id)
    return "", 204


def _open_booking(token: str) -> Booking:
    booking = booking_for(token)
    if booking.state not in _SHOWN:
        abort(409, "This session does not take place, so there is nothing to prepare.")
    return booking


def _guide(booking: Booking) -> PrepGuide | None:
    """The version the client was sent, else the newest there is for their kind of session."""
    session = db.session()
    if booking.guide_id:
        return session.get(PrepGuide, booking.guide_id)
    return queries.guide_for(session, booking.package.session_type_id, booking.language)


def _items(booking: Booking, guide: PrepGuide | None) -> list[dict[str, Any]]:
    if guide is None:
        return []
    done = queries.ticks(db.session(), booking.id)
    return [
        {
            "value": item["key"],
            "text": item["text"],
            "why": item.get("note", ""),
            "done": item["key"] in done,
        }
        for item in guide.checklist
    ]


def _days_left(booking: Booking) -> int:
    """Days on the studio's calendar; less than nought once the session's day has passed."""
    zone = ZoneInfo(booking.zone)
    day, today = (at.astimezone(zone).date() for at in (booking.starts_at, ports().now()))
    return (day - today).days
