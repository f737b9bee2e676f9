"""Every component on two pages, under the application's own template options and policy."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, Response, render_template, request
from flask_wtf import FlaskForm
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    EmailField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Email, InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from studio.web import filters

ROOT = Path(__file__).parents[3]
KINDS = (
    "classic executive actor medical agent speaker team onsite individual branding family golden"
    " couple maternity newborn child graduation pet boudoir mini"
).split()
ENDPOINTS = {
    "catalogue.home": "/",
    "catalogue.packages": "/packages/",
    "catalogue.which": "/which",
    "gifts.buy": "/vouchers",
    "accounts.sign_in": "/office/sign-in",
    "accounts.sign_out": "/office/sign-out",
    "office.today": "/office/",
    "office.calendar": "/office/calendar",
    "office.desk": "/office/desk",
    "office.requests": "/office/requests",
    "office.why": "/office/why",
    "office.prep": "/office/prep",
    "office.payments": "/office/payments",
    "office.companies": "/office/companies",
    "office.clients": "/office/clients",
    "office.release_text": "/office/release-text",
    "office.mailbox": "/office/mailbox",
    "catalogue_office.packages": "/office/packages",
    "office.reports": "/office/reports",
    "scheduling_office.studio": "/office/studio",
    "outside.calendars": "/office/calendars",
}
STUDIO = SimpleNamespace(
    name="Gallery Studio",
    phone="020 7946 0000",
    email="hello@studio.example",
    address_lines=["Unit 4", "London"],
    zone_city="London",
)
PERSON = SimpleNamespace(name="A. Person", role=SimpleNamespace(value="manager"))


def _choices(**labels: str) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in labels.items()]


class Details(FlaskForm):  # type: ignore[misc]
    name = StringField("Your name", [InputRequired("Tell us your name.")])
    email = EmailField("Email", [InputRequired(), Email("There is no @ in this address.")])
    use = SelectField("What is it for?", choices=_choices(a="Casting", b="A company page"))
    look = RadioField(
        "Background", [InputRequired("Choose one.")], choices=_choices(g="Grey", w="White")
    )
    extras = SelectMultipleField(
        "Extras",
        choices=_choices(m="Make-up, £65", r="Rush, £80"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    notes = TextAreaField("Anything we should know?", description="Glasses, stairs, a hearing aid.")
    terms = BooleanField("I have read the terms", [InputRequired("Please accept the terms.")])


def create_gallery(posts: list[tuple[str, dict[str, list[str]]]]) -> Flask:
    """An application that shows the gallery and writes each post it gets into *posts*."""
    app = Flask(
        __name__,
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "studio" / "static"),
    )
    app.config.update(SECRET_KEY="only-for-tests", WTF_CSRF_ENABLED=False)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader(ROOT / "templates"), FileSystemLoader(Path(__file__).parent)]
    )
    filters.init_app(app)
    app.jinja_env.globals.update(
        studio=STUDIO,
        me=PERSON,
        may=lambda _: True,
        vendor_ready=False,
        mail_is_local=True,
        payments_paused=lambda: None,
        csrf_token=lambda: "token",
    )
    for endpoint, path in ENDPOINTS.items():
        app.add_url_rule(path, endpoint, _page)

    @app.post("/posts/<name>")
    def post(name: str) -> Response:
        posts.append((name, request.form.to_dict(flat=False)))
        return Response(status=204)

    @app.get("/errors/<int:status>")
    def error(status: int) -> str:
        return render_template(f"errors/{status}.html", detail="The tide came in.")

    @app.after_request
    def strict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            " font-src 'self'; connect-src 'self'; form-action 'self'"
        )
        return response

    return app


def _page() -> str:
    if request.path.startswith("/office/"):
        return render_template("office.html", form=Details(), columns=_columns())
    day = date.fromisoformat(request.args.get("day", "2026-12-08"))
    form = Details(MultiDict({"email": "nobody"}))
    form.validate()
    return render_template(
        "public.html",
        form=form,
        kinds=KINDS,
        day=day.isoformat(),
        weeks=_weeks(day),
        until="2999-12-08T10:32:00+00:00",
        groups=[_group("Morning", 9), _group("Afternoon", 13), {"label": "Evening", "slots": []}],
        evening=[_group("Evening", 17)],
        hist=_history(),
        lists=_lists(),
    )


def _weeks(chosen: date) -> list[list[dict[str, Any]]]:
    days = [date(2026, 11, 30) + timedelta(days=n) for n in range(35)]
    cells = [
        {
            "date": day,
            "day_number": day.day,
            "in_month": day.month == chosen.month,
            "free": 0.12 * (day.day % 5) * 2,
            "count": day.day % 5,
            "href": f"?day={day}",
            "selected": day == chosen,
            "is_today": day == date(2026, 12, 3),
        }
        for day in days
    ]
    return [cells[n : n + 7] for n in range(0, 35, 7)]


def _group(label: str, hour: int) -> dict[str, Any]:
    slots = [
        {"value": f"{label}{n}", "time": f"{hour + n:02d}:15", "who": "Amara or Jonas"}
        for n in range(3)
    ]
    return {"label": label, "slots": slots}


def _history() -> list[dict[str, str]]:
    return [
        {
            "when": "Tue 8 Dec, 10:15",
            "iso": "2026-12-08T10:15:00+00:00",
            "what": "Confirmed",
            "who": "",
            "detail": "Deposit of £84 paid by card",
        }
    ]


def _lists() -> list[dict[str, Any]]:
    items = [
        {"value": "1", "text": "One plain top", "why": "Stripes shimmer", "done": True},
        {"value": "2", "text": "Clean your glasses", "why": "", "done": False},
    ]
    return [{"title": "This week", "items": items}]


def _columns() -> list[dict[str, Any]]:
    def event(kind: str, starts: int, ends: int, **more: Any) -> dict[str, Any]:
        plain = {"time": "09:35\u201310:35", "title": "Client A", "detail": "Room A", "href": "#a"}
        return {
            "kind": kind,
            "starts": starts,
            "ends": ends,
            "lane": 0,
            "lanes": 1,
            **plain,
            **more,
        }

    kinds = [
        event("build", 555, 575, title="Grey seamless", href=""),
        event("headshot", 575, 635),
        event("portrait", 600, 700, lane=1, lanes=2),
        event("hold", 800, 860, detail=""),
        event("block", 900, 1000, href=""),
        event("closed", 1000, 1300, href=""),
    ]
    return [
        {"title": "Mon 7", "note": "Amara", "href": "#mon", "is_today": True, "events": kinds},
        {"title": "Tue 8", "note": "", "href": "", "is_today": False, "events": []},
    ]
