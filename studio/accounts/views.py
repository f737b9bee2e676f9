"""Signing in and out."""

from __future__ import annotations

import re

from flask import Blueprint, flash, g, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_security.utils import login_user, logout_user
from flask_wtf.csrf import generate_csrf

from studio.accounts import people, queries, service
from studio.accounts.forms import SignInForm
from studio.accounts.tries import TooManyTries
from studio.db import db
from studio.web.guards import public

bp = Blueprint("accounts", __name__, url_prefix="/office")

# The first page of the office: a feature above this one.
OFFICE = "/office/"

_OWN_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9_/-]*")


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Ask for an email address and a password, and lead to the page that was wanted."""
    form = SignInForm()
    if request.method == "GET":
        if people.current():
            return redirect(OFFICE, 303)
        form.next.data = request.args.get("next")
    form.next.data = _own(form.next.data)
    wait = 0
    if form.validate_on_submit():
        try:
            person = service.check_password(
                form.email.data, form.password.data or "", request.remote_addr or ""
            )
        except service.WrongPassword:
            form.form_errors.append("That email and password do not belong together.")
        except TooManyTries as error:
            wait = error.seconds
            form.form_errors.append(
                f"Too many tries. Please wait {_in_words(wait)} and try again: nothing is locked."
            )
        else:
            # Nothing an anonymous page left behind is taken along, least of all its CSRF token.
            session.clear()
            g.pop("csrf_token", None)
            login_user(person, remember=False, authn_via=["password"])
            generate_csrf()
            return redirect(form.next.data or OFFICE, 303)
    page = render_template(
        "accounts/sign_in.html", form=form, nobody=not queries.anybody(db.session())
    )
    if wait:
        return page, 429, {"Retry-After": str(wait)}
    return page, 422 if form.errors else 200


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the sign-in; the cookie opens nothing afterwards, whoever kept a copy."""
    logout_user()
    session.clear()
    flash("You are signed out.")
    return redirect("/office/sign-in", 303)


def _own(path: str | None) -> str:
    """*path* if it is one of ours, else nothing: nobody is led elsewhere from here."""
    return path if path and _OWN_PATH.fullmatch(path) else ""


def _in_words(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    return f"{-(-seconds // 60)} minutes"
