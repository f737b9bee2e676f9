from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from studio.accounts import passwords, queries, service
from studio.accounts.models import SignIn, SignInTry, User
from studio.accounts.permissions import Role
from studio.db import db
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import Clock


@pytest.fixture(autouse=True)
def studio(app: Flask, rolled_back: None) -> None:
    with app.app_context():
        factories.a_studio()


WRONG = "That email and password do not belong together."


def cookie(browser: Browser) -> str:
    found = browser.client.get_cookie("sid")
    return str(found.value) if found else ""


def rows(app: Flask) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.count(SignIn.id))) or 0)


def try_to(browser: Browser, email: str, password: str, status: int = 422) -> Page:
    return browser.submit(
        browser.get("/office/sign-in"), {"email": email, "password": password}, status=status
    )


def is_signed_in(browser: Browser) -> bool:
    """The page to sign in leads those who are on to the office."""
    return bool(browser.client.get("/office/sign-in").status_code == 303)


def test_signing_in_leads_to_the_office(app: Flask, browser: Browser) -> None:
    email = people.add(app)
    page = try_to(browser, f" {email.upper()} ", people.PASSWORD, 303)
    assert page.location == "/office/"
    assert is_signed_in(browser)


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/office/packages", "/office/packages"),
        ("/office/sessions/12", "/office/sessions/12"),
        ("//evil.example", "/office/"),
        ("/\\evil.example", "/office/"),
        ("https://evil.example/", "/office/"),
        ("javascript:alert(1)", "/office/"),
        ("/office/packages?x=1", "/office/"),
        ("/office\r\nX-Evil: 1", "/office/"),
        ("/%2fevil.example", "/office/"),
        ("evil", "/office/"),
        ("", "/office/"),
    ],
)
def test_next_is_one_of_our_own_paths(
    app: Flask, browser: Browser, wanted: str, led_to: str
) -> None:
    email = people.add(app)
    page = browser.get("/office/sign-in", query_string={"next": wanted})
    # Once by the link that led here, once as the form sends it.
    assert page.one("input[name=next]")["value"] == ("" if led_to == "/office/" else led_to)
    fields = {"email": email, "password": people.PASSWORD, "next": wanted}
    assert browser.submit(page, fields).location == led_to


def test_nobody_learns_which_of_the_two_was_wrong(app: Flask, browser: Browser) -> None:
    email = people.add(app)
    known = try_to(browser, email, "not the password")
    unknown = try_to(browser, "nobody@example.com", "not the password")
    assert WRONG in known.words
    for page in (known, unknown):
        for told in page.all("input"):
            told["value"] = ""  # what was typed, and the token, which holds the time
    assert str(known.soup) == str(unknown.soup)


