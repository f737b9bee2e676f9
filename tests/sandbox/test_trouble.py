"""Trouble on demand: what the package makes of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import stripe
from stripe.checkout import Session

from studio.sandbox.stripe.server import Sandbox
from tests.sandbox.driving import send, verb

SESSIONS = "/v1/checkout/sessions"


def trouble(sandbox: Sandbox, kind: str, **more: Any) -> None:
    fault = {"method": "POST", "path": SESSIONS, "kind": kind, **more}
    verb(sandbox, "config", faults=[fault])


@pytest.mark.parametrize("kind", ["500", "500 before"])
def test_an_error_before_anything_is_done_leaves_no_trace(
    sandbox: Sandbox, client: stripe.StripeClient, a_page: Callable[..., Session], kind: str
) -> None:
    trouble(sandbox, kind)

    with pytest.raises(stripe.APIError):
        a_page("payment-17-cs")

    assert client.v1.checkout.sessions.list().data == []
    assert a_page("payment-17-cs").status == "open"


def test_an_error_half_way_is_the_answer_for_a_day(
    sandbox: Sandbox, a_page: Callable[..., Session]
) -> None:
    trouble(sandbox, "500-kept")
    expires_at = int(time.time()) + 3600

    for _ in range(2):
        with pytest.raises(stripe.APIError):
            a_page("payment-17-cs", expires_at=expires_at)

    assert a_page("payment-17-again").status == "open"


def test_a_lost_answer_is_work_done(
    sandbox: Sandbox, client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    trouble(sandbox, "lost")
    expires_at = int(time.time()) + 3600

    with pytest.raises(stripe.APIConnectionError):
        a_page("payment-17-cs", expires_at=expires_at)

    made = client.v1.checkout.sessions.list().data
    assert len(made) == 1
    assert a_page("payment-17-cs", expires_at=expires_at).id == made[0].id


def test_the_package_tries_again_with_the_same_key(sandbox: Sandbox) -> None:
    patient = stripe.StripeClient(
        "sk_test_only_for_tests",
        base_addresses={"api": sandbox.url},
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=10),
    )
    faults = [{"method": "POST", "path": "/v1/customers", "kind": "lost"}]
    verb(sandbox, "config", faults=faults)

    made = patient.v1.customers.create({"email": "maya@example.com"})

    assert [each.id for each in patient.v1.customers.list().data] == [made.id]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("429", stripe.RateLimitError),
        ("401", stripe.AuthenticationError),
        ("400", stripe.InvalidRequestError),
    ],
)
def test_each_kind_of_trouble_comes_as_its_own_error(
    sandbox: Sandbox,
    a_page: Callable[..., Session],
    kind: str,
    error: type[stripe.StripeError],
) -> None:
    trouble(sandbox, kind, times=2)

    for _ in range(2):
        with pytest.raises(error):
            a_page("payment-17-cs")

    assert a_page("payment-17-cs").status == "open"


def test_a_slow_answer_is_an_answer_all_the_same(
    sandbox: Sandbox, a_page: Callable[..., Session]
) -> None:
    trouble(sandbox, "slow", seconds=0.3)
    began = time.monotonic()

    made = a_page()

    assert made.status == "open"
    assert time.monotonic() - began >= 0.3


def test_trouble_meets_the_named_call_only(
    sandbox: Sandbox, client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    verb(
        sandbox,
        "config",
        faults=[{"method": "GET", "path": f"{SESSIONS}/*", "kind": "500", "times": 9}],
    )

    made = a_page()

    assert len(client.v1.checkout.sessions.list().data) == 1
    with pytest.raises(stripe.APIError):
        client.v1.checkout.sessions.retrieve(made.id)


def test_an_answer_takes_no_time_to_speak_of(client: stripe.StripeClient) -> None:
    taken = []
    for _ in range(20):
        began = time.monotonic()
        client.v1.customers.list()
        taken.append(time.monotonic() - began)

    assert min(taken) < 0.03  # with Nagle's algorithm each took 40 ms


def test_state_shows_everything(sandbox: Sandbox, a_page: Callable[..., Session]) -> None:
    made = a_page()
    verb(sandbox, "advance", seconds=100)

    state = json.loads(send("GET", f"{sandbox.url}/_test/state").body)

    assert state["objects"][made.id]["status"] == "open"
    assert abs(state["now"] - time.time() - 100) <= 2
    verb(sandbox, "advance", seconds=31 * 60)
    state = json.loads(send("GET", f"{sandbox.url}/_test/state").body)
    assert [event["type"] for event in state["events"]] == ["checkout.session.expired"]
    assert [each["event"] for each in state["outbox"]] == [state["events"][0]["id"]]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("advance", '{"seconds": -1}', 400),
        ("advance", "{}", 400),
        ("refund", "{}", 400),
        ("refund", '{"payment_intent": "pi_none"}', 404),
        ("delayed", '{"session": "cs_none"}', 404),
        ("fly", "{}", 404),
    ],
)
def test_a_verb_that_cannot_be_done_says_so(
    sandbox: Sandbox, path: str, body: str, status: int
) -> None:
    assert send("POST", f"{sandbox.url}/_test/{path}", body).status == status
