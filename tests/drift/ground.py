"""A studio that takes money through the real package from the stand-in, and all that befalls it.

Every act is a use case, a job, or something that happens at Stripe or on the way from there. What
the studio refuses is no failure; what its books then say is judged elsewhere.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.adapters import stripe_gateway
from studio.adapters.stripe_gateway import StripeGateway
from studio.booking import jobs, service
from studio.booking.models import Booking
from studio.booking.service import (
    AlterRequest,
    Cancellation,
    CannotMove,
    ChargeUnderWay,
    Details,
    HoldRequest,
    NothingChanges,
    Wish,
)
from studio.db import db
from studio.domain.lifecycle import BookingState, IllegalMove
from studio.domain.terms import CalledOffBy
from studio.payments.jobs import send_refunds
from studio.payments.ledger import payments
from studio.payments.models import Payment, PaymentState
from studio.ports import ports
from studio.sandbox.stripe import delivery, server, world
from studio.sandbox.stripe.answers import Answers
from studio.sandbox.stripe.sandbox import Core, Request
from studio.scheduling.calendar import StartNotOpen
from tests import factories
from tests.clock import START, Clock
from tests.conftest import undone

SECRET = "whsec_only_for_tests_0123456789"
ROBIN = Details(name="Robin Ash", email="robin@client.example", phone="", notes="")

# Five times that have nothing to do with one another.
SLOTS = [factories.TEN_FIFTEEN.replace(hour=9) + timedelta(hours=n * 1.75) for n in range(5)]
PAYS, DECLINES, ASKS = "4242424242424242", "4000000000000002", "4000002500003155"
JOBS = {
    "settle_events": jobs.settle_events,
    "expire_holds": jobs.expire_holds,
    "send_refunds": send_refunds,
    "reconcile": jobs.reconcile,
}
# As the endpoint is made: it hears of what is acted on.
_NOT_ASKED_FOR = (
    "charge.failed", "charge.refunded", "charge.succeeded", "payment_intent.created",
    "payment_intent.payment_failed", "payment_intent.processing", "payment_intent.requires_action",
    "payment_intent.succeeded",
)  # fmt: skip
REFUSALS = (
    StartNotOpen, IllegalMove, service.AlreadyPaid, service.HoldOver, service.NothingDue,
    service.PaymentUnreachable, service.RefundChanged, CannotMove, ChargeUnderWay, NothingChanges,
)  # fmt: skip


@dataclass
class Stage:
    """What all runs share: the application, its clock, the stand-in; *reached* is what they did."""

    app: Flask
    clock: Clock
    core: Core
    reached: Counter[str] = field(default_factory=Counter)


@contextmanager
def staged(app: Flask, clock: Clock, patch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The application on the stand-in, whose clock stands still unless it is moved."""
    # The package's own tries again would wait, and hide the trouble this is about.
    patch.setattr(stripe_gateway, "NETWORK_RETRIES", 0)
    patch.setattr(world, "time", SimpleNamespace(time=START.timestamp))
    sandbox = server.start(webhooks=["the application"], secret=SECRET)
    manner = sandbox.core.outbox.manner
    manner.held, manner.drop = True, _NOT_ASKED_FOR
    before = app.extensions["ports"]
    gateway = StripeGateway("sk_test_only_for_tests", [SECRET], sandbox.url)
    app.extensions["ports"] = replace(before, gateway=gateway)
    try:
        yield Stage(app, clock, sandbox.core)
    finally:
        app.extensions["ports"] = before
        sandbox.close()
        clock.reset()


@contextmanager
def forgotten(stage: Stage) -> Iterator[Ground]:
    """A run of which nothing is left."""
    with undone(stage.app):
        yield Ground(stage)


