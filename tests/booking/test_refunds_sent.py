"""Refunds leave for the processor: once, never for more than came in, and their failure is seen."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from studio.booking import service
from studio.booking.models import Booking
from studio.db import db, transaction
from studio.domain.money import Money
from studio.domain.terms import CalledOffBy, Figures
from studio.payments import ledger
from studio.payments.jobs import send_refunds
from studio.payments.models import Payment, PaymentState, Refund
from studio.ports.payment_gateway import (
    GatewayRefused,
)
from tests.booking.test_settlement import (
    ROBIN,
    net,
    pay,
    paying,
    settle,
)
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")

__all__ = ["paying"]


def test_a_refund_that_fails_is_seen(paying: Booking, gateway: FakeGateway) -> None:
    pay(gateway, paying)
    settle(paying)
    ledger_before = net(paying)
    with transaction() as session:
        ledger.plan_refunds(
            session, paying.id, Money(5000, "GBP"), reason="x", by="t", now=paying.created_at
        )
    gateway.trouble = GatewayRefused("charge_disputed", "No.")

    assert send_refunds() == 0

    assert db.session.scalars(select(Refund)).one().state == "failed"
    assert net(paying) == ledger_before


def test_never_more_is_asked_back_than_was_paid(paying: Booking, gateway: FakeGateway) -> None:
    pay(gateway, paying)
    settle(paying)
    with transaction() as session:
        first = ledger.plan_refunds(
            session, paying.id, Money(15000, "GBP"), reason="x", by="t", now=paying.created_at
        )
        second = ledger.plan_refunds(
            session, paying.id, Money(15000, "GBP"), reason="x", by="t", now=paying.created_at
        )

    assert (first.minor, second.minor) == (15000, 4750)


def test_a_second_payment_on_its_way_back_is_not_refunded_from_the_first(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    """Paid twice, the second refund still waiting, and cancelled late: the deposit is kept."""
    pay(gateway, paying)
    settle(paying)
    with transaction() as session:
        first = ledger.payments(session, paying.id)[0]
        ledger.record_payment(session, first, "pi_second", Money(19750, "GBP"), clock.now())
        second = Payment(
            booking_id=paying.id, amount_minor=19750, currency="GBP", state=PaymentState.PAID,
            email=ROBIN.email, intent_id="pi_second", created_at=clock.now(),
            expires_at=clock.now(),
        )  # fmt: skip
        session.add(second)
        session.flush()
        ledger.add_refund(session, second, second.amount, "twice", "system", clock.now())
    clock.advance(days=10)

    request = service.Cancellation(
        called_off_by=CalledOffBy.CLIENT, reason="ill", shown=Figures(0, kept=19750), actor="Dev"
    )
    assert service.cancel_booking(paying.id, request) == Money(0, "GBP")

    assert [each.reason for each in ledger.refunds(db.session(), paying.id)] == ["twice"]


def test_a_refund_whose_answer_is_lost_is_looked_for_before_it_is_sent_again(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    pay(gateway, paying)
    settle(paying)
    with transaction() as session:
        ledger.plan_refunds(
            session, paying.id, Money(5000, "GBP"), reason="x", by="t", now=clock.now()
        )
    gateway.lost_answers = 1
    assert send_refunds() == 0
    gateway.asked.clear()
    clock.advance(hours=30)

    assert send_refunds() == 1

    assert "refund" not in gateway.asked, "the key would be forgotten by now"
    assert len(gateway.refunds) == 1
    assert net(paying) == 14750
