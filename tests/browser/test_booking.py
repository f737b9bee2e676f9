"""A person books: on a phone, at a desk, by keyboard, and without scripts."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, PLAIN, Look, Running, well_made

pytestmark = pytest.mark.in_browser


def slug_of(page: Page, genre: str, nth: int = 0) -> str:
    page.goto(f"/packages/?genre={genre}")
    href = (
        page.locator("main a[href^='/packages/']:not([href*='?'])").nth(nth).get_attribute("href")
    )
    return str(href).rpartition("/")[2]


def hold_the(page: Page, nth: int) -> None:
    page.locator("label.slot").nth(nth).click()
    page.get_by_role("button", name="Hold this time and continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who is coming?")


def fill_in(page: Page, address: str) -> None:
    page.get_by_label("Your name").fill("Robin Ash")
    page.get_by_label("Email").fill(address)
    page.get_by_label("I have read the terms").check()
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Test payment page")


def pay_with(page: Page, card: str) -> None:
    page.locator("#card").fill(card)
    page.locator("button", has_text="Pay").click()


def arrives(running: Running, kind: str, address: str) -> str:
    """The mail of *kind* to *address*; the worker takes what is due within five seconds."""
    for _ in range(60):
        found = [text for text in running.mails(kind) if address in text]
        if found:
            return found[0]
        time.sleep(0.5)
    raise AssertionError(f"no {kind} to {address}")


def sign_in(page: Page, running: Running, role: str) -> None:
    email, password = running.sign_in(role)
    page.goto("/office/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("page", "look", "genre"),
    [(PHONE, PHONE, "headshot"), (DESK, DESK, "portrait"), (PLAIN, PLAIN, "headshot")],
    indirect=["page"],
    ids=["phone", "desk", "without scripts"],
)
def test_a_client_books_pays_and_gets_ready(
    page: Page, look: Look, genre: str, running: Running
) -> None:
    name = look.name.replace(" ", "-")
    address = f"{name}@client.example"
    page.goto("/")
    _check(page, look, "home")
    slug = slug_of(page, genre, 1)
    page.goto(f"/book/{slug}")
    _check(page, look, "choose")
    hold_the(page, 0)
    _check(page, look, "details")
    fill_in(page, address)
    pay_with(page, "4242 4242 4242 4242")

    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked, Robin")
    _check(page, look, "booked")
    page.get_by_role("link", name="Get ready").click()
    expect(page.locator("[data-checklist]")).to_be_visible()
    _check(page, look, "prep")
    page.locator("[data-checklist] input[type=checkbox]").first.check()
    if look.scripts:
        expect(page.locator("[data-saved]")).to_have_text("Saved")
    else:
        page.get_by_role("button", name="Save my list").click()
    page.reload()
    expect(page.locator("[data-checklist] input[type=checkbox]").first).to_be_checked()
    assert "text/calendar" in arrives(running, "confirmation", address)


def _check(page: Page, look: Look, name: str) -> None:
    if look.scripts:  # axe is a script itself
        well_made(page, f"{name}-{look.name}")


def test_a_declined_card_a_second_try_and_3d_secure(page: Page, running: Running) -> None:
    page.goto(f"/book/{slug_of(page, 'headshot', 2)}")
    hold_the(page, 3)
    fill_in(page, "declined@client.example")
    pay_with(page, "4000000000000002")
    expect(page.get_by_role("alert").or_(page.locator("#reason")).first).to_contain_text("declined")

    pay_with(page, "4000002500003155")
    page.get_by_role("button", name="Fail").click()
    pay_with(page, "4000002500003155")
    page.get_by_role("button", name="Complete").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked, Robin")


def test_going_back_from_payment_finds_the_same_page_and_the_details(page: Page) -> None:
    page.goto(f"/book/{slug_of(page, 'headshot', 3)}")
    hold_the(page, 6)
    fill_in(page, "back@client.example")
    first = page.url

    page.go_back()
    page.reload()
    expect(page.get_by_label("Email")).to_have_value("back@client.example")
    page.get_by_label("I have read the terms").check()
    page.get_by_role("button", name="Continue to payment").click()

    expect(page).to_have_url(first)


def test_a_whole_booking_by_keyboard(page: Page) -> None:
    page.goto(f"/book/{slug_of(page, 'portrait', 2)}")
    page.locator("label.slot input").first.focus()
    page.keyboard.press("Space")
    _tab_to(page, "Hold this time and continue")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Who is coming?")
    page.get_by_label("Your name").focus()
    page.keyboard.type("Kim Vale")
    page.keyboard.press("Tab")
    page.keyboard.type("kim@client.example")
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("I have read the terms")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Test payment page")
    _tab_to(page, "Pay")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked, Kim")


def _tab_to(page: Page, words: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if words in page.evaluate("document.activeElement.innerText || ''"):
            return
    raise AssertionError(f"the keyboard does not reach {words!r}")


@pytest.mark.parametrize("page", [DESK], indirect=True)
def test_staff_see_the_session_and_edit_and_send_its_prep(page: Page, running: Running) -> None:
    address = "prepared@client.example"
    page.goto(f"/book/{slug_of(page, 'headshot', 1)}?photographer=amara&month=2027-01")
    slot = page.locator("label.slot")
    expect(slot.first).to_be_visible()
    hold_the(page, 1)
    fill_in(page, address)
    pay_with(page, "4242424242424242")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked, Robin")
    day = page.locator("p b").first.inner_text()

    sign_in(page, running, "prep")
    page.goto("/office/prep")
    well_made(page, "office-prep-board")
    page.goto("/office/prep/queue")
    well_made(page, "office-prep-queue")
    page.get_by_role("row").filter(has_text=address).get_by_role("link").first.click()
    well_made(page, "office-prep-message")
    page.get_by_label("Subject").fill("Written by hand for {first_name}")
    page.get_by_role("button", name="Save these words").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Written by hand for Robin")
    page.get_by_role("button", name="Send now").click()
    assert "Written by hand for Robin" in arrives(running, "prep", address)
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, running, "photographer")
    page.goto("/office/calendar?week=2027-01-04")
    well_made(page, "office-calendar")
    expect(page.locator("main")).to_contain_text("Robin Ash")
    assert day
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, running, "owner")
    for path in (
        "/office/", "/office/packages", "/office/studio", "/office/payments", "/office/mailbox",
    ):  # fmt: skip
        page.goto(path)
        well_made(page, f"office-{path.strip('/').rpartition('/')[2]}")
