"""Refunds, disputes and late money: never more back than came."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import stripe
from stripe.checkout import Session

from studio.sandbox.stripe.server import Sandbox
from tests.sandbox.driving import send, submit, verb


@pytest.fixture
def intent(client: stripe.StripeClient, a_page: Callable[..., Session]) -> str:
    """A payment of 84 pounds that went through."""
    made = a_page()
    submit(made.url or "", card="4242424242424242")
    paid = client.v1.checkout.sessions.retrieve(made.id).payment_intent
    assert isinstance(paid, str)
    return paid


def charge_of(client: stripe.StripeClient, intent: str) -> stripe.Charge:
    return client.v1.charges.list({"payment_intent": intent}).data[0]


def net(client: stripe.StripeClient) -> int:
    """What all of it left in the studio's balance, without the fees."""
    return sum(each.amount for each in client.v1.balance_transactions.list().data)


def test_the_rest_goes_back_where_no_amount_is_given(
    client: stripe.StripeClient, intent: str
) -> None:
    client.v1.refunds.create({"payment_intent": intent, "amount": 2400})

    rest = client.v1.refunds.create({"payment_intent": intent})

    assert (rest.amount, rest.status) == (6000, "succeeded")
    charged = charge_of(client, intent)
    assert (charged.amount_refunded, charged.refunded) == (8400, True)
    assert net(client) == 0


@pytest.mark.parametrize("amount", [0, -1, 6001, 8400])
def test_more_than_is_left_is_refused(
    client: stripe.StripeClient, intent: str, amount: int
) -> None:
    client.v1.refunds.create({"payment_intent": intent, "amount": 2400})

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": intent, "amount": amount})

    assert len(client.v1.refunds.list({"payment_intent": intent}).data) == 1
    assert net(client) == 6000


def test_all_given_back_is_said_so(client: stripe.StripeClient, intent: str) -> None:
    client.v1.refunds.create({"payment_intent": intent})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent, "amount": 1})

    assert refused.value.code == "charge_already_refunded"


def test_nothing_paid_is_nothing_to_refund(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    made = a_page()
    submit(made.url or "", card="4000000000000002")
    unpaid = client.v1.checkout.sessions.retrieve(made.id).payment_intent
    assert isinstance(unpaid, str)

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": unpaid})


def test_the_same_key_refunds_once(client: stripe.StripeClient, intent: str) -> None:
    made = [
        client.v1.refunds.create(
            {"payment_intent": intent, "amount": 100}, {"idempotency_key": "refund-9"}
        )
        for _ in range(2)
    ]

    assert made[0].id == made[1].id
    assert charge_of(client, intent).amount_refunded == 100


def test_a_refund_in_the_dashboard_carries_no_notes(
    sandbox: Sandbox, client: stripe.StripeClient, intent: str
) -> None:
    verb(sandbox, "refund", payment_intent=intent, amount=500)

    made = client.v1.refunds.list({"payment_intent": intent}).data[0]
    assert made.amount == 500
    assert made.metadata is not None
    assert made.metadata.to_dict() == {}


@pytest.mark.parametrize(("end", "left"), [("finish", 7900), ("fail", 8400)])
def test_a_refund_may_be_pending_first(
    sandbox: Sandbox, client: stripe.StripeClient, intent: str, end: str, left: int
) -> None:
    made = verb(sandbox, "refund", payment_intent=intent, amount=500, pending=True)

    assert client.v1.refunds.retrieve(made["id"]).status == "pending"
    assert charge_of(client, intent).amount_refunded == 500
    verb(sandbox, f"refund/{end}", refund=made["id"])
    ended = client.v1.refunds.retrieve(made["id"]).status
    assert ended == ("succeeded" if end == "finish" else "failed")
    assert net(client) == left
    told = f'{{"refund": "{made["id"]}"}}'
    assert send("POST", f"{sandbox.url}/_test/refund/{end}", told).status == 400


def test_a_refund_that_fails_later_can_be_made_again(
    sandbox: Sandbox, client: stripe.StripeClient, intent: str
) -> None:
    made = client.v1.refunds.create({"payment_intent": intent})

    verb(sandbox, "refund/fail", refund=made.id)

    assert client.v1.refunds.retrieve(made.id).status == "failed"
    assert not charge_of(client, intent).refunded
    assert net(client) == 8400
    assert client.v1.refunds.create({"payment_intent": intent}).status == "succeeded"


@pytest.mark.parametrize(("won", "left"), [(True, 6400), (False, 0)])
def test_a_dispute_takes_what_was_not_refunded(
    sandbox: Sandbox, client: stripe.StripeClient, intent: str, *, won: bool, left: int
) -> None:
    client.v1.refunds.create({"payment_intent": intent, "amount": 2000})

    opened = verb(sandbox, "dispute", payment_intent=intent)

    assert (opened["amount"], net(client)) == (6400, 0)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_disputed"
    verb(sandbox, "dispute/close", dispute=opened["id"], won=won)
    assert client.v1.disputes.retrieve(opened["id"]).status == ("won" if won else "lost")
    assert net(client) == left


@pytest.mark.parametrize("ok", [True, False])
def test_late_money_comes_or_fails(
    sandbox: Sandbox, client: stripe.StripeClient, a_page: Callable[..., Session], *, ok: bool
) -> None:
    made = a_page()

    verb(sandbox, "delayed", session=made.id)

    waiting = client.v1.checkout.sessions.retrieve(made.id)
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    verb(sandbox, "delayed", session=made.id, ok=ok)
    now = client.v1.checkout.sessions.retrieve(made.id)
    assert (now.status, now.payment_status) == ("complete", "paid" if ok else "unpaid")
    assert net(client) == (8400 if ok else 0)
    again = send("POST", f"{sandbox.url}/_test/delayed", f'{{"session": "{made.id}", "ok": true}}')
    assert again.status == 400
