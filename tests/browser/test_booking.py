"""A person books: on a phone, at a desk, by keyboard, and without scripts."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

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

pytestmark = pytest.mark.in_browser


def slug_of(page: Page, genre: str, nth: int = 0) -> str:
    page.goto(f"/packages/?genre={genre}")
    href = (
        page.locator("main a[href^='/packages/']:not([href*='?'])").nth(nth).get_attribute("href")
    )
    return str(href).rpartition("/")[2]


def hold_the(page: Page, nth: int) -> None:
    """Hold the time behind *nth* others: of the day shown, or where it has too few, of a later."""
    if page.locator("label.slot").count() <= nth:
        page.goto(_day_with(page, nth + 1))
    page.locator("label.slot").nth(nth).click()
    page.get_by_role("button", name="Hold this time and continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who is coming?")


def _day_with(page: Page, times: int) -> str:
    """The first day that offers so many, in the month shown or in the next."""
    for _ in range(2):
        for day in page.locator("a.day").all():
            if int(day.locator("small").inner_text().split()[0]) >= times:
                return str(day.get_attribute("href"))
        page.goto(str(page.get_by_label("Later month").get_attribute("href")))
    raise AssertionError(f"no day has {times} times")


def _month(days: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m}"


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
    boxes = page.locator("[data-checklist] input[type=checkbox]")
    boxes.first.check()
    if look.scripts:
        expect(page.locator("[data-saved]")).to_have_text("Saved")
        with slow_script(page, "checklist.js"):
            page.reload(wait_until="commit")
            boxes.nth(1).check()
        expect(page.locator("[data-saved]")).to_have_text("Saved")
    else:
        boxes.nth(1).check()
        page.get_by_role("button", name="Save my list").click()
    page.reload()
    expect(boxes.first).to_be_checked()
    expect(boxes.nth(1)).to_be_checked()
    assert "text/calendar" in arrives(running, "confirmation", address)


@pytest.mark.parametrize(
    ("page", "look"), [(PHONE, PHONE), (DESK, DESK)], indirect=["page"], ids=["phone", "desk"]
)
def test_what_is_sold_in_other_ways_reads_well(page: Page, look: Look) -> None:
    for path in (
        "/packages/executive-on-location", "/book/family-golden-hour", "/book/mini-session",
        "/book/newborn-portrait", "/which?purpose=couple&audience=family",
    ):  # fmt: skip
        page.goto(path)
        _check(page, look, path.partition("?")[0].strip("/").replace("/", "-"))


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
    _tab_into(page, "accept_policy")
    page.keyboard.press("Space")
    expect(page.get_by_label("I have read the terms")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Test payment page")
    _tab_to(page, "Pay")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked, Kim")


def _tab_to(page: Page, words: str) -> None:
    _tab_until(page, f"(document.activeElement.innerText || '').includes({words!r})")


def _tab_into(page: Page, field: str) -> None:
    _tab_until(page, f"document.activeElement.name === {field!r}")


def _tab_until(page: Page, there: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(there):
            return
    raise AssertionError(f"the keyboard does not come to where {there}")


@pytest.mark.parametrize("page", [DESK], indirect=True)
def test_staff_see_the_session_and_edit_and_send_its_prep(page: Page, running: Running) -> None:
    address = "prepared@client.example"
    page.goto(f"/book/{slug_of(page, 'headshot', 1)}?photographer=amara&month={_month(45)}")
    slot = page.locator("label.slot")
    expect(slot.first).to_be_visible()
    on = str(slot.locator("input").first.get_attribute("value"))[:10]
    hold_the(page, 1)
    fill_in(page, address)
    pay_with(page, "4242424242424242")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked, Robin")

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
    page.goto(f"/office/calendar?week={on}")
    well_made(page, "office-calendar")
    expect(page.locator("main")).to_contain_text("Robin Ash")
    session = page.get_by_role("link", name="Robin Ash").first.get_attribute("href")
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, running, "owner")
    page.goto(f"{session}/change")
    well_made(page, "office-session-change")
    page.locator("input[name^='extra_']").first.fill("1")
    page.get_by_role("button", name="See what it does").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What this does")
    well_made(page, "office-session-change-effect")
    for path in (
        "/office/", "/office/packages", "/office/studio", "/office/payments", "/office/mailbox",
    ):  # fmt: skip
        page.goto(path)
        well_made(page, f"office-{path.strip('/').rpartition('/')[2]}")


@pytest.mark.parametrize(
    ("page", "look"), [(PHONE, PHONE), (DESK, DESK), (PLAIN, PLAIN)], indirect=["page"],
    ids=["phone", "desk", "without scripts"],
)  # fmt: skip
def test_a_gift_voucher_is_bought_and_spent(page: Page, look: Look, running: Running) -> None:
    address = f"giver-{look.name.replace(' ', '-')}@client.example"
    page.goto("/")
    page.get_by_role("link", name="Gift vouchers").click()
    page.get_by_label("Your name").fill("Kim Vale")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("alert")).to_contain_text("Please choose an amount.")
    _check(page, look, "voucher-refused")
    page.get_by_label("Another amount").first.check()
    page.locator("#amount").fill("1000")
    page.get_by_label("For whom?").fill("Robin Ash")
    page.get_by_label("Your email").fill(address)
    page.get_by_role("button", name="Continue to payment").click()
    pay_with(page, "4242 4242 4242 4242")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you: here is the voucher")
    _check(page, look, "voucher")
    code = page.locator("dd b").first.inner_text()
    assert "application/pdf" in arrives(running, "receipt", address)

    page.goto(f"/book/{slug_of(page, 'headshot', 1)}")
    hold_the(page, 5)
    page.get_by_label("Promo code, gift voucher or company code").fill(code)
    page.get_by_role("button", name="Use this code").click()
    page.get_by_label("Your name").fill("Robin Ash")
    page.get_by_label("Email").fill(f"spends-{address}")
    page.get_by_label("I have read the terms").check()
    page.get_by_role("button", name="Book this session").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked, Robin")


@pytest.mark.parametrize(
    ("page", "look"), [(PHONE, PHONE), (DESK, DESK)], indirect=["page"], ids=["phone", "desk"]
)
def test_a_card_is_kept_only_where_the_client_ticks_it(page: Page, look: Look) -> None:
    ahead = datetime.now(UTC).date() + timedelta(days=21)
    day = ahead + timedelta(days=ahead.isoweekday() == 7)
    slug = slug_of(page, "headshot", 1)
    page.goto(f"/book/{slug}?month={day:%Y-%m}&day={day}")
    hold_the(page, 0 if look is PHONE else 4)
    box = page.get_by_label("Keep this card and take the balance of")
    expect(box).not_to_be_checked()
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    _check(page, look, "keep-card")
    fill_in(page, f"kept-{look.name}@client.example")
    pay_with(page, "4242 4242 4242 4242")

    kept = page.get_by_text("from your card ending 4242")
    expect(kept).to_be_visible()
    _check(page, look, "card-kept")
    page.get_by_role("button", name="Do not charge my card").click()
    expect(page.get_by_text("Your card will not be charged")).to_be_visible()
    expect(kept).to_have_count(0)


def _booked(page: Page, address: str, number: int) -> str:
    """The own page of a session that has just been booked and paid for, months ahead."""
    page.goto(f"/book/{slug_of(page, 'headshot', 1)}?month={_month(75)}")
    hold_the(page, number)
    fill_in(page, address)
    pay_with(page, "4242424242424242")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked, Robin")
    return page.url


@pytest.mark.parametrize(
    ("page", "look"), [(PHONE, PHONE), (PLAIN, PLAIN)], indirect=["page"],
    ids=["phone", "without scripts"],
)  # fmt: skip
def test_a_client_moves_and_then_cancels_by_keyboard(
    page: Page, look: Look, running: Running
) -> None:
    address = f"mover-{look.scripts}@client.example"
    own = _booked(page, address, 4)
    page.goto(f"{own}/prep")
    page.get_by_role("link", name="Add Finished within").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Add “")
    _check(page, look, "extra-asked")
    page.goto(own)
    _tab_to(page, "Move your session")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Move your session")
    _check(page, look, "move-times")
    page.locator("label.slot input").first.focus()
    page.keyboard.press("Space")
    _tab_to(page, "Continue with this time")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Move it to")
    _check(page, look, "move-asked")
    _tab_to(page, "Move my session")
    page.keyboard.press("Enter")
    expect(page).to_have_url(own)
    expect(page.locator("main")).to_contain_text("Moved to")

    _tab_to(page, "Cancel your session")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel your session?")
    expect(page.locator("main")).to_contain_text("goes back to the card it came from")
    _check(page, look, "cancel-asked")
    _tab_to(page, "Cancel my session")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("This session was cancelled")
    _check(page, look, "cancelled")
    page.goto(f"{own}/pay")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing to pay")
    _check(page, look, "nothing-to-pay")
    assert "text/calendar" in arrives(running, "cancellation", address)
