"""A card that is kept when it pays, and charged later with nobody there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import stripe
from stripe.checkout import Session

from tests.sandbox.driving import submit


def kept(client: stripe.StripeClient, a_page: Callable[..., Session], card: str) -> tuple[str, str]:
    """The customer and the payment method of *card*, which has paid on a page."""
    customer = client.v1.customers.create({"email": "maya@example.com"})
    page = a_page(
        customer=customer.id,
        customer_email=None,
        payment_intent_data={"setup_future_usage": "off_session"},
    )
    submit(page.url or "", card=card)
    submit(page.url or "", card=card, authentication="complete")
    (method,) = client.v1.payment_methods.list({"customer": customer.id}).data
    return customer.id, method.id


def charge_kept(
    client: stripe.StripeClient, customer: str, method: str, key: str | None = None, **given: Any
) -> stripe.PaymentIntent | stripe.CardError:
    """What came of charging it; a refusal is an answer, too."""
    params: Any = {
        "amount": 19750,
        "currency": "gbp",
        "customer": customer,
        "payment_method": method,
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "off_session": True,
        "metadata": {"payment_id": "18"},
        **given,
    }
    options: Any = {"idempotency_key": key} if key else {}
    try:
        return client.v1.payment_intents.create(params=params, options=options)
    except stripe.CardError as refused:
        return refused
