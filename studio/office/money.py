"""What staff do about a session's money: write down, add, take back."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from studio.accounts import people
from studio.booking import service
from studio.booking.service import (
    CannotCharge,
    NoCredit,
    NothingDue,
    NotOwed,
    NotReturnable,
    NotReversible,
)
from studio.db import db
from studio.domain.money import Money
from studio.office import one_session
from studio.office.forms import ChargeForm, GiveBackForm, ReceivedForm, ReverseForm
from studio.office.payments import paid_for
from studio.office.shell import bp
from studio.payments import disputes
from studio.payments import service as payments_service
from studio.payments.models import Method, Payment, Refund, RefundState
from studio.payments.once import DoneBefore
from studio.payments.service import StillDisputed
from studio.ports import ports
from studio.ports.payment_gateway import GatewayRefused, GatewayUnavailable, PaymentsPaused
from studio.web.filters import money
from studio.web.guards import staff

_DONE = "That is done already: the form came twice, and counted once."
_GONE = "So much is not left of the payment: it had gone back already."
_SESSION = "/sessions/<id:booking_id>"


@bp.route(f"{_SESSION}/received", methods=["GET", "POST"])
@staff("take_money")
def receive_money(booking_id: int) -> ResponseReturnValue:
    """Write down money that came in otherwise than by a card on our page."""
    booking = one_session.found(booking_id)
    owed = service.owed(db.session(), booking)
    form = ReceivedForm(meta={"currency": booking.currency}, data={"amount": owed or None})
    if form.validate_on_submit():
        try:
            service.record_payment(booking_id, form.to_request(people.asking().name))
        except NotOwed as refused:
            form.amount.errors = [_owed(refused.owed)]
        except DoneBefore:
            return _done(booking_id)
        else:
            flash(f"{money(form.amount.data)} is written down, and the client is told.")
            return one_session.back_to(booking_id)
    page = render_template(
        "office/sessions/received.html", booking=one_session.found(booking_id), form=form, owed=owed
    )
    return page, 422 if form.errors else 200


@bp.route(f"{_SESSION}/charge", methods=["GET", "POST"])
@staff("take_money")
def charge(booking_id: int) -> ResponseReturnValue:
    """Add an extra or a fee to the price."""
    booking = one_session.found(booking_id)
    zone = ZoneInfo(booking.zone)
    today = ports().now().astimezone(zone).date()
    form = ChargeForm(
        meta={"currency": booking.currency}, data={"due_on": today + timedelta(days=7)}
    )
    if form.check(today):
        end_of_day = datetime.combine(form.due_on.data, time(23, 59), zone)
        try:
            service.add_charge(booking_id, form.to_request(end_of_day, people.asking().name))
        except NothingDue:
            form.label.errors = ["This is no session that anything could be added to."]
        except DoneBefore:
            return _done(booking_id)
        else:
            flash(f"{form.label.data} is added, and the client is told where to pay.")
            return one_session.back_to(booking_id)
    page = render_template(
        "office/sessions/charge.html", booking=one_session.found(booking_id), form=form
    )
    return page, 422 if form.errors else 200


@bp.route("/payments/<id:payment_id>/reverse", methods=["GET", "POST"])
@staff("take_money")
def reverse(payment_id: int) -> ResponseReturnValue:
    """Take back what was written down by mistake."""
    payment = db.session().get(Payment, payment_id)
    if payment is None or payment.method is Method.CARD:
        abort(404)
    booking_id, amount = payment.for_booking, payment.amount
    form = ReverseForm()
    if form.validate_on_submit():
        try:
            service.reverse_payment(payment_id, reason=form.reason.data, by=people.asking().name)
        except NotReversible:
            form.reason.errors = ["It was taken back before, or some of it was given back."]
        else:
            flash(f"{money(amount)} is taken back: it counts as never received.")
            return one_session.back_to(booking_id)
    page = render_template(
        "office/sessions/reverse.html",
        booking=one_session.found(booking_id),
        form=form,
        amount=amount,
    )
    return page, 422 if form.errors else 200


@bp.route(f"{_SESSION}/give-back", methods=["GET", "POST"])
@staff("refund")
def give_back(booking_id: int) -> ResponseReturnValue:
    """Give some of what was paid back, while the session stays as it is."""
    booking = one_session.found(booking_id)
    form = GiveBackForm(meta={"currency": booking.currency})
    if form.validate_on_submit():
        try:
            service.give_back(
                booking_id,
                form.amount.data,
                reason=form.reason.data,
                by=people.asking().name,
                once=form.once.data,
            )
        except NotReturnable as refused:
            form.amount.errors = [_not_returnable(refused)]
        except DoneBefore:
            return _done(booking_id)
        else:
            flash(f"{money(form.amount.data)} goes back to the client.")
            return one_session.back_to(booking_id)
    session, booking = db.session(), one_session.found(booking_id)
    page = render_template(
        "office/sessions/give_back.html",
        booking=booking,
        form=form,
        most=service.returnable(session, booking),
        disputed=disputes.blocks(session, booking.id),
    )
    return page, 422 if form.errors else 200


@bp.post(f"{_SESSION}/card/charge")
@staff("take_money")
def charge_card(booking_id: int) -> ResponseReturnValue:
    """Take the balance from the kept card now; the notice has left before."""
    one_session.found(booking_id)
    try:
        answered = service.charge_kept_card(booking_id, by=people.asking().name)
    except CannotCharge as refused:
        flash(str(refused), "warning")
        return one_session.back_to(booking_id)
    except (GatewayUnavailable, GatewayRefused, PaymentsPaused):
        answered = False
    if not answered:
        flash("Stripe has not answered yet. It is asked again by itself.", "warning")
    elif service.charge_refused(db.session(), one_session.found(booking_id)):
        flash("The bank said no. The client has a link to pay.", "warning")
    else:
        flash("The card was charged, and the client is told.")
    return one_session.back_to(booking_id)


@bp.post(f"{_SESSION}/card/leave")
@staff("take_money")
def leave_card(booking_id: int) -> ResponseReturnValue:
    """Never charge the kept card: the balance is paid by link."""
    one_session.found(booking_id)
    if service.leave_card_alone(booking_id, by=people.asking().name):
        flash("A charge had left already: if the bank took it, it counts as paid.", "warning")
    else:
        flash("The card is not charged. The client is asked to pay by link.")
    return one_session.back_to(booking_id)


@bp.post("/sessions/<id:booking_id>/credit-to-voucher")
@staff("refund")
def credit_to_voucher(booking_id: int) -> ResponseReturnValue:
    """Make a voucher of a credit from before credits were vouchers."""
    one_session.found(booking_id)
    try:
        voucher = service.make_voucher_of_credit(booking_id, by=people.asking().name)
    except NoCredit:
        flash("There is no credit here that could be made a voucher of.", "warning")
    else:
        flash(f"The credit is the voucher {voucher.shown} now. The client's page says so, too.")
    return one_session.back_to(booking_id)


@bp.post("/refunds/<id:refund_id>/given-back")
@staff("refund")
def given_back(refund_id: int) -> ResponseReturnValue:
    """Note that staff have handed money back which had not come by card."""
    payment_id = payments_service.note_given_back(refund_id)
    if payment_id is None:
        abort(404)
    if db.session().get_one(Refund, refund_id).state is RefundState.WITHDRAWN:
        flash(_GONE, "warning")
    else:
        flash("Noted: the money has been given back.")
    return redirect(paid_for(db.session().get_one(Payment, payment_id)), 303)


@bp.post("/refunds/<id:refund_id>/send-again")
@staff("refund")
def send_again(refund_id: int) -> ResponseReturnValue:
    """Make a refund anew that the bank did not take."""
    failed = db.session().get(Refund, refund_id) or abort(404)
    back = paid_for(db.session().get_one(Payment, failed.payment_id))
    db.session().rollback()
    try:
        made = payments_service.send_again(refund_id, by=people.asking().name)
    except StillDisputed:
        flash("A bank disputes the payment: nothing of it can be sent meanwhile.", "warning")
    else:
        if made is None:
            flash("This refund waits for nobody any more.", "warning")
        elif made.id == refund_id:
            flash(_GONE, "warning")
        else:
            flash(f"{money(made.amount)} is sent again.")
    return redirect(back, 303)


def _not_returnable(refused: NotReturnable) -> str:
    if refused.disputed:
        return (
            "The client's bank disputes the payment, so nothing of it can be given back."
            f" At most {money(refused.most)} can be."
        )
    if not refused.most:
        return "Nothing is left that could be given back."
    return f"Please give back more than nothing, and no more than {money(refused.most)}."


def _owed(owed: Money) -> str:
    if not owed:
        return "Nothing is owed for this session."
    return (
        f"{money(owed)} is still owed: please write down no more than that, and more than nothing."
    )


def _done(booking_id: int) -> ResponseReturnValue:
    flash(_DONE, "warning")
    return one_session.back_to(booking_id)
