from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.architecture.gallery.app import create_gallery
from tests.chromium import PATIENCE

pytestmark = pytest.mark.in_browser

Posts = list[tuple[str, dict[str, list[str]]]]


@pytest.fixture
def posts() -> Posts:
    return []


@pytest.fixture
def gallery(posts: Posts) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_gallery(posts), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    page.set_default_timeout(PATIENCE)
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if "Refused" in said.text else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    page.close()
    assert wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", ["/", "/office/calendar", "/errors/404", "/errors/500"])
def test_axe_finds_nothing_and_nothing_sticks_out(
    chromium: Browser, gallery: str, path: str, width: int, scheme: str
) -> None:
    page = chromium.new_page(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page.goto(gallery + path)

    found = Axe().run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()

    assert [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found] == []
    assert wide <= width


def test_a_form_is_sent_once(page: Page, gallery: str, posts: Posts) -> None:
    page.goto(gallery)
    button = page.get_by_role("button", name="Let this time go")

    button.dblclick()
    button.click(force=True)
    page.wait_for_load_state("networkidle")

    assert [name for name, _ in posts].count("release") == 1


def test_a_tick_is_kept_at_once(page: Page, gallery: str, posts: Posts) -> None:
    page.goto(gallery)
    page.get_by_label("Clean your glasses").check()

    expect(page.locator("[data-saved]")).to_have_text("Saved")
    expect(page.locator("[data-ready]")).to_have_text("2 of 2 ready")
    kept = [form["done"] for name, form in posts if name == "list"]
    assert kept == [["1", "2"]]


def test_a_tick_that_was_not_kept_is_said(page: Page, gallery: str) -> None:
    page.route("**/posts/list", lambda route: route.fulfill(status=500, body=""))
    page.goto(gallery)
    page.get_by_label("Clean your glasses").check()

    expect(page.locator("[data-saved]")).to_contain_text("Not saved")
    expect(page.get_by_role("button", name="Save my list")).to_be_visible()


def test_opening_is_told_once(page: Page, gallery: str, posts: Posts) -> None:
    page.goto(gallery)
    page.wait_for_load_state("networkidle")

    assert [name for name, _ in posts] == ["opened"]


def test_another_day_is_swapped_in_and_back(page: Page, gallery: str) -> None:
    page.goto(gallery)
    page.evaluate("window.stayed = true")

    page.get_by_role("link", name="Friday 11 December").click()
    expect(page.get_by_text("Shown: 2026-12-11")).to_be_visible()
    assert page.url.endswith("?day=2026-12-11")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(
        "Friday 11"
    )
    page.go_back()
    expect(page.get_by_text("Shown: 2026-12-08")).to_be_visible()

    assert page.evaluate("window.stayed")


def test_the_time_chosen_is_said_beside_the_button(page: Page, gallery: str) -> None:
    page.goto(gallery)
    page.get_by_label("14:15").check()

    expect(page.locator("[data-chosen]")).to_have_text("2026-12-08, 14:15")


def test_the_clock_counts_down_and_says_the_last_minutes(page: Page, gallery: str) -> None:
    page.clock.install(time="2999-12-08T10:20:00Z")
    page.goto(gallery)
    page.clock.pause_at("2999-12-08T10:26:00Z")
    expect(page.locator("[data-left]")).to_have_text("(6:00 left)")
    expect(page.locator("[data-say]")).to_have_text("")

    page.clock.run_for(60_000)
    expect(page.locator("[data-left]")).to_have_text("(5:00 left)")
    expect(page.locator("[data-say]")).to_have_text("5 minutes left")

    page.clock.run_for(4 * 60_000)
    expect(page.locator("[data-say]")).to_have_text("1 minute left")

    page.clock.run_for(60_000)
    expect(page.locator("[data-say]")).to_have_text("The time has run out")
