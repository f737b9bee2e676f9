"""What goes wrong with one payment keeps no other, and no time is sold by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from studio.booking import jobs, service, settlement
from studio.booking.models import Booking
from studio.booking.service import HoldOver, PaymentUnreachable, checkout
from studio.db import db, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.payments import ledger
from studio.payments.jobs import send_refunds
from studio.payments.service import keep_event
from studio.ports.payment_gateway import (
    GatewayUnavailable,
)
from studio.scheduling import calendar
from tests import factories
from tests.booking.test_settlement import (
    ROBIN,
    let_the_hold_run_out,
    net,
    now_is,
    pay,
    paying,
    payment_of,
    settle,
)
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")

__all__ = ["paying"]


def test_an_event_that_never_settles_does_not_stop_the_others(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    checkout = pay(gateway, paying)
    for object_id in ("cs_gone", checkout.id):
        body, header = gateway.notice("checkout.session.completed", object_id)
        keep_event(gateway.event_from(body, header))
    for _ in range(30):
        jobs.settle_events()
        clock.advance(hours=2)

    assert now_is(paying) is BookingState.CONFIRMED


def test_waiting_for_the_lock_does_not_turn_back_the_clock(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Details sent a second before the hold ends, taken up after somebody else has the time."""
    booking = factories.a_hold()
    clock.advance(minutes=14, seconds=59)
    real = calendar.queue

    def waits(session: Session) -> None:
        real(session)
        clock.advance(seconds=2)

    monkeypatch.setattr(calendar, "queue", waits)

    with pytest.raises(HoldOver):
        service.check_out(booking.id, ROBIN)


@pytest.mark.parametrize("deposit_percent", [0, 50])
def test_a_hold_whose_time_was_taken_is_not_confirmed(deposit_percent: int) -> None:
    """Another machine's clock may run ahead and drop a hold that ours thinks is alive."""
    booking = factories.a_hold(factories.a_bookable_package(deposit_percent=deposit_percent))
    with transaction() as session:
        calendar.queue(session)
        calendar.release(session, booking.id)

    with pytest.raises(HoldOver):
        service.check_out(booking.id, ROBIN)

    assert now_is(booking) is BookingState.HELD


def test_paid_while_the_time_was_lost_goes_back(paying: Booking, gateway: FakeGateway) -> None:
    with transaction() as session:
        calendar.queue(session)
        calendar.release(session, paying.id)
    factories.a_hold(paying.package)
    pay(gateway, paying)

    settle(paying)
    send_refunds()

    assert now_is(paying) is BookingState.EXPIRED
    assert net(paying) == 0


def test_a_wrong_amount_keeps_the_time_until_somebody_decides(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    checkout_id = str(payment_of(paying).checkout_id)
    gateway.pay(checkout_id)
    page = gateway.pages[checkout_id]
    page.shown = replace(page.shown, amount=Money(100, "GBP"))
    settle(paying)
    clock.advance(days=1)
    jobs.expire_holds()
    assert now_is(paying) is BookingState.HELD

    service.release_hold(paying.id, by="Dev")
    send_refunds()

    assert now_is(paying) is BookingState.CANCELLED
    assert net(paying) == 0


def test_a_page_the_processor_does_not_know_is_not_waited_for(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    """Another account or key, or a stand-in that has forgotten."""
    gateway.pages.clear()

    let_the_hold_run_out(clock)

    assert now_is(paying) is BookingState.EXPIRED


def test_one_broken_hold_does_not_keep_the_others(
    paying: Booking, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = factories.a_hold(paying.package, factories.TEN_FIFTEEN + timedelta(hours=4))

    def breaks(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(jobs, "close_pages", breaks)
    clock.advance(minutes=40)

    assert jobs.expire_holds() == 1

    assert now_is(other) is BookingState.EXPIRED


def test_one_payment_that_cannot_be_read_does_not_keep_the_others(
    paying: Booking, gateway: FakeGateway, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = factories.a_hold(paying.package, factories.TEN_FIFTEEN + timedelta(hours=4))
    service.check_out(other.id, replace(ROBIN, email="other@client.example"))
    broken = payment_of(paying).checkout_id
    pay(gateway, other)
    settle_one = settlement.settle_checkout

    def breaks(checkout_id: str) -> None:
        if checkout_id == broken:
            raise RuntimeError("broken")
        settle_one(checkout_id)

    monkeypatch.setattr(settlement, "settle_checkout", breaks)
    clock.advance(minutes=4)

    assert jobs.reconcile() == 1
    assert now_is(other) is BookingState.CONFIRMED


def test_two_tabs_that_try_again_share_one_new_page(gateway: FakeGateway, clock: Clock) -> None:
    booking = factories.a_hold()
    gateway.trouble = GatewayUnavailable("down")
    with pytest.raises(PaymentUnreachable):
        service.check_out(booking.id, ROBIN)
    stale = payment_of(booking).id
    gateway.trouble = None
    clock.advance(minutes=5)
    first = checkout._start_again(stale)

    assert checkout._start_again(stale) == first
    assert len(ledger.payable(db.session(), booking.id)) == 1
