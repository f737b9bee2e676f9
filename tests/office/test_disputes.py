"""What staff see of a dispute: the deadline, the evidence, and why nothing can be given back."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking import disputed, service
from studio.db import db
from studio.messaging import jobs as messaging
from studio.payments import ledger
from studio.payments.models import Dispute
from tests import factories, people
from tests.booking.test_dues import ROBIN
from tests.browsing import Browser
from tests.fakes.payment_gateway import FakeGateway


@pytest.fixture
def booking_id(app: Flask, rolled_back: None, gateway: FakeGateway) -> int:
    """A session whose deposit is paid, and whose client has had the confirmation."""
    with app.app_context():
        factories.a_studio()
        booking = factories.a_hold()
        service.check_out(booking.id, ROBIN)
        payment = ledger.payments(db.session(), booking.id)[-1]
        gateway.pay(str(payment.checkout_id))
        service.settle_now(booking.id)
        messaging.send_due_mail(lambda *_: "https://studio.example/own")
        return booking.id


@pytest.fixture
def manager(app: Flask, booking_id: int) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def dispute(app: Flask, gateway: FakeGateway, booking_id: int, minor: int | None = None) -> int:
    with app.app_context():
        intent = str(ledger.payments(db.session(), booking_id)[-1].intent_id)
        db.session.rollback()
        gateway.dispute(intent, minor)
        disputed.settle_disputes(intent)
        return db.session.scalars(select(Dispute.id)).one()


def test_42_the_deadline_stands_on_today_and_leads_to_the_evidence(
    app: Flask, manager: Browser, booking_id: int, gateway: FakeGateway
) -> None:
    dispute_id = dispute(app, gateway, booking_id)

    today = manager.get("/office/")
    (link,) = today.all(f".alert a[href='/office/disputes/{dispute_id}']")
    assert link.text == "A dispute of £197.50 has to be answered by Mon 30 Nov"
    assert f"/office/disputes/{dispute_id}" in manager.get("/office/payments").text

    page = manager.get(str(link["href"]))
    for told in (
        "Answer by Mon 30 Nov, 10:30", "Standard headshot £395", "Robin Ash",
        "The session is agreed and stands", "paid £197.50", "moved by the bank -£197.50",
        "Net, with the fee -£217.50", "Version 1, accepted on Mon 23 Nov, 10:30",
        "Messages that were sent to the client",
    ):  # fmt: skip
        assert told.lower() in page.words.lower(), told
    text = manager.client.get(f"/office/disputes/{dispute_id}/evidence.txt")
    assert text.mimetype == "text/plain"
    assert "attachment" in text.headers["Content-Disposition"]
    for told in ("Standard headshot: £395", "robin@", "THE TERMS\nVersion 1, accepted Mon 23 Nov"):
        assert told in text.text


def test_what_has_ended_asks_for_nothing(
    app: Flask, manager: Browser, booking_id: int, gateway: FakeGateway
) -> None:
    dispute_id = dispute(app, gateway, booking_id)
    with app.app_context():
        intent = gateway.quarrels[0].intent_id
        gateway.close_dispute(gateway.quarrels[0].id, won=False)
        disputed.settle_disputes(intent)

    assert "has to be answered" not in manager.get("/office/").words
    page = manager.get(f"/office/disputes/{dispute_id}")
    assert "lost" in page.words
    assert "Answer by" not in page.words


def test_42_giving_back_is_refused_in_a_sentence(
    app: Flask, manager: Browser, booking_id: int, gateway: FakeGateway
) -> None:
    path = f"/office/sessions/{booking_id}"
    form = manager.get(f"{path}/give-back")
    dispute(app, gateway, booking_id, 5000)

    page = manager.submit(form, {"amount": "10", "reason": "Kind"}, status=422)
    assert "The client's bank disputes the payment" in page.one("#amount-error").text
    assert page.one("#amount")["value"] == "10"
    assert "nothing of that payment can be given back" in manager.get(f"{path}/cancel").words


def test_37_the_second_of_two_is_told_what_is_left(
    app: Flask, manager: Browser, booking_id: int
) -> None:
    path = f"/office/sessions/{booking_id}/give-back"
    owner = people.signed_in(app, Role.OWNER)
    first, second = manager.get(path), owner.get(path)
    page = manager.follow(manager.submit(first, {"amount": "150", "reason": "Kind"}))
    assert "£150 goes back" in page.words

    refused = owner.submit(second, {"amount": "150", "reason": "Kind"}, status=422)
    assert "no more than £47.50" in refused.one("#amount-error").text
    with app.app_context():
        (refund,) = ledger.refunds(db.session(), booking_id)
        assert refund.amount_minor == 15000
        booking = factories.booking_of(page.words.split("Reference ")[1][:10])
        assert service.owed(db.session(), booking).minor == 19750


@pytest.mark.parametrize("typed", ["0", "-1", "197.51", "1e5", "12.345", "much", "9" * 30])
def test_odd_amounts_are_refused_and_kept(manager: Browser, booking_id: int, typed: str) -> None:
    form = manager.get(f"/office/sessions/{booking_id}/give-back")

    page = manager.submit(form, {"amount": typed, "reason": "Kind"}, status=422)

    assert page.one("#amount-error").text.strip()
    assert (page.one("#amount")["value"], page.one("#reason")["value"]) == (typed, "Kind")


def test_money_is_for_those_who_see_it(app: Flask, booking_id: int, gateway: FakeGateway) -> None:
    dispute_id = dispute(app, gateway, booking_id)
    prep = people.signed_in(app, Role.PREP)

    prep.get(f"/office/disputes/{dispute_id}", 403)
    prep.get(f"/office/disputes/{dispute_id}/evidence.txt", 403)
    prep.get(f"/office/sessions/{booking_id}/give-back", 403)
    assert "dispute" not in prep.get("/office/").words.lower()


def test_an_unknown_dispute_is_not_found(manager: Browser) -> None:
    manager.get("/office/disputes/4711", 404)
