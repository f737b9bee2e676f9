"""One suite for the fake and for the Stripe adapter on the stand-in: is the fake honest?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from studio.domain.money import Money
from studio.ports.payment_gateway import (
    CheckoutState,
    GatewayRefused,
    GatewayUnavailable,
    PaymentsPaused,
    RefundRequest,
    RefundState,
)
from tests.contracts.gateways import Rig


def test_a_new_page_says_what_was_asked_for(rig: Rig) -> None:
    request = rig.request()

    opened = rig.gateway.open_checkout(request)

    assert opened.state is CheckoutState.OPEN
    assert not opened.paid
    assert opened.amount == Money(8400, "GBP")
    assert opened.payment_id == 17
    assert opened.booking_reference == "K7QM2XW9RT"
    assert opened.url
    assert opened.intent_id is None
    assert opened.expires_at == request.expires_at.replace(microsecond=0)
    assert not opened.livemode
    assert rig.gateway.checkout(opened.id) == opened


def test_asking_twice_makes_one_page(rig: Rig) -> None:
    request = rig.request()

    first = rig.gateway.open_checkout(request)

    assert rig.gateway.open_checkout(request) == first
    assert rig.gateway.open_checkout(rig.request(payment_id=18)).id != first.id


def test_a_repeat_shows_the_page_as_it_was_made(rig: Rig) -> None:
    request = rig.request()
    first = rig.gateway.open_checkout(request)
    rig.pay(first)

    assert rig.gateway.open_checkout(request) == first


def test_the_same_payment_with_another_amount_is_refused(rig: Rig) -> None:
    request = rig.request()
    rig.gateway.open_checkout(request)

    with pytest.raises(GatewayRefused):
        rig.gateway.open_checkout(replace(request, amount=Money(9900, "GBP")))


@pytest.mark.parametrize("minutes", [29, 24 * 60 + 1])
def test_a_page_lives_half_an_hour_to_a_day(rig: Rig, minutes: int) -> None:
    late = replace(rig.request(), expires_at=rig.now() + timedelta(minutes=minutes))

    with pytest.raises(GatewayRefused):
        rig.gateway.open_checkout(late)


def test_paying_completes_the_page(rig: Rig) -> None:
    opened = rig.gateway.open_checkout(rig.request())

    rig.pay(opened)

    now = rig.gateway.checkout(opened.id)
    assert now.state is CheckoutState.COMPLETE
    assert now.paid
    assert now.intent_id
    assert now.url is None


def test_complete_is_not_paid(rig: Rig) -> None:
    opened = rig.gateway.open_checkout(rig.request())

    rig.leave_unpaid(opened)

    now = rig.gateway.checkout(opened.id)
    assert (now.state, now.paid) == (CheckoutState.COMPLETE, False)


def test_time_closes_a_page(rig: Rig) -> None:
    opened = rig.gateway.open_checkout(rig.request())

    rig.advance(32 * 60)

    now = rig.gateway.checkout(opened.id)
    assert (now.state, now.paid, now.url) == (CheckoutState.EXPIRED, False, None)


def test_an_unknown_page_is_refused(rig: Rig) -> None:
    with pytest.raises(GatewayRefused) as refused:
        rig.gateway.checkout("cs_test_nowhere")

    assert refused.value.code == "resource_missing"


def test_closing_twice_is_closing_once(rig: Rig) -> None:
    opened = rig.gateway.open_checkout(rig.request())

    closed = rig.gateway.close_checkout(opened.id)

    assert closed.state is CheckoutState.EXPIRED
    assert rig.gateway.close_checkout(opened.id) == closed


def test_closing_a_paid_page_says_that_it_was_paid(rig: Rig) -> None:
    opened = rig.gateway.open_checkout(rig.request())
    rig.pay(opened)

    closed = rig.gateway.close_checkout(opened.id)

    assert (closed.state, closed.paid) == (CheckoutState.COMPLETE, True)


def test_closing_an_unknown_page_is_refused(rig: Rig) -> None:
    with pytest.raises(GatewayRefused):
        rig.gateway.close_checkout("cs_test_nowhere")


def test_a_page_whose_answer_was_lost_is_there_once(rig: Rig) -> None:
    request = rig.request()
    rig.lose_answers()

    with pytest.raises(GatewayUnavailable):
        rig.gateway.open_checkout(request)

    found = rig.gateway.find_checkout(17, since=rig.now() - timedelta(minutes=5))
    assert found is not None
    assert rig.gateway.open_checkout(request).id == found.id


def test_looking_for_a_page_that_was_never_made_finds_none(rig: Rig) -> None:
    opened = rig.gateway.open_checkout(rig.request(payment_id=18))
    rig.advance(60)

    assert rig.gateway.find_checkout(17, since=rig.now() - timedelta(hours=1)) is None
    assert rig.gateway.find_checkout(18, since=rig.now()) is None
    assert rig.gateway.find_checkout(18, since=rig.now() - timedelta(seconds=61)) == opened


def test_when_the_gateway_is_down_nothing_is_done(rig: Rig) -> None:
    rig.go_down()

    with pytest.raises(GatewayUnavailable):
        rig.gateway.open_checkout(rig.request())


def test_a_revoked_key_pauses_payments(rig: Rig) -> None:
    rig.revoke()

    with pytest.raises(PaymentsPaused):
        rig.gateway.checkout("cs_test_any")


def test_a_refund_gives_back_part_once(rig: Rig) -> None:
    intent_id = rig.paid()
    request = RefundRequest(9, intent_id, Money(2000, "GBP"), "moved to another studio")

    made = rig.gateway.refund(request)

    assert rig.gateway.refund(request) == made
    assert (made.amount, made.state, made.refund_id) == (
        Money(2000, "GBP"),
        RefundState.DONE,
        9,
    )
    assert rig.gateway.refunds_of(intent_id) == [made]


def test_a_refund_whose_answer_was_lost_is_made_once(rig: Rig) -> None:
    intent_id = rig.paid()
    request = RefundRequest(9, intent_id, Money(8400, "GBP"), "")
    rig.lose_answers()

    with pytest.raises(GatewayUnavailable):
        rig.gateway.refund(request)

    assert rig.gateway.refund(request) == rig.gateway.refunds_of(intent_id)[0]
    assert len(rig.gateway.refunds_of(intent_id)) == 1


def test_no_more_goes_back_than_came(rig: Rig) -> None:
    intent_id = rig.paid(minor=5000)
    rig.gateway.refund(RefundRequest(1, intent_id, Money(3000, "GBP"), ""))

    with pytest.raises(GatewayRefused):
        rig.gateway.refund(RefundRequest(2, intent_id, Money(2001, "GBP"), ""))
    rig.gateway.refund(RefundRequest(3, intent_id, Money(2000, "GBP"), ""))
    with pytest.raises(GatewayRefused):
        rig.gateway.refund(RefundRequest(4, intent_id, Money(1, "GBP"), ""))


def test_refunds_come_oldest_first_and_say_whose_they_are(rig: Rig) -> None:
    intent_id = rig.paid()
    rig.gateway.refund(RefundRequest(1, intent_id, Money(100, "GBP"), ""))
    rig.refund_elsewhere(intent_id, 200)

    made = rig.gateway.refunds_of(intent_id)

    assert [(each.refund_id, each.amount.minor) for each in made] == [(1, 100), (None, 200)]


def test_refunds_of_a_time_are_listed_whosever_payment_it_is(rig: Rig) -> None:
    first, second = rig.paid(17), rig.paid(18)
    rig.gateway.refund(RefundRequest(1, first, Money(100, "GBP"), ""))
    rig.advance(3600)
    since = rig.now()
    rig.gateway.refund(RefundRequest(2, second, Money(200, "GBP"), ""))
    rig.refund_elsewhere(first, 300)

    made = rig.gateway.refunds_since(since)

    assert [(each.intent_id, each.amount.minor) for each in made] == [(second, 200), (first, 300)]
    assert len(rig.gateway.refunds_since(since - timedelta(hours=2))) == 3


def test_a_refund_may_fail_later(rig: Rig) -> None:
    intent_id = rig.paid()
    made = rig.gateway.refund(RefundRequest(1, intent_id, Money(8400, "GBP"), ""))

    rig.fail_refund(made.id)

    assert [each.state for each in rig.gateway.refunds_of(intent_id)] == [RefundState.FAILED]
    rig.gateway.refund(RefundRequest(2, intent_id, Money(8400, "GBP"), ""))


def test_nothing_missed_is_nothing_to_catch_up_with(rig: Rig) -> None:
    rig.gateway.open_checkout(rig.request())

    assert rig.gateway.missed_events(rig.now() - timedelta(days=3)) == []


def test_money_taken_is_listed_oldest_first_by_when_it_was_begun(rig: Rig) -> None:
    since = rig.now() - timedelta(minutes=1)
    first, second = rig.paid(17), rig.paid(18, 300)
    rig.gateway.open_checkout(rig.request(19))

    found = rig.gateway.taken(since, rig.now() + timedelta(minutes=1))
    assert sorted((each.intent_id, each.amount.minor, each.payment_id) for each in found) == sorted(
        [(first, 8400, 17), (second, 300, 18)]
    )
    assert rig.gateway.taken(since - timedelta(days=1), since) == []
