"""From a held time to a confirmed session."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from studio.booking import account, kept_card, links, service
from studio.booking.companies import covering
from studio.booking.forms import CodeForm, DetailsForm
from studio.booking.models import Booking, TokenPurpose
from studio.booking.reaching import asked_at
from studio.booking.service import HoldOver, PaymentUnreachable, TooManyHolds, UnderReview
from studio.booking.views import bp
from studio.booking.views.choosing import HOLD
from studio.catalogue.models import BookingMode
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.payments import kept_cards, ledger, promos, vouchers
from studio.payments.models import Purpose
from studio.payments.promos import CodeRefused
from studio.payments.standing import standing
from studio.ports import ports
from studio.web.filters import iso_day
from studio.web.guards import holder
from studio.web.limits import few_codes, limiter

_SETTLED = {BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.REQUESTED}


@bp.route("/checkout/<token>", methods=["GET", "POST"])
@limiter.limit("60 per minute")
@few_codes
@holder
def check_out(token: str) -> ResponseReturnValue:
    """Details and policy; on POST, on to the payment page or the confirmed session."""
    booking = links.hold_for(token)
    if booking.state in _SETTLED:
        return _to_session(booking)
    form = DetailsForm(data=_known(booking))
    if not _stands(booking):
        return _over(booking)
    if _under_review(booking):
        return redirect(url_for("booking.back", token=token), 303)
    payer = covering.payer(db.session(), booking.id)
    order_for = payer.name if payer and payer.order_required else ""
    if form.check(reached_by=asked_at(booking.place), order_for=order_for):
        return _go_on(booking.id, token, form)
    return _page(booking, token, form), 422 if form.errors else 200


def _go_on(booking_id: int, token: str, form: DetailsForm) -> ResponseReturnValue:
    """With the details, and a code that was typed and not used yet, to the payment page."""
    try:
        if typed := request.form.get("code", "").strip():
            service.use_code(booking_id, typed)
        pay_at = service.check_out(booking_id, form.to_details())
    except HoldOver:
        return _over(links.hold_for(token))
    except UnderReview:
        return redirect(url_for("booking.back", token=token), 303)
    except CodeRefused as refused:
        codes = CodeForm()
        codes.refuse(str(refused))
        return _page(links.hold_for(token), token, form, codes), 422
    except TooManyHolds:
        abort(429, "This address holds three times already. Finish or let go of one first.")
    except PaymentUnreachable as trouble:
        form.form_errors.append(
            "Payments are paused just now. Your time is kept, and so is what you typed: we have"
            " been told, and you can pay here as soon as they go on."
            if trouble.paused
            else "The payment page cannot be reached just now. Your time is still held and what"
            " you typed is kept: please try again."
        )
        return _page(links.hold_for(token), token, form), 503
    return redirect(pay_at, 303) if pay_at else _to_session(links.hold_for(token))


@bp.post("/checkout/<token>/code")
@few_codes
@holder
def code(token: str) -> ResponseReturnValue:
    """Use a promo code or a gift voucher; what was typed above is kept."""
    booking, form = links.hold_for(token), CodeForm()
    if not _stands(booking):
        return _over(booking)
    try:
        if "leave_out" in request.form:
            service.leave_codes_out(booking.id)
        elif form.validate() and form.code.data:
            service.use_code(booking.id, form.code.data)
        else:
            form.refuse(form.code.errors[0] if form.code.errors else "Please type the code.")
    except HoldOver:
        return _over(links.hold_for(token))
    except CodeRefused as refused:
        form.refuse(str(refused))
    if form.errors:
        return _page(links.hold_for(token), token, DetailsForm(), form), 422
    return _page(links.hold_for(token), token, DetailsForm())


@bp.post("/checkout/<token>/extend")
@holder
def extend(token: str) -> ResponseReturnValue:
    """Ten minutes more."""
    booking = links.hold_for(token)
    try:
        service.extend_hold(booking.id)
    except HoldOver as over:
        if over.state is not BookingState.HELD:
            return _over(booking)
        flash("The time was extended before; it cannot be once more.")
    return redirect(url_for("booking.check_out", token=token), 303)


@bp.post("/checkout/<token>/release")
@holder
def release(token: str) -> ResponseReturnValue:
    """Let the time go."""
    booking = links.hold_for(token)
    try:
        service.release_hold(booking.id, by="client")
    except service.AlreadyPaid:
        return _to_session(booking)
    except PaymentUnreachable:
        flash("We could not close the payment page just now. Please try again in a minute.")
        return redirect(url_for("booking.check_out", token=token), 303)
    session.pop(HOLD, None)
    flash("The time is free again. Choose another whenever you like.")
    return redirect(_choosing_again(booking), 303)


@bp.get("/checkout/<token>/return")
@limiter.limit("60 per minute")
@holder
def back(token: str) -> ResponseReturnValue:
    """Back from the payment page. The one page that may settle, as the worker would anyway.

    What the address says is not believed: the processor is asked.
    """
    booking = links.hold_for(token)
    unreachable = False
    try:
        service.settle_now(booking.id)
    except PaymentUnreachable:
        unreachable = True
    booking = links.hold_for(token)
    if booking.state in _SETTLED:
        return _to_session(booking)
    if not _stands(booking):
        return _over(booking)
    waiting = ledger.payable(db.session(), booking.id)
    return render_template(
        "booking/unpaid.html",
        booking=booking,
        token=token,
        unreachable=unreachable,
        odd=_under_review(booking),
        pay_at=waiting[0].checkout_url if waiting else None,
    )


def _under_review(booking: Booking) -> bool:
    """Whether something came in that does not fit: nobody is told it was nothing, or asked anew."""
    return standing(db.session(), booking.id, booking.currency).undecided


def _stands(booking: Booking) -> bool:
    if booking.state is not BookingState.HELD:
        return False
    until = booking.pay_by or booking.hold_expires_at
    # Gone to payment, it ends only when the payment page is known to be closed.
    return booking.pay_by is not None or (until is not None and until > ports().now())


def _known(booking: Booking) -> dict[str, str]:
    """What was typed before, for somebody who comes back from the payment page."""
    contact = booking.contact
    if contact is None:
        return {}
    return {
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "notes": booking.notes,
        "address": booking.address,
    }


def _page(booking: Booking, token: str, form: DetailsForm, codes: CodeForm | None = None) -> str:
    dues = {due.purpose: due for due in ledger.dues(db.session(), booking.id)}
    terms = account.dated(db.session(), booking)
    asks = booking.package.mode is BookingMode.REQUEST and booking.accepted_at is None
    form.keep_card.label.text = kept_card.offer(db.session(), booking, ports().now()) or ""
    return render_template(
        "booking/checkout.html",
        booking=booking,
        token=token,
        form=form,
        until=booking.pay_by or booking.hold_expires_at,
        due_now=service.due_now(db.session(), booking),
        codes=codes or CodeForm(formdata=None),
        payer=covering.payer(db.session(), booking.id),
        covered=vouchers.covered(db.session(), booking.id, booking.currency),
        agreed=kept_cards.of(db.session(), booking.id),
        promo=promos.of(db.session(), booking.id),
        balance=dues.get(Purpose.BALANCE),
        asks=asks,
        takes_cards=links.settings().takes_cards,
        promises=[] if asks else [*terms.cancelling(ports().now()), *terms.moving(ports().now())],
        now=ports().now(),
        agreement=service.latest_terms(db.session()),
    )


def _to_session(booking: Booking) -> ResponseReturnValue:
    session.pop(HOLD, None)
    own = links.own_token(TokenPurpose.BOOKING, booking.reference)
    return redirect(url_for("booking.own_page", token=own), 303)


def _choosing_again(booking: Booking) -> str:
    """The day that was let go, with the choices made for it."""
    return url_for(
        "booking.choose",
        slug=booking.package.slug,
        day=iso_day(booking.starts_at, booking.zone),
        photographer=booking.photographer.slug if booking.by_name else None,
        people=booking.people,
        place=booking.place.slug if booking.place else None,
        add_on=[line.add_on.slug for line in booking.lines if line.add_on] or None,
    )


def _over(booking: Booking) -> ResponseReturnValue:
    returned = bool(ledger.refunds(db.session(), booking.id))
    return render_template(
        "booking/over.html", booking=booking, returned=returned, again=_choosing_again(booking)
    ), 410
