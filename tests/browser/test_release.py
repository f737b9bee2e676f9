"""A client answers the form and the release: on a phone, by keyboard, without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, PLAIN, Look, Running, slow_script, well_made
from tests.browser.test_booking import fill_in, hold_the, pay_with
from tests.pictures import JPEG

pytestmark = pytest.mark.in_browser


@pytest.mark.parametrize(
    ("page", "look"),
    [(PHONE, PHONE), (PLAIN, PLAIN)],
    indirect=["page"],
    ids=["phone", "without scripts"],
)
def test_the_form_is_sent_in_and_a_child_is_released_and_taken_back(
    page: Page, look: Look, running: Running
) -> None:
    page.goto("/book/individual-portrait")
    hold_the(page, 0)
    fill_in(page, f"release-{look.scripts}@client.example")
    pay_with(page, "4242 4242 4242 4242")
    page.get_by_role("link", name="Get ready").click()
    expect(page.get_by_role("link", name="Open the map")).to_be_visible()
    _answer(page, look)
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


def _answer(page: Page, look: Look) -> None:
    """The form from the prep page, and back there."""
    page.get_by_role("link", name="Fill in the form").press("Enter")
    darken = page.get_by_text("Do your lenses darken in bright light?").first
    if look.scripts:
        expect(darken).to_be_hidden()
    else:
        expect(page.get_by_text("Only if your answer to “Do you wear glasses?”")).to_be_visible()
    _check(page, look, "form")
    glasses = page.get_by_role("radiogroup", name="Do you wear glasses?")
    glasses.get_by_label("Always").press("Space")
    if look.scripts:
        expect(darken).to_be_visible()
        expect(page.locator("[data-saved]")).to_have_text("Saved")
        where = page.get_by_label("Where will the pictures appear")
        where.fill("x" * 4_001)
        where.blur()
        expect(where).to_have_accessible_description(re.compile("too long"))
        expect(where).to_have_attribute("aria-invalid", "true")
        where.fill("In print")
        where.blur()
        expect(where).not_to_have_attribute("aria-invalid", "true")
        expect(where).not_to_have_accessible_description(re.compile("too long"))
        where.fill("")
        where.blur()
        expect(page.locator("[data-saved]")).to_have_text("Saved")
        with slow_script(page, "answers.js"):
            page.reload(wait_until="commit")
            expect(glasses.get_by_label("Always")).to_be_checked()
            where.fill("x" * 4_001)
            where.blur()
        expect(where).to_have_accessible_description(re.compile("too long"))
        where.fill("")
        where.blur()
        expect(page.locator("[data-saved]")).to_have_text("Saved")
    page.get_by_label("Pictures you like", exact=True).set_input_files(
        {"name": "like.jpg", "mimeType": "image/jpeg", "buffer": JPEG}
    )
    page.get_by_role("button", name="Send it in").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Please answer this.")
    expect(page.locator(".pictures img")).to_have_js_property("naturalWidth", 3)
    _check(page, look, "form-refused")
    page.get_by_label("Where will the pictures appear").fill("On our wall")
    for question, answer in (
        ("Do you have a beard or moustache?", "No"),
        ("Scars, moles and lines", "Leave everything that is mine"),
        ("How do you feel in front of a camera?", "Fine"),
        ("Is anybody who comes allergic to something?", "No"),
    ):
        group = page.get_by_role("radiogroup", name=question)
        group.get_by_label(answer, exact=True).press("Space")
    page.get_by_role("button", name="Send it in").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("your answers are in")
    if look.scripts:
        _open_again(page)


def _open_again(page: Page) -> None:
    """The form says so, without being read anew, when an answer is taken back; sent in again."""
    page.get_by_role("link", name="See your answers").click()
    where = page.get_by_label("Where will the pictures appear")
    expect(page.get_by_text("not sent in yet")).to_be_hidden()
    expect(page.get_by_role("button", name="Send the changes in")).to_be_visible()
    where.fill("")
    where.blur()
    expect(page.get_by_text("not sent in yet")).to_be_visible()
    expect(page.get_by_text("sent in", exact=True)).to_be_hidden()
    expect(page.locator("[data-saved]")).to_contain_text("please send it in again")
    where.fill("On our wall")
    where.blur()
    expect(page.locator("[data-saved]")).to_have_text("Saved")
    page.get_by_role("button", name="Send it in").click()
    expect(page.get_by_role("status").first).to_contain_text("your answers are in")


def _check(page: Page, look: Look, name: str) -> None:
    if look.scripts:  # axe is a script itself
        well_made(page, f"release-{name}-{look.name}")
