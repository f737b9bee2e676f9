"""After the session: the pictures of one, and what is written after sessions of a kind."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from studio.accounts import people
from studio.booking.afterwards import service
from studio.booking.afterwards.models import (
    REFRESH_MONTHS,
    AfterRules,
    ClientWishes,
    Delivery,
    DeliveryStage,
)
from studio.booking.afterwards.service import NotOver
from studio.booking.models import Booking
from studio.catalogue.models import SessionType
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.office import queries
from studio.office.after_forms import AfterForm, PicturesForm, RulesForm
from studio.office.shell import bp
from studio.web.guards import staff

_AFTER = "/sessions/<id:booking_id>/after"


@bp.get(_AFTER)
@staff("edit_prep")
def after_session(booking_id: int) -> ResponseReturnValue:
    booking = _booking(booking_id)
    delivery = db.session().get(Delivery, booking_id)
    form = PicturesForm(
        formdata=None,
        stage=delivery.stage.value if delivery else None,
        link=delivery.link if delivery else "",
    )
    return _page(booking, form, _wishes(booking))


@bp.post(f"{_AFTER}/pictures")
@staff("edit_prep")
def note_pictures(booking_id: int) -> ResponseReturnValue:
    """Keep how far the pictures are, and tell the client."""
    booking, form = _booking(booking_id), PicturesForm()
    if not form.validate_on_submit():
        return _page(booking, form, _wishes(booking)), 422
    by = people.asking().name
    try:
        service.note_delivery(
            booking_id, DeliveryStage(form.stage.data), link=form.link.data, by=by
        )
    except NotOver:
        return _page(_booking(booking_id), form, _wishes(booking)), 409
    flash("Kept. The client is told, unless that is switched off.")
    return redirect(url_for("office.session", booking_id=booking_id), 303)


@bp.post(f"{_AFTER}/wishes")
@staff("edit_prep")
def keep_wishes(booking_id: int) -> ResponseReturnValue:
    """What this client is sent after any of their sessions."""
    booking, form = _booking(booking_id), AfterForm()
    if booking.client_id is None or not form.validate_on_submit():
        abort(400, "Nobody has booked this yet.")
    service.keep_wishes(booking.client_id, form.off)
    flash("Kept: this counts for all sessions of this client.")
    return redirect(url_for("office.after_session", booking_id=booking_id), 303)


@bp.get("/afterwards")
@staff("edit_packages")
def afterwards() -> ResponseReturnValue:
    session = db.session()
    rules = {each.session_type_id: each for each in session.scalars(select(AfterRules))}
    kinds = session.scalars(select(SessionType).order_by(SessionType.genre, SessionType.position))
    return render_template(
        "office/afterwards/kinds.html", kinds=kinds.all(), rules=rules, usual=REFRESH_MONTHS
    )


@bp.route("/afterwards/<slug:slug>", methods=["GET", "POST"])
@staff("edit_packages")
def after_rules(slug: str) -> ResponseReturnValue:
    """What is written after sessions of one kind."""
    session = db.session()
    kind = session.scalars(select(SessionType).where(SessionType.slug == slug)).one_or_none()
    if kind is None:
        abort(404)
    form = RulesForm()
    if form.validate_on_submit():
        service.keep_rules(kind.id, form.off, form.refresh_months.data or REFRESH_MONTHS)
        flash(f"Kept for {kind.name}.")
        return redirect(url_for("office.afterwards"), 303)
    if not form.is_submitted():
        rules = session.get(AfterRules, kind.id)
        form.show(rules.off if rules else ())
        form.refresh_months.process_data(rules.refresh_months if rules else REFRESH_MONTHS)
    page = render_template("office/afterwards/rules.html", kind=kind, form=form)
    return page, 422 if form.errors else 200


def _wishes(booking: Booking) -> AfterForm:
    form = AfterForm(formdata=None)
    wishes = db.session().get(ClientWishes, booking.client_id or 0)
    form.show(wishes.off if wishes else ())
    return form


def _page(booking: Booking, pictures: PicturesForm, wishes: AfterForm) -> str:
    delivery = db.session().get(Delivery, booking.id)
    return render_template(
        "office/afterwards/session.html",
        booking=booking,
        pictures=pictures,
        wishes=wishes,
        told_at=delivery.changed_at if delivery else None,
        over=booking.state is BookingState.COMPLETED,
    )


def _booking(booking_id: int) -> Booking:
    person = people.asking()
    return queries.booking(db.session(), booking_id, people.scope(person)) or abort(404)
