"""Staff change who works in the studio: on a phone, at a desk, by keyboard, without scripts."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, PLAIN, Look, Running, sign_in, well_made

pytestmark = pytest.mark.in_browser


@pytest.mark.parametrize(
    ("page", "look"),
    [(PHONE, PHONE), (DESK, DESK), (PLAIN, PLAIN)],
    indirect=["page"],
    ids=["phone", "desk", "without scripts"],
)
def test_somebody_comes_and_goes(page: Page, look: Look, running: Running) -> None:
    name = f"Cleo {look.name.title()}"
    sign_in(page, running, "manager")
    page.goto("/office/studio/people")
    page.get_by_role("link", name="Add a photographer").press("Enter")
    _check(page, look, "new-photographer")
    page.get_by_role("textbox", name="Name", exact=True).focus()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type("New, and quick.")
    page.keyboard.press("Tab")
    page.keyboard.type("cleo@")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Email: That does not look like")
    expect(page.get_by_label("About them")).to_have_value("New, and quick.")
    _check(page, look, "new-photographer-refused")
    page.get_by_role("textbox", name="Email", exact=True).fill("")
    page.get_by_label("Portraits").check()
    page.get_by_role("button", name="Add").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Hours of {name}")
    assert page.get_by_label("Tuesday").input_value()

    _book_with(page, name)
    page.goto("/office/studio/people")
    _check(page, look, "people")
    page.get_by_role("link", name=name, exact=True).click()
    _check(page, look, "photographer")
    page.get_by_role("button", name="Archive").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Archive {name}?")
    expect(page.locator("table")).to_contain_text("Robin Ash")
    _check(page, look, "archive")
    page.get_by_role("button", name="Archive all the same").press("Enter")
    expect(page.get_by_role("button", name=f"Bring back {name}")).to_be_visible()
    _check(page, look, "people-archived")


def _book_with(page: Page, name: str) -> None:
    """A portrait with somebody, at the first time that is free."""
    slug = name.lower().replace(" ", "-")
    page.goto(f"/book/individual-portrait?photographer={slug}")
    free = str(page.locator("input[name=starts_at]").first.get_attribute("value"))
    page.goto("/office/desk")
    page.get_by_label("Package").select_option(label="Individual portrait")
    local = datetime.fromisoformat(free).astimezone(ZoneInfo("Europe/London"))
    page.get_by_label("Time").fill(f"{local:%Y-%m-%dT%H:%M}")
    page.get_by_label("Photographer").select_option(label=name)
    page.get_by_label("Client").fill("Robin Ash")
    page.get_by_label("Email").fill("robin@client.example")
    page.get_by_role("button", name="Book and confirm").click()
    expect(page.locator("main")).to_contain_text("Booked and confirmed")


def _check(page: Page, look: Look, name: str) -> None:
    if look.scripts:  # axe is a script itself
        well_made(page, f"studio-{name}-{look.name}")
