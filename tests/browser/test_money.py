"""Paying when something is odd, and what staff see of it: under the policy that is served."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, Running, sign_in, well_made
from tests.browser.test_booking import fill_in, hold_the, pay_with, slug_of

pytestmark = pytest.mark.in_browser

CARD = "4242424242424242"


def in_database(running: Running, statement: str, address: str) -> list[str]:
    """The first column of what *statement* says of the bookings made under *address*."""
    with closing(sqlite3.connect(running.instance / "studio.db", timeout=20)) as connection:
        rows = connection.execute(statement, {"address": address}).fetchall()
        connection.commit()
    return [str(row[0]) for row in rows]


def until(page: Page, words: str) -> None:
    """Load the page again until it says *words*: the worker takes what is due within seconds."""
    for _ in range(60):
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"{page.url} never says {words!r}")


def test_two_tabs_pay_for_one_session_once(page: Page, running: Running) -> None:
    address = "two-tabs@client.example"
    page.goto(f"/book/{slug_of(page, 'portrait', 1)}")
    hold_the(page, 2)
    other = page.context.new_page()
    other.goto(page.url)
    fill_in(page, address)
    fill_in(other, address)
    assert other.url == page.url

    pay_with(page, CARD)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked, Robin")
    pay_with(other, CARD)
    expect(other.get_by_role("heading", level=1)).to_have_text("You are booked, Robin")

    paid = "SELECT state FROM payments WHERE email = :address"
    assert in_database(running, paid, address) == ["paid"]


def test_the_hold_runs_out_on_the_payment_page(page: Page, running: Running) -> None:
    address = "too-late@client.example"
    page.goto(f"/book/{slug_of(page, 'portrait', 1)}")
    hold_the(page, 1)
    details = page.url
    fill_in(page, address)
    in_database(
        running,
        "UPDATE bookings SET pay_by = '2020-01-01 00:00:00.000000'"
        " WHERE contact_email = :address RETURNING id",
        address,
    )

    until(page, "This page has closed")
    page.goto(details)
    expect(page.get_by_role("heading", level=1)).to_have_text("This hold has ended")
    expect(page.locator("main")).to_contain_text("Nothing was booked and nothing was taken.")
    well_made(page, "hold-over-phone")
    page.get_by_role("link", name="Choose a time again").click()
    expect(page.locator("label.slot").first).to_be_visible()


@pytest.mark.parametrize("page", [DESK], indirect=True)
def test_a_dispute_is_seen_and_answered_at_a_desk_and_on_a_phone(
    page: Page, running: Running
) -> None:
    address = "disputes@client.example"
    page.goto(f"/book/{slug_of(page, 'portrait', 1)}")
    hold_the(page, 0)
    fill_in(page, address)
    stripe = "://".join(urlsplit(page.url)[:2])
    pay_with(page, CARD)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked, Robin")
    (intent,) = in_database(
        running, "SELECT intent_id FROM payments WHERE email = :address", address
    )
    assert page.request.post(f"{stripe}/_test/dispute", data={"payment_intent": intent}).ok

    sign_in(page, running, "owner")
    page.goto("/office/payments")
    until(page, "Disputes")
    shown = page.get_by_role("table", name="Disputes that are not decided")
    evidence = str(shown.get_by_role("link").first.get_attribute("href"))
    for name, width, scheme in (("desk", 1280, "dark"), ("phone", 390, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto("/office/payments")
        expect(page.get_by_role("heading", name="Please look at this")).to_be_visible()
        well_made(page, f"office-work-queue-{name}")
        page.goto(evidence)
        expect(page.locator("main")).to_contain_text("Robin Ash")
        well_made(page, f"office-dispute-{name}")
        page.goto("/office/clients?q=disputes")
        page.get_by_role("link", name="Robin Ash").click()
        page.get_by_role("link", name="See what that does").click()
        expect(page.get_by_role("alert")).to_contain_text("is not over: cancel it, or wait")
        well_made(page, f"office-erase-{name}")
