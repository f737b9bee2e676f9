"""Writing a guide, with a look at it on a session that is really booked."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.accounts import people
from studio.booking.models import Booking
from studio.catalogue.models import SessionType
from studio.db import db
from studio.domain.conditions import FACTS
from studio.messaging import placeholders
from studio.office.guides import preview, service
from studio.office.guides.comparison import compared
from studio.office.guides.forms import GuideForm
from studio.office.guides.preview import Preview
from studio.office.guides.shell import bp, editor, kind_of
from studio.office.once import new_once, once_of
from studio.prep import editing, guide_service, queries
from studio.prep.editing import GuideChanged, draft_of
from studio.prep.queries import Track
from studio.scheduling.queries import the_studio
from studio.web.guards import staff

_CONFLICT = 409


@bp.get("/<slug:slug>/edit")
@staff("edit_guides")
def edit(slug: str) -> ResponseReturnValue:
    editor()
    kind = kind_of(slug)
    track = _track(kind)
    form = GuideForm(draft_of(track), formdata=None)
    form.based_on.data = str(track.guide.version if track.guide else 0)
    shown = _look(kind, track) if track.guide else None
    return _page(kind, form, shown)


@bp.post("/<slug:slug>/edit")
@staff("edit_guides")
def save(slug: str) -> ResponseReturnValue:
    person, kind = editor(), kind_of(slug)
    form = _form(kind)
    if not form.check():
        return _page(kind, form, None), 422
    try:
        number = guide_service.save_guide(
            kind.id, form.draft(), based_on=based_on(), by=person.name
        )
    except GuideChanged as newer:
        # What they saved is kept, and so is what was written here.
        form.based_on.data = str(newer.guide.version)
        return _page(kind, form, None, newer=newer), _CONFLICT
    flash(f"Saved as version {number}. Sessions keep the version they have until you give it them.")
    return redirect(url_for("office.prep_guide", slug=slug), 303)


@bp.post("/<slug:slug>/look")
@staff("edit_guides")
def look(slug: str) -> ResponseReturnValue:
    """The page again, with what is written in it drawn for a session; nothing is kept."""
    editor()
    kind = kind_of(slug)
    form = _form(kind)
    fine = form.check()
    form.based_on.data = str(based_on())
    shown = _look(kind, _drafted(kind, form)) if fine else None
    return _page(kind, form, shown), 200 if fine else 422


@bp.post("/<slug:slug>/test")
@staff("edit_guides")
def test(slug: str) -> ResponseReturnValue:
    """Send one of the messages, as it is written here, to whoever asks."""
    editor()
    kind, once = kind_of(slug), once_of(request.form.get("once", ""))
    form = _form(kind)
    if not form.check():
        return _page(kind, form, None), 422
    form.based_on.data = str(based_on())
    shown = _look(kind, _drafted(kind, form))
    wanted = [each for each in shown.leaving if each.new.step == request.form.get("step")]
    if not wanted:
        flash("There is no such message for this session, so nothing was sent.", "warning")
    for each in wanted[:1]:
        service.send_test(each.new, to=people.address(), once=once)
        flash(f"A test of “{each.letter.subject}” is on its way to {people.address()}.")
    return _page(kind, form, _look(kind, _drafted(kind, form)))


@bp.post("/<slug:slug>/review")
@staff("edit_guides")
def review(slug: str) -> ResponseReturnValue:
    editor()
    kind_of(slug)
    wanted = request.form.get("review") == "on"
    service.set_review(slug, review=wanted)
    flash(
        "Saved: messages that are planned from now on wait until somebody has approved them."
        if wanted
        else "Saved: messages that are planned from now on leave by themselves."
    )
    return redirect(url_for("office.prep_guide", slug=slug), 303)


@bp.post("/<slug:slug>/give")
@staff("edit_guides")
def give(slug: str) -> ResponseReturnValue:
    """Let sessions to come keep to the newest version from now on."""
    person, kind = editor(), kind_of(slug)
    guide = service.newest(db.session(), kind) or abort(404)
    if str(guide.version) != request.form.get("version"):
        flash("There is a newer version meanwhile. Look at it first.", "warning")
        return redirect(url_for("office.prep_guide", slug=slug), 303)
    given = service.give_guide(guide.id, by=person.name)
    flash(
        f"Version {request.form['version']} is given to {given}"
        f" {'session' if given == 1 else 'sessions'}: what has not left is planned anew."
    )
    return redirect(url_for("office.prep_guide", slug=slug), 303)


def based_on() -> int:
    """The version that was on the page before it was changed."""
    text = request.form.get("based_on", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _track(kind: SessionType) -> Track:
    return queries.newest_track(db.session(), kind.id, queries.FALLBACK)


def _form(kind: SessionType) -> GuideForm:
    """The form as it was posted; keys of its list come from the version it was made from."""
    known = editing.version(db.session(), kind.id, based_on())
    return GuideForm(draft_of(known or _track(kind)))


def _drafted(kind: SessionType, form: GuideForm) -> Track:
    return editing.track_of(form.draft(), kind.id, _track(kind))


def _look(kind: SessionType, track: Track) -> Preview:
    session = db.session()
    return preview.of(session, track, _chosen(preview.upcoming(session, kind)))


def _chosen(bookings: Sequence[Booking]) -> Booking | None:
    """The session that was asked for, else the next one."""
    asked = request.form.get("session", "")
    return next((b for b in bookings if str(b.id) == asked), bookings[0] if bookings else None)


def _page(
    kind: SessionType, form: GuideForm, shown: Preview | None, newer: GuideChanged | None = None
) -> str:
    session = db.session()
    form.once.data = new_once()
    newest = _track(kind)
    return render_template(
        "office/guides/edit.html",
        kind=kind,
        form=form,
        shown=shown,
        sessions=preview.upcoming(session, kind),
        names=placeholders.NAMES,
        facts=FACTS,
        zone=the_studio(session).zone,
        newer=newer.guide if newer else None,
        difference=compared(draft_of(newest), form.draft()) if newer else [],
    )
