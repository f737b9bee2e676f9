"""A credit from before credits were vouchers: the office makes one of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking import disputed, service
from studio.booking.erasure.service import StillNeeded, erase_client
from studio.booking.links import own_token
from studio.booking.models import Booking, TokenPurpose
from studio.booking.service import Details, NoCredit
from studio.db import db, transaction
from studio.domain.money import Money
from studio.domain.terms import CalledOffBy, Figures
from studio.payments import invoices, ledger, vouchers
from studio.payments.vouchers import Voucher
from tests import factories, people
from tests.browsing import Browser
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway

DEPOSIT = 19750
MAKE = "Make a voucher of it"


@pytest.fixture
def reference(app: Flask, rolled_back: None, gateway: FakeGateway, clock: Clock) -> str:
    """A session that was called off; its deposit stayed in its ledger as a credit."""
    with app.app_context():
        booking = factories.a_hold()
        service.check_out(booking.id, Details(name="Robin Ash", email="robin@client.example"))
        gateway.pay(str(ledger.payments(db.session(), booking.id)[-1].checkout_id))
        service.settle_now(booking.id)
        clock.set(booking.starts_at - timedelta(days=5))
        called_off = service.Cancellation(
            called_off_by=CalledOffBy.CLIENT, reason="", shown=Figures(0, kept=DEPOSIT),
            actor="client",
        )  # fmt: skip
        service.cancel_booking(booking.id, called_off)
        with transaction() as session:
            again = session.get_one(Booking, booking.id)
            again.credit_minor, again.credit_until = DEPOSIT, clock.now() + timedelta(days=90)
        return booking.reference


def path(app: Flask, reference: str) -> str:
    with app.app_context():
        return f"/office/sessions/{factories.booking_of(reference).id}"


def test_it_becomes_a_voucher_once_and_the_books_follow(
    app: Flask, browser: Browser, reference: str
) -> None:
    manager = people.signed_in(app, Role.MANAGER)
    page = manager.get(path(app, reference))
    done = manager.follow(manager.submit(page, {}, form="/credit-to-voucher"))
    again = manager.follow(manager.submit(page, {}, form="/credit-to-voucher"))

    with app.app_context():
        (voucher,) = db.session.scalars(select(Voucher)).all()
        booking = factories.booking_of(reference)
        assert vouchers.left(db.session(), voucher).minor == DEPOSIT
        assert booking.credit_until is not None
        assert voucher.expires_on == booking.credit_until.date()
        assert ledger.paid(db.session(), booking.id, "GBP").minor == 0
        papers = invoices.of_booking(db.session(), booking.id)
        assert [each.total_minor for each in papers] == [DEPOSIT, -DEPOSIT]
        code, token = voucher.shown, own_token(TokenPurpose.BOOKING, reference)
    assert f"The credit is the voucher {code} now" in done.words
    assert "Credit made a voucher" in done.words
    assert MAKE not in done.words
    assert "There is no credit here" in again.words
    assert f"Type the code {code} when you book" in browser.get(f"/booking/{token}").words


def test_what_went_back_before_is_no_part_of_what_is_shown(
    app: Flask, browser: Browser, reference: str, clock: Clock
) -> None:
    """What can be spent is shown, before it is a voucher, then, and once some of it is spent."""
    with app.app_context():
        booking_id = factories.booking_of(reference).id
        service.give_back(booking_id, Money(13750, "GBP"), reason="Goodwill", by="Bo")
        own = f"/booking/{own_token(TokenPurpose.BOOKING, reference)}"
    assert "£60 stands as a credit" in browser.get(own).words
    with app.app_context():
        service.make_voucher_of_credit(booking_id, by="Bo")
    assert "£60 stands as a credit" in browser.get(own).words
    with app.app_context(), transaction() as session:
        voucher = session.scalars(select(Voucher)).one()
        vouchers.withdraw(session, voucher, clock.now(), most=Money(2000, "GBP"))
    assert "£40 stands as a credit" in browser.get(own).words
    assert (
        "£40 left on voucher" in people.signed_in(app, Role.MANAGER).get(path(app, reference)).words
    )
    with app.app_context(), transaction() as session:
        vouchers.withdraw(session, session.scalars(select(Voucher)).one(), clock.now())
    assert "credit" not in browser.get(own).one("main").get_text()


def test_one_that_has_run_out_or_whose_money_a_bank_has_is_none(
    app: Flask, reference: str, gateway: FakeGateway, clock: Clock
) -> None:
    with app.app_context():
        booking = factories.booking_of(reference)
        intent = str(ledger.payments(db.session(), booking.id)[-1].intent_id)
        gateway.dispute(intent)
        disputed.settle_disputes(intent)
        with pytest.raises(NoCredit):
            service.make_voucher_of_credit(booking.id, by="Bo")
        gateway.close_dispute(gateway.quarrels[0].id, won=True)
        disputed.settle_disputes(intent)
        assert service.loose_credit(db.session(), booking, clock.now()).minor == DEPOSIT
        db.session.rollback()
        clock.advance(days=91)
        with pytest.raises(NoCredit):
            service.make_voucher_of_credit(booking.id, by="Bo")
    assert MAKE not in people.signed_in(app, Role.MANAGER).get(path(app, reference)).words


def test_a_client_is_not_erased_before_it_is_one(app: Flask, reference: str, clock: Clock) -> None:
    with app.app_context():
        booking = factories.booking_of(reference)
        client, booking_id = booking.client_id, booking.id
        assert client is not None
        clock.set(booking.starts_at)
        with pytest.raises(StillNeeded, match=r"credit of £197\.50 is no voucher yet"):
            erase_client(client, by="Bo")
        service.make_voucher_of_credit(booking_id, by="Bo")
        erase_client(client, by="Bo")


def test_only_who_may_refund_makes_one(app: Flask, reference: str) -> None:
    prep, address = people.signed_in(app, Role.PREP), path(app, reference)
    page = prep.get(address)
    assert MAKE not in page.words
    token = page.one("input[name=csrf_token]")["value"]
    answer = prep.client.post(f"{address}/credit-to-voucher", data={"csrf_token": token})

    assert answer.status_code == 403
    with app.app_context():
        assert db.session.scalars(select(Voucher)).all() == []
