from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe
from stripe.checkout import Session

from studio.sandbox.stripe import server
from studio.sandbox.stripe.server import Sandbox
from tests.sandbox.driving import Ear

SECRET = "whsec_only_for_tests_0123456789"


@pytest.fixture
def ear() -> Iterator[Ear]:
    listening = Ear()
    yield listening
    listening.close()


@pytest.fixture
def sandbox(ear: Ear) -> Iterator[Sandbox]:
    """A stand-in that holds its notices for ``ear`` until they are flushed."""
    running = server.start(webhooks=[ear.url], secret=SECRET)
    running.core.outbox.manner.held = True
    yield running
    running.close()


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    """The unmodified package, pointed at the stand-in."""
    return stripe.StripeClient(
        "sk_test_only_for_tests",
        base_addresses={"api": sandbox.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=10),
    )


@pytest.fixture
def a_page(client: stripe.StripeClient) -> Callable[..., Session]:
    """Make a payment page; what is given stands in place of the usual."""

    def make(key: str | None = None, **given: Any) -> Session:
        params: Any = {
            "mode": "payment",
            "allowed_payment_method_types": ["card"],
            "line_items": [a_line(8400)],
            "success_url": "http://127.0.0.1:8000/return?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1:8000/checkout",
            "customer_email": "maya@example.com",
            "client_reference_id": "K7QM2XW9RT",
            "metadata": {"payment_id": "17"},
            "expires_at": int(time.time()) + 31 * 60,
            **given,
        }
        options: Any = {"idempotency_key": key} if key else {}
        return client.v1.checkout.sessions.create(params=params, options=options)

    return make


def a_line(unit: int, quantity: int = 1, currency: str = "gbp") -> dict[str, Any]:
    return {
        "quantity": quantity,
        "price_data": {
            "currency": currency,
            "unit_amount": unit,
            "product_data": {"name": "Deposit, Studio Portrait for Zoë"},
        },
    }
