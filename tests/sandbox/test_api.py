"""Stripe's API as the unmodified package meets it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe
from stripe.checkout import Session

from studio.sandbox.stripe.server import Sandbox
from tests.sandbox.conftest import a_line
from tests.sandbox.driving import send, submit, verb

PAYS = "4242424242424242"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (
            {"payment_method_types": ["card"]},
            "payment_method_types_no_longer_supported",
        ),
        ({"allowed_payment_method_types": ["card", "sepa_debit"]}, None),
        ({"ui_mode": "hosted"}, None),
        ({"ui_mode": "embedded"}, None),
        ({"ui_mode": "custom"}, None),
        ({"mode": "subscription"}, None),
        ({"line_items": []}, "parameter_missing"),
        ({"line_items": [a_line(29)]}, "amount_too_small"),
        ({"line_items": [a_line(12345, currency="kwd")]}, "parameter_invalid_integer"),
        ({"line_items": [a_line(123450, currency="isk")]}, "parameter_invalid_integer"),
        ({"line_items": [a_line(100), a_line(100, currency="eur")]}, None),
        ({"line_items": [a_line(-100)]}, None),
        ({"success_url": "/return"}, "url_invalid"),
        ({"customer_email": "nobody"}, "email_invalid"),
        ({"metadata": {"note": "x" * 501}}, None),
        ({"automatic_tacks": True}, "parameter_unknown"),
    ],
)
def test_a_page_that_stripe_would_refuse_is_refused(
    client: stripe.StripeClient,
    a_page: Callable[..., Session],
    given: dict[str, Any],
    code: str | None,
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        a_page(**given)

    assert refused.value.code == code
    assert client.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize("seconds", [30 * 60 - 5, 24 * 3600 + 5])
def test_a_page_lives_half_an_hour_to_a_day(a_page: Callable[..., Session], seconds: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        a_page(expires_at=int(time.time()) + seconds)

    assert refused.value.param == "expires_at"


@pytest.mark.parametrize("key", ["sk_live_0123456789", "rk_live_0123456789", "pk_test_01234"])
def test_only_test_keys_are_let_in(sandbox: Sandbox, key: str) -> None:
    stranger = stripe.StripeClient(
        key, base_addresses={"api": sandbox.url}, http_client=stripe.RequestsClient(timeout=10)
    )

    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.customers.list()


def test_a_restricted_test_key_is_let_in(sandbox: Sandbox) -> None:
    ours = stripe.StripeClient(
        "rk_test_0123456789",
        base_addresses={"api": sandbox.url},
        http_client=stripe.RequestsClient(timeout=10),
    )

    assert ours.v1.customers.list().data == []


def test_without_a_key_nothing_is_said(sandbox: Sandbox) -> None:
    assert send("GET", f"{sandbox.url}/v1/events").status == 401


def test_the_same_key_gives_the_first_answer(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    expires_at = int(time.time()) + 31 * 60
    first = a_page("payment-17-cs", expires_at=expires_at)
    submit(first.url or "", card=PAYS)

    again = a_page("payment-17-cs", expires_at=expires_at)

    assert again.to_dict() == first.to_dict()
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_rivals_with_one_key_make_one_page(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    expires_at = int(time.time()) + 31 * 60
    with ThreadPoolExecutor(8) as rivals:
        made = list(rivals.map(lambda _: a_page("payment-17-cs", expires_at=expires_at), range(8)))

    assert len({each.id for each in made}) == 1
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_the_same_key_with_other_words_is_refused(a_page: Callable[..., Session]) -> None:
    expires_at = int(time.time()) + 31 * 60
    a_page("payment-17-cs", expires_at=expires_at)

    with pytest.raises(stripe.IdempotencyError):
        a_page("payment-17-cs", expires_at=expires_at + 1)


def test_a_key_is_forgotten_after_a_day(sandbox: Sandbox, a_page: Callable[..., Session]) -> None:
    first = a_page("payment-17-cs")
    verb(sandbox, "advance", seconds=24 * 3600)

    later = a_page("payment-17-cs", expires_at=int(time.time()) + 24 * 3600 + 31 * 60)

    assert later.id != first.id


def test_a_request_that_failed_a_check_may_be_mended(a_page: Callable[..., Session]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        a_page("payment-17-cs", mode="subscription")

    assert a_page("payment-17-cs").status == "open"


def test_lists_come_in_pages_newest_first(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    made = [a_page().id for _ in range(5)]

    first = client.v1.checkout.sessions.list({"limit": 2})
    back = client.v1.checkout.sessions.list({"limit": 2, "ending_before": made[0]})

    assert [each.id for each in first.data] == made[:2:-1]
    assert first.has_more
    assert [each.id for each in first.auto_paging_iter()] == made[::-1]
    assert [each.id for each in back.data] == [made[2], made[1]]
    assert back.has_more


def test_lists_know_when_things_were_made(
    sandbox: Sandbox, client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    early = a_page()
    verb(sandbox, "advance", seconds=600)
    late = a_page(expires_at=int(time.time()) + 3600)

    def found(**created: int) -> list[str]:
        bounds: Any = {"created": created}
        return [each.id for each in client.v1.checkout.sessions.list(bounds).data]

    assert found(gte=late.created) == [late.id]
    assert found(gt=late.created) == []
    assert found(lt=late.created) == [early.id]
    assert found(lte=late.created) == [late.id, early.id]


def test_a_list_asks_by_payment_and_status(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    paid, unpaid = a_page(), a_page()
    submit(paid.url or "", card=PAYS)
    intent = client.v1.checkout.sessions.retrieve(paid.id).payment_intent
    assert isinstance(intent, str)

    by_payment = client.v1.checkout.sessions.list({"payment_intent": intent})
    by_status = client.v1.checkout.sessions.list({"status": "open"})

    assert [each.id for each in by_payment.data] == [paid.id]
    assert [each.id for each in by_status.data] == [unpaid.id]


def test_what_a_page_sells_is_listed_and_expanded(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    made = a_page(line_items=[a_line(8400), a_line(1250, 2)], expand=["line_items"])

    listed = client.v1.checkout.sessions.line_items.list(made.id)

    assert [(each.amount_total, each.quantity) for each in listed.data] == [(8400, 1), (2500, 2)]
    assert made.line_items is not None
    assert made.line_items.to_dict() == listed.to_dict()
    assert made.amount_total == 10900
    assert "line_items" not in client.v1.checkout.sessions.retrieve(made.id)


def test_what_cannot_be_expanded_is_refused(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    made = a_page()

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.retrieve(made.id, params={"expand": ["moon"]})


def test_only_an_open_page_can_be_expired(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    paid, unpaid = a_page(), a_page()
    submit(paid.url or "", card=PAYS)

    assert client.v1.checkout.sessions.expire(unpaid.id).status == "expired"
    for made in (paid, unpaid):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.checkout.sessions.expire(made.id)


def test_a_customer_is_kept_and_changed(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    person = client.v1.customers.create({"email": "maya@example.com", "metadata": {"a": "1"}})

    client.v1.customers.update(person.id, {"name": "Maya", "metadata": {"b": "2"}})

    now = client.v1.customers.retrieve(person.id)
    assert (now.email, now.name) == ("maya@example.com", "Maya")
    assert now.metadata is not None
    assert now.metadata.to_dict() == {"a": "1", "b": "2"}
    with pytest.raises(stripe.InvalidRequestError):
        a_page(customer=person.id)


@pytest.mark.parametrize(
    "path", ["/v1/refunds/re_none", "/v1/events/evt_none", "/v1/charges/cus_1", "/v1/products"]
)
def test_an_unknown_address_or_object_is_not_found(client: stripe.StripeClient, path: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.raw_request("get", path)

    assert refused.value.http_status == 404
