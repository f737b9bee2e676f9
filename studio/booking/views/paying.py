"""Paying what a session still owes."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.booking import kept_card, links, service
from studio.booking.views import bp
from studio.db import db
from studio.domain.lifecycle import OFF
from studio.payments import ledger
from studio.payments.models import PaymentState
from studio.scheduling.queries import the_studio
from studio.web.guards import holder
from studio.web.limits import limiter


@bp.route("/booking/<token>/pay", methods=["GET", "POST"])
@limiter.limit("60 per minute")
@holder
def pay(token: str) -> ResponseReturnValue:
    """What is still to be paid; on POST, on to the payment page for all of it."""
    booking = links.booking_for(token)
    if request.method == "POST":
        try:
            return redirect(service.pay_dues(booking.id), 303)
        except service.NothingDue:
            flash("There is nothing to be paid by card.")
            return redirect(url_for("booking.own_page", token=token), 303)
        except service.ChargeUnderWay:
            return _page(token, charging=True), 409
        except service.PaymentUnreachable as trouble:
            return _page(token, unreachable=True, paused=trouble.paused), 503
    return _page(token)


@bp.get("/booking/<token>/pay/return")
@limiter.limit("60 per minute")
@holder
def paid(token: str) -> ResponseReturnValue:
    """Back from the payment page: settled as the worker would, whatever the address says."""
    booking = links.booking_for(token)
    try:
        service.settle_now(booking.id)
    except service.PaymentUnreachable:
        return _page(token, unreachable=True)
    tried = [each for each in ledger.payments(db.session(), booking.id) if not each.confirms]
    if not tried or tried[-1].state is not PaymentState.PAID:
        # Come back without paying, or so late that the page is over.
        return _page(token)
    flash("Thank you: your payment has reached us.")
    return redirect(url_for("booking.own_page", token=token), 303)


def _page(
    token: str, *, unreachable: bool = False, paused: bool = False, charging: bool = False
) -> str:
    session, booking = db.session(), links.booking_for(token)
    if booking.state in OFF:
        # Its dues stand as they were agreed, and nobody is asked for them any more.
        return render_template("booking/nothing_to_pay.html", booking=booking, token=token)
    return render_template(
        "booking/pay.html",
        booking=booking,
        token=token,
        unreachable=unreachable,
        paused=paused,
        charging=charging,
        kept=kept_card.plan(session, booking),
        missing=ledger.missing(session, booking.id, booking.currency),
        owed=service.owed(session, booking),
        by_card=service.payable_by_card(session, booking),
        how_to_pay=the_studio(session).how_to_pay,
    )
