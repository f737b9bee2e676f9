"""Whose posts are taken and for which host, before any form looks at its token."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from studio import schema
from studio.app import create_app
from studio.ports import Ports
from tests import factories
from tests.browsing import Browser
from tests.clock import Clock
from tests.conftest import settings_for
from tests.fakes.mailer import FakeMailer

FOREIGN = "This form was sent from another site."
ELSEWHERE = "This address is not the studio"
HOME = "https://studio.example"


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application as strangers reach it."""
    settings = settings_for(tmp_path_factory.mktemp("public"), BASE_URL=HOME)
    app = create_app(settings, Ports(now=Clock().now, mailer=FakeMailer(), gateway=None))
    with app.app_context():
        schema.migrate()
        factories.a_studio()
    return app


@pytest.fixture
def at_home(app: Flask, browser: Browser) -> Any:
    """A client of the application on a machine of one's own."""
    with app.app_context():
        factories.a_studio()
    return browser.client


def said(client: Any, headers: dict[str, str], path: str = "/no-such-form", **kwargs: Any) -> str:
    answer = client.post(path, headers=headers, **kwargs)
    text: str = answer.get_data(as_text=True)
    if FOREIGN in text or ELSEWHERE in text:
        assert answer.status_code == 400
    return text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "https://localhost"},
        {"Origin": "null"},
        {"Origin": "http://[broken"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_what_another_site_posts_is_refused(at_home: Any, headers: dict[str, str]) -> None:
    assert FOREIGN in said(at_home, headers, "/office/sign-in", data={"email": "a"})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost:80", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_our_own_pages_may_post(at_home: Any, headers: dict[str, str]) -> None:
    assert FOREIGN not in said(at_home, headers, "/office/sign-in")


def test_machines_and_programs_may_post_from_anywhere(at_home: Any) -> None:
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    for path in ("/payments/stripe/webhook", "/api/v1/holds"):
        assert FOREIGN not in said(at_home, headers, path)
    assert at_home.get("/healthz", headers=headers).status_code == 200


def test_in_production_the_origin_is_the_studio_s(public: Flask) -> None:
    client = public.test_client()

    assert FOREIGN not in said(client, {"Origin": HOME}, base_url=HOME)
    assert FOREIGN not in said(client, {"Origin": f"{HOME}:443"}, base_url=HOME)
    for origin in ("http://studio.example", f"{HOME}:8443", "https://www.studio.example"):
        assert FOREIGN in said(client, {"Origin": origin}, base_url=HOME)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:8000", "studio.example:8443"])
def test_in_production_another_host_gets_nothing_but_health(public: Flask, host: str) -> None:
    client = public.test_client()

    assert ELSEWHERE in said(client, {"Host": host})
    assert client.get("/office/sign-in", headers={"Host": host}).status_code == 400
    for known in ("studio.example", "STUDIO.example", "studio.example:443"):
        assert ELSEWHERE not in said(client, {"Host": known})
    assert client.get("/healthz", headers={"Host": host}).status_code == 200
