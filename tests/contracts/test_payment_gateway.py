"""One suite for the fake and for the Stripe adapter on the stand-in: is the fake honest?"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from studio.adapters import stripe_gateway
from studio.adapters.stripe_gateway import StripeGateway
from studio.domain.money import Money
from studio.ports.payment_gateway import (
    BadSignature,
    Checkout,
    CheckoutRequest,
    CheckoutState,
    GatewayRefused,
    GatewayUnavailable,
    PaymentGateway,
    PaymentsPaused,
    RefundRequest,
    RefundState,
)
from studio.sandbox.stripe import server
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway
from tests.sandbox.driving import submit, verb

NEW, OLD = "whsec_new_only_for_tests_01234", "whsec_old_only_for_tests_01234"


@dataclass(frozen=True)
class Rig:
    """A gateway, its clock, and what happens to it from outside."""

    gateway: PaymentGateway
    now: Callable[[], datetime]
    advance: Callable[[int], object]
    pay: Callable[[Checkout], object]
    leave_unpaid: Callable[[Checkout], object]
    refund_elsewhere: Callable[[str, int], object]
    fail_refund: Callable[[str], object]
    lose_answers: Callable[[], object]
    go_down: Callable[[], object]
    revoke: Callable[[], object]

    def request(self, payment_id: int = 17, minor: int = 8400) -> CheckoutRequest:
        return CheckoutRequest(
            payment_id=payment_id,
            booking_reference="K7QM2XW9RT",
            amount=Money(minor, "GBP"),
            description="Deposit, Studio Portrait for Zoë",
            client_email="maya@example.com",
            success_url="http://127.0.0.1:8000/checkout/x/return?session={CHECKOUT_SESSION_ID}",
            cancel_url="http://127.0.0.1:8000/checkout/x",
            expires_at=self.now() + timedelta(minutes=31),
        )

    def paid(self, payment_id: int = 17, minor: int = 8400) -> str:
        """The intent of a payment that went through."""
        opened = self.gateway.open_checkout(self.request(payment_id, minor))
        self.pay(opened)
        intent_id = self.gateway.checkout(opened.id).intent_id
        assert intent_id is not None
        return intent_id


def fake_rig() -> Iterator[Rig]:
    clock = Clock()
    clock.set(datetime.now(UTC))
    fake = FakeGateway(clock.now, (NEW, OLD))
    yield Rig(
        gateway=fake,
        now=clock.now,
        advance=lambda seconds: clock.advance(seconds=seconds),
        pay=lambda opened: fake.pay(opened.id),
        leave_unpaid=lambda opened: fake.complete_unpaid(opened.id),
        refund_elsewhere=fake.refund_elsewhere,
        fail_refund=fake.fail_refund,
        lose_answers=lambda: setattr(fake, "lost_answers", 1),
        go_down=lambda: setattr(fake, "trouble", GatewayUnavailable()),
        revoke=lambda: setattr(fake, "trouble", PaymentsPaused()),
    )


def stripe_rig() -> Iterator[Rig]:
    sandbox = server.start()

    def fault(method: str, kind: str) -> None:
        faults = [{"method": method, "path": "/v1/*", "kind": kind, "times": 1}]
        verb(sandbox, "config", faults=faults)

    yield Rig(
        gateway=StripeGateway("sk_test_only_for_tests", [NEW, OLD], sandbox.url),
        now=lambda: datetime.fromtimestamp(sandbox.core.world.now(), UTC),
        advance=lambda seconds: verb(sandbox, "advance", seconds=seconds),
        pay=lambda opened: submit(opened.url or "", card="4242 4242 4242 4242"),
        leave_unpaid=lambda opened: verb(sandbox, "delayed", session=opened.id),
        refund_elsewhere=lambda intent, minor: verb(
            sandbox, "refund", payment_intent=intent, amount=minor
        ),
        fail_refund=lambda refund: verb(sandbox, "refund/fail", refund=refund),
        lose_answers=lambda: fault("POST", "lost"),
        go_down=lambda: fault("*", "500"),
        revoke=lambda: fault("*", "401"),
    )
    sandbox.close()


@pytest.fixture(params=[fake_rig, stripe_rig], ids=["fake", "stripe"])
def rig(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    # The package's own retries would wait, and hide the trouble these tests are about.
    monkeypatch.setattr(stripe_gateway, "NETWORK_RETRIES", 0)
    yield from request.param()


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


def test_a_refund_may_fail_later(rig: Rig) -> None:
    intent_id = rig.paid()
    made = rig.gateway.refund(RefundRequest(1, intent_id, Money(8400, "GBP"), ""))

    rig.fail_refund(made.id)

    assert [each.state for each in rig.gateway.refunds_of(intent_id)] == [RefundState.FAILED]
    rig.gateway.refund(RefundRequest(2, intent_id, Money(8400, "GBP"), ""))


def test_nothing_missed_is_nothing_to_catch_up_with(rig: Rig) -> None:
    rig.gateway.open_checkout(rig.request())

    assert rig.gateway.missed_events(rig.now() - timedelta(days=3)) == []


def test_notices_that_did_not_reach_us_are_listed_oldest_first() -> None:
    sandbox = server.start(webhooks=["http://127.0.0.1:9/"], secret=NEW)
    verb(sandbox, "config", delivery="held")
    gateway = StripeGateway("sk_test_only_for_tests", [NEW], sandbox.url)
    opened = [
        gateway.open_checkout(
            CheckoutRequest(
                payment_id=payment_id,
                booking_reference="K7QM2XW9RT",
                amount=Money(8400, "GBP"),
                description="Deposit",
                client_email="maya@example.com",
                success_url="http://127.0.0.1:8000/",
                cancel_url="http://127.0.0.1:8000/",
                expires_at=datetime.now(UTC) + timedelta(minutes=31),
            )
        )
        for payment_id in (1, 2)
    ]
    submit(opened[0].url or "", card="4242424242424242")
    gateway.close_checkout(opened[1].id)

    missed = gateway.missed_events(datetime.now(UTC) - timedelta(hours=1))

    assert [(event.type, event.object_id) for event in missed] == [
        ("checkout.session.completed", opened[0].id),
        ("checkout.session.expired", opened[1].id),
    ]
    assert missed[0].intent_id == gateway.checkout(opened[0].id).intent_id
    assert gateway.missed_events(datetime.now(UTC) + timedelta(minutes=1)) == []
    sandbox.close()


def test_of_several_pages_the_one_that_counts_is_found() -> None:
    sandbox = server.start()
    gateway = StripeGateway("sk_test_only_for_tests", [NEW], sandbox.url)
    began = datetime.now(UTC)

    def opened() -> Checkout:
        now = datetime.fromtimestamp(sandbox.core.world.now(), UTC)
        return gateway.open_checkout(
            CheckoutRequest(
                payment_id=17,
                booking_reference="K7QM2XW9RT",
                amount=Money(8400, "GBP"),
                description="Deposit",
                client_email="maya@example.com",
                success_url="http://127.0.0.1:8000/",
                cancel_url="http://127.0.0.1:8000/",
                expires_at=now + timedelta(hours=24),
            )
        )

    def found() -> str | None:
        made = gateway.find_checkout(17, since=began - timedelta(minutes=1))
        return made.id if made else None

    first = opened()
    verb(sandbox, "advance", seconds=23 * 3600)
    submit(first.url or "", card="4242424242424242")
    verb(sandbox, "advance", seconds=3600)  # the key is forgotten now
    second = opened()
    assert second.id != first.id
    assert found() == first.id  # paid
    verb(sandbox, "advance", seconds=24 * 3600)
    third = opened()
    assert found() == first.id
    newer = gateway.find_checkout(17, since=began + timedelta(hours=1))
    assert newer is not None
    assert newer.id == third.id  # open, before the one that ran out
    sandbox.close()


def test_starting_does_not_load_the_package() -> None:
    loaded = "import sys, studio.adapters.stripe_gateway; sys.exit('stripe' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0


BODY = json.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "checkout.session.completed",
        "created": 1_795_000_000,
        "livemode": False,
        "data": {
            "object": {"id": "cs_test_1", "object": "checkout.session", "payment_intent": "pi_1"}
        },
    }
).encode()


def signed(body: bytes, secret: str, at: float, scheme: str = "v1") -> str:
    stamp = int(at)
    mark = hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
    return f"t={stamp},{scheme}={mark}"


@pytest.mark.parametrize("secret", [NEW, OLD])
@pytest.mark.parametrize("seconds", [-295, 0, 295])
def test_a_notice_signed_by_any_of_our_secrets_is_read(rig: Rig, secret: str, seconds: int) -> None:
    event = rig.gateway.event_from(BODY, signed(BODY, secret, time.time() + seconds))

    assert (event.id, event.type, event.object_id, event.intent_id) == (
        "evt_1",
        "checkout.session.completed",
        "cs_test_1",
        "pi_1",
    )
    assert event.created_at == datetime.fromtimestamp(1_795_000_000, UTC)
    assert not event.livemode


@pytest.mark.parametrize(
    ("body", "header"),
    [
        pytest.param(BODY, lambda _: "", id="no header"),
        pytest.param(BODY, lambda at: signed(BODY, "whsec_of_somebody_else", at), id="stranger"),
        pytest.param(BODY, lambda at: signed(BODY, "", at), id="empty secret"),
        pytest.param(BODY, lambda at: signed(BODY, NEW, at - 310), id="old"),
        pytest.param(BODY, lambda at: signed(BODY, NEW, at + 310), id="future"),
        pytest.param(BODY, lambda at: signed(BODY, NEW, at, "v0"), id="v0 only"),
        pytest.param(BODY + b" ", lambda at: signed(BODY, NEW, at), id="tampered"),
        pytest.param(BODY, lambda at: signed(BODY, NEW, at).split(",")[1], id="no stamp"),
        pytest.param(BODY, lambda at: signed(BODY, NEW, at).split(",")[0], id="no mark"),
        pytest.param(BODY, lambda _: "t=now,v1=00", id="stamp is a word"),
        pytest.param(BODY, lambda at: f"t={int(at)},v1=é", id="mark is no ASCII"),
        pytest.param(BODY, lambda _: "rubbish", id="rubbish"),
        pytest.param(b"{", lambda at: signed(b"{", NEW, at), id="no JSON"),
        pytest.param(b"[]", lambda at: signed(b"[]", NEW, at), id="a list"),
        pytest.param(b"{}", lambda at: signed(b"{}", NEW, at), id="no event"),
        pytest.param(b"\xff", lambda at: signed(b"\xff", NEW, at), id="no text"),
    ],
)
def test_anything_else_is_a_bad_signature(
    rig: Rig, body: bytes, header: Callable[[float], str]
) -> None:
    with pytest.raises(BadSignature):
        rig.gateway.event_from(body, header(time.time()))


SOURCE = Path(stripe_gateway.__file__).read_text()


def test_the_adapter_uses_nothing_that_is_unsafe_or_gone() -> None:
    assert "construct_event_without_verification" not in SOURCE
    assert not re.search(r"(?<!allowed_)payment_method_types", SOURCE)
    assert "float" not in SOURCE


def test_every_call_that_moves_money_carries_its_row_as_key() -> None:
    calls = re.findall(r"\.(?:create|confirm|capture)\((.*?)\n {12}\)", SOURCE, re.DOTALL)

    assert len(calls) == len(re.findall(r"\.(?:create|confirm|capture)\(", SOURCE)) == 2
    assert all('options={"idempotency_key": f"' in call for call in calls)
