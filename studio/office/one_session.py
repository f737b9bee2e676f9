"""The session that a page of the office is about."""

from __future__ import annotations

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue

from studio.booking.models import Booking
from studio.db import db
from studio.office import queries


def found(booking_id: int) -> Booking:
    """Whoever's it is; 404 if there is none."""
    return queries.booking(db.session(), booking_id, None) or abort(404)


def back_to(booking_id: int) -> ResponseReturnValue:
    return redirect(url_for("office.session", booking_id=booking_id), 303)
