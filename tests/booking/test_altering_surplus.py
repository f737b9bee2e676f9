"""What is too much once a session costs less: only what is here, and it waits for somebody."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from studio.booking import disputed, service, settlement
from studio.booking.models import Booking
from studio.booking.service import CannotMove, NotAgreed
from studio.catalogue.models import Package
from studio.db import db
from studio.domain.money import Money
from studio.messaging.models import Message
from studio.payments import invoices, ledger
from studio.ports.payment_gateway import GatewayUnavailable
from tests import factories
from tests.booking.test_altering import (
    ROBIN,
    Shop,
    again,
    alter,
    owed,
    paid_for_more,
    shop,
    sold,
)
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")

__all__ = ["shop", "sold"]


def surplus(booking: Booking) -> int:
    db.session.rollback()
    return ledger.surplus(db.session(), booking.id, "GBP").minor


def intent(booking: Booking) -> str:
    """Of the deposit, which was paid by card."""
    db.session.rollback()
    return str(ledger.payments(db.session(), booking.id)[0].intent_id)


def refunds(booking: Booking) -> list[int]:
    db.session.rollback()
    return [each.amount_minor for each in ledger.refunds(db.session(), booking.id)]


def a_page(booking: Booking) -> str:
    """Where all that is owed is paid, at the processor."""
    service.pay_dues(booking.id)
    db.session.rollback()
    return str(ledger.payments(db.session(), booking.id)[-1].checkout_id)


def letters(booking: Booking, step: str) -> list[Message]:
    wanted = select(Message).where(Message.booking_id == booking.id, Message.step == step)
    return list(db.session.scalars(wanted.order_by(Message.id)))


def cheaper(shop: Shop, price: int) -> Package:
    sets = [each.set for each in shop.small.package_sets]
    return factories.a_package(name="Viewing", price_minor=price, sets=sets)


@pytest.mark.parametrize("won", [None, False, True])
def test_what_a_bank_has_taken_is_no_surplus(
    sold: Booking, shop: Shop, gateway: FakeGateway, won: bool | None
) -> None:
    """Of 600 pounds 197.50 are disputed: 402.50 are here, and that for 395."""
    paid_for_more(sold, shop)
    made = gateway.dispute(intent(sold))
    disputed.settle_disputes(intent(sold))
    if won is not None:
        gateway.close_dispute(made.id, won=won)
        disputed.settle_disputes(intent(sold))
    alter(sold, shop.small, give_back=True)

    assert refunds(sold) == [20500 if won else 750]
    assert owed(sold) == 0


def test_what_was_given_back_as_a_present_is_no_surplus(sold: Booking, shop: Shop) -> None:
    paid_for_more(sold, shop)
    alter(sold, shop.small, give_back=True)
    service.give_back(sold.id, Money(39500, "GBP"), reason="Kind", by="Dev")
    effect = alter(sold, cheaper(shop, 19000))

    assert effect.after.surplus.minor == 0
    assert again(sold).attention == ""


def test_what_was_paid_for_a_session_that_is_free_now_waits_for_a_person(
    sold: Booking, shop: Shop
) -> None:
    effect = alter(sold, cheaper(shop, 0))

    assert effect.after.surplus.minor == 19750
    assert "197.50 GBP less than was paid" in again(sold).attention
    assert sum(each.total_minor for each in invoices.of_booking(db.session(), sold.id)) == 0
    service.give_back(sold.id, effect.after.surplus, reason="free", by="Dev")
    # It was no present: whoever wants a large one again pays all of it.
    alter(sold, shop.large)
    assert owed(sold) == 60000


def test_what_was_paid_for_a_session_that_is_free_now_may_go_back_at_once(
    sold: Booking, shop: Shop
) -> None:
    alter(sold, cheaper(shop, 0), give_back=True)

    assert refunds(sold) == [19750]
    assert surplus(sold) == 0


@pytest.mark.parametrize("reached", [True, False])
def test_of_what_was_paid_just_before_it_cost_less_only_what_is_too_much_goes_back(
    sold: Booking, shop: Shop, gateway: FakeGateway, reached: bool
) -> None:
    page = a_page(sold)
    if reached:
        gateway.pay(page)
    else:
        gateway.trouble = GatewayUnavailable("down")
    alter(sold, cheaper(shop, 29500))
    gateway.trouble = None
    if not reached:
        gateway.pay(page)
        settlement.settle_checkout(page)

    assert refunds(sold) == [10000]
    assert (owed(sold), surplus(sold)) == (0, 0)
    assert [e.context["why"] for e in letters(sold, "returned")] == ["more"]
    assert [e.context["amount"] for e in letters(sold, "received")] == ["£97.50"]
    assert "£100 goes back" in again(sold).attention
    assert sum(e.total_minor for e in invoices.of_booking(db.session(), sold.id)) == 29500


def test_what_was_paid_meanwhile_is_seen_before_anybody_agrees(
    sold: Booking, shop: Shop, gateway: FakeGateway
) -> None:
    page, package = a_page(sold), cheaper(shop, 15000)
    with pytest.raises(NotAgreed) as shown:
        alter(sold, package, agreed="")
    gateway.pay(page)

    with pytest.raises(NotAgreed) as asked:
        alter(sold, package, agreed=shown.value.effect.seal)
    assert asked.value.effect.after.surplus.minor == 24500
    assert refunds(sold) == []
    alter(sold, package, agreed=asked.value.effect.seal, give_back=True)
    assert refunds(sold) == [19750, 4750]


def test_a_hold_keeps_its_page_though_somebody_would_change_it(shop: Shop) -> None:
    hold = factories.a_hold(shop.small)
    service.check_out(hold.id, ROBIN)
    with pytest.raises(CannotMove):
        alter(hold, shop.large, agreed="0" * 64)

    db.session.rollback()
    assert ledger.payable(db.session(), hold.id)
