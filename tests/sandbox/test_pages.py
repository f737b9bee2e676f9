"""The hosted page: what each card does, and what the page says."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import stripe
from bs4 import BeautifulSoup
from stripe.checkout import Session

from studio.sandbox.stripe.cards import CARDS
from studio.sandbox.stripe.server import Sandbox
from tests.sandbox.conftest import a_line
from tests.sandbox.driving import send, submit, verb

PAYS, DECLINED, ASKS, ALWAYS_ASKS = (
    "4242424242424242",
    "4000000000000002",
    "4000002500003155",
    "4000000000003220",
)


def test_the_page_says_what_it_is_and_what_it_costs(a_page: Callable[..., Session]) -> None:
    made = a_page(line_items=[a_line(8400), a_line(1250, 2)])

    answer = send("GET", made.url or "")

    page = BeautifulSoup(answer.body, "html.parser")
    assert answer.status == 200
    assert [each.get_text() for each in page.select("h1")] == ["Test payment page"]
    text = page.get_text(" ", strip=True)
    for words in (
        "No money moves",
        "Deposit, Studio Portrait for Zoë \N{MULTIPLICATION SIGN} 2",
        "£25.00",
        "£109.00",
        "about 31 minutes left",
        "maya@example.com",
    ):
        assert words in text
    back = page.find("a", string="Back to the studio")
    assert back is not None
    assert back["href"] == "http://127.0.0.1:8000/checkout"
    for card in CARDS:
        assert f"{card.spaced} {card.explained}" in text
    field = page.select_one("form[method=post] input[name=card]")
    assert field is not None
    assert page.find("label", attrs={"for": field["id"]})
    assert not page.select("script, [style], style")


def test_what_the_studio_writes_is_text_on_the_page(a_page: Callable[..., Session]) -> None:
    line = a_line(8400)
    line["price_data"]["product_data"]["name"] = "<b>Ann & Co</b>"

    answer = send("GET", a_page(line_items=[line]).url or "")

    assert "&lt;b&gt;Ann &amp; Co&lt;/b&gt;" in answer.body


@pytest.mark.parametrize(
    ("unit", "currency", "shown"),
    [(8400, "eur", "€84.00"), (700, "jpy", "700 JPY"), (1500, "kwd", "1.500 KWD")],
)
def test_amounts_have_the_decimals_of_their_currency(
    a_page: Callable[..., Session], unit: int, currency: str, shown: str
) -> None:
    made = a_page(line_items=[a_line(unit, currency=currency)])

    assert f"Pay {shown}</button>" in send("GET", made.url or "").body


@pytest.mark.parametrize("number", [PAYS, "4242 4242 4242 4242", " 4242424242424242 "])
def test_a_good_card_pays_and_leads_back(
    client: stripe.StripeClient, a_page: Callable[..., Session], number: str
) -> None:
    made = a_page()

    answer = submit(made.url or "", card=number)

    assert answer.status == 303
    assert answer.location == f"http://127.0.0.1:8000/return?session={made.id}"
    now = client.v1.checkout.sessions.retrieve(made.id)
    assert (now.status, now.payment_status, now.url) == ("complete", "paid", None)
    assert isinstance(now.payment_intent, str)
    intent = client.v1.payment_intents.retrieve(now.payment_intent)
    assert (intent.status, intent.amount_received) == ("succeeded", 8400)


def test_sending_the_form_twice_pays_once(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    made = a_page()

    answers = [submit(made.url or "", card=PAYS) for _ in range(2)]

    assert [answer.status for answer in answers] == [303, 303]
    assert len(client.v1.charges.list().data) == 1
    assert "cannot take a second payment" in send("GET", made.url or "").body


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (DECLINED, "Your card was declined."),
        ("4000000000009995", "Your card has insufficient funds."),
        ("4111111111111111", "not one of the test cards"),
        ("", "not one of the test cards"),
    ],
)
def test_a_card_that_is_refused_leaves_the_page_open(
    client: stripe.StripeClient, a_page: Callable[..., Session], number: str, reason: str
) -> None:
    made = a_page()

    answer = submit(made.url or "", card=number)

    assert answer.status == 402
    page = BeautifulSoup(answer.body, "html.parser")
    alert = page.select_one("[role=alert]")
    assert alert is not None
    assert reason in alert.get_text()
    assert page.select_one("form input[name=card][aria-invalid=true]")
    now = client.v1.checkout.sessions.retrieve(made.id)
    assert (now.status, now.payment_status) == ("open", "unpaid")
    assert submit(made.url or "", card=PAYS).status == 303


def test_a_decline_stands_on_the_payment(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    made = a_page()
    submit(made.url or "", card=DECLINED)

    now = client.v1.checkout.sessions.retrieve(
        made.id, params={"expand": ["payment_intent.latest_charge"]}
    )

    intent = now.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.decline_code == "generic_decline"
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert (intent.latest_charge.status, intent.latest_charge.paid) == ("failed", False)


@pytest.mark.parametrize("number", [ASKS, ALWAYS_ASKS])
def test_the_bank_asks_and_is_answered(
    client: stripe.StripeClient, a_page: Callable[..., Session], number: str
) -> None:
    made = a_page()

    asked = submit(made.url or "", card=number)

    assert asked.status == 200
    page = BeautifulSoup(asked.body, "html.parser")
    assert [each.get_text() for each in page.select("button")] == ["Complete", "Fail"]
    assert client.v1.checkout.sessions.retrieve(made.id).status == "open"
    hidden = {str(each["name"]): str(each["value"]) for each in page.select("input")}
    done = submit(made.url or "", **hidden, authentication="complete")
    assert done.status == 303
    assert client.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"


def test_a_failed_answer_to_the_bank_leaves_the_page_open(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    made = a_page()
    submit(made.url or "", card=ASKS)

    failed = submit(made.url or "", card=ASKS, authentication="fail")

    assert failed.status == 402
    assert "could not check that this card is yours" in failed.body
    assert client.v1.checkout.sessions.retrieve(made.id).status == "open"
    assert submit(made.url or "", card=PAYS).status == 303


def test_nobody_answers_a_question_the_bank_did_not_ask(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    made = a_page()

    answer = submit(made.url or "", card=ASKS, authentication="complete")

    assert answer.status == 200
    assert client.v1.checkout.sessions.retrieve(made.id).payment_status == "unpaid"


def test_a_page_closed_while_the_bank_asks_takes_nothing(
    client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    made = a_page()
    submit(made.url or "", card=ASKS)
    client.v1.checkout.sessions.expire(made.id)

    answer = submit(made.url or "", card=ASKS, authentication="complete")

    assert answer.status == 402
    assert "This page has closed" in answer.body
    assert client.v1.checkout.sessions.retrieve(made.id).payment_status == "unpaid"
    assert client.v1.charges.list().data == []


def test_time_closes_the_page(
    sandbox: Sandbox, client: stripe.StripeClient, a_page: Callable[..., Session]
) -> None:
    made = a_page()
    verb(sandbox, "advance", seconds=31 * 60 - 30)
    assert "about 1 minute left" in send("GET", made.url or "").body

    verb(sandbox, "advance", seconds=31)

    closed = send("GET", made.url or "")
    assert closed.status == 200
    assert "This page has closed" in closed.body
    assert 'name="card"' not in closed.body
    assert "Back to the studio" in closed.body
    assert submit(made.url or "", card=PAYS).status == 402
    now = client.v1.checkout.sessions.retrieve(made.id)
    assert (now.status, now.payment_status, now.url) == ("expired", "unpaid", None)


def test_a_day_is_said_in_hours(a_page: Callable[..., Session]) -> None:
    made = a_page(expires_at=int(time.time()) + 24 * 3600 - 60)

    assert "about 24 hours left" in send("GET", made.url or "").body


def test_an_unknown_page_is_not_found(sandbox: Sandbox) -> None:
    assert send("GET", f"{sandbox.url}/c/pay/cs_test_none").status == 404
    assert send("GET", f"{sandbox.url}/").status == 404
    assert send("GET", f"{sandbox.url}/style.css").status == 200
