"""Where a client says who is photographed, and each of them says yes or no to being shown."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.booking.links import booking_for
from studio.booking.models import Booking
from studio.booking.releases import paper, queries, service
from studio.booking.releases.forms import AnswerForm, SitterForm
from studio.booking.releases.models import ReleaseText, Sitter
from studio.db import db
from studio.web.guards import holder
from studio.web.limits import limiter

bp = Blueprint("booking_releases", __name__, url_prefix="/booking/<token>/release")

_SITTER = "/<id:sitter_id>"


@bp.route("", methods=["GET", "POST"])
@limiter.limit("60 per minute")
@holder
def release(token: str) -> ResponseReturnValue:
    """Who is photographed and what they answered; on POST, somebody more."""
    booking, text = _open(token)
    if text is None:
        return render_template("booking/release_closed.html", booking=booking, token=token)
    form = SitterForm()
    if form.check():
        try:
            service.name_sitter(booking.id, form.to_sitter())
        except service.TooMany:
            form.name.errors = [f"More than {queries.MOST_SITTERS} people are too many here."]
        except service.NothingToSign:
            abort(409, "This session does not take place, so there is nothing to sign.")
        else:
            return redirect(url_for("booking_releases.release", token=token), 303)
        booking, text = _open(token)
    answers = queries.answers_of(db.session(), booking.id)
    if not answers and not form.is_submitted() and booking.contact and booking.people == 1:
        form.name.data = booking.contact.name
    page = render_template(
        "booking/release.html",
        booking=booking, token=token, text=text, form=form, answers=answers, levels=paper.LEVELS,
    )  # fmt: skip
    return page, 422 if form.errors else 200


@bp.post(f"{_SITTER}/remove")
@limiter.limit("30 per minute")
@holder
def remove(token: str, sitter_id: int) -> ResponseReturnValue:
    booking, _ = _open(token)
    try:
        service.forget_sitter(booking.id, sitter_id)
    except service.NotNamed:
        abort(404)
    except service.HasAnswered:
        flash("They have answered already, and what was signed stays.", "warning")
    return redirect(url_for("booking_releases.release", token=token), 303)


@bp.route(_SITTER, methods=["GET", "POST"])
@limiter.limit("60 per minute")
@holder
def answer(token: str, sitter_id: int) -> ResponseReturnValue:
    """The release for one person, nothing chosen; on POST, their answer."""
    booking, text = _open(token)
    sitter = queries.sitter(db.session(), booking.id, sitter_id)
    if text is None or sitter is None:
        abort(404)
    signer, name = sitter.signer, sitter.name
    form = AnswerForm.of(text, signer)
    if not form.check(signer):
        return _answer_page(token, booking, sitter, text, form), 422 if form.errors else 200
    try:
        signature = form.to_signature(request.remote_addr or "")
        service.answer_release(booking.id, sitter_id, signature)
    except service.NotTheirName:
        form.refuse_name(signer)
        return _again(token, sitter_id, form), 422
    except service.TextChanged:
        return _again(token, sitter_id, form, changed=True), 409
    except (service.NothingToSign, service.NotNamed):
        abort(409, "This session does not take place, so there is nothing to sign.")
    flash(f"Thank you: the answer for {name} is kept. A copy is below.")
    return redirect(url_for("booking_releases.release", token=token), 303)


@bp.post(f"{_SITTER}/withdraw")
@limiter.limit("30 per minute")
@holder
def withdraw(token: str, sitter_id: int) -> ResponseReturnValue:
    """A yes is taken back, without a reason and whatever became of the session."""
    try:
        service.withdraw_release(booking_for(token).id, sitter_id)
    except service.NotNamed:
        abort(404)
    flash("Taken back. We are told at once, and show the pictures nowhere new.")
    return redirect(url_for("booking_releases.release", token=token), 303)


@bp.get("/<id:release_id>/copy.pdf")
@limiter.limit("30 per minute")
@holder
def copy(token: str, release_id: int) -> ResponseReturnValue:
    booking = booking_for(token)
    found = queries.release(db.session(), booking.id, release_id) or abort(404)
    return Response(
        paper.pdf(found, booking.zone),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="release-{found.id}.pdf"'},
    )


def _open(token: str) -> tuple[Booking, ReleaseText | None]:
    """The booking, and what is asked; nothing of a session that does not take place."""
    booking = booking_for(token)
    asked = booking.state in service.OPEN
    if not asked and request.method == "POST":
        abort(409, "This session does not take place, so there is nothing to sign.")
    signed = bool(queries.answers_of(db.session(), booking.id))
    return booking, queries.newest_text(db.session()) if asked or signed else None


def _again(token: str, sitter_id: int, form: AnswerForm, *, changed: bool = False) -> str:
    """The page with what was typed, beside the text as it is now."""
    booking, text = _open(token)
    sitter = queries.sitter(db.session(), booking.id, sitter_id)
    if text is None or sitter is None:
        abort(404)
    form.version.data = str(text.version)
    form.version.raw_data = [form.version.data]
    return _answer_page(token, booking, sitter, text, form, changed=changed)


def _answer_page(
    token: str, booking: Booking, sitter: Sitter, text: ReleaseText, form: AnswerForm,
    *, changed: bool = False,
) -> str:  # fmt: skip
    return render_template(
        "booking/release_answer.html",
        booking=booking, token=token, sitter=sitter, text=text, form=form, changed=changed,
    )  # fmt: skip
