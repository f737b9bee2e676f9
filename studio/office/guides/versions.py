"""A guide's versions: listed, compared, and brought back."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from studio.accounts import people
from studio.booking.models import Booking
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.office.guides.comparison import compared
from studio.office.guides.pages import based_on
from studio.office.guides.shell import bp, editor, kind_of
from studio.ports import ports
from studio.prep import editing, guide_service
from studio.prep.editing import GuideChanged, draft_of
from studio.scheduling.queries import the_studio
from studio.web.guards import staff


@bp.get("/<slug:slug>/versions")
@staff("see_own_sessions")
def versions(slug: str) -> ResponseReturnValue:
    """Every version, who saved it, and how many sessions to come keep to it."""
    session, kind = db.session(), kind_of(slug)
    keep = session.execute(
        select(Booking.guide_id, func.count(Booking.id).label("sessions"))
        .where(Booking.state == BookingState.CONFIRMED, Booking.starts_at > ports().now())
        .group_by(Booking.guide_id)
    )
    return render_template(
        "office/guides/versions.html",
        kind=kind,
        versions=editing.versions(session, kind.id),
        keep={row.guide_id: row.sessions for row in keep},
        may_write=people.may("edit_guides"),
        zone=the_studio(session).zone,
    )


@bp.get("/<slug:slug>/versions/<int:before>/<int:after>")
@staff("see_own_sessions")
def compare(slug: str, before: int, after: int) -> ResponseReturnValue:
    session, kind = db.session(), kind_of(slug)
    old, new = (editing.version(session, kind.id, each) for each in (before, after))
    if old is None or new is None:
        abort(404)
    return render_template(
        "office/guides/compare.html",
        kind=kind,
        before=before,
        after=after,
        difference=compared(draft_of(old), draft_of(new)),
    )


@bp.post("/<slug:slug>/versions/<int:version>/restore")
@staff("edit_guides")
def restore(slug: str, version: int) -> ResponseReturnValue:
    """Make an old version the newest again, as a version of its own."""
    person, kind = editor(), kind_of(slug)
    try:
        number = guide_service.restore_guide(kind.id, version, based_on=based_on(), by=person.name)
    except LookupError:
        abort(404)
    except GuideChanged as newer:
        flash(
            f"{newer.guide.saved_by or 'Somebody'} has saved version {newer.guide.version}"
            " meanwhile, so nothing was changed. Look at it first.",
            "warning",
        )
    else:
        flash(f"Version {version} is back, as version {number}.")
    return redirect(url_for("guides_office.versions", slug=slug), 303)
