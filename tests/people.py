"""Staff for tests, and browsers in which they are signed in."""

from __future__ import annotations

from flask import Flask, session
from flask_security.utils import login_user

from studio.accounts import service
from studio.accounts.permissions import Role
from tests.browsing import Browser

PASSWORD = "a-password-only-for-tests"


def cheapen_passwords(app: Flask) -> None:
    """Hash at the least cost argon2 knows: a test signs in many times."""
    app.extensions["security"].pwd_context.update(
        argon2__memory_cost=8, argon2__time_cost=1, argon2__parallelism=1
    )


def add(app: Flask, role: Role = Role.OWNER, photographer_id: int | None = None) -> str:
    """The email of a new person of *role*."""
    email = f"{role}{photographer_id or ''}@example.com"
    with app.app_context():
        service.add_person(
            service.NewPerson(email, f"{role} person".title(), role, photographer_id), PASSWORD
        )
    return email


def sign_in(browser: Browser, email: str, path: str = "/office/sign-in") -> None:
    page = browser.get(path)
    browser.submit(page, {"email": email, "password": PASSWORD})


def signed_in(app: Flask, role: Role = Role.OWNER, photographer_id: int | None = None) -> Browser:
    """A browser in which a new person of *role* is signed in, without the page that asks.

    Nearly every test of the office begins so, and the page has its own.
    """
    email = add(app, role, photographer_id)
    browser = Browser(app)
    with app.test_request_context():
        login_user(
            app.extensions["security"].datastore.find_user(email=email), authn_via=["password"]
        )
        with browser.client.session_transaction() as kept:
            kept.update(session)
    return browser
