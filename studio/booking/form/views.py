"""Where a client answers before their session: kept as they go, sent in when it is all there."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from studio.booking import history
from studio.booking.form import pictures, service
from studio.booking.form.due import asked_by
from studio.booking.form.fields import AnswersForm
from studio.booking.form.showing import drop_picture, folder, shown_picture
from studio.booking.links import booking_for
from studio.booking.models import Booking
from studio.db import db
from studio.domain.questions import in_words
from studio.domain.readiness import Form
from studio.ports import ports
from studio.prep.questionnaires import queries
from studio.prep.questionnaires.queries import Asked
from studio.web.guards import holder
from studio.web.limits import limiter

bp = Blueprint("booking_form", __name__, url_prefix="/booking/<token>/form")

# A handful of pictures at once; each is judged by itself.
_LARGEST = 6 * pictures.LARGEST
_LARGEST_TEXT = 1024 * 1024
_DIGITS = 19
_TOO_LARGE = "Together that is too large. Please add your pictures a few at a time."


@bp.url_value_preprocessor
def _roomy(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    request.max_content_length, request.max_form_memory_size = _LARGEST, _LARGEST_TEXT
    request.max_form_parts = 1_000


@bp.errorhandler(413)
def _too_large(_error: Exception) -> ResponseReturnValue:
    return render_template("errors/413.html", detail=_TOO_LARGE), 413


@bp.get("")
@limiter.limit("60 per minute")
@holder
def form(token: str) -> ResponseReturnValue:
    booking = booking_for(token)
    asked = _asked(booking)
    if asked is None or not (asked.form or service.is_open(booking, ports().now())):
        return render_template("booking/form_closed.html", booking=booking, token=token)
    return _page(booking, token, asked, AnswersForm.of(asked))


@bp.post("")
@limiter.limit("240 per minute")
@holder
def keep(token: str) -> ResponseReturnValue:
    """Keep what was answered, and do what the button says; a script gets what applies now."""
    booking = booking_for(token)
    shown = _shown()
    asked, wanted = _asked(booking, shown), request.form.get("do", "")
    removed = wanted.removeprefix("remove-")
    if removed != wanted and removed.isascii() and removed.isdigit() and len(removed) < _DIGITS:
        drop_picture(booking.id, int(removed), by=history.CLIENT)
    if asked is None or not service.is_open(booking, ports().now()):
        if removed != wanted:
            return redirect(url_for("booking_form.form", token=token), 303)
        abort(409, "The time for answers has passed. Please ring us with anything that changed.")
    answered = AnswersForm.of(asked)
    answered.validate()
    try:
        _keep(booking.id, shown, answered)
        # A mistake in what does not apply, and may be hidden, is nobody's business.
        if now_asked := _asked(booking_for(token), shown):
            answered.overlook(now_asked.aside)
        if wanted == "send" and not answered.errors:
            for key in service.send_in(booking.id, shown):
                answered.refuse(key, "Please answer this.")
    except service.NothingAsked:
        abort(409, "The session has begun, or does not take place any more.")
    if request.accept_mimetypes.best == "application/json":
        return _told(booking_for(token), shown, answered)
    return _answered(token, shown, answered, sent=wanted == "send")


@bp.get("/pictures/<id:picture_id>")
@limiter.limit("240 per minute")
@holder
def picture(token: str, picture_id: int) -> ResponseReturnValue:
    return shown_picture(queries.picture(db.session(), booking_for(token).id, picture_id))


def _shown() -> int:
    """The id of the version of the questions that the page showed; 0 if it says none."""
    said = request.form.get("questionnaire", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < _DIGITS else 0


def _keep(booking_id: int, shown: int, answered: AnswersForm) -> None:
    """Keep what can be kept; what cannot be has its reason in the form."""
    service.keep_answers(booking_id, shown, answered.given(set(request.form.getlist("asked"))))
    for key, file in answered.pictures():
        try:
            _keep_picture(booking_id, shown, key, file.stream.read(pictures.LARGEST + 1))
        except pictures.NotAPicture as refused:
            answered.refuse(key, str(refused))
        except service.TooManyPictures:
            answered.refuse(key, f"{pictures.MOST_PICTURES} pictures are enough: remove one first.")


def _keep_picture(booking_id: int, shown: int, key: str, content: bytes) -> None:
    found = pictures.recognised(content)
    file = folder().keep(found.content)
    kept = False
    try:
        kept = service.add_picture(booking_id, shown, key, found, file)
    finally:
        if not kept:
            folder().drop(file)


def _told(booking: Booking, shown: int, answered: AnswersForm) -> ResponseReturnValue:
    """What a script draws: the questions that apply now, and what is wrong with an answer."""
    asked = _asked(booking, shown)
    applying = sorted(asked.applying) if asked else []
    sent = asked is not None and asked.state is Form.IN
    return jsonify(applying=applying, complaints=answered.complaints(), sent=sent)


def _answered(token: str, shown: int, answered: AnswersForm, *, sent: bool) -> ResponseReturnValue:
    """The page again with what is wrong; else onwards."""
    booking = booking_for(token)
    asked = _asked(booking, shown)
    if asked is None:
        abort(404)
    if answered.errors:
        return _page(booking, token, asked, answered), 422
    if sent:
        flash("Thank you: your answers are in. You can change them until the session.")
        return redirect(url_for("booking_prep.guide", token=token), 303)
    flash("Saved.")
    return redirect(url_for("booking_form.form", token=token), 303)


def _page(booking: Booking, token: str, asked: Asked, answered: AnswersForm) -> str:
    return render_template(
        "booking/form.html",
        booking=booking,
        token=token,
        asked=asked,
        form=answered,
        by_key={each.key: each for each in asked.questions},
        asked_by=asked_by(booking, asked.questionnaire),
        is_open=service.is_open(booking, ports().now()),
        rows=[(q, asked.answers.get(q.key)) for q in asked.questions if q.key in asked.applying],
        in_words=in_words,
        largest=pictures.LARGEST // 1024 // 1024,
        accepted=",".join(pictures.ENDINGS),
    )


def _asked(booking: Booking, shown: int = 0) -> Asked | None:
    return queries.asked_of(db.session(), booking.id, booking.package.session_type_id, shown=shown)
