"""A payment of another amount than was asked for: what accepting it means, and doing it."""

from __future__ import annotations

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from studio.accounts import people
from studio.booking import service
from studio.booking.service import NothingToAccept
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.office import one_session
from studio.office.forms import AcceptForm
from studio.office.shell import bp
from studio.scheduling.calendar import StartNotOpen
from studio.web.filters import money
from studio.web.guards import staff


@bp.route("/sessions/<id:booking_id>/accept", methods=["GET", "POST"])
@staff("take_money")
def accept_payment(booking_id: int) -> ResponseReturnValue:
    """Count what was paid as what had been asked for."""
    person = people.asking()
    booking = one_session.found(booking_id)
    odd = service.odd_payment(db.session(), booking)
    if odd is None or not odd.acceptable:
        return _decided(booking_id)
    form, came = AcceptForm(data={"payment_id": odd.payment.id}), odd.came
    if form.validate_on_submit():
        try:
            service.accept_paid(
                booking_id,
                form.payment_id.data,
                let_off=form.missing.data == "let_off",
                reason=form.reason.data,
                by=person.name,
            )
        except NothingToAccept:
            return _decided(booking_id)
        except StartNotOpen:
            form.form_errors.append(
                "The hold had run out, and somebody else has the time by now: please give the"
                " money back, or find another time with the client."
            )
        else:
            flash(f"{money(came)} is accepted, and the client is told.")
            return one_session.back_to(booking_id)
    booking = one_session.found(booking_id)
    page = render_template(
        "office/sessions/accept.html",
        booking=booking,
        form=form,
        odd=service.odd_payment(db.session(), booking),
        waits=booking.state in {BookingState.HELD, BookingState.EXPIRED},
    )
    return page, 422 if form.errors else 200


def _decided(booking_id: int) -> ResponseReturnValue:
    flash("Nothing waits to be accepted here: somebody has decided already.", "warning")
    return one_session.back_to(booking_id)
