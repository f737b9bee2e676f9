"""A client answers the release: on a phone, by keyboard, without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, PLAIN, Look, Running, well_made
from tests.browser.test_booking import fill_in, hold_the, pay_with

pytestmark = pytest.mark.in_browser


@pytest.mark.parametrize(
    ("page", "look"),
    [(PHONE, PHONE), (PLAIN, PLAIN)],
    indirect=["page"],
    ids=["phone", "without scripts"],
)
def test_a_child_is_released_and_taken_back(page: Page, look: Look, running: Running) -> None:
    page.goto("/book/individual-portrait")
    hold_the(page, 0)
    fill_in(page, f"release-{look.scripts}@client.example")
    pay_with(page, "4242 4242 4242 4242")
    page.get_by_role("link", name="Get ready").click()
    expect(page.get_by_role("link", name="Open the map")).to_be_visible()
    page.get_by_role("link", name="May we show your pictures?").press("Enter")
    _check(page, look, "who")

    page.get_by_label("Name").first.fill("Kim Ash")
    page.get_by_label("Under 18 on the day of the session").press("Space")
    page.get_by_role("button", name="Add this person").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("A guardian signs for a child")
    _check(page, look, "who-refused")
    page.get_by_label("Parent or guardian").fill("Robin Ash")
    page.get_by_label("Who are they to the child?").fill("mother")
    page.keyboard.press("Enter")

    page.get_by_role("link", name="Read and answer for Kim Ash").press("Enter")
    assert page.locator("input[type=radio]:checked").count() == 0
    _check(page, look, "answer")
    page.get_by_role("button", name="Keep this answer").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Please choose one")
    page.get_by_label("Portfolio: yes", exact=True).press("Space")
    page.get_by_label("To sign a yes, type your full name: Robin Ash").fill("robin ash")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("signed by robin ash")
    _check(page, look, "answered")
    page.get_by_role("button", name="Take the release of Kim Ash back").press("Enter")
    expect(page.locator("main")).to_contain_text("taken back on")


def _check(page: Page, look: Look, name: str) -> None:
    if look.scripts:  # axe is a script itself
        well_made(page, f"release-{name}-{look.name}")
