"""The client's own guide: what to do before the session, ticked off as they go."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.booking import account, prep_facts, service
from studio.booking.coming import queries as coming
from studio.booking.coming.service import add_ons_left, is_today, wished
from studio.booking.form.due import asked_by
from studio.booking.links import booking_for
from studio.booking.models import Booking
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.domain.readiness import asks_coming
from studio.ports import ports
from studio.prep import queries
from studio.prep import service as prep_service
from studio.prep.checklist import UnknownItem
from studio.prep.models import PrepGuide
from studio.prep.questionnaires.queries import asked_of
from studio.prep.tailoring import Tailored, checklist, tailored
from studio.scheduling.queries import the_studio
from studio.web.guards import holder
from studio.web.limits import limiter

bp = Blueprint("booking_prep", __name__, url_prefix="/booking/<token>/prep")

_MAP = "https://www.openstreetmap.org/"

_SHOWN = (BookingState.CONFIRMED, BookingState.COMPLETED)


@bp.get("")
@limiter.limit("60 per minute")
@holder
def guide(token: str) -> ResponseReturnValue:
    booking = booking_for(token)
    if booking.state not in _SHOWN:
        return render_template("booking/prep_closed.html", booking=booking, token=token)
    sent = _guide(booking)
    shown = tailored(sent, prep_facts.of(db.session(), booking)) if sent else None
    return render_template(
        "booking/prep.html",
        booking=booking,
        token=token,
        guide=shown,
        sections=shown.sections if shown else [],
        items=_items(booking, shown) if shown else [],
        days_left=_days_left(booking),
        map_link=_map_link(booking),
        asked=asked_of(db.session(), booking.id, booking.package.session_type_id),
        asked_by=asked_by,
        **_about_coming(booking),
    )


@bp.post("/ticks")
@holder
def keep_ticks(token: str) -> ResponseReturnValue:
    """Keep the list as it was sent; a script gets an empty answer, a form the page again."""
    booking = _open_booking(token)
    sent = _guide(booking) or abort(404)
    try:
        shown = checklist(sent, prep_facts.of(db.session(), booking))
        prep_service.keep_checklist(
            booking.id, sent.id, set(request.form.getlist("done")), {each["key"] for each in shown}
        )
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
    prep_service.note_opening(_open_booking(token).id)
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


def _about_coming(booking: Booking) -> dict[str, Any]:
    """What is asked and told of their coming, and what can still be added."""
    now = ports().now()
    stands = booking.state is BookingState.CONFIRMED
    left = add_ons_left(booking, now) if stands else []
    made_up = any(each.before_minutes for each in left)
    heard = coming.heard_of(db.session(), booking.id)
    return {
        "heard": heard,
        "asks_coming": stands and asks_coming(booking.starts_at, now),
        "is_today": is_today(booking, now),
        "outdoors": booking.place is not None and not booking.comes_to_client,
        "add_ons": left,
        "with_crew": account.dated(db.session(), booking).extra_with_crew(now) if made_up else "",
        "at_once": service.addable_at_once(booking, now),
        "wished": wished(db.session(), booking),
    }


def _map_link(booking: Booking) -> str:
    """A map of where to come; none where the studio comes to the client."""
    if booking.comes_to_client:
        return ""
    if booking.place is not None:
        at = f"{booking.place.latitude:.5f}", f"{booking.place.longitude:.5f}"
        return f"{_MAP}?mlat={at[0]}&mlon={at[1]}#map=17/{at[0]}/{at[1]}"
    address = ", ".join(the_studio(db.session()).address_lines)
    return f"{_MAP}search?{urlencode({'query': address})}"


def _items(booking: Booking, guide: Tailored) -> list[dict[str, Any]]:
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
