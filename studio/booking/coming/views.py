"""The buttons of the prep page by which a client says that they come, and asks for more."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from studio.booking.coming import service
from studio.booking.links import booking_for
from studio.web.guards import holder
from studio.web.limits import limiter

bp = Blueprint("booking_coming", __name__, url_prefix="/booking/<token>/prep")

_TOO_LATE = "That cannot be said about this session now. Please load the page again, or ring us."


@bp.post("/coming")
@limiter.limit("30 per minute")
@holder
def coming(token: str) -> ResponseReturnValue:
    try:
        service.confirm_attendance(booking_for(token).id)
    except service.NotNow:
        abort(409, _TOO_LATE)
    flash("Thank you: we are looking forward to you.")
    return _back(token)


@bp.post("/on-my-way")
@limiter.limit("30 per minute")
@holder
def on_my_way(token: str) -> ResponseReturnValue:
    try:
        service.say_on_my_way(booking_for(token).id)
    except service.NotNow:
        abort(409, _TOO_LATE)
    flash("Told. See you soon.")
    return _back(token)


@bp.post("/late")
@limiter.limit("30 per minute")
@holder
def late(token: str) -> ResponseReturnValue:
    booking = booking_for(token)
    text = request.form.get("minutes", "")
    minutes = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    if not 1 <= minutes <= service.LATEST_MINUTES:
        flash(
            f"Please say by how many minutes, from 1 to {service.LATEST_MINUTES}. If it is more,"
            " please ring us.",
            "warning",
        )
        return _back(token)
    try:
        new = service.say_late(booking.id, minutes)
    except service.NotNow:
        abort(409, _TOO_LATE)
    flash(
        "Told. Thank you for letting us know; come safely."
        if new
        else "We know already that you are late. If it has changed, please ring us."
    )
    return _back(token)


@bp.post("/add-on/<slug:slug>")
@limiter.limit("30 per minute")
@holder
def add_on(token: str, slug: str) -> ResponseReturnValue:
    try:
        name = service.ask_for_add_on(booking_for(token).id, slug)
    except service.NotNow:
        abort(409, _TOO_LATE)
    if name is None:
        flash("It is too late for this extra. Please ring us: we may find a way.", "warning")
    else:
        flash(f"We have your wish: {name}. We answer by mail; nothing is added until then.")
    return _back(token)


def _back(token: str) -> ResponseReturnValue:
    return redirect(url_for("booking_prep.guide", token=token), 303)
