"""A studio whose cards are taken by the stand-in, over HTTP; notices come when a test lets them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import stripe
from flask import Flask
from sqlalchemy import select

from studio import worker
from studio.accounts.permissions import Role
from studio.adapters import stripe_gateway
from studio.adapters.stripe_gateway import StripeGateway
from studio.app import _guarded
from studio.booking.models import Booking
from studio.db import db
from studio.messaging.models import Message, MessageKind
from studio.payments import ledger
from studio.payments.invoices import Invoice
from studio.payments.models import Payment
from studio.ports import Ports
from studio.sandbox.stripe import server
from studio.sandbox.stripe.server import Sandbox
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.sandbox.driving import submit, verb

SECRET = "whsec_only_for_tests_0123456789"
WEBHOOK = "/payments/stripe/webhook"
PAYS, DECLINED, ASKS = "4242424242424242", "4000000000000002", "4000002500003155"
ROBIN = {"name": "Robin Ash", "email": "robin@client.example", "accept_policy": "y"}
DEPOSIT = 19750


@dataclass
class Till:
    """A studio, a client's browser and the stand-in, on one clock."""

    app: Flask
    client: Browser
    sandbox: Sandbox
    clock: Clock
    package: str
    delivered: int = 0
    signed_in: dict[Role, Browser] = field(default_factory=dict)

    def hold(self, browser: Browser | None = None, at: str = "", status: int = 303) -> Page:
        """Take the time; the page where details are asked."""
        browser, at = browser or self.client, at or factories.TEN_FIFTEEN.isoformat()
        month = browser.get(f"/book/{self.package}?month=2026-12&day=2026-12-08")
        page = browser.submit(month, {"starts_at": at}, form="/hold", status=status)
        return browser.follow(page) if status == 303 else page

    def use(self, page: Page, code: str, browser: Browser | None = None, status: int = 200) -> Page:
        """Type a code on the page with the details."""
        browser = browser or self.client
        return browser.submit(
            page, {"code": code}, form="/checkout/", button="/code", status=status
        )

    def go_to_payment(
        self, page: Page | None = None, browser: Browser | None = None, **details: str
    ) -> str:
        """Send the details; the address of the payment page."""
        page = page or self.hold()
        gone = (browser or self.client).submit(page, {**ROBIN, **details}, form="/checkout/")
        return gone.location

    def card(self, url: str, number: str = PAYS, **answer: str) -> int:
        return submit(url, card=number, **answer).status

    def paid(self) -> str:
        """A session whose deposit is paid and settled; its intent."""
        self.card(self.go_to_payment())
        self.deliver()
        self.work()
        return str(self.payment().intent_id)

    def back(self, page: Page, browser: Browser | None = None) -> Page:
        """Come back from the payment page."""
        there = (browser or self.client).client.get(f"{page.path}/return?session_id=cs_anything")
        return Page(there)

    def deliver(self, *, times: int = 1, backwards: bool = False) -> list[int]:
        """Let the notices come that have not come yet; what they were answered."""
        new = self.sandbox.core.world.events[self.delivered :]
        self.delivered += len(new)
        order = list(reversed(new)) if backwards else new
        return [self.post(each) for each in order for _ in range(times)]

    def lose(self) -> None:
        """The notices that have not come yet never do."""
        self.delivered = len(self.sandbox.core.world.events)

    def post(self, told: dict[str, Any], secret: str = SECRET) -> int:
        body = json.dumps(told).encode()
        mark = stripe.WebhookSignature.generate_signature_header(
            body.decode(), secret, int(time.time())
        )
        answer = self.client.client.post(WEBHOOK, data=body, headers={"Stripe-Signature": mark})
        return int(answer.status_code)

    def work(self) -> None:
        """Do everything that is due."""
        assert worker.run_due(self.app)

    def verb(self, name: str, **told: Any) -> dict[str, Any]:
        return verb(self.sandbox, name, **told)

    def fault(self, method: str, path: str, kind: str, times: int = 1, **more: Any) -> None:
        planned = {"method": method, "path": path, "kind": kind, "times": times, **more}
        self.verb("config", faults=[planned])

    def booking(self) -> Booking:
        with self.app.app_context():
            db.session.rollback()
            found = db.session.scalars(select(Booking).order_by(Booking.id)).first()
            assert found is not None
            assert found.lines
            db.session.expunge_all()
            return found

    def payment(self) -> Payment:
        with self.app.app_context():
            return ledger.payments(db.session(), self.booking().id)[-1]

    @property
    def state(self) -> str:
        return self.booking().state.value

    @property
    def net(self) -> int:
        with self.app.app_context():
            return ledger.paid(db.session(), self.booking().id, "GBP").minor

    @property
    def owed(self) -> int:
        with self.app.app_context():
            return ledger.owed(db.session(), self.booking().id, "GBP").minor

    @property
    def entries(self) -> list[tuple[str, int]]:
        with self.app.app_context():
            found = ledger.entries(db.session(), self.booking().id)
            return [(each.kind.value, each.amount_minor) for each in found]

    @property
    def numbers(self) -> list[str]:
        """Of all invoices."""
        with self.app.app_context():
            found = db.session.scalars(select(Invoice).order_by(Invoice.number))
            return [each.name for each in found]

    def confirmations(self) -> int:
        with self.app.app_context():
            kind = Message.kind == MessageKind.CONFIRMATION
            return len(db.session.scalars(select(Message).where(kind)).all())

    def steps(self) -> list[str]:
        with self.app.app_context():
            return list(db.session.scalars(select(Message.step).order_by(Message.id)))

    def stripe_net(self) -> int:
        """What all of it left in the studio's account, without fees."""
        objects = self.sandbox.core.world.objects.values()
        return sum(each["amount"] for each in objects if each["object"] == "balance_transaction")

    def sessions(self) -> int:
        return len(list(self.sandbox.core.world.all("checkout.session")))

    def staff(self, role: Role = Role.MANAGER) -> Browser:
        if role not in self.signed_in:
            self.signed_in[role] = people.signed_in(self.app, role)
        return self.signed_in[role]

    def session_path(self) -> str:
        return f"/office/sessions/{self.booking().id}"


@contextmanager
def opened(
    app: Flask, client: Browser, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Till]:
    # The package's own retries would wait, and hide the trouble these tests are about.
    monkeypatch.setattr(stripe_gateway, "NETWORK_RETRIES", 0)
    sandbox = server.start(webhooks=["http://127.0.0.1:9/"], secret=SECRET)
    verb(sandbox, "config", delivery="held")
    monkeypatch.setattr(sandbox.core.world, "now", lambda: int(clock.now().timestamp()))
    given: Ports = app.extensions["ports"]
    gateway = StripeGateway("sk_test_only_for_tests", [SECRET], sandbox.url)
    app.extensions["ports"] = _guarded(replace(given, gateway=gateway))
    with app.app_context():
        package = factories.a_bookable_package().slug
    yield Till(app, client, sandbox, clock, package)
    app.extensions["ports"] = given
    sandbox.close()


@pytest.fixture
def till(
    app: Flask, browser: Browser, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Till]:
    with opened(app, browser, clock, monkeypatch) as found:
        yield found


@pytest.fixture
def crowded_till(committed: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    """With real commits, for several who pay at once."""
    with opened(committed, Browser(committed), clock, monkeypatch) as found:
        yield found
