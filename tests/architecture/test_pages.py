"""Every route says who may call it, and every template compiles and links to what exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint, Flask

from studio import resources
from studio.app import create_app
from studio.db import db
from studio.ports import Ports
from studio.web import guards
from studio.web.guards import Audience
from tests.clock import Clock
from tests.conftest import settings_for
from tests.fakes.mailer import FakeMailer

TEMPLATES = resources.folder("templates")
STATIC = resources.folder("static")
FILES = sorted(file for file in TEMPLATES.rglob("*") if file.is_file())

# What anybody may open; everything else needs a token, a signature or a sign-in.
STAFF_PATHS = "/office/"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application without a database: its pages are looked at, not fetched."""
    ports = Ports(now=Clock().now, mailer=FakeMailer(), gateway=None)
    app = create_app(settings_for(tmp_path_factory.mktemp("pages")), ports)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_every_route_has_a_policy(pages: Flask) -> None:
    guards.check_policies(pages)

    silent = [r.rule for r in pages.url_map.iter_rules() if not guards.policy_of(pages, r.endpoint)]
    assert silent == []


def test_the_start_fails_on_a_route_that_says_nothing() -> None:
    app = Flask("silent")
    quiet = Blueprint("pages", "pages")
    quiet.add_url_rule("/quiet", "quiet", lambda: "")
    app.register_blueprint(quiet)
    app.view_functions["static"] = guards.public(app.view_functions["static"])

    with pytest.raises(RuntimeError, match=r"routes without a policy: pages\.quiet"):
        guards.check_policies(app)


def test_the_office_is_for_staff(pages: Flask) -> None:
    open_pages = {
        rule.rule
        for rule in pages.url_map.iter_rules()
        if rule.rule.startswith(STAFF_PATHS)
        and getattr(guards.policy_of(pages, rule.endpoint), "audience", None) is not Audience.STAFF
    }

    assert open_pages <= {"/office/sign-in", "/office/sign-out"}


def test_a_path_with_a_token_is_for_its_holder(pages: Flask) -> None:
    # A mail program presses this for its reader: it has no cookie, and the link is the proof.
    one_click = "afterwards.unsubscribe"
    wrong = [
        rule.rule
        for rule in pages.url_map.iter_rules()
        if "token" in rule.arguments
        and rule.endpoint != one_click
        and getattr(guards.policy_of(pages, rule.endpoint), "audience", None) is not Audience.HOLDER
    ]

    assert wrong == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(TEMPLATES).as_posix())
def test_a_template_compiles(pages: Flask, file: Path) -> None:
    pages.jinja_env.get_template(file.relative_to(TEMPLATES).as_posix())


def test_every_link_leads_somewhere(pages: Flask) -> None:
    """One that starts with a dot stays in the blueprint that draws the page."""
    named = re.compile(r"url_for\(\s*['\"]([\w.]+)['\"]")
    known = {rule.endpoint for rule in pages.url_map.iter_rules()}
    known |= {f".{endpoint.rpartition('.')[2]}" for endpoint in known}
    dead = {
        f"{file.relative_to(TEMPLATES)}: {endpoint}"
        for file in FILES
        for endpoint in named.findall(file.read_text())
        if endpoint not in known
    }

    assert dead == set()


def test_every_static_file_named_exists() -> None:
    named = re.compile(r"url_for\(\s*['\"]static['\"],\s*filename\s*=\s*['\"]([^'\"~]+)['\"]\s*\)")
    missing = {
        f"{file.relative_to(TEMPLATES)}: {path}"
        for file in FILES
        for path in named.findall(file.read_text())
        if not path.startswith("vendor/") and not (STATIC / path).is_file()
    }

    assert missing == set()


def test_nothing_is_marked_safe() -> None:
    found = [f for f in FILES if re.search(r"\|\s*safe\b|autoescape\s+false", f.read_text())]

    assert found == []


def test_nothing_inline_that_our_policy_blocks() -> None:
    inline = re.compile(
        r"<style|\sstyle=|\son(click|submit|change|load|input)=|<script(?![^>]*\b(src|type=.application/json))"
    )
    drawn = [f for f in FILES if f.suffix == ".html" and "email" not in f.parts]

    assert [f for f in drawn if inline.search(f.read_text())] == []


def test_nothing_comes_from_other_hosts() -> None:
    own = [f for f in STATIC.rglob("*") if f.suffix in {".css", ".js"} and "vendor" not in f.parts]
    abroad = re.compile(r"(src|href)=['\"](https?:)?//|url\(['\"]?(https?:)?//|from ['\"]https?:")
    drawn = [f for f in FILES if "email" not in f.parts]

    assert [f for f in [*own, *drawn] if abroad.search(f.read_text())] == []
