"""A client moves or cancels their session on their own page, and is told what it costs before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking import links, service
from studio.booking.models import AccessToken, Booking, TokenPurpose
from studio.booking.service import Details
from studio.db import db, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.messaging.models import Message
from studio.payments import ledger, vouchers
from studio.payments.models import Refund
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN
from tests.fakes.payment_gateway import FakeGateway

LATER = TEN_FIFTEEN + timedelta(days=7)


@pytest.fixture
def path(app: Flask, rolled_back: None, gateway: FakeGateway) -> str:
    """The own page of a session on 8 December, whose deposit of 197.50 is paid."""
    with app.app_context():
        factories.a_photographer("Amara Vale", email="amara@studio.example")
        booking = factories.a_hold(factories.a_package())
        service.check_out(booking.id, Details(name="Robin Ash", email="robin@client.example"))
        db.session.rollback()
        gateway.pay(str(ledger.payments(db.session(), booking.id)[-1].checkout_id))
        service.settle_now(booking.id)
        return f"/booking/{links.own_token(TokenPurpose.BOOKING, booking.reference)}"


def booking(app: Flask) -> Booking:
    with app.app_context():
        return db.session.scalars(select(Booking).order_by(Booking.id).limit(1)).one()


def choose(browser: Browser, path: str, to: str = LATER.isoformat()) -> Page:
    page = browser.get(f"{path}/reschedule?day={to[:10]}")
    assert to in {str(each["value"]) for each in page.all("input[name=to]")}
    return browser.submit(page, {"to": to}, status=200)


def test_moving_from_the_own_page(app: Flask, browser: Browser, path: str) -> None:
    own = browser.get(path)
    page = browser.get(str(own.one("a[href$='/reschedule']")["href"]))
    assert "Moving it now is free. What you paid so far stays with your session." in page.words
    assert "That holds until Saturday 5 December, 10:15." in page.words
    assert "You can move it 3 more times." in page.words
    assert TEN_FIFTEEN.isoformat() not in {
        str(each["value"]) for each in page.all("input[name=to]")
    }

    page = choose(browser, path)
    assert "Move it to Tuesday 15 December, 10:15?" in page.words
    assert "To pay for it Nothing" in page.words
    assert booking(app).starts_at == TEN_FIFTEEN, "reading changes nothing"

    own = browser.follow(browser.submit(page))
    assert "Moved to Tuesday 15 December, 10:15." in own.words
    assert booking(app).starts_at == LATER


def test_the_fee_is_shown_and_due(app: Flask, browser: Browser, path: str, clock: Clock) -> None:
    clock.set(TEN_FIFTEEN - timedelta(hours=71))
    page = choose(browser, path)
    assert "To pay for it £65 , by Saturday 12 December, 11:15" in page.words
    own = browser.follow(browser.submit(page))

    assert "Moving the session £65" in own.words
    assert "£262.50" in own.words  # the balance and the fee


def test_a_fee_that_changed_meanwhile_is_asked_about_again(
    app: Flask, browser: Browser, path: str, clock: Clock
) -> None:
    page = choose(browser, path)
    clock.set(TEN_FIFTEEN - timedelta(hours=71))
    asked = browser.submit(page, status=409)

    assert "Something has changed" in asked.words
    assert "£65" in asked.words
    assert booking(app).starts_at == TEN_FIFTEEN
    browser.submit(asked)
    assert booking(app).starts_at == LATER


def test_a_time_taken_meanwhile_offers_the_nearest_and_keeps_the_old(
    app: Flask, browser: Browser, path: str
) -> None:
    page = choose(browser, path)
    with app.app_context():
        package = factories.booking_of(booking(app).reference).package
        factories.a_confirmed_booking(package, LATER, email="other@client.example")
    refused = browser.submit(page, status=409)

    assert "Nothing was moved: your session keeps its time on Tuesday 8 December" in refused.words
    assert booking(app).starts_at == TEN_FIFTEEN
    near = refused.all("a[href*='to=']")
    assert len(near) == 3
    browser.submit(browser.get(str(near[0]["href"])))
    assert booking(app).starts_at != TEN_FIFTEEN


def test_pressed_twice_and_from_a_stale_tab(app: Flask, browser: Browser, path: str) -> None:
    stale = choose(browser, path, (LATER + timedelta(days=1)).isoformat())
    page = choose(browser, path)
    browser.submit(page)
    browser.submit(page)
    assert booking(app).starts_at == LATER

    asked = browser.submit(stale, status=409)
    assert "Something has changed" in asked.words
    assert "Now on Tuesday 15 December, 10:15" in asked.words
    assert "£50" in asked.words
    assert booking(app).starts_at == LATER


@pytest.mark.parametrize(
    ("to", "status"),
    [
        ("soon", 422), ("", 422), ("2026-12-15T10:15", 422), ("9" * 300, 422),
        ("2026-12-15T03:00:00+00:00", 409), ("2020-12-15T10:15:00+00:00", 409),
        ("2026-12-08T10:15:00+00:00", 409),
    ],
)  # fmt: skip
def test_a_time_that_is_none_is_refused_in_words(
    app: Flask, browser: Browser, path: str, to: str, status: int
) -> None:
    page = browser.get(f"{path}/reschedule", query_string={"to": to}, status=status)

    assert page.all("[role=alert]") or "That time is not free" in page.words


@pytest.mark.parametrize("field", ["to", "away_from", "fee"])
@pytest.mark.parametrize("value", ["", "x", "-1"])
def test_a_spoilt_page_moves_nothing(
    app: Flask, browser: Browser, path: str, field: str, value: str
) -> None:
    refused = browser.submit(choose(browser, path), {field: value}, status=422)

    assert refused.all("[role=alert]")
    assert booking(app).starts_at == TEN_FIFTEEN


def test_cancelling_says_what_happens_and_does_it(app: Flask, browser: Browser, path: str) -> None:
    page = browser.get(str(browser.get(path).one("a[href$='/cancel']")["href"]))
    assert "£197.50 goes back to the card it came from, within ten days." in page.words
    assert "This holds until Tuesday 24 November" in page.words
    assert booking(app).state is BookingState.CONFIRMED

    own = browser.follow(browser.submit(page, {"reason": "A new job, far away"}))
    assert "This session was cancelled" in own.words
    assert "Refund on its way £197.50" in own.words
    with app.app_context():
        (refund,) = db.session.scalars(select(Refund))
        assert (refund.amount_minor, refund.requested_by) == (19750, "client")
        told = select(Message.recipient).where(
            Message.template.in_(["cancellation", "staff_cancelled"])
        )
        assert sorted(db.session.scalars(told)) == ["amara@studio.example", "robin@client.example"]


def test_what_went_back_to_a_voucher_stands_on_the_own_page(
    app: Flask, rolled_back: None, browser: Browser, clock: Clock
) -> None:
    with app.app_context():
        with transaction() as session:
            voucher = vouchers.issue(
                session, Money(50000, "GBP"), recipient="Robin", note="", expires_on=None,
                by="Ola Nowak", now=clock.now(),
            ).shown  # fmt: skip
        held = factories.a_hold(factories.a_bookable_package(deposit_percent=100))
        service.use_code(held.id, voucher)
        service.check_out(held.id, Details(name="Robin Ash", email="robin@client.example"))
        path = f"/booking/{links.own_token(TokenPurpose.BOOKING, held.reference)}"
    own = browser.get(path)
    assert "We write about it to robin@client.example." in own.words
    assert "gift voucher" not in own.words

    own = browser.follow(browser.submit(browser.get(f"{path}/cancel")))

    assert "Back on your gift voucher £395" in own.words
    assert "Book another session" in own.words


def test_a_band_that_begins_meanwhile_is_shown_and_asked_about_again(
    app: Flask, browser: Browser, path: str, clock: Clock
) -> None:
    browser.submit(choose(browser, path))
    clock.set(LATER - timedelta(days=14))
    page = browser.get(f"{path}/cancel")
    assert "£197.50 is your credit for another session until Monday 1 March" in page.words
    clock.advance(seconds=1)

    asked = browser.submit(page, {"reason": "Ill"}, status=409)
    assert "Something has changed" in asked.words
    assert "£197.50 stays with the studio" in asked.words
    assert asked.one("textarea").text.strip() == "Ill"
    assert booking(app).state is BookingState.CONFIRMED
    browser.submit(asked)
    assert booking(app).state is BookingState.CANCELLED
    with app.app_context():
        assert not db.session.scalars(select(Refund)).all()


def test_a_page_of_another_time_cancels_nothing(app: Flask, browser: Browser, path: str) -> None:
    page = browser.get(f"{path}/cancel")
    browser.submit(choose(browser, path))

    asked = browser.submit(page, status=409)
    assert "15 December" in asked.words
    assert booking(app).state is BookingState.CONFIRMED


def test_cancelled_twice_it_is_cancelled_once(app: Flask, browser: Browser, path: str) -> None:
    page, move = browser.get(f"{path}/cancel"), choose(browser, path)
    browser.submit(page)
    own = browser.follow(browser.submit(page))

    assert "This session was cancelled" in own.words
    with app.app_context():
        assert len(db.session.scalars(select(Refund)).all()) == 1
    assert "This session was cancelled already." in browser.submit(move, status=409).words
    assert "cancelled already" in browser.get(f"{path}/cancel", 409).words


@pytest.mark.parametrize("what", ["cancel", "reschedule"])
def test_once_it_has_begun_neither_is_possible(
    browser: Browser, path: str, clock: Clock, what: str
) -> None:
    clock.set(TEN_FIFTEEN)
    page = browser.get(f"{path}/{what}", 409)

    assert "Your session has begun" in page.words
    assert "020 7946 0123" in page.words
    assert not browser.get(path).all(f"a[href$='/{what}']")


@pytest.mark.parametrize("what", ["cancel", "reschedule"])
def test_a_stale_link_opens_nothing_and_says_where_to_find_another(
    app: Flask, browser: Browser, path: str, what: str, clock: Clock
) -> None:
    page = browser.get(f"{path}/{what}")
    with app.app_context(), transaction() as session:
        for each in session.scalars(select(AccessToken)):
            each.revoked_at = clock.now()

    refused = browser.get(f"{path}/{what}", 404)
    assert "use the link in our newest message" in refused.words
    if what == "cancel":
        browser.submit(page, status=404)
    assert booking(app).state is BookingState.CONFIRMED


def test_staff_move_it_for_the_client_and_the_fee_is_added(
    app: Flask, path: str, clock: Clock
) -> None:
    clock.set(TEN_FIFTEEN - timedelta(hours=73))
    manager = people.signed_in(app, Role.MANAGER)
    address = f"/office/sessions/{booking(app).id}/move"
    page = manager.get(address)
    assert "it is free now" in page.words
    clock.advance(hours=2)
    asked = {"at": "2026-12-15T10:15", "asked_by": "client"}
    again = manager.submit(page, asked, status=409)

    assert "The fee has changed" in again.words
    assert "£65 is added to the price" in again.words
    assert booking(app).starts_at == TEN_FIFTEEN
    manager.submit(again)
    assert (booking(app).starts_at, booking(app).price_minor) == (LATER, 39500 + 6500)
