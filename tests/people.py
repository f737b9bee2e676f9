"""Staff for tests, and browsers in which they are signed in."""

from __future__ import annotations

from flask import Flask

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
    """A browser in which a new person of *role* is signed in."""
    browser = Browser(app)
    sign_in(browser, add(app, role, photographer_id))
    return browser
