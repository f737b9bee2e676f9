"""A client's bank asks for the money back: the fake and the Stripe adapter say the same of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from studio.domain.money import Money
from studio.ports.payment_gateway import (
    DisputeState,
    GatewayDispute,
    RefundRequest,
    RefundWaits,
)
from tests.contracts.gateways import Rig


def of(rig: Rig, intent_id: str) -> GatewayDispute:
    (found,) = rig.gateway.disputes_of(intent_id)
    return found


def test_nothing_disputed_is_none(rig: Rig) -> None:
    assert rig.gateway.disputes_of(rig.paid()) == []


def test_a_dispute_takes_the_money_and_asks_for_an_answer(rig: Rig) -> None:
    intent_id = rig.paid()

    rig.dispute(intent_id)

    found = of(rig, intent_id)
    assert (found.state, found.reason, found.intent_id) == (
        DisputeState.OPEN, "fraudulent", intent_id,
    )  # fmt: skip
    assert found.amount == Money(8400, "GBP")
    assert not found.refundable
    assert found.answer_by is not None
    assert timedelta(days=6) < found.answer_by - rig.now() <= timedelta(days=7)
    assert [(each.amount.minor, each.fee.minor) for each in found.moved] == [(-8400, 2000)]


def test_only_what_is_left_is_taken_whatever_is_asked_for(rig: Rig) -> None:
    intent_id = rig.paid()
    rig.gateway.refund(RefundRequest(1, intent_id, Money(3000, "GBP"), ""))

    rig.dispute(intent_id, 8400)

    found = of(rig, intent_id)
    assert (found.amount.minor, [each.amount.minor for each in found.moved]) == (8400, [-5400])


@pytest.mark.parametrize("won", [True, False])
def test_it_ends_with_the_money_back_or_not(rig: Rig, *, won: bool) -> None:
    intent_id = rig.paid()
    rig.dispute(intent_id, 5000)
    before = of(rig, intent_id)

    rig.close_dispute(before.id, won)

    found = of(rig, intent_id)
    assert found.state is (DisputeState.WON if won else DisputeState.LOST)
    assert found.answer_by is None
    assert found.refundable is won
    assert found.moved[:1] == before.moved
    assert sum(each.amount.minor for each in found.moved) == (0 if won else -5000)


def test_an_inquiry_moves_no_money_and_ends_without_any(rig: Rig) -> None:
    intent_id = rig.paid()

    rig.dispute(intent_id, inquiry=True)

    found = of(rig, intent_id)
    assert (found.state, found.refundable, found.moved) == (DisputeState.INQUIRY, True, ())
    assert found.answer_by is not None
    rig.gateway.refund(RefundRequest(1, intent_id, Money(100, "GBP"), ""))
    rig.close_dispute(found.id, False)
    found = of(rig, intent_id)
    assert (found.state, found.refundable, found.moved) == (DisputeState.CLOSED, True, ())
    assert found.answer_by is None


def test_an_inquiry_may_become_a_dispute(rig: Rig) -> None:
    intent_id = rig.paid()
    rig.dispute(intent_id, inquiry=True)

    rig.escalate(of(rig, intent_id).id)

    found = of(rig, intent_id)
    assert (found.state, found.refundable) == (DisputeState.OPEN, False)
    assert [each.amount.minor for each in found.moved] == [-8400]


def test_a_refund_waits_while_the_payment_is_disputed(rig: Rig) -> None:
    intent_id = rig.paid()
    rig.dispute(intent_id, 2000)
    request = RefundRequest(1, intent_id, Money(1000, "GBP"), "")

    with pytest.raises(RefundWaits):
        rig.gateway.refund(request)

    assert rig.gateway.refunds_of(intent_id) == []
    rig.close_dispute(of(rig, intent_id).id, True)
    assert rig.gateway.refund(request).amount.minor == 1000


def test_disputes_are_listed_oldest_first_by_when_they_were_opened(rig: Rig) -> None:
    since = rig.now() - timedelta(minutes=1)
    first, second = rig.paid(17), rig.paid(18, 300)
    rig.dispute(first)
    rig.dispute(second)

    found = rig.gateway.disputes(since, rig.now() + timedelta(minutes=1))

    assert [each.intent_id for each in found] == [first, second]
    assert rig.gateway.disputes(since - timedelta(days=1), since) == []
