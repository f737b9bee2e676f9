"""Changing what a session is, with all that it does shown before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, SelectField
from wtforms.widgets import HiddenInput

from studio.accounts import people
from studio.booking import alterations, service
from studio.booking.alterations import EXTRA, Wish
from studio.booking.models import Booking
from studio.booking.service import AlterRequest, Effect, NotAgreed, NotOffered
from studio.catalogue.models import AddOn, Package
from studio.db import db
from studio.office import one_session
from studio.office.once import OnceField, once_of
from studio.office.overriding import Refusal, named, refusal, sealed
from studio.office.shell import bp
from studio.payments.once import DoneBefore
from studio.payments.promos import CodeRefused
from studio.ports import ports
from studio.scheduling.calendar import StartNotOpen
from studio.web.fields import LineField, WholeNumberField
from studio.web.filters import duration, money
from studio.web.form import Form, SelectChoice
from studio.web.guards import staff

# What the page sends besides the form: what was shown, and "back to the form".
_AGREED, _BACK = "agreed", "back"
_OURS = {_AGREED, _BACK, "give_back", "csrf_token"}
_CANNOT = "Only a confirmed session that is still to come can be changed."
_CHARGING = "The kept card is being charged this moment. Please try again in a minute."


class AlterForm(Form):
    """What a session is to be; `form_for` adds a field for each extra."""

    package = SelectField("Package", validators=[])
    people = WholeNumberField("People", least=1, most=100)
    reason = LineField("Why all the same?", required=False, longest=300)
    set_aside = LineField("Rules", required=False, longest=300, widget=HiddenInput())
    give_back = BooleanField("Give back what was paid beyond the new price")
    once = OnceField()

    extras: Mapping[str, str]

    def wish(self) -> Wish:
        chosen = {slug: self[name].data or 0 for name, slug in self.extras.items()}
        add_ons = {slug: number for slug, number in chosen.items() if number}
        return Wish(package=self.package.data, people=self.people.data, add_ons=add_ons)

    def refuse(self, refused: NotOffered) -> None:
        """Put the sentence beside what cannot be had."""
        slug = refused.field.removeprefix(EXTRA)
        name = next((name for name, each in self.extras.items() if each == slug), refused.field)
        self[name].errors = [str(refused)]


@bp.route("/sessions/<id:booking_id>/change", methods=["GET", "POST"])
@staff("book_sessions")
def alter_session(booking_id: int) -> ResponseReturnValue:
    """Choose, see what it does, and save just that."""
    booking = one_session.found(booking_id)
    form = _form_for(booking)
    if _BACK in request.form or not form.validate_on_submit():
        return _form_page(booking, form), 422 if form.errors else 200
    agreed = request.form.get(_AGREED, "")
    if form.give_back.data and not people.may("refund"):
        abort(403, "Giving money back is for the manager or the owner.")
    asked = AlterRequest(
        wish=form.wish(), by=people.asking().name, agreed=agreed,
        reason=form.reason.data or "", set_aside=named(form.set_aside.data or "", form.wish()),
        give_back=form.give_back.data, once=form.once.data,
    )  # fmt: skip
    try:
        service.alter_booking(booking_id, asked)
    except NotAgreed as shown:
        return _effect_page(booking_id, shown.effect, again=bool(agreed))
    except NotOffered as refused:
        form.refuse(refused)
    except CodeRefused as refused:
        form.package.errors = [str(refused)]
    except service.NothingChanges:
        form.package.errors = ["The session is that already: please choose something else."]
    except (StartNotOpen, service.RulesBroken):
        return _refused_page(booking_id, form), 409
    except (service.CannotMove, service.ChargeUnderWay, DoneBefore) as refused:
        return _not_now(booking_id, refused)
    else:
        flash("Changed. The client and the photographer are told.")
        return one_session.back_to(booking_id)
    return _form_page(one_session.found(booking_id), form), 422


@bp.post("/sessions/<id:booking_id>/extras/<slug:slug>")
@staff("book_sessions")
def add_wished_extra(booking_id: int, slug: str) -> ResponseReturnValue:
    """Add what the client has asked for, if it fits as it is."""
    one_session.found(booking_id)
    once = once_of(request.form.get("once", ""))
    try:
        effect = service.add_extra(booking_id, slug, by=people.asking().name, once=once)
    except (StartNotOpen, NotOffered, CodeRefused):
        flash("It does not go as it is. Go on to see what is in the way.", "warning")
        return redirect(url_for("office.alter_session", booking_id=booking_id, add=slug), 303)
    except service.NothingChanges:
        flash("The session has that already.", "warning")
    except (service.CannotMove, service.ChargeUnderWay, DoneBefore) as refused:
        return _not_now(booking_id, refused)
    else:
        where = " where to pay" if effect.after.owed > effect.before.owed else ""
        flash(f"Added for {money(effect.more)}. The client is told{where}.")
    return one_session.back_to(booking_id)


def _form_for(booking: Booking) -> AlterForm:
    """The form with what can be chosen, filled with what the session is, and what was asked for."""
    packages = alterations.choices(db.session(), booking)
    now = alterations.booked(booking)
    offered = {each.id: each for package in packages for each in _sold(package)}
    offered |= {each.add_on.id: each.add_on for each in booking.lines if each.add_on is not None}
    add_ons = sorted(offered.values(), key=lambda each: (each.position, each.id))
    slug = request.form.get("package", now.package)
    chosen = next((each for each in packages if each.slug == slug), booking.package)
    fields = {f"extra_{each.id}": _number_field(each, chosen) for each in add_ons}
    form_class = type("ChosenForm", (AlterForm,), fields)
    wished = request.args.get("add")
    values: dict[str, Any] = {"package": now.package, "people": now.people}
    for each in add_ons:
        values[f"extra_{each.id}"] = now.add_ons.get(each.slug, 0) or int(each.slug == wished)
    form: AlterForm = form_class(data=values)
    form.package.choices = [SelectChoice(each.slug, each.name) for each in packages]
    form.extras = {f"extra_{each.id}": each.slug for each in add_ons}
    return form


def _number_field(add_on: AddOn, chosen: Package) -> WholeNumberField:
    most = 1 if add_on.before_minutes else alterations.MOST_OF_ONE
    takes = [money(add_on.price)]
    if add_on.minutes:
        takes.append(f"{duration(add_on.minutes)} longer")
    if add_on.before_minutes:
        takes.append(f"{duration(add_on.before_minutes)} before")
    # Of the others it is said when one is chosen: most extras do not go with most packages.
    if add_on.id not in {each.id for each in chosen.add_ons}:
        takes.append(f"not with {chosen.name}")
    return WholeNumberField(
        add_on.name, least=0, most=most, required=False, description=", ".join(takes)
    )


def _sold(package: Package) -> list[AddOn]:
    return [each for each in package.add_ons if each.archived_at is None]


def _refused_page(booking_id: int, form: AlterForm) -> str:
    session, booking = db.session(), one_session.found(booking_id)
    wanted = alterations.plan(session, booking, form.wish())
    needs = service.staying(session, booking, wanted.needs)
    found = refusal(session, needs, booking.starts_at, ports().now(), leaving_out=booking.id)
    form.set_aside.raw_data, form.set_aside.data = None, sealed(found, form.wish())
    return _form_page(booking, form, found)


def _form_page(booking: Booking, form: AlterForm, found: Refusal | None = None) -> str:
    return render_template("office/sessions/alter.html", booking=booking, form=form, found=found)


def _effect_page(booking_id: int, effect: Effect, *, again: bool) -> str:
    booking, too_much = one_session.found(booking_id), effect.after.surplus
    new = too_much != effect.before.surplus
    return render_template(
        "office/sessions/alter_effect.html",
        booking=booking,
        effect=effect,
        again=again,
        kept=[
            (name, value)
            for name, values in request.form.lists()
            for value in values
            if name not in _OURS
        ],
        new_surplus=new and too_much,
        returnable=new and min(too_much, service.returnable(db.session(), booking)),
        may_give_back=people.may("refund"),
        with_money=people.may("see_money"),
    )


def _not_now(booking_id: int, refused: Exception) -> ResponseReturnValue:
    words = _CANNOT
    if isinstance(refused, service.ChargeUnderWay):
        words = _CHARGING
    elif isinstance(refused, DoneBefore):
        words = "That is done already: the form came twice, and counted once."
    flash(words, "warning")
    return one_session.back_to(booking_id)
