"""What a changed session costs with codes, vouchers, companies and money that went elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select

from studio.booking import money_back, service
from studio.booking.models import Booking
from studio.booking.service import CodeRefused, Received
from studio.db import db, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.terms import CalledOffBy
from studio.messaging.models import Message
from studio.payments import ledger, vouchers
from studio.payments.models import Method
from studio.payments.promos import promo_packages
from studio.ports.payment_gateway import RefundState as GatewayState
from tests import factories
from tests.booking.test_altering import (
    ROBIN,
    Shop,
    again,
    alter,
    dues,
    lines,
    owed,
    paid_for_more,
    shop,
    sold,
)
from tests.booking.test_codes import a_promo, a_voucher, left
from tests.booking.test_companies import acme
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")

__all__ = ["shop", "sold"]


def bought_with(shop: Shop, code: str) -> Booking:
    """A small session bought with a code, of which nothing is to be paid at once."""
    with transaction() as session:
        session.merge(shop.small).deposit_percent = 0
    hold = factories.a_hold(shop.small)
    service.use_code(hold.id, code)
    service.check_out(hold.id, ROBIN)
    return again(hold)


def test_a_code_takes_off_what_it_would_have_where_it_goes_with_the_package(shop: Shop) -> None:
    a_promo()
    booking = bought_with(shop, "SPRING")
    alter(booking, shop.large, 2)
    assert lines(booking)[-1] == ("Code SPRING", 1, 0, -6500)
    assert again(booking).price_minor == 58500 == sum(minor for _, minor in dues(booking))


def test_a_code_for_one_package_takes_nothing_off_another_and_comes_back_with_it(
    shop: Shop,
) -> None:
    promo = a_promo()
    row = {"promo_id": promo.id, "package_id": shop.small.id}
    db.session.execute(insert(promo_packages).values(row))
    db.session.commit()
    booking = bought_with(shop, "SPRING")
    before = lines(booking)
    alter(booking, shop.large)
    assert [each[0] for each in lines(booking)] == ["Extended headshot"]
    alter(booking, shop.small)
    assert lines(booking) == before


def test_a_voucher_is_given_back_what_it_paid_too_much(shop: Shop) -> None:
    code = a_voucher(60000)
    hold = factories.a_hold(shop.large)
    service.use_code(hold.id, code)
    service.check_out(hold.id, ROBIN)
    booking = again(hold)
    assert booking.state is BookingState.CONFIRMED
    assert left(code) == 0

    alter(booking, shop.small, give_back=True)

    assert (left(code), owed(booking)) == (20500, 0)
    assert vouchers.covered(db.session(), booking.id, "GBP").minor == 39500


def test_what_a_company_pays_for_is_on_its_papers_within_what_it_pays(shop: Shop) -> None:
    factories.a_studio()
    acme(limit=shop.large.price, order_required=False)
    hold = factories.a_hold(shop.small)
    service.use_code(hold.id, "acme-26")
    service.check_out(hold.id, ROBIN)
    booking = again(hold)

    with pytest.raises(CodeRefused, match="up to £600 a month"):
        alter(booking, shop.large, 2)
    assert again(booking).package_id == shop.small.id
    alter(booking, shop.large)

    assert again(booking).price_minor == 60000
    assert dues(booking) == []
    assert owed(booking) == 0
    assert again(booking).attention == ""
    letter = db.session.scalars(select(Message).where(Message.template == "altered")).one()
    assert ["Paid by", "Acme Ltd"] in letter.context["price"]
    assert letter.context["link_to"] == "booking"


@pytest.mark.parametrize("state", [GatewayState.DONE, GatewayState.PENDING])
def test_a_surplus_that_goes_back_in_the_dashboard_is_no_present(
    sold: Booking, shop: Shop, gateway: FakeGateway, state: GatewayState
) -> None:
    alter(sold, shop.large)
    service.pay_dues(sold.id)
    db.session.rollback()
    gateway.pay(str(ledger.payments(db.session(), sold.id)[-1].checkout_id))
    service.settle_now(sold.id)
    alter(sold, shop.small)
    intent = str(ledger.payments(db.session(), sold.id)[-1].intent_id)
    made = gateway.refund_elsewhere(intent, 20500, state)
    for _ in range(2):
        money_back.settle_refunds(intent)
    assert ledger.surplus(db.session(), sold.id, "GBP").minor == 0
    assert owed(sold) == 0

    alter(sold, shop.small, 2)
    for _ in range(2):
        money_back.settle_refunds(intent)
    assert owed(sold) == 5000
    if state is GatewayState.PENDING:
        gateway.fail_refund(made.id)
        money_back.settle_refunds(intent)
        # It is here again, and more than what was added.
        assert owed(sold) == 0
        assert ledger.surplus(db.session(), sold.id, "GBP").minor == 15500


def test_more_than_the_surplus_is_let_off_as_far_as_it_is_more(sold: Booking, shop: Shop) -> None:
    paid_for_more(sold, shop)
    alter(sold, shop.small)
    service.give_back(sold.id, ledger.paid(db.session(), sold.id, "GBP"), reason="x", by="Dev")

    assert owed(sold) == 0
    alter(sold, shop.small, 2)
    assert owed(sold) == 5000


def test_called_off_it_gives_back_what_was_paid_for_it(sold: Booking, shop: Shop) -> None:
    paid_for_more(sold, shop)
    alter(sold, shop.small)

    assert cancelled(sold) == 60000


def cancelled(booking: Booking) -> int:
    now: Any = booking.created_at
    agreed = service.proposal(db.session(), again(booking), CalledOffBy.STUDIO, now)
    request = service.Cancellation(
        called_off_by=CalledOffBy.STUDIO, reason="Ill", shown=agreed.figures, actor="Dev"
    )
    return service.cancel_booking(booking.id, request).minor


def test_what_is_let_off_was_asked_for_in_the_first_place(sold: Booking, shop: Shop) -> None:
    """Somebody's extra that is not paid goes before the balance that is."""
    balance = service.owed(db.session(), sold)
    cash = Received(method=Method.CASH, amount=balance, note="", by="Dev")
    service.record_payment(sold.id, cash)
    alter(sold, shop.small, 3)
    assert owed(sold) == 10000
    alter(sold, shop.small, 2)
    assert owed(sold) == 5000
    assert [minor for _, minor in dues(sold)] == [19750, 19750, 5000]
