"""Staff change what is sold, where, and by whom: on a phone, at a desk, and by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, PLAIN, Look, Running, sign_in, well_made

pytestmark = pytest.mark.in_browser

CLIENTS = "Where the client is: each tells us the address when booking"
NOBODYS = "Nowhere: we ring clients at the number they give when booking"
PAGES = (
    "/office/packages/new",
    "/office/packages/new/blank?kind=professional-headshot",
    "/office/packages/add-ons",
    "/office/packages/add-ons/new",
    "/office/packages/premiums",
    "/office/packages/premiums/new",
    "/office/packages/taxes",
    "/office/packages/taxes/usual",
    "/office/packages/taxes/new",
    "/office/studio/places",
    "/office/studio/places/new",
    "/office/studio/facts",
    "/office/studio/rooms",
    "/office/studio/rooms/new",
    "/office/studio/equipment",
    "/office/studio/equipment/new",
    "/office/studio/sets",
    "/office/studio/sets/new",
    "/office/studio/week",
    "/office/studio/copy",
    "/office/studio/dates",
    "/office/studio/time-off",
    "/office/studio/holidays",
)


@pytest.mark.parametrize(
    ("page", "look"), [(PHONE, PHONE), (DESK, DESK)], indirect=["page"], ids=["phone", "desk"]
)
def test_the_pages_of_the_office_are_well_made(page: Page, look: Look, running: Running) -> None:
    sign_in(page, running, "manager")
    for path in PAGES:
        page.goto(path)
        well_made(page, f"{path.partition('?')[0].strip('/').replace('/', '-')}-{look.name}")


@pytest.mark.parametrize("page", [PLAIN], indirect=True)
def test_a_place_is_added_by_keyboard_and_without_scripts(page: Page, running: Running) -> None:
    sign_in(page, running, "manager")
    page.goto("/office/studio/places/new")
    page.get_by_label("Name").focus()
    typed = {
        "Name": "The Heath",
        CLIENTS: " ",
        NOBODYS: "",
        "Address": "Main gate",
        "Coordinates": "151.56, -0.16",
        "Where to meet": "By the bandstand",
        "Minutes from the studio": "45",
    }
    for label, text in typed.items():
        expect(page.get_by_label(label, exact=True)).to_be_focused()
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    # One of the numbers is out of range, and the tick does not belong here.
    error = page.get_by_role("alert").get_by_role("link")
    expect(error).to_have_text(
        "Coordinates: North goes from -90 to 90, and comes first: are the two in order?"
    )
    error.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Coordinates")).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("51.56, -0.16")
    for _ in range(3):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label(CLIENTS)).not_to_be_checked()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Places")
    expect(page.locator(".notices")).to_contain_text("The Heath is saved.")
    expect(page.get_by_role("link", name="The Heath")).to_be_visible()


@pytest.mark.parametrize(
    ("page", "look", "day"),
    [(PHONE, PHONE, "2027-05-04"), (DESK, DESK, "2027-05-11")],
    indirect=["page"],
    ids=["phone", "desk"],
)
def test_an_effect_is_seen_before_it_is_agreed_to(
    page: Page, look: Look, day: str, running: Running
) -> None:
    sign_in(page, running, "manager")
    page.goto("/office/studio/dates")
    page.get_by_label("Who or what").select_option(label="Tess Marchbank")
    page.get_by_label("From").fill(day)
    page.get_by_label("Hours", exact=True).fill("18-02")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notices")).to_contain_text("The dates are saved. They run until 02:00")

    page.goto("/office/studio/dates")
    page.get_by_label("From").fill(day)
    page.get_by_label("Note").fill("Bank holiday")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What this does")
    expect(page.get_by_role("main")).to_contain_text("is open 18:00-02:00: that stops")
    well_made(page, f"office-studio-effect-{look.name}")
    page.get_by_role("button", name="Back, and change it").click()
    expect(page.get_by_label("Note")).to_have_value("Bank holiday")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save it").click()
    page.goto(f"/office/studio/week?week={day}")
    expect(page.get_by_role("row", name="Tess Marchbank")).to_contain_text("Bank holiday")
    well_made(page, f"office-studio-week-{look.name}")


@pytest.mark.parametrize("page", [PLAIN], indirect=True)
def test_holidays_are_chosen_by_keyboard_and_without_scripts(page: Page, running: Running) -> None:
    sign_in(page, running, "manager")
    page.goto("/office/studio/holidays")
    page.get_by_label("Or a day a line").focus()
    page.keyboard.type("2027-05-18 One\n2027-05-19 Two\n2020-05-19 Long ago")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose the days")
    expect(page.get_by_role("main")).to_contain_text("1 of the list left out: over already.")
    page.get_by_label("Tue 18 May 2027 One").focus()
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Close on these days")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator(".notices")).to_contain_text("The days are closed.")
    rows = page.get_by_role("table", name="Dates with other hours")
    expect(rows).to_contain_text("Wed 19 May 2027")
    expect(rows).not_to_contain_text("Tue 18 May 2027")
