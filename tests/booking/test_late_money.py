"""Money that comes late, twice, or for what was called off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from studio.booking import service, settlement
from studio.booking.models import Booking
from studio.db import db, transaction
from studio.domain.availability import Gaps
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.messaging.models import MessageKind
from studio.payments import ledger
from studio.payments.jobs import send_refunds
from studio.payments.models import EntryKind, Payment, PaymentState, Refund
from studio.ports.payment_gateway import (
    CheckoutRequest,
)
from studio.scheduling.models import Allocation
from tests import factories
from tests.booking.test_settlement import (
    ROBIN,
    let_the_hold_run_out,
    mails,
    net,
    now_is,
    pay_through,
    paying,
    payment_of,
    settle,
)
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")

__all__ = ["paying"]


def paid_after_it_ran_out(paying: Booking, gateway: FakeGateway, clock: Clock) -> None:
    """The page was closed, but a payment that was under way came through."""
    let_the_hold_run_out(clock)
    checkout_id = str(payment_of(paying).checkout_id)
    pay_through(gateway, checkout_id)


def test_18b_late_money_takes_its_time_again_while_it_is_free(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    paid_after_it_ran_out(paying, gateway, clock)

    settle(paying)

    assert now_is(paying) is BookingState.CONFIRMED
    assert len(db.session.scalars(select(Allocation)).all()) == 2
    assert db.session.scalars(select(Refund)).all() == []


def test_18c_late_money_takes_its_time_again_though_it_leaves_a_gap_by_now(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    paid_after_it_ran_out(paying, gateway, clock)
    package = factories.booking_of(paying.reference).package
    package.gaps = Gaps.ONLY
    factories.kept(package)

    settle(paying)

    assert now_is(paying) is BookingState.CONFIRMED


def test_19_late_money_goes_back_when_the_time_is_gone(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    paid_after_it_ran_out(paying, gateway, clock)
    other = factories.a_hold(paying.package)

    settle(paying)
    settle(paying)
    assert send_refunds() == 1
    assert send_refunds() == 0

    assert now_is(paying) is BookingState.EXPIRED
    assert now_is(other) is BookingState.HELD
    assert net(paying) == 0
    assert [entry.kind for entry in ledger.entries(db.session(), paying.id)] == [
        EntryKind.PAYMENT,
        EntryKind.REFUND,
    ]
    assert "goes back" in factories.booking_of(paying.reference).attention
    assert [mail.template for mail in mails(MessageKind.RECEIPT)] == ["returned"]


def test_20_paid_after_cancelling_goes_back(paying: Booking, gateway: FakeGateway) -> None:
    checkout_id = str(payment_of(paying).checkout_id)
    service.release_hold(paying.id, by="client")
    assert now_is(paying) is BookingState.CANCELLED
    pay_through(gateway, checkout_id)

    settle(paying)
    send_refunds()

    assert net(paying) == 0
    assert now_is(paying) is BookingState.CANCELLED


def test_17_two_pages_paid_keep_one(paying: Booking, gateway: FakeGateway, clock: Clock) -> None:
    first = str(payment_of(paying).checkout_id)
    with transaction() as session:
        other = Payment(
            booking_id=paying.id,
            amount_minor=19750,
            currency="GBP",
            state=PaymentState.CREATING,
            email=ROBIN.email,
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(minutes=31),
        )
        session.add(other)
        session.flush()
        other_id = other.id
    second = gateway.open_checkout(
        CheckoutRequest(
            payment_id=other_id,
            booking_reference=paying.reference,
            amount=Money(19750, "GBP"),
            description="again",
            client_email=ROBIN.email,
            success_url="http://s",
            cancel_url="http://c",
            expires_at=clock.now() + timedelta(minutes=31),
        )
    ).id
    gateway.pay(first)
    gateway.pay(second)
    for checkout_id in (second, first, second):
        settlement.settle_checkout(checkout_id)
    send_refunds()

    assert now_is(paying) is BookingState.CONFIRMED
    assert net(paying) == 19750
    assert "twice" in factories.booking_of(paying.reference).attention
    assert len(mails(MessageKind.CONFIRMATION)) == 1
