"""A client adds an extra to their own session, after reading what it costs."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms.widgets import HiddenInput

from studio.booking import links, service
from studio.booking.models import Booking
from studio.booking.views import bp
from studio.catalogue.models import AddOn
from studio.db import db
from studio.ports import ports
from studio.web.fields import WholeNumberField
from studio.web.form import Form
from studio.web.guards import holder
from studio.web.limits import limiter


class ExtraForm(Form):
    """The price that the page showed, in minor units."""

    price = WholeNumberField("Price", least=0, most=10**12, widget=HiddenInput())


@bp.route("/booking/<token>/extras/<slug:slug>", methods=["GET", "POST"])
@limiter.limit("30 per minute")
@holder
def add_extra(token: str, slug: str) -> ResponseReturnValue:
    """What an extra costs and when it is paid; on POST, it is added for just that."""
    booking, form = links.booking_for(token), ExtraForm()
    add_on = _addable(booking, slug)
    if not form.validate_on_submit():
        if add_on is None:
            return _not_now(token, slug, booking)
        return _page(booking, token, add_on, form), 422 if form.errors else 200
    try:
        service.add_own_extra(booking.id, slug, price_shown=form.price.data or 0)
    except (service.CannotAdd, service.CannotMove):
        return _not_now(token, slug, links.booking_for(token))
    except (service.CostChanged, service.ChargeUnderWay) as refused:
        booking = links.booking_for(token)
        again = _addable(booking, slug)
        if again is None:
            return _not_now(token, slug, booking)
        charging = isinstance(refused, service.ChargeUnderWay)
        return _page(booking, token, again, form, charging=charging, changed=not charging), 409
    flash("Added to your session. We have written to you.")
    return redirect(url_for("booking.own_page", token=token), 303)


def _addable(booking: Booking, slug: str) -> AddOn | None:
    found = service.addable_at_once(booking, ports().now())
    return next((each for each in found if each.slug == slug), None)


def _not_now(token: str, slug: str, booking: Booking) -> ResponseReturnValue:
    """Their own page says what they have; what they have not, they may ask us for."""
    if slug in service.booked(booking).add_ons:
        flash("Your session has that already.")
        return redirect(url_for("booking.own_page", token=token), 303)
    flash("This cannot be added here now. Please ask us for it.", "warning")
    return redirect(url_for("booking_prep.guide", token=token), 303)


def _page(
    booking: Booking,
    token: str,
    add_on: AddOn,
    form: ExtraForm,
    *,
    charging: bool = False,
    changed: bool = False,
) -> str:
    price = service.price_of_extra(db.session(), booking, add_on.slug)
    form.price.raw_data, form.price.data = None, price.minor
    return render_template(
        "booking/extra.html",
        booking=booking,
        token=token,
        add_on=add_on,
        form=form,
        price=price,
        to_pay=service.owed_of(db.session(), booking, price),
        due_at=service.due_at(booking, ports().now()),
        charging=charging,
        changed=changed,
    )
