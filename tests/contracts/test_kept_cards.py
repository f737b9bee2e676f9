"""Kept cards, for the fake and for the Stripe adapter on the stand-in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from studio.domain.money import Money
from studio.ports.card_charges import ChargeRequest, ChargeState, KeptCard
from studio.ports.payment_gateway import (
    GatewayRefused,
    GatewayUnavailable,
    RefundRequest,
)
from tests.contracts.gateways import Rig
from tests.fakes.payment_gateway import ASKS, DECLINES, PAYS


def kept(rig: Rig, card: str = PAYS) -> KeptCard:
    customer = rig.gateway.customer("K7QM2XW9RT", "maya@example.com")
    opened = rig.gateway.open_checkout(replace(rig.request(), customer_id=customer))
    rig.pay_with(opened, card)
    found = rig.gateway.checkout(opened.id).card
    assert found is not None
    return found


def a_charge(card: KeptCard) -> ChargeRequest:
    return ChargeRequest(18, Money(19750, "GBP"), "Balance, Studio Portrait", card)


def test_a_card_is_kept_for_its_customer_only_if_asked_for(rig: Rig) -> None:
    card = kept(rig)
    assert (card.customer_id, card.last4) == (
        rig.gateway.customer("K7QM2XW9RT", "maya@example.com"), "4242"
    )  # fmt: skip

    opened = rig.gateway.open_checkout(rig.request(payment_id=19))
    rig.pay(opened)
    assert rig.gateway.checkout(opened.id).card is None


def test_a_kept_card_is_charged_once(rig: Rig) -> None:
    request = a_charge(kept(rig))

    done = rig.gateway.charge(request)

    assert (done.state, done.amount, done.payment_id) == (
        ChargeState.PAID, Money(19750, "GBP"), 18
    )  # fmt: skip
    assert rig.gateway.charge(request) == done
    assert rig.gateway.find_charge(18, request.card.customer_id) == done
    hour = timedelta(hours=1)
    taken = rig.gateway.taken(rig.now() - hour, rig.now() + hour)
    assert sorted(each.payment_id or 0 for each in taken) == [17, 18]
    back = rig.gateway.refund(RefundRequest(1, done.intent_id, Money(19750, "GBP"), ""))
    assert back.amount == done.amount


@pytest.mark.parametrize(
    ("number", "state", "why"),
    [
        (ASKS, ChargeState.ASKED, "authentication_required"),
        (DECLINES, ChargeState.DECLINED, "generic_decline"),
    ],
)
def test_a_bank_that_says_no_is_an_answer(
    rig: Rig, number: str, state: ChargeState, why: str
) -> None:
    request = a_charge(kept(rig, number))

    said = rig.gateway.charge(request)

    assert (said.state, said.why) == (state, why)
    assert rig.gateway.charge(request) == said
    assert rig.gateway.find_charge(18, request.card.customer_id) == said
    with pytest.raises(GatewayRefused):
        rig.gateway.refund(RefundRequest(1, said.intent_id, Money(100, "GBP"), ""))


def test_a_charge_whose_answer_was_lost_is_made_once(rig: Rig) -> None:
    request = a_charge(kept(rig))
    rig.lose_answers()

    with pytest.raises(GatewayUnavailable):
        rig.gateway.charge(request)

    found = rig.gateway.find_charge(18, request.card.customer_id)
    assert found is not None
    assert rig.gateway.charge(request) == found


def test_what_was_never_charged_is_not_found(rig: Rig) -> None:
    card = kept(rig)

    assert rig.gateway.find_charge(18, card.customer_id) is None
    assert rig.gateway.find_charge(18, "cus_somebody_else") is None


def test_a_card_that_is_not_there_is_refused(rig: Rig) -> None:
    card = kept(rig)

    with pytest.raises(GatewayRefused):
        rig.gateway.charge(a_charge(replace(card, card_id="pm_gone")))
    with pytest.raises(GatewayRefused):
        rig.gateway.charge(a_charge(replace(card, customer_id="cus_somebody_else")))


def test_the_same_payment_with_another_amount_is_refused(rig: Rig) -> None:
    request = a_charge(kept(rig))
    rig.gateway.charge(request)

    with pytest.raises(GatewayRefused):
        rig.gateway.charge(replace(request, amount=Money(19751, "GBP")))


def test_a_customer_is_forgotten_once_and_their_card_with_them(rig: Rig) -> None:
    request = a_charge(kept(rig))

    for _ in range(2):
        rig.gateway.forget_customer(request.card.customer_id)
    rig.gateway.forget_customer("cus_somebody_else")

    with pytest.raises(GatewayRefused):
        rig.gateway.charge(request)
