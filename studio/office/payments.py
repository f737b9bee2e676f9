"""Money at a glance: what is overdue, what came in, what goes back, and what looks odd."""

from __future__ import annotations

from datetime import timedelta

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from studio.booking import disputed, jobs, money_back, service, settlement
from studio.booking.differences import differences
from studio.db import db
from studio.office import queries
from studio.office.shell import bp
from studio.payments import disputes, inbox, troubles, voucher_orders
from studio.payments import service as payments_service
from studio.payments.models import Method, Payment
from studio.payments.troubles import Refused
from studio.ports import ports
from studio.ports.payment_gateway import GatewayRefused, GatewayUnavailable, PaymentsPaused
from studio.scheduling.queries import the_studio
from studio.web.guards import staff

_TROUBLE = (GatewayUnavailable, GatewayRefused, PaymentsPaused)
_COMPARED = timedelta(days=30)


@bp.get("/payments")
@staff("see_money")
def payments() -> ResponseReturnValue:
    session, now = db.session(), ports().now()
    return render_template(
        "office/payments/payments.html",
        zone=the_studio(session).zone,
        flagged=queries.flagged(session),
        orders=voucher_orders.flagged(session),
        stuck=inbox.stuck(session),
        silent=troubles.silent_since(session, now),
        refused={each.value: troubles.refused(session, each, now) for each in Refused},
        overdue=queries.overdue(session, now),
        disputes=disputes.running(session),
        payments=queries.recent_payments(session),
        refunds=queries.recent_refunds(session),
        takes_cards=ports().gateway is not None,
    )


@bp.post("/payments/compare")
@staff("see_money")
def compare() -> ResponseReturnValue:
    """Ask Stripe for its account of the last days, and show where ours differs."""
    gateway, now = ports().gateway, ports().now()
    if gateway is None:
        abort(404)
    try:
        found = differences(gateway, now - _COMPARED, now)
    except _TROUBLE:
        flash("Stripe does not answer just now. Please try again in a minute.", "warning")
        return redirect(url_for("office.payments"), 303)
    return render_template("office/payments/compared.html", found=found, days=_COMPARED.days)


@bp.post("/payments/notices/<id:event_id>/again")
@staff("see_money")
def run_again(event_id: int) -> ResponseReturnValue:
    """Settle a notice that had failed, now."""
    if jobs.settle_again(event_id):
        flash("It is settled now.")
    else:
        flash("It failed again. The reason stands below; it is tried again by itself.", "warning")
    return redirect(url_for("office.payments"), 303)


@bp.post("/payments/notices/seen")
@staff("see_money")
def see_to_notices() -> ResponseReturnValue:
    """Somebody has looked at the notices that were refused."""
    payments_service.forget_refused()
    flash("Noted. Refused notices are counted anew.")
    return redirect(url_for("office.payments"), 303)


@bp.post("/payments/<id:payment_id>/check")
@staff("see_money")
def check(payment_id: int) -> ResponseReturnValue:
    """Read one payment at Stripe, and do what follows from it."""
    payment = db.session().get(Payment, payment_id)
    if payment is None or payment.method is not Method.CARD or ports().gateway is None:
        abort(404)
    page, intent, unattended = payment.checkout_id, payment.intent_id, payment.unattended
    back = redirect(paid_for(payment), 303)
    db.session().rollback()
    try:
        if unattended:
            service.finish_charge(payment_id, at_once=True)
        if page:
            settlement.settle_checkout(page)
        if intent:
            money_back.settle_refunds(intent)
            disputed.settle_disputes(intent)
    except _TROUBLE:
        flash("Stripe does not answer just now. Please try again in a minute.", "warning")
    else:
        flash("Checked with Stripe: what it says is written down.")
    return back


def paid_for(payment: Payment) -> str:
    """The page of what a payment is for."""
    if payment.voucher_order_id is not None:
        return url_for("office.voucher_order", order_id=payment.voucher_order_id)
    return url_for("office.session", booking_id=payment.booking_id)
