"""Promo codes and gift vouchers."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from studio.accounts import people
from studio.catalogue.queries import packages
from studio.db import db
from studio.office.code_forms import PromoForm, VoucherForm
from studio.office.shell import bp
from studio.payments import codes_service, voucher_orders, vouchers
from studio.payments.once import DoneBefore
from studio.payments.promos import PromoCode, PromoUse, promo_packages
from studio.ports import ports
from studio.scheduling.queries import the_studio
from studio.web.filters import money
from studio.web.guards import staff


@bp.get("/codes")
@staff("take_money")
def codes() -> ResponseReturnValue:
    """Every promo code with how often it is used, every voucher with what is left."""
    session = db.session()
    used = (
        select(PromoUse.promo_id, func.count().label("times"))
        .where(PromoUse.released_at.is_(None))
        .group_by(PromoUse.promo_id)
        .subquery()
    )
    promos = session.execute(
        select(PromoCode, func.coalesce(used.c.times, 0))
        .outerjoin(used, used.c.promo_id == PromoCode.id)
        .order_by(PromoCode.archived_at.is_not(None), PromoCode.code)
    ).all()
    return render_template(
        "office/codes/codes.html",
        promos=promos,
        vouchers=vouchers.every(session),
        sold=voucher_orders.sold(session),
        zone=the_studio(session).zone,
    )


@bp.route("/codes/promo", methods=["GET", "POST"])
@staff("take_money")
def new_promo() -> ResponseReturnValue:
    return _promo(None)


@bp.route("/codes/promo/<id:promo_id>", methods=["GET", "POST"])
@staff("take_money")
def promo(promo_id: int) -> ResponseReturnValue:
    return _promo(db.session().get(PromoCode, promo_id) or abort(404))


def _promo(known: PromoCode | None) -> ResponseReturnValue:
    session = db.session()
    chosen = (
        session.scalars(
            select(promo_packages.c.package_id).where(promo_packages.c.promo_id == known.id)
        ).all()
        if known
        else []
    )
    currency = the_studio(session).currency
    form = PromoForm.of(known, chosen, packages(session), currency)
    promo_id = known.id if known else None
    if form.validate_on_submit():
        try:
            codes_service.keep_promo(form.to_request(), promo_id)
        except codes_service.CodeTaken:
            form.code.errors = ["There is a code of that name already."]
        else:
            flash(f"The code {form.code.data.upper()} is saved.")
            return redirect(url_for("office.codes"), 303)
    page = render_template("office/codes/promo.html", form=form, known=promo_id is not None)
    return page, 422 if form.errors else 200


@bp.route("/codes/voucher", methods=["GET", "POST"])
@staff("take_money")
def new_voucher() -> ResponseReturnValue:
    """Write a voucher that somebody has paid for at the desk."""
    form = VoucherForm(meta={"currency": the_studio(db.session()).currency})
    if form.check(ports().now().date()):
        person = people.asking()
        try:
            shown = codes_service.issue_voucher(form.to_request(person.name))
        except DoneBefore:
            flash("That voucher is made already: it stands on the list, once.", "warning")
        else:
            flash(f"The voucher over {money(form.amount.data)} is {shown}.")
        return redirect(url_for("office.codes"), 303)
    page = render_template("office/codes/voucher.html", form=form)
    return page, 422 if form.errors else 200


@bp.post("/codes/voucher/<id:voucher_id>/withdraw")
@staff("refund")
def withdraw_voucher(voucher_id: int) -> ResponseReturnValue:
    """Let nothing more of it be spent."""
    rest = codes_service.withdraw_voucher(voucher_id)
    if rest is None:
        abort(404)
    flash(f"Withdrawn: {money(rest)} was left on it and cannot be spent any more.")
    return redirect(url_for("office.codes"), 303)
