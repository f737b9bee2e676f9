"""Every object has the fields of its class in the pinned package: none missing, none invented."""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from typing import Any, Union, get_args, get_origin

import pytest
import stripe
from stripe.checkout import Session

from studio.sandbox.stripe.server import Sandbox
from studio.sandbox.stripe.world import API_VERSION
from tests.sandbox.driving import send, submit, verb
from tests.sandbox.keeping import charge_kept, kept

CLASSES: dict[str, type[stripe.StripeObject]] = {
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "checkout.session": Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "item": stripe.LineItem,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "price": stripe.Price,
    "refund": stripe.Refund,
}


def fields(kind: type[stripe.StripeObject]) -> dict[str, Any]:
    return {
        name: hint
        for name, hint in kind.__annotations__.items()
        if not name.startswith("_") and name != "OBJECT_NAME"
    }


def may_be_empty(hint: Any) -> bool:
    return get_origin(hint) in {Union, types.UnionType} and type(None) in get_args(hint)


@pytest.fixture
def made(
    sandbox: Sandbox, client: stripe.StripeClient, a_page: Callable[..., Session]
) -> list[dict[str, Any]]:
    """One of everything, in each of its states."""
    paid, failed, asked, late, left = (a_page(expand=["line_items"]) for _ in range(5))
    submit(paid.url or "", card="4242424242424242")
    submit(failed.url or "", card="4000000000000002")
    submit(asked.url or "", card="4000000000003220")
    verb(sandbox, "delayed", session=late.id, ok=True)
    client.v1.checkout.sessions.expire(left.id)
    for card in ("4242424242424242", "4000000000000341"):
        charge_kept(client, *kept(client, a_page, card))
    intents = [
        client.v1.checkout.sessions.retrieve(each.id).payment_intent for each in (paid, late)
    ]
    refunded = client.v1.refunds.create({"payment_intent": str(intents[0]), "amount": 100})
    verb(sandbox, "refund/fail", refund=refunded.id)
    disputed = verb(sandbox, "dispute", payment_intent=intents[1])
    verb(sandbox, "dispute/close", dispute=disputed["id"], won=True)
    state = json.loads(send("GET", f"{sandbox.url}/_test/state").body)
    items = client.v1.checkout.sessions.line_items.list(paid.id).to_dict()["data"]
    events = [{**event, "data": event["data"]} for event in state["events"]]
    shown = [event["data"]["object"] for event in events]
    return [*state["objects"].values(), *events, *shown, *items, *(each["price"] for each in items)]


def test_every_object_has_the_fields_of_its_class(made: list[dict[str, Any]]) -> None:
    assert {each["object"] for each in made} == set(CLASSES)
    for each in made:
        known = fields(CLASSES[each["object"]])
        assert each.keys() <= known.keys(), each["object"]
        for name, hint in known.items():
            if may_be_empty(hint):
                continue
            assert each.get(name) is not None, (each["object"], name)


def test_the_version_is_the_packages(client: stripe.StripeClient) -> None:
    answer = client.raw_request("get", "/v1/customers")

    assert answer.headers["Stripe-Version"] == API_VERSION
    assert stripe.api_version == API_VERSION
