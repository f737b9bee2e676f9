"""What is too much once a session costs less: only what is here, and it waits for somebody."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from studio.booking import disputed, money_back, service, settlement
from studio.booking.models import Booking
from studio.booking.service import CannotMove, Charge, NotAgreed
from studio.catalogue.models import Package
from studio.db import db
from studio.domain.money import Money
from studio.domain.pricing import LineKind
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
from tests.clock import Clock
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


def test_what_is_paid_once_nothing_is_owed_any_more_is_too_much_and_not_twice(
    sold: Booking, shop: Shop, gateway: FakeGateway
) -> None:
    page = a_page(sold)
    gateway.trouble = GatewayUnavailable("down")
    alter(sold, cheaper(shop, 19750))
    gateway.trouble = None
    gateway.pay(page)
    settlement.settle_checkout(page)

    assert refunds(sold) == [19750]
    assert [e.context["why"] for e in letters(sold, "returned")] == ["more"]
    (altered,) = [each.detail for each in again(sold).events if each.kind == "altered"]
    paid = ledger.payments(db.session(), sold.id)[-1].id
    assert altered["let_off"] == [
        {"purpose": "balance", "label": "", "amount": 19750, "payments": [[paid, 19750]]}
    ]


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


@pytest.mark.parametrize(("price", "back"), [(10000, 40250), (39500, 15500)])
def test_what_cannot_go_back_now_asks_for_somebody(
    sold: Booking, shop: Shop, gateway: FakeGateway, price: int, back: int
) -> None:
    """Of the 197.50 by card a bank disputes 50: none of it goes back, but all of the cash may."""
    paid_for_more(sold, shop)
    gateway.dispute(intent(sold), 5000)
    disputed.settle_disputes(intent(sold))
    service.clear_attention(sold.id, seen=again(sold).attention, by="Dev")
    alter(sold, cheaper(shop, price), give_back=True)

    assert refunds(sold) == [back]
    left = 60000 - 5000 - price - back
    sentence = f"It costs {left / 100:.2f} GBP less than was paid: give that back."
    assert again(sold).attention == (sentence if left else "")


def test_where_nothing_can_go_back_now_somebody_is_asked(
    sold: Booking, shop: Shop, gateway: FakeGateway
) -> None:
    gateway.dispute(intent(sold), 5000)
    disputed.settle_disputes(intent(sold))
    alter(sold, cheaper(shop, 10000), give_back=True)

    assert refunds(sold) == []
    assert "It costs 47.50 GBP less" in again(sold).attention


def asked(booking: Booking) -> str:
    return again(booking).attention.removesuffix(" GBP less than was paid: give that back.")


def test_the_staff_are_asked_about_what_is_too_much_now_and_nothing_else(
    sold: Booking, shop: Shop, clock: Clock
) -> None:
    paid_for_more(sold, shop)
    alter(sold, shop.small)
    assert asked(sold) == "It costs 205.00"
    alter(sold, shop.small, 2)
    assert asked(sold) == "It costs 155.00"
    service.add_own_extra(sold.id, shop.print.slug, price_shown=2500)
    assert asked(sold) == "It costs 130.00"
    service.give_back(sold.id, Money(3000, "GBP"), reason="x", by="Dev")
    assert asked(sold) == "It costs 100.00"
    service.add_charge(
        sold.id,
        Charge(
            label="Late", amount=Money(1000, "GBP"), kind=LineKind.FEE, due_at=clock.now(), by="Dev"
        ),
    )
    assert asked(sold) == "It costs 90.00"
    alter(sold, shop.large)
    assert asked(sold) == ""


def test_what_was_seen_to_is_asked_again_only_by_another_change(sold: Booking, shop: Shop) -> None:
    paid_for_more(sold, shop)
    alter(sold, shop.small)
    service.clear_attention(sold.id, seen=again(sold).attention, by="Dev")
    service.give_back(sold.id, Money(500, "GBP"), reason="x", by="Dev")

    assert asked(sold) == ""


def test_a_refund_elsewhere_leaves_less_to_ask_about(
    sold: Booking, shop: Shop, gateway: FakeGateway
) -> None:
    paid_for_more(sold, shop)
    alter(sold, shop.small)
    gateway.refund_elsewhere(intent(sold), 5000)
    money_back.settle_refunds(intent(sold))

    assert asked(sold) == "It costs 155.00"


def test_what_was_paid_too_much_pays_for_an_extra_first(sold: Booking, shop: Shop) -> None:
    print_, pounds = Money(2500, "GBP"), Money(30000, "GBP")

    def to_pay(price: Money) -> int:
        db.session.rollback()
        return service.owed_of(db.session(), again(sold), price).minor

    assert to_pay(print_) == 2500
    paid_for_more(sold, shop)
    alter(sold, shop.small)
    assert (to_pay(print_), to_pay(pounds)) == (0, 9500)