def test_an_unknown_address_costs_a_hash_too(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = app.extensions["security"].pwd_context
    hashed: list[str] = []
    real = context.hash

    def hash_(secret: str, **given: object) -> object:
        hashed.append(secret)
        return real(secret, **given)

    monkeypatch.setattr(context, "hash", hash_)
    try_to(browser, "nobody@example.com", "not the password")
    assert hashed == ["not the password"]


@pytest.mark.parametrize("password", ["x" * 257, ""])
def test_a_password_too_long_is_never_hashed(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    email = people.add(app)
    monkeypatch.setattr(passwords, "verify", None)  # would fail if it were called
    page = try_to(browser, email, password)
    assert page.one("#password-error")
    assert page.one("input[name=email]")["value"] == email


def test_a_body_too_large_is_refused(browser: Browser) -> None:
    page = browser.get("/office/sign-in")
    assert browser.client.post(
        "/office/sign-in", data={**page.fields(page.form()), "password": "x" * 1_000_000}
    ).status_code in {400, 413}


@pytest.mark.parametrize("email", ["", "a\x00b", "x" * 5000, "a\u202eb", "two\nlines"])
def test_odd_emails_are_refused_in_words(browser: Browser, email: str) -> None:
    assert try_to(browser, email, "not the password").one("#email-error")


def test_signing_in_needs_the_forms_token(app: Flask, browser: Browser) -> None:
    email = people.add(app)
    response = browser.client.post(
        "/office/sign-in", data={"email": email, "password": people.PASSWORD}
    )
    assert response.status_code == 400
    assert not rows(app)


def test_a_visitor_writes_nothing(app: Flask, browser: Browser) -> None:
    browser.get("/office/sign-in")
    assert len(cookie(browser)) > 43
    assert rows(app) == 0


def test_the_id_is_new_when_somebody_signs_in(app: Flask, browser: Browser) -> None:
    email = people.add(app)
    browser.get("/office/sign-in")
    before = cookie(browser)
    people.sign_in(browser, email)
    after = cookie(browser)
    assert after != before
    assert len(after) == 43
    with app.app_context():
        kept = db.session.scalars(select(SignIn)).one()
        assert kept.id_hash != after
    stranger = Browser(app)
    stranger.client.set_cookie("sid", before)
    assert not is_signed_in(stranger)


def test_an_id_chosen_by_somebody_else_is_not_taken_on(app: Flask, browser: Browser) -> None:
    email = people.add(app)
    browser.client.set_cookie("sid", "A" * 43)
    people.sign_in(browser, email)
    assert cookie(browser) != "A" * 43


def test_a_cookie_replayed_after_signing_out_is_nobodys(app: Flask, browser: Browser) -> None:
    email = people.add(app)
    people.sign_in(browser, email)
    stolen = cookie(browser)
    thief = Browser(app)
    thief.client.set_cookie("sid", stolen)
    assert is_signed_in(thief)
    sign_out(browser)
    assert rows(app) == 0
    assert not is_signed_in(thief)
    assert "You are signed out." in browser.get("/office/sign-in").words


def test_signing_out_is_a_post_with_a_token(app: Flask, browser: Browser) -> None:
    people.sign_in(browser, people.add(app))
    assert browser.client.get("/office/sign-out").status_code == 405
    assert browser.client.post("/office/sign-out").status_code == 400
    assert is_signed_in(browser)


def test_a_new_sign_in_in_the_same_browser_ends_the_old(app: Flask, browser: Browser) -> None:
    first, second = people.add(app), people.add(app, Role.PREP)
    page = browser.get("/office/sign-in")
    browser.submit(page, {"email": first, "password": people.PASSWORD})
    old = cookie(browser)
    token = token_of(browser)
    fields = {"email": second, "password": people.PASSWORD, "csrf_token": token}
    assert browser.client.post("/office/sign-in", data=fields).status_code == 303
    assert cookie(browser) != old
    assert rows(app) == 1


@pytest.mark.parametrize(
    ("wait", "signed_in"),
    [(timedelta(hours=7, minutes=59), True), (timedelta(hours=8, seconds=1), False)],
)
def test_a_working_day_without_a_click_ends_it(
    app: Flask, browser: Browser, clock: Clock, wait: timedelta, signed_in: bool
) -> None:
    people.sign_in(browser, people.add(app))
    clock.set(clock.now() + wait)
    assert is_signed_in(browser) is signed_in


def test_a_week_ends_it_even_in_use(app: Flask, browser: Browser, clock: Clock) -> None:
    people.sign_in(browser, people.add(app))
    for _ in range(7 * 4 - 1):
        clock.advance(hours=6)
        assert is_signed_in(browser)
    clock.advance(hours=6, seconds=1)
    assert not is_signed_in(browser)


def test_the_next_one_to_sign_in_sweeps_what_ran_out(
    app: Flask, browser: Browser, clock: Clock
) -> None:
    email = people.add(app)
    people.sign_in(browser, email)
    clock.advance(hours=9)
    people.sign_in(Browser(app), email)
    assert rows(app) == 1


def test_a_page_read_within_minutes_writes_nothing(
    app: Flask, browser: Browser, clock: Clock
) -> None:
    people.sign_in(browser, people.add(app))

    def seen() -> object:
        with app.app_context():
            return db.session.scalars(select(SignIn)).one().seen_at

    before = seen()
    clock.advance(minutes=4)
    assert is_signed_in(browser)
    assert seen() == before
    clock.advance(minutes=2)
    assert is_signed_in(browser)
    assert seen() == clock.now()


@pytest.mark.parametrize("what", ["password", "deactivated"])
def test_a_new_password_or_the_end_of_the_job_signs_out_everywhere(
    app: Flask, browser: Browser, what: str
) -> None:
    people.add(app)
    email = people.add(app, Role.MANAGER)
    people.sign_in(browser, email)
    people.sign_in(other := Browser(app), email)
    with app.app_context():
        person = db.session.scalars(select(User).where(User.email == email)).one()
        if what == "password":
            service.set_password(person.id, "another-password-for-tests")
        else:
            service.deactivate(person.id)
    assert not is_signed_in(browser)
    assert not is_signed_in(other)
    assert rows(app) == 0
    assert WRONG in try_to(Browser(app), email, people.PASSWORD).words


def test_a_forged_signed_cookie_names_nobody(app: Flask, browser: Browser) -> None:
    email = people.add(app)
    with app.app_context():
        uniquifier = db.session.scalars(select(User.fs_uniquifier).where(User.email == email)).one()
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    browser.client.set_cookie("sid", signer.dumps({"_user_id": uniquifier, "_fresh": True}))
    assert not is_signed_in(browser)


def test_wrong_guesses_have_to_wait_ever_longer_and_never_for_good(
    app: Flask, browser: Browser, clock: Clock
) -> None:
    email = people.add(app)
    waits = []
    for _ in range(40):
        page = browser.get("/office/sign-in")
        fields = {**page.fields(page.form()), "email": email, "password": "a guess"}
        response = browser.client.post("/office/sign-in", data=fields)
        if response.status_code == 429:
            waits.append(int(response.headers["Retry-After"]))
            clock.advance(seconds=waits[-1])
        else:
            assert response.status_code == 422
    assert waits[:5] == sorted(waits[:5])
    assert waits[0] <= 3
    assert max(waits) <= 301
    # The right password has to wait like any other, and then counts at once.
    clock.advance(seconds=301)
    assert try_to(browser, email, people.PASSWORD, 303).location == "/office/"
    with app.app_context():
        tried = {row.key[:7]: row.failures for row in db.session.scalars(select(SignInTry))}
    assert tried["account"] == 0
    assert tried["address"] > 0


def test_the_right_password_is_refused_while_it_has_to_wait(app: Flask, browser: Browser) -> None:
    email = people.add(app)
    for _ in range(6):
        try_to(browser, email, "a guess")
    assert "Please wait" in try_to(browser, email, people.PASSWORD, 429).words


def test_one_address_that_guesses_at_many_accounts_has_to_wait(
    app: Flask, browser: Browser
) -> None:
    for n in range(21):
        try_to(browser, f"person{n}@example.com", "a guess")
    try_to(browser, "person99@example.com", "a guess", 429)
    elsewhere = browser.get("/office/sign-in")
    fields = {**elsewhere.fields(elsewhere.form()), "email": "b@example.com", "password": "x"}
    response = browser.client.post(
        "/office/sign-in", data=fields, environ_overrides={"REMOTE_ADDR": "192.0.2.7"}
    )
    assert response.status_code == 422


def test_a_header_does_not_make_another_address(app: Flask, browser: Browser) -> None:
    statuses = []
    for n in range(22):
        page = browser.get("/office/sign-in")
        fields = {**page.fields(page.form()), "email": f"p{n}@example.com", "password": "x"}
        response = browser.client.post(
            "/office/sign-in", data=fields, headers={"X-Forwarded-For": f"192.0.2.{n}"}
        )
        statuses.append(response.status_code)
    assert statuses[-1] == 429


def test_tries_are_forgotten_after_a_day(app: Flask, browser: Browser, clock: Clock) -> None:
    for _ in range(6):
        try_to(browser, "nobody@example.com", "a guess")
    clock.advance(days=1, seconds=1)
    try_to(browser, "somebody@example.com", "a guess")
    with app.app_context():
        assert db.session.scalar(select(func.count(SignInTry.id))) == 2


def test_a_password_kept_at_an_old_cost_is_hashed_anew(app: Flask, browser: Browser) -> None:
    email = people.add(app)
    context = app.extensions["security"].pwd_context
    context.update(argon2__time_cost=2)
    try:
        people.sign_in(browser, email)
        with app.app_context():
            assert ",t=2," in db.session.scalars(select(User.password)).one()
    finally:
        people.cheapen_passwords(app)


def test_a_fresh_studio_says_how_the_first_account_is_made(app: Flask, browser: Browser) -> None:
    assert "studio create-owner" in browser.get("/office/sign-in").words
    people.add(app)
    assert "studio create-owner" not in browser.get("/office/sign-in").words


def test_the_cookie_is_for_our_own_pages_only(app: Flask, browser: Browser) -> None:
    people.sign_in(browser, people.add(app))
    kept = browser.client.get_cookie("sid")
    assert kept
    assert kept.http_only
    assert kept.same_site == "Lax"
    assert kept.path == "/"
    assert kept.max_age is None


def test_files_are_answered_without_looking_anybody_up(app: Flask, browser: Browser) -> None:
    people.sign_in(browser, people.add(app))
    response = browser.client.get("/static/css/tokens.css")
    response.close()
    assert response.status_code == 200
    assert "Cookie" not in response.headers.get("Vary", "")
    assert "Set-Cookie" not in response.headers


def sign_out(browser: Browser) -> None:
    response = browser.client.post("/office/sign-out", data={"csrf_token": token_of(browser)})
    assert response.status_code == 303
    assert response.headers["Location"] == "/office/sign-in"


def token_of(browser: Browser) -> str:
    with browser.client.session_transaction() as kept:
        raw = str(kept["csrf_token"])
    key = browser.client.application.secret_key
    return str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw))


def test_without_the_database_nobody_loses_their_sign_in(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.sign_in(browser, people.add(app))
    before = cookie(browser)

    def unreachable(*_: object) -> None:
        raise OperationalError("", None, Exception())

    with monkeypatch.context() as broken:
        broken.setattr(queries, "live_sign_in", unreachable)
        assert browser.client.get("/office/sign-in").status_code == 200
    assert cookie(browser) == before
    assert is_signed_in(browser)


def test_what_is_said_at_length_stays_out_of_the_cookie(app: Flask, browser: Browser) -> None:
    people.sign_in(browser, people.add(app))
    before = cookie(browser)
    with browser.client.session_transaction() as kept:
        kept["_flashes"] = [("message", "x" * 10_000)]
    assert cookie(browser) == before
    with app.app_context():
        assert "x" * 10_000 in db.session.scalars(select(SignIn.data)).one()
