from __future__ import annotations

from collections.abc import Sequence

from babel.lists import format_list
from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from studio.db import db
from studio.office.hours import asker, effect
from studio.office.places import bp, queries, service
from studio.office.places.forms import PlaceForm
from studio.ports import ports
from studio.scheduling.effects import Effect
from studio.scheduling.places import Place
from studio.scheduling.queries import the_studio
from studio.web.filters import LOCALE
from studio.web.guards import staff


@bp.get("")
@staff("edit_packages")
def places() -> ResponseReturnValue:
    session = db.session()
    return render_template(
        "office/studio/places.html",
        places=queries.every_place(session, the_studio(session).currency),
    )


@bp.route("/new", methods=["GET", "POST"])
@staff("edit_packages")
def new_place() -> ResponseReturnValue:
    form = _form(None)
    if form.validate_on_submit():
        service.add_place(form.to_request())
        flash(f"{form.name.data} is saved. Packages can be shot there now: choose it with them.")
        return redirect(url_for("places_office.places"), 303)
    return _page(form, "Add a place", is_new=True)


@bp.route("/<id:place_id>", methods=["GET", "POST"])
@staff("edit_packages")
def change_place(place_id: int) -> ResponseReturnValue:
    """Show where a place is; on POST, go there otherwise from now on."""
    known = db.session().get(Place, place_id) or abort(404)
    name, form = known.name, _form(known)
    if form.validate_on_submit() and not effect.going_back():
        try:
            return effect.saved_or_asked(
                form.sentence(),
                lambda agreed: _changed(place_id, form, agreed),
                saved=f"{form.name.data} is saved. Sessions booked there keep their address.",
                leave=url_for("places_office.places"),
            )
        except service.StillSold as refused:
            form.in_use.errors = [f"{_are(refused.packages)} shot there: choose another first."]
        except service.SoldByItsLight as refused:
            form.at_client.errors = [
                f"{_are(refused.packages)} sold by the sunset there, which needs one spot."
            ]
        except service.BookedThere:
            form.at_client.errors = ["Sessions are booked there: please add another place instead."]
    return _page(form, name, is_new=False)


def _changed(place_id: int, form: PlaceForm, agreed: str) -> Effect:
    """The effect of the change, once it is made; it says where the sun does not set."""
    done = service.change_place(place_id, form.to_request(), agreed)
    session, zone = db.session(), asker.zone()
    today = ports().now().astimezone(zone).date()
    for each in queries.without_sunset(session, session.get_one(Place, place_id), today, zone):
        flash(each, "warning")
    return done


def _form(known: Place | None) -> PlaceForm:
    session, place_id = db.session(), known.id if known else None
    return PlaceForm.of(
        known,
        queries.others_in_use(session, place_id),
        queries.ways_from(session, place_id),
        the_studio(session).currency,
    )


def _page(form: PlaceForm, name: str, *, is_new: bool) -> ResponseReturnValue:
    page = render_template("office/studio/place.html", form=form, name=name, is_new=is_new)
    return page, 422 if form.errors else 200


def _are(packages: Sequence[str]) -> str:
    return f"{format_list(packages, locale=LOCALE)} {'is' if len(packages) == 1 else 'are'}"