class Ground:
    """One run, from a studio with nothing sold and a Stripe without a payment."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.core = stage, stage.core
        self.core.world.objects.clear()
        self.core.world.events.clear()
        self.core.world.ahead = 0
        self.core.outbox.queue.clear()
        self.core.faults.clear()
        self.core.answers = Answers()
        self.bookings: list[int] = []
        # What becomes of what is under way when all falls quiet.
        self.slow_banks_pay = False
        # Bookings of which somebody gave money back in the dashboard.
        self.elsewhere: set[str] = set()
        # Those of which a bank took a payment back.
        self.disputed: set[str] = set()
        self._clock()
        with stage.app.app_context():
            small = factories.a_bookable_package()
            sets = [each.set for each in small.package_sets]
            # What it may become: something that costs more, and something that costs less.
            self.package = small.slug
            self.others = [
                factories.a_package(name=f"For {price}", price_minor=price, sets=sets).slug
                for price in (60000, 15000)
            ]

    # What clients and staff do.

    def hold(self, starts_at: datetime) -> int | None:
        """The booking, or None where the time is not open."""
        known = len(self.bookings)
        with self._acting():
            held = service.hold_time(HoldRequest(package=self.package, starts_at=starts_at))
            self.bookings.append(factories.booking_of(held.reference).id)
        return self.bookings[-1] if len(self.bookings) > known else None

    def check_out(self, booking: int) -> None:
        with self._acting():
            service.check_out(booking, ROBIN)

    def pay_the_rest(self, booking: int) -> None:
        with self._acting():
            service.pay_dues(booking)

    def come_back(self, booking: int) -> None:
        with self._acting():
            service.settle_now(booking)

    def let_go(self, booking: int) -> None:
        with self._acting():
            service.release_hold(booking, by="client")

    def cancel(self, booking: int, by: CalledOffBy) -> None:
        with self._acting():
            row = db.session.get_one(Booking, booking)
            if row.state is not BookingState.CONFIRMED:
                return
            shown = service.proposal(db.session(), row, by, ports().now()).figures
            db.session.rollback()
            service.cancel_booking(
                booking,
                Cancellation(called_off_by=by, reason="", shown=shown, actor=by.value),
            )
            self.stage.reached["cancelled"] += 1

    def alter(self, booking: int, into: int, *, give_back: bool) -> None:
        """Staff make a session something else."""
        package = [self.package, *self.others][into]
        wish = Wish(package=package, people=1, add_ons={})
        with self._acting():
            service.alter_booking(booking, AlterRequest(wish=wish, by="Staff", give_back=give_back))
            self.stage.reached["altered"] += 1

    # What happens on the payment page and in the dashboard.

    def pay(self, booking: int, card: str, *, authenticates: bool = True) -> None:
        """On the newest page that we know of, or that Stripe made and whose address was lost."""
        with self._acting():
            page = self._open_page(booking)
        if page is None:
            return
        self._post(f"/c/pay/{page}", f"card={card}")
        if card == ASKS:
            said = "complete" if authenticates else "fail"
            self._post(f"/c/pay/{page}", f"card={card}&authentication={said}")
        self.stage.reached["paid"] += self.core.world.objects[page]["payment_status"] == "paid"

    def pay_late(self, booking: int) -> bool:
        """By something slower than a card, so that the page is used and not paid; if it is open."""
        with self._acting():
            page = self._open_page(booking)
        if page is None:
            return False
        self._tell("delayed", session=page)
        self.stage.reached["processing"] += 1
        return True

    def late_money(self, *, arrives: bool) -> bool:
        """Whether a bank that was slow has said now whether its money comes."""
        for page in self.core.world.all("checkout.session"):
            intent = self.core.world.objects.get(page["payment_intent"] or "", {})
            if page["payment_status"] == "unpaid" and intent.get("status") == "processing":
                self._tell("delayed", session=page["id"], ok=arrives)
                return True
        return False

    def dispute(self, booking: int) -> bool:
        """The client's bank takes a payment back; whether there is one that it may."""
        intents, reference = self._paid(booking)
        for intent, amount in intents:
            done = self._tell("dispute", payment_intent=intent, amount=amount)
            if "id" in done:
                self.disputed.add(reference)
                self.stage.reached["disputed"] += 1
                return True
        return False

    def decide(self, *, won: bool) -> None:
        """A bank decides about the dispute that is open."""
        for made in self.core.world.all("dispute"):
            if made["status"] == "needs_response":
                self._tell("dispute/close", dispute=made["id"], won=won)
                return

    def refund_elsewhere(self, booking: int, share: int) -> bool:
        """Somebody gives a payment back in the dashboard, or a part of it; whether there is one."""
        paid, reference = self._paid(booking)
        for intent, amount in paid:
            done = self._tell("refund", payment_intent=intent, amount=amount // share)
            if "id" in done:  # else it was given back before
                self.elsewhere.add(reference)
                self.stage.reached["given back elsewhere"] += 1
                return True
        return False

    # What happens on the way.

    def deliver(self, which: int, *, keep: bool) -> None:
        """Any event that waits, whatever came before it; with *keep*, once more later."""
        waiting = self.core.outbox.queue
        if not waiting:
            return
        one = waiting[which % len(waiting)]
        if not keep:
            waiting.remove(one)
        self._hand_over(one.event)

    def lose(self, which: int, *, made: bool) -> None:
        """An event that never arrives, and of a page even one that was never *made*.

        Without its event nobody at all tells of a refund in the dashboard, so those are made.
        """
        waiting = self.core.outbox.queue
        if not waiting:
            return
        event = waiting.pop(which % len(waiting)).event
        if not made and event["type"].startswith("checkout."):
            self.core.world.events.remove(event)

    def trouble(self, kind: str, method: str, times: int) -> None:
        self._tell("config", faults=[
            {"method": method, "path": "/v1/*", "kind": kind, "times": times}
        ])  # fmt: skip

    def advance(self, minutes: int) -> None:
        self._tell("advance", seconds=minutes * 60)
        self._clock()

    def work(self, name: str) -> int:
        self._clock()
        with self.stage.app.app_context():
            done = JOBS[name]()
        self.stage.reached[name] += done
        return done

    # The end.

    def quiet(self, *, again: bool = True) -> None:
        """No more trouble, time for everything, and every job; *again*, then every event twice."""
        self.core.faults.clear()
        while self.late_money(arrives=self.slow_banks_pay):
            pass
        for minutes in (61, 7 * 60, 7 * 60):
            self.advance(minutes)
            self.work_all()
        if again:
            made = [e for e in self.core.world.events if e["type"] not in _NOT_ASKED_FOR]
            for event in [*made, *reversed(made)]:
                self._hand_over(event)
            self.advance(61)
            self.work_all()

    def work_all(self) -> None:
        while any([self.work(name) for name in JOBS]):  # noqa: C419 -- all of them, each time
            pass

    # How it is done.

    @contextmanager
    def _acting(self) -> Iterator[None]:
        self._clock()
        with self.stage.app.app_context(), suppress(*REFUSALS):
            yield

    def _clock(self) -> None:
        self.stage.clock.set(datetime.fromtimestamp(self.core.world.now(), UTC))

    def _paid(self, booking: int) -> tuple[list[tuple[str | None, int]], str]:
        """The payments that we know of, and the booking's reference."""
        with self.stage.app.app_context():
            found = [
                (each.intent_id, each.amount_minor)
                for each in payments(db.session(), booking)
                if each.state is PaymentState.PAID
            ]
            return found, db.session.get_one(Booking, booking).reference

    def _open_page(self, booking: int) -> str | None:
        known = set(db.session.scalars(select(Payment.id).where(Payment.booking_id == booking)))
        return next(
            (
                str(page["id"])
                for page in self.core.world.all("checkout.session")
                if page["status"] == "open" and int(page["metadata"]["payment_id"]) in known
            ),
            None,
        )

    def _hand_over(self, event: dict[str, Any]) -> None:
        body = json.dumps(event).encode()
        header = {"Stripe-Signature": delivery.signature(body, [SECRET])}
        client = self.stage.app.test_client()
        answer = client.post("/payments/stripe/webhook", data=body, headers=header)
        assert answer.status_code == 204, answer.text
        event["pending_webhooks"] = 0

    def _tell(self, verb: str, **told: Any) -> dict[str, Any]:
        return dict(json.loads(self._post(f"/_test/{verb}", json.dumps(told))))

    def _post(self, path: str, body: str) -> bytes:
        reply = self.core.reply(Request("POST", path, {}, body))
        return reply.body if reply else b"{}"
