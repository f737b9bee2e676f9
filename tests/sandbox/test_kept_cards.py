"""Cards that were kept, charged with nobody there: as Stripe's own package sees it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import stripe
from stripe.checkout import Session

from studio.sandbox.stripe.server import Sandbox
from tests.sandbox.driving import Ear, submit, verb
from tests.sandbox.keeping import charge_kept, kept

PAYS, ASKS_ONCE = "4242424242424242", "4000002500003155"
ASKS, DECLINES = "4000000000003220", "4000000000000341"


@pytest.mark.parametrize("card", [PAYS, ASKS_ONCE])
def test_a_kept_card_pays_with_nobody_there(
    client: stripe.StripeClient, a_page: Callable[..., Session], card: str
) -> None:
    customer, method = kept(client, a_page, card)

    done = charge_kept(client, customer, method)

    assert isinstance(done, stripe.PaymentIntent)
    assert (done.status, done.amount_received, done.customer) == ("succeeded", 19750, customer)
    assert done.payment_method == method
    assert client.v1.payment_methods.retrieve(method).card.last4 == card[-4:]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("card", "code", "decline"),
    [
        (ASKS, "authentication_required", "authentication_required"),
        (DECLINES, "card_declined", "generic_decline"),
    ],
)
def test_a_refusal_is_402_and_names_the_payment(
    client: stripe.StripeClient, a_page: Callable[..., Session], card: str, code: str, decline: str
) -> None:
    customer, method = kept(client, a_page, card)

    refused = charge_kept(client, customer, method)

    assert isinstance(refused, stripe.CardError)
    assert refused.http_status == 402
    assert refused.code == code
    error = refused.error
    assert error is not None
    assert error.payment_intent is not None
    assert error.decline_code == decline
    intent = client.v1.payment_intents.retrieve(error.payment_intent.id)
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    assert intent.last_payment_error
    assert intent.last_payment_error.code == code


@pytest.mark.parametrize("card", [PAYS, DECLINES])
def test_the_same_key_is_told_the_same(
    client: stripe.StripeClient, a_page: Callable[..., Session], card: str
) -> None:
    customer, method = kept(client, a_page, card)
    first, again = (charge_kept(client, customer, method, key="payment-18-pi") for _ in range(2))

    assert type(first) is type(again)
    made = client.v1.payment_intents.list({"customer": customer}).data
    assert [each.amount for each in made] == [19750, 8400]


def test_a_card_is_kept_only_if_it_was_asked_for(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    customer = client.v1.customers.create({"email": "maya@example.com"})
    page = a_page(customer=customer.id, customer_email=None)
    submit(page.url or "", card=PAYS)

    assert client.v1.payment_methods.list({"customer": customer.id}).data == []
    intent = client.v1.payment_intents.list({"customer": customer.id}).data[0]
    refused = "does not belong to the customer"
    with pytest.raises(stripe.InvalidRequestError, match=refused):
        charge_kept(client, customer.id, str(intent.payment_method))


@pytest.mark.parametrize(
    "wrong",
    [
        {"payment_method_types": ["card"]},
        {"allowed_payment_method_types": ["sepa_debit"]},
        {"off_session": False},
        {"confirm": False},
        {"amount": 29},
        {"amount": -1},
        {"customer": "cus_nobody"},
        {"payment_method": "pm_none"},
        {"ofsession": True},
    ],
)
def test_what_stripe_would_refuse_is_refused(
    client: stripe.StripeClient, a_page: Callable[..., Session], wrong: dict[str, object]
) -> None:
    customer, method = kept(client, a_page, PAYS)
    before = len(client.v1.payment_intents.list({"customer": customer}).data)

    with pytest.raises(stripe.InvalidRequestError):
        charge_kept(client, **{"customer": customer, "method": method, **wrong})  # type: ignore[arg-type]
    assert len(client.v1.payment_intents.list({"customer": customer}).data) == before


def test_its_notices_are_told(
    sandbox: Sandbox, client: stripe.StripeClient, a_page: Callable[..., Session], ear: Ear
) -> None:
    customer, method = kept(client, a_page, DECLINES)
    verb(sandbox, "flush")
    ear.heard.clear()

    charge_kept(client, customer, method)
    verb(sandbox, "flush")

    assert ear.types == [
        "payment_intent.created", "charge.failed", "payment_intent.payment_failed"
    ]  # fmt: skip
    failed = json.loads(ear.heard[-1][0])["data"]["object"]
    assert failed["last_payment_error"]["code"] == "card_declined"
