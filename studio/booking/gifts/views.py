"""Where clients buy a gift voucher, and where it is shown."""

from __future__ import annotations

import re
import secrets
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from studio.booking import links
from studio.booking.gifts import print_out, service
from studio.booking.gifts.forms import VoucherForm
from studio.booking.gifts.service import NotOffered, NotPayable
from studio.booking.service import PaymentUnreachable
from studio.db import db
from studio.payments import voucher_orders, vouchers
from studio.payments.voucher_orders import VoucherOffer, VoucherOrder
from studio.payments.vouchers import Voucher
from studio.ports import ports
from studio.scheduling.queries import the_studio
from studio.web.guards import holder, public
from studio.web.limits import limiter

bp = Blueprint("gifts", __name__)

_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)


@bp.route("/vouchers", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
@public
def buy() -> ResponseReturnValue:
    """What vouchers are sold; on POST, on to the payment page."""
    studio = the_studio(db.session())
    offer = voucher_orders.offer(db.session(), studio.currency)
    if offer is None or ports().gateway is None:
        return render_template("gifts/not_online.html")
    form = VoucherForm.of(offer, secrets.token_urlsafe(16))
    if not form.check(offer, ports().now().astimezone(ZoneInfo(studio.zone)).date()):
        return _form(form, offer), 422 if form.errors else 200
    try:
        reference = service.order_voucher(form.to_request())
    except NotOffered:
        form.form_errors.append("This voucher is not sold any more. Please choose another.")
        return _form(form, offer), 422
    return _to_payment(links.gift_token("voucher", reference))


@bp.get("/vouchers/<token>")
@limiter.limit("60 per minute")
@holder
def order(token: str) -> ResponseReturnValue:
    """The order, for who bought it: what is to be paid, or the voucher itself."""
    return _order(token)


@bp.post("/vouchers/<token>/pay")
@limiter.limit("30 per minute")
@holder
def pay(token: str) -> ResponseReturnValue:
    """On to the payment page."""
    return _to_payment(token)


@bp.get("/vouchers/<token>/return")
@limiter.limit("60 per minute")
@holder
def back(token: str) -> ResponseReturnValue:
    """Back from the payment page: settled as the worker would, whatever the address says."""
    try:
        service.settle_now(_ordered(token).id)
    except PaymentUnreachable:
        return _order(token, unreachable=True)
    return redirect(url_for("gifts.order", token=token), 303)


@bp.get("/vouchers/<token>/voucher.pdf")
@limiter.limit("30 per minute")
@holder
def paper(token: str) -> ResponseReturnValue:
    return _pdf(_voucher(_ordered(token)))


@bp.get("/gift/<token>")
@limiter.limit("60 per minute")
@holder
def gift(token: str) -> ResponseReturnValue:
    """The voucher, for whom it is."""
    found = _given(token)
    voucher = _voucher(found)
    return render_template(
        "gifts/gift.html",
        order=found,
        voucher=voucher,
        left=vouchers.left(db.session(), voucher),
        token=token,
    )


@bp.get("/gift/<token>/voucher.pdf")
@limiter.limit("30 per minute")
@holder
def gift_paper(token: str) -> ResponseReturnValue:
    return _pdf(_voucher(_given(token)))


def _form(form: VoucherForm, offer: VoucherOffer) -> str:
    return render_template("gifts/buy.html", form=form, offer=offer)


def _to_payment(token: str) -> ResponseReturnValue:
    try:
        return redirect(service.pay(_ordered(token).id), 303)
    except NotPayable:
        return redirect(url_for("gifts.order", token=token), 303)
    except PaymentUnreachable:
        return _order(token, unreachable=True), 503


def _order(token: str, *, unreachable: bool = False) -> str:
    session, found = db.session(), _ordered(token)
    voucher = voucher_orders.voucher_of(session, found)
    return render_template(
        "gifts/order.html",
        order=found,
        token=token,
        unreachable=unreachable,
        voucher=voucher,
        left=vouchers.left(session, voucher) if voucher else None,
        refunds=voucher_orders.refunds(session, found.id),
        # Something came in that does not fit: people look at it, and it is not paid twice.
        looked_at=voucher is None and bool(voucher_orders.kept(session, found)),
    )


def _ordered(token: str) -> VoucherOrder:
    return _found(token, VoucherOrder.order_hash)


def _given(token: str) -> VoucherOrder:
    return _found(token, VoucherOrder.gift_hash)


def _found(token: str, column: InstrumentedAttribute[str]) -> VoucherOrder:
    """The order that *token* opens; anything else is answered 404."""
    if not _TOKEN.fullmatch(token):
        abort(404)
    wanted = select(VoucherOrder).where(column == links.token_hash(token))
    return db.session.scalars(wanted).one_or_none() or abort(404)


def _voucher(found: VoucherOrder) -> Voucher:
    return voucher_orders.voucher_of(db.session(), found) or abort(404)


def _pdf(voucher: Voucher) -> Response:
    name = f"voucher-{voucher.shown}.pdf"
    draw = print_out.drawing(db.session(), voucher)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(draw(), mimetype="application/pdf", headers=headers)
