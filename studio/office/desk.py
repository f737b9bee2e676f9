"""Booking for a client on the phone, and moving a session: with rules that can be set aside."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from studio.accounts import people
from studio.booking import sale, service
from studio.booking.models import Booking
from studio.booking.reaching import NotReached
from studio.booking.service import CannotMove, CostChanged, NobodySuch, RulesBroken
from studio.catalogue.queries import who_may_shoot
from studio.db import db
from studio.office import one_session, queries
from studio.office.asking import DeskForm, MoveForm, second_of_two
from studio.office.overriding import Refusal, refusal, sealed
from studio.office.shell import bp
from studio.ports import ports
from studio.scheduling.calendar import StartNotOpen
from studio.scheduling.queries import the_studio
from studio.web.filters import clock, day
from studio.web.guards import staff

# Somebody on the phone pays by the link in their mail, and has a week for it as for an extra.
_TO_PAY = timedelta(days=7)


@bp.route("/desk", methods=["GET", "POST"])
@staff("book_sessions")
def desk() -> ResponseReturnValue:
    """Book a session for somebody; confirmed at once, and what is due stays to be paid."""
    session = db.session()
    form = DeskForm()
    form.offer(session)
    if not form.is_submitted():
        _new_key(form)
        form.deposit_due_on.data = ports().now().astimezone(_zone()).date() + _TO_PAY
        return _desk_page(form, None)
    wanted = form.sale(session) if form.validate() else None
    if wanted is None:
        return _desk_page(form, None), 422
    zone, by = _zone(), people.asking().name
    needs = wanted.needs
    try:
        booking_id = service.book_at_desk(form.to_request(zone, by))
    except service.KeyReused:
        _new_key(form)
        return _desk_page(form, None, another=True), 422
    except NotReached as refused:
        form[refused.field].errors = [str(refused)]
        return _desk_page(form, None), 422
    except (StartNotOpen, RulesBroken):
        found = refusal(db.session(), needs, form.instant(zone), ports().now())
        _show(form, found)
        return _desk_page(form, found), 409
    flash(f"Booked and confirmed: {form.name.data} is told by mail.")
    return redirect(url_for("office.session", booking_id=booking_id), 303)


@bp.route("/sessions/<id:booking_id>/move", methods=["GET", "POST"])
@staff("book_sessions")
def move_session(booking_id: int) -> ResponseReturnValue:
    """Give a session another time or another photographer."""
    session = db.session()
    booking = queries.booking(session, booking_id, None) or abort(404)
    able = {each.slug: each.name for each in who_may_shoot(session, booking.package)}
    if booking.photographer.resource.archived_at is None:
        able.setdefault(booking.photographer.slug, booking.photographer.name)
    zone = _zone()
    local = booking.starts_at.astimezone(zone)
    now = {"at": local.replace(tzinfo=None), "which": second_of_two(local)}
    form = MoveForm(data={**now, "photographer": booking.photographer.slug})
    form.offer(able, service.cost_of_moving(session, booking, ports().now()))
    if not form.validate_on_submit():
        return _move_page(booking, form, None), 422 if form.errors else 200
    refused = _move(booking_id, form, zone)
    if refused is not None:
        return refused
    moved = one_session.found(booking_id)
    when = f"{day(moved.starts_at, moved.zone)}, {clock(moved.starts_at, moved.zone)}"
    flash(f"Moved to {when}. The client and the photographer are told.")
    return redirect(url_for("office.session", booking_id=booking_id), 303)


def _move(booking_id: int, form: MoveForm, zone: ZoneInfo) -> ResponseReturnValue | None:
    """Move it as asked; where that is refused, the answer that says why."""
    booking = one_session.found(booking_id)
    request = form.to_request(zone, people.asking().name)
    try:
        service.move_booking(booking_id, request)
    except CannotMove:
        flash("Only a confirmed session that is still to come can be moved.", "warning")
        return redirect(url_for("office.session", booking_id=booking_id), 303)
    except NobodySuch:
        form.photographer.errors = ["This photographer does not shoot the package."]
        return _move_page(booking, form, None), 422
    except CostChanged:
        return _move_page(booking, form, None, changed=True), 409
    except (StartNotOpen, RulesBroken):
        return _refused_move(booking_id, form, request.starts_at), 409
    return None


def _refused_move(booking_id: int, form: MoveForm, starts_at: datetime) -> str:
    session = db.session()
    booking = queries.booking(session, booking_id, None) or abort(404)
    able = who_may_shoot(session, booking.package)
    wanted = [each for each in able if each.slug == form.photographer.data]
    needs = sale.needs_now(session, booking, wanted or [booking.photographer])
    found = refusal(session, needs, starts_at, ports().now(), leaving_out=booking.id)
    _show(form, found)
    return _move_page(booking, form, found)


def _show(form: DeskForm | MoveForm, found: Refusal) -> None:
    """Carry along the rules that the page is about to show."""
    form.set_aside.raw_data, form.set_aside.data = None, sealed(found, form.asked())


def _new_key(form: DeskForm) -> None:
    form.key.raw_data, form.key.data = None, secrets.token_urlsafe(16)


def _desk_page(form: DeskForm, found: Refusal | None, *, another: bool = False) -> str:
    return render_template("office/sessions/desk.html", form=form, found=found, another=another)


def _move_page(
    booking: Booking, form: MoveForm, found: Refusal | None, *, changed: bool = False
) -> str:
    cost = service.cost_of_moving(db.session(), booking, ports().now())
    form.show(cost)
    return render_template(
        "office/sessions/move.html",
        booking=booking,
        form=form,
        found=found,
        cost=cost,
        changed=changed,
    )


def _zone() -> ZoneInfo:
    return ZoneInfo(the_studio(db.session()).zone)
