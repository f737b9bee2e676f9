"""The weather decision of an outdoor session: one page with three buttons."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from studio.accounts import people
from studio.booking import letters_of_weather
from studio.booking.letters_of_weather import Weather
from studio.booking.models import Booking
from studio.booking.service.weather import NoWeather, decide_weather, open_to_weather
from studio.db import db
from studio.office import queries
from studio.office.shell import bp
from studio.web.form import Form, SelectChoice
from studio.web.guards import staff
from studio.web.text import tidy

_WORDS = {
    Weather.ON: "On: the client is told that we shoot.",
    Weather.MOVE: "The client is told that another time has to be found.",
    Weather.OFF: "Off: the client is told. Move or cancel the session next.",
}


class WeatherForm(Form):
    decision = RadioField(
        "What do you decide?",
        choices=[
            SelectChoice(Weather.ON.value, "On: we shoot"),
            SelectChoice(Weather.MOVE.value, "Move: another time has to be found"),
            SelectChoice(Weather.OFF.value, "Off: we do not shoot that day"),
        ],
        validators=[InputRequired("Please choose one.")],
    )
    words = TextAreaField("A line to the client, if you like", validators=[Length(max=500)])


@bp.route("/sessions/<id:booking_id>/weather", methods=["GET", "POST"])
@staff("see_own_sessions")
def weather(booking_id: int) -> ResponseReturnValue:
    """Ask for the decision, and keep it; its client is written to."""
    person = people.asking()
    booking = queries.booking(db.session(), booking_id, people.scope(person)) or abort(404)
    form = WeatherForm()
    if not open_to_weather(booking):
        return _page(booking, form), 409 if form.is_submitted() else 200
    if not form.validate_on_submit():
        return _page(booking, form), 422 if form.errors else 200
    decision = Weather(form.decision.data)
    try:
        decide_weather(booking_id, decision, words=tidy(form.words.data or ""), by=person.name)
    except NoWeather:
        return _page(booking, form), 409
    flash(_WORDS[decision])
    return redirect(url_for("office.session", booking_id=booking_id), 303)


def _page(booking: Booking, form: WeatherForm) -> str:
    return render_template(
        "office/sessions/weather.html",
        booking=booking,
        form=form,
        open=open_to_weather(booking),
        decided=letters_of_weather.decided(db.session(), booking),
    )
