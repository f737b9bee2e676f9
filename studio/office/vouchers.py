"""Gift vouchers sold online: what is offered, and each order with its money."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from studio.accounts import people
from studio.booking.gifts import print_out, service
from studio.booking.gifts.service import SpentAlready
from studio.db import db
from studio.domain.money import smallest_card_payment
from studio.office.code_forms import OfferForm
from studio.office.once import new_once, once_of
from studio.office.shell import bp
from studio.payments import disputes, voucher_orders, vouchers
from studio.payments.once import DoneBefore
from studio.payments.voucher_orders import VoucherOffer, VoucherOrder
from studio.payments.vouchers import Voucher
from studio.ports import ports
from studio.scheduling.queries import the_studio
from studio.web.filters import money
from studio.web.guards import staff


@bp.route("/codes/offer", methods=["GET", "POST"])
@staff("take_money")
def voucher_offer() -> ResponseReturnValue:
    """What vouchers clients may buy on the website."""
    session = db.session()
    currency = the_studio(session).currency
    form = OfferForm.of(session.get(VoucherOffer, 1), currency)
    if form.check(smallest_card_payment(currency)):
        service.change_offer(form.to_request())
        flash("Saved: this is what clients can buy from now on.")
        return redirect(url_for("office.codes"), 303)
    page = render_template(
        "office/codes/offer.html", form=form, takes_cards=ports().gateway is not None
    )
    return page, 422 if form.errors else 200


@bp.get("/codes/voucher/<id:voucher_id>.pdf")
@staff("take_money")
def voucher_paper(voucher_id: int) -> ResponseReturnValue:
    voucher = db.session().get(Voucher, voucher_id) or abort(404)
    name = f"voucher-{voucher.shown}.pdf"
    draw = print_out.drawing(db.session(), voucher)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(draw(), mimetype="application/pdf", headers=headers)


@bp.get("/codes/orders/<id:order_id>")
@staff("see_money")
def voucher_order(order_id: int) -> ResponseReturnValue:
    """Who bought it, for whom, what came in and what went back."""
    session = db.session()
    order = _order(session, order_id)
    voucher = voucher_orders.voucher_of(session, order)
    left = vouchers.left(session, voucher) if voucher else None
    kept = voucher_orders.kept(session, order)
    return render_template(
        "office/codes/order.html",
        order=order,
        voucher=voucher,
        left=left,
        once=new_once(),
        kept=kept,
        returnable=bool(kept) and left in {None, kept},
        payments=voucher_orders.payments(session, order_id),
        refunds=voucher_orders.refunds(session, order_id),
        disputes=[
            dispute
            for payment in voucher_orders.payments(session, order_id)
            for dispute in disputes.of_payment(session, payment.id)
        ],
        zone=the_studio(session).zone,
        takes_cards=ports().gateway is not None,
    )


@bp.post("/codes/orders/<id:order_id>/send/<any(buyer, recipient):whom>")
@staff("take_money")
def send_voucher(order_id: int, whom: str) -> ResponseReturnValue:
    """Send the voucher once more."""
    _order(db.session(), order_id)
    once = once_of(request.form.get("once", ""))
    try:
        address = service.send_again(order_id, to_recipient=whom == "recipient", once=once)
    except DoneBefore:
        flash("It is on its way already: once was enough.", "warning")
        return _to(order_id)
    if address is None:
        abort(404)
    flash(f"It is on its way to {address} once more.")
    return _to(order_id)


@bp.post("/codes/orders/<id:order_id>/refund")
@staff("refund")
def refund_voucher(order_id: int) -> ResponseReturnValue:
    """Give the money of an unspent voucher back."""
    _order(db.session(), order_id)
    person = people.asking()
    try:
        back = service.refund(order_id, by=person.name)
    except SpentAlready:
        flash("Some of it is spent or taken for a booking, so its money stays.", "warning")
    else:
        said = f"{money(back)} goes back to the card, and nothing can be spent any more."
        flash(said if back else "There is nothing left to give back.")
    return _to(order_id)


@bp.post("/codes/orders/<id:order_id>/seen")
@staff("see_money")
def voucher_order_seen(order_id: int) -> ResponseReturnValue:
    """Somebody has looked at it."""
    _order(db.session(), order_id)
    if not service.clear_attention(order_id, seen=request.form.get("seen", "")):
        flash("Something else has come up since: it stands below.", "warning")
    return _to(order_id)


def _order(session: Session, order_id: int) -> VoucherOrder:
    return session.get(VoucherOrder, order_id) or abort(404)


def _to(order_id: int) -> ResponseReturnValue:
    return redirect(url_for("office.voucher_order", order_id=order_id), 303)
