"""Staff prepare clients: on a phone, at a desk, with and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, PdfMargins, expect

from tests.browser.conftest import (
    DESK,
    PHONE,
    PLAIN,
    Look,
    Running,
    sign_in,
    slow_script,
    well_made,
)
from tests.browser.test_booking import fill_in, hold_the, pay_with, slug_of

pytestmark = pytest.mark.in_browser


@pytest.fixture(scope="module", autouse=True)
def _two_sessions(chromium: Chromium, running: Running) -> None:
    """Two headshots that are booked and paid, so that there is something to prepare."""
    with chromium.new_context(base_url=running.url) as context:
        window = context.new_page()
        for n in range(2):
            window.goto(f"/book/{slug_of(window, 'headshot', 1)}")
            hold_the(window, n)
            fill_in(window, f"prep{n}@client.example")
            pay_with(window, "4242 4242 4242 4242")
            expect(window.get_by_role("heading", level=1)).to_contain_text("You are booked")


@pytest.mark.parametrize(
    ("page", "look"), [(PHONE, PHONE), (DESK, DESK)], indirect=["page"], ids=["phone", "desk"]
)
def test_the_prep_centre_is_well_made(page: Page, look: Look, running: Running) -> None:
    sign_in(page, running, "manager")
    page.goto("/office/prep/guides")
    page.get_by_role("table").get_by_role("link").first.click()
    guide = page.url
    for path in (
        "/office/prep",
        "/office/prep/queue",
        "/office/prep/broadcast",
        "/office/clients",
        guide,
        f"{guide}/versions",
        f"{guide}/versions/1/1",
    ):
        page.goto(path)
        well_made(page, f"{re.sub('.*/office/', '', path).replace('/', '-')}-{look.name}")
    page.goto("/office/prep")
    page.get_by_role("table").get_by_role("link").first.click()
    page.get_by_role("link", name="Shoot sheet").click()
    well_made(page, f"shoot-sheet-{look.name}")
    page.goto(guide)
    page.get_by_role("link", name="Write the questions").click()
    page.locator("details.more > summary").first.click()
    well_made(page, f"prep-questions-{look.name}")
    page.goto(f"{guide}/edit")
    for fold in page.locator("details.more > summary").all()[:1]:
        fold.click()
    well_made(page, f"prep-edit-{look.name}")
    page.goto("/office/clients")
    page.get_by_role("table").get_by_role("link").first.click()
    well_made(page, f"client-{look.name}")


@pytest.mark.parametrize("page", [DESK], indirect=True)
def test_the_preview_follows_what_is_written(page: Page, running: Running) -> None:
    sign_in(page, running, "prep")
    page.goto("/office/prep/guides")
    page.get_by_role("table").get_by_role("link").first.click()
    with slow_script(page, "preview.js"):
        page.get_by_role("link", name="Write the guide").click()
        page.get_by_label("Title").fill("Drawn while it is written")
    expect(page.locator("[data-pane]")).to_contain_text("Drawn while it is written")
    page.get_by_label("Sections", exact=False).first.fill("About {nothing}")
    expect(page.locator("[data-preview-state]")).to_contain_text("Nothing fills {nothing}")
    expect(page.locator("[data-pane]")).to_contain_text("Drawn while it is written")


@pytest.mark.parametrize("page", [PLAIN], indirect=True)
def test_messages_are_held_and_a_day_is_written_to_by_keyboard_without_scripts(
    page: Page, running: Running
) -> None:
    sign_in(page, running, "prep")
    page.goto("/office/prep/queue")
    box = page.get_by_role("checkbox").first
    box.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Hold back", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 held back")

    page.goto("/office/prep/broadcast")
    page.get_by_label("To, included").fill("2099-01-01")
    page.get_by_role("button", name="Show these sessions").click()
    expect(page.get_by_role("alert")).to_contain_text("at most two months")
    first = page.get_by_label("From").input_value()
    year, month, day = map(int, first.split("-"))
    later = f"{year + month // 12}-{month % 12 + 1:02}-{min(day, 28):02}"
    page.get_by_label("To, included").fill(later)
    page.get_by_role("button", name="Show these sessions").click()
    boxes = page.get_by_role("checkbox")
    for n in range(2, boxes.count()):
        boxes.nth(n).uncheck()
    page.get_by_label("Subject").fill("The lane is closed")
    page.get_by_label("Text").fill("Hello {first_name}, please come by **foot**.")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("To 2 sessions")
    page.get_by_role("button", name="Send to 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Written to 2 sessions")


# What whoever answers everything says: all that follows from a yes, and a sentence where words go.
_ANSWER_ALL = """
const chosen = new Set();
const questions = "form[data-answers] .question";
for (const field of document.querySelectorAll(`${questions} :is(input, textarea)`)) {
  if (field.type === "checkbox") field.checked = true;
  else if (field.type === "radio") {
    if (!chosen.has(field.name)) field.checked = true;
    chosen.add(field.name);
  } else if (field.type === "date") field.value = "2031-06-01";
  else if (field.inputMode === "numeric") field.value = "2";
  else if (field.matches("textarea, [type=text]"))
    field.value = "Somewhere on our wall, and beside the sentence about the new building.";
}
"""


@pytest.mark.parametrize("page", [DESK], indirect=True)
def test_a_full_sheet_prints_on_one_page_and_a_guide_on_two(page: Page, running: Running) -> None:
    page.goto("/book/family-portrait?people=6")
    hold_the(page, 0)
    fill_in(page, "printed@client.example")
    pay_with(page, "4242 4242 4242 4242")
    page.get_by_role("link", name="Get ready").click()
    expect(page.locator("[data-checklist]")).to_be_visible()
    assert _printed(page) <= 2

    page.get_by_role("link", name="Fill in the form").click()
    expect(page.get_by_role("button", name="Send it in")).to_be_visible()  # a script does not wait
    page.evaluate(_ANSWER_ALL)
    page.get_by_role("button", name="Send it in").click()
    expect(page.get_by_role("status").first).to_contain_text("your answers are in")
    sign_in(page, running, "manager")
    page.goto("/office/clients?q=printed@client.example")
    page.get_by_role("table").get_by_role("link").first.click()
    page.locator("a[href^='/office/sessions/']").first.click()
    page.get_by_role("link", name="Shoot sheet").click()
    expect(page.locator(".care li").nth(5)).to_be_visible()
    assert page.locator(".answers dd").count() > 12
    assert _printed(page) == 1


def _printed(page: Page) -> int:
    """On how many sheets of paper it comes out."""
    wide = "12mm"
    margin: PdfMargins = {"top": wide, "bottom": wide, "left": wide, "right": wide}
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4", margin=margin)))
