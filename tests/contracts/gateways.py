"""The fake and the Stripe adapter on the stand-in, each with what may happen to it outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from studio.adapters.stripe_gateway import StripeGateway
from studio.domain.money import Money
from studio.ports.payment_gateway import (
    Checkout,
    CheckoutRequest,
    GatewayUnavailable,
    PaymentGateway,
    PaymentsPaused,
)
from studio.sandbox.stripe import server
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway
from tests.sandbox.driving import submit, verb

NEW, OLD = "whsec_new_only_for_tests_01234", "whsec_old_only_for_tests_01234"


def a_request(payment_id: int, minor: int = 8400, *, expires_at: datetime) -> CheckoutRequest:
    return CheckoutRequest(
        payment_id=payment_id,
        booking_reference="K7QM2XW9RT",
        amount=Money(minor, "GBP"),
        description="Deposit, Studio Portrait for Zoë",
        client_email="maya@example.com",
        success_url="http://127.0.0.1:8000/checkout/x/return?session={CHECKOUT_SESSION_ID}",
        cancel_url="http://127.0.0.1:8000/checkout/x",
        expires_at=expires_at,
    )


@dataclass(frozen=True)
class Rig:
    """A gateway, its clock, and what happens to it from outside."""

    gateway: PaymentGateway
    now: Callable[[], datetime]
    advance: Callable[[int], object]
    pay: Callable[[Checkout], object]
    pay_with: Callable[[Checkout, str], object]
    leave_unpaid: Callable[[Checkout], object]
    refund_elsewhere: Callable[[str, int], object]
    fail_refund: Callable[[str], object]
    dispute: Callable[..., object]
    escalate: Callable[[str], object]
    close_dispute: Callable[[str, bool], object]
    lose_answers: Callable[[], object]
    go_down: Callable[[], object]
    revoke: Callable[[], object]

    def request(self, payment_id: int = 17, minor: int = 8400) -> CheckoutRequest:
        return a_request(payment_id, minor, expires_at=self.now() + timedelta(minutes=31))

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
        pay_with=lambda opened, card: fake.pay(opened.id, card),
        leave_unpaid=lambda opened: fake.complete_unpaid(opened.id),
        refund_elsewhere=fake.refund_elsewhere,
        fail_refund=fake.fail_refund,
        dispute=fake.dispute,
        escalate=fake.escalate,
        close_dispute=lambda dispute, won: fake.close_dispute(dispute, won=won),
        lose_answers=lambda: setattr(fake, "lost_answers", 1),
        go_down=lambda: setattr(fake, "trouble", GatewayUnavailable()),
        revoke=lambda: setattr(fake, "trouble", PaymentsPaused()),
    )


def stripe_rig() -> Iterator[Rig]:
    sandbox = server.start()

    def fault(method: str, kind: str) -> None:
        faults = [{"method": method, "path": "/v1/*", "kind": kind, "times": 1}]
        verb(sandbox, "config", faults=faults)

    def dispute(intent: str, minor: int | None = None, *, inquiry: bool = False) -> object:
        asked = {} if minor is None else {"amount": minor}
        return verb(sandbox, "dispute", payment_intent=intent, inquiry=inquiry, **asked)

    def by_card(opened: Checkout, card: str) -> None:
        submit(opened.url or "", card=card)
        submit(opened.url or "", card=card, authentication="complete")

    yield Rig(
        gateway=StripeGateway("sk_test_only_for_tests", [NEW, OLD], sandbox.url),
        now=lambda: datetime.fromtimestamp(sandbox.core.world.now(), UTC),
        advance=lambda seconds: verb(sandbox, "advance", seconds=seconds),
        pay=lambda opened: submit(opened.url or "", card="4242 4242 4242 4242"),
        pay_with=by_card,
        leave_unpaid=lambda opened: verb(sandbox, "delayed", session=opened.id),
        refund_elsewhere=lambda intent, minor: verb(
            sandbox, "refund", payment_intent=intent, amount=minor
        ),
        fail_refund=lambda refund: verb(sandbox, "refund/fail", refund=refund),
        dispute=dispute,
        escalate=lambda dispute: verb(sandbox, "dispute/escalate", dispute=dispute),
        close_dispute=lambda dispute, won: verb(sandbox, "dispute/close", dispute=dispute, won=won),
        lose_answers=lambda: fault("POST", "lost"),
        go_down=lambda: fault("*", "500"),
        revoke=lambda: fault("*", "401"),
    )
    sandbox.close()
