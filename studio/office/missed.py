"""Saying that nobody came to a session, with what becomes of the money shown before."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from studio.accounts import people
from studio.accounts.people import Person
from studio.booking import service
from studio.booking.companies import covering
from studio.booking.forms import FiguresField
from studio.booking.models import Booking
from studio.booking.service import MoneyHasGone, RefundChanged
from studio.db import db
from studio.domain.lifecycle import BookingState, IllegalMove
from studio.domain.terms import Settlement
from studio.office import queries
from studio.office.shell import bp
from studio.payments import disputes, ledger
from studio.ports import ports
from studio.web.filters import money
from studio.web.form import Form
from studio.web.guards import staff

_SESSION = "/sessions/<id:booking_id>"


class MissedForm(Form):
    """What becomes of the money, as it stood on the page."""

    shown = FiguresField("Shown")

    def show(self, agreed: Settlement) -> None:
        self.shown.raw_data, self.shown.data = None, agreed.figures


@bp.route(f"{_SESSION}/missed", methods=["GET", "POST"])
@staff("cancel_sessions")
def miss_session(booking_id: int) -> ResponseReturnValue:
    booking, form = _booking(booking_id), MissedForm()
    if not may_be_missed(booking):
        return _not_now(booking_id)
    if not form.validate_on_submit():
        return _page(booking, form), 422 if form.errors else 200
    shown = form.shown.data
    if shown.refund and not people.may("refund"):
        abort(403, "Giving money back is for the manager or the owner.")
    try:
        refund = service.say_nobody_came(booking_id, shown, by=_person().name)
    except RefundChanged:
        return _page(_booking(booking_id), form, changed=True), 409
    except IllegalMove:
        return _not_now(booking_id)
    back = f" {money(refund)} goes back." if refund else ""
    flash(f"Written down: nobody came. The client is told.{back}")
    return redirect(url_for("office.session", booking_id=booking_id), 303)


@bp.post(f"{_SESSION}/came")
@staff("cancel_sessions")
def came_after_all(booking_id: int) -> ResponseReturnValue:
    """They came after all: the session stands again, and so does what it owes."""
    _booking(booking_id)
    try:
        service.say_they_came(booking_id, by=_person().name)
    except IllegalMove:
        return _not_now(booking_id)
    except MoneyHasGone:
        flash(
            "Money has gone back for this session, so it stays missed. Book it again at the desk"
            " if it is to count.",
            "warning",
        )
    else:
        flash("The session took place, and owes what it owed before.")
    return redirect(url_for("office.session", booking_id=booking_id), 303)


def may_be_missed(booking: Booking) -> bool:
    begun = booking.starts_at <= ports().now()
    return begun and booking.state in {BookingState.CONFIRMED, BookingState.COMPLETED}


def _page(booking: Booking, form: MissedForm, *, changed: bool = False) -> str:
    session = db.session()
    agreed = service.no_show(session, booking)
    form.show(agreed)
    return render_template(
        "office/sessions/missed.html",
        booking=booking,
        form=form,
        agreed=agreed,
        changed=changed,
        owed=service.owed(session, booking),
        disputed=disputes.blocks(session, booking.id),
        payer=covering.payer(session, booking.id),
        paid=ledger.paid(session, booking.id, booking.currency),
    )


def _not_now(booking_id: int) -> ResponseReturnValue:
    flash("That cannot be said of this session as it stands.", "warning")
    return redirect(url_for("office.session", booking_id=booking_id), 303)


def _booking(booking_id: int) -> Booking:
    found = queries.booking(db.session(), booking_id, people.scope(_person()))
    return found or abort(404)


def _person() -> Person:
    return people.asking()
