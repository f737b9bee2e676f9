"""Rivals who charge one kept card, with real commits: the bank is asked once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from studio.booking import service
from studio.booking.links import link_for
from studio.booking.service import Details
from studio.db import db, transaction
from studio.messaging.jobs import send_due_mail
from studio.payments import ledger
from studio.payments.models import Payment
from tests import factories
from tests.clock import Clock
from tests.concurrency.test_claim import race
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.concurrency

RIVALS = 8


@pytest.fixture
def told(committed: Flask, clock: Clock, gateway: FakeGateway) -> int:
    """A session whose client agreed, was told two days ago, and owes the balance today."""
    with committed.app_context():
        booking = factories.a_hold()
        robin = Details(name="Robin Ash", email="robin@client.example", keeps_card=True)
        service.check_out(booking.id, robin)
        gateway.pay(str(ledger.payments(db.session(), booking.id)[-1].checkout_id))
        service.settle_now(booking.id)
        clock.set(booking.starts_at - timedelta(days=3))
        send_due_mail(link_for)
        clock.advance(days=2, minutes=1)
        return booking.id


def test_one_of_many_charges_the_card(committed: Flask, told: int, gateway: FakeGateway) -> None:
    outcomes = race(committed, [lambda: service.charge_kept_card(told)] * RIVALS)

    assert outcomes == {"held": RIVALS}, "nobody met an error"
    assert len(gateway.charges) == 1
    with committed.app_context():
        assert ledger.paid(db.session(), told, "GBP").minor == 39500


def test_either_the_card_is_charged_or_a_page_is_open(
    committed: Flask, told: int, gateway: FakeGateway
) -> None:
    race(
        committed,
        [lambda: service.charge_kept_card(told), lambda: service.pay_dues(told)] * 3,
    )

    with committed.app_context():
        open_pages = ledger.payable(db.session(), told)
        assert len(open_pages) + len(gateway.charges) == 1


def test_the_database_refuses_a_second_charge_of_a_booking(committed: Flask, told: int) -> None:
    with committed.app_context():
        assert service.charge_kept_card(told)
        first = db.session.scalars(select(Payment).where(Payment.unattended)).one()
        again = {
            column.key: getattr(first, column.key)
            for column in Payment.__table__.columns
            if column.key not in {"id", "intent_id"}
        }
        db.session.rollback()
        with pytest.raises(IntegrityError), transaction() as session:
            session.add(Payment(**again))
