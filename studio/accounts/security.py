"""Flask-Security with all that is not used off, and the gate before every route for staff."""

from __future__ import annotations

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import Security
from flask_security.core import RoleMixin
from flask_security.datastore import SQLAlchemyUserDatastore
from werkzeug.local import LocalProxy

from studio.accounts import people
from studio.accounts.models import User
from studio.accounts.passwords import COST
from studio.accounts.sessions import SignInSessions
from studio.accounts.views import bp
from studio.db import db
from studio.web.errors import for_programs, problem
from studio.web.guards import Audience, current_policy


def init_app(app: Flask) -> None:
    """Sign-in and sign-out; no other route of Flask-Security, no token, no command, no mail."""
    app.session_interface = SignInSessions()
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 -- the name of a method
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=COST,
        # A second key mixed into each hash would make every password wrong when it is changed.
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
        # It looks at the browser's address and name, which change on the way home.
        SESSION_PROTECTION=None,
        REMEMBER_COOKIE_REFRESH_EACH_REQUEST=False,
    )
    security = Security(app, SQLAlchemyUserDatastore(db, User, RoleMixin), register_blueprint=False)
    security.login_manager.request_loader(None)  # no tokens in headers or addresses
    app.before_request(_gate)
    app.register_blueprint(bp)
    app.jinja_env.globals.update(me=LocalProxy(people.current), may=people.may)


def _gate() -> ResponseReturnValue | None:
    """Let only those through to a route for staff whose role allows its action."""
    policy = current_policy(current_app)
    if policy is None or policy.audience is not Audience.STAFF:
        return None
    if people.current() is None:
        if for_programs():
            return problem(401, "unauthorized", "Please sign in first.")
        wanted = request.path if request.method == "GET" else None
        return redirect(url_for("accounts.sign_in", next=wanted), 303)
    if not people.may(policy.action):
        abort(403)
    return None
