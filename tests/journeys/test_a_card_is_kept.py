"""The balance is taken from a kept card: over HTTP, with the Stripe stand-in behind the adapter."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.accounts.permissions import Role
from studio.adapters import stripe_gateway
from studio.adapters.stripe_gateway import StripeGateway
from studio.app import _guarded
from studio.booking import jobs, service
from studio.booking.differences import differences
from studio.booking.links import link_for
from studio.booking.models import Booking
from studio.db import db, transaction
from studio.domain.money import Money
from studio.domain.pricing import LineKind
from studio.domain.terms import CalledOffBy, Figures
from studio.messaging import outbox
from studio.messaging.jobs import send_due_mail
from studio.messaging.models import Message
from studio.payments import kept_cards, ledger
from studio.payments.jobs import send_refunds
from studio.payments.kept_cards import CardConsent, CardEnd
from studio.payments.models import Payment, PaymentState
from studio.ports import ports
from studio.sandbox.stripe import server
from studio.sandbox.stripe.server import Sandbox
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN
from tests.fakes.mailer import FakeMailer
from tests.fakes.payment_gateway import ASKS, DECLINES, PAYS
from tests.sandbox.driving import submit, verb

ROBIN = {"name": "Robin Ash", "email": "robin@client.example", "accept_policy": "y"}
DUE = TEN_FIFTEEN - timedelta(hours=24)
TOLD = DUE - timedelta(days=2)
BALANCE = 19750


@dataclass
class Studio:
    """The application before a stand-in whose clock goes with ours, and somebody's browser."""

    app: Flask
    sandbox: Sandbox
    clock: Clock
    mailer: FakeMailer
    browser: Browser

    def at(self, instant: datetime) -> None:
        self.clock.set(instant)
        with self.sandbox.core.world.lock:
            self.sandbox.core.world.ahead = int(instant.timestamp() - time.time())

    def work(self, at: datetime | None = None) -> None:
        """What the worker does; refunds and mail follow what was charged."""
        if at is not None:
            self.at(at)
        with self.app.app_context():
            send_due_mail(link_for)
            jobs.charge_kept_cards()
            send_refunds()
            send_due_mail(link_for)

    def fault(self, kind: str, times: int = 1, path: str = "/v1/payment_intents") -> None:
        faults = [{"method": "POST", "path": path, "kind": kind, "times": times}]
        verb(self.sandbox, "config", faults=faults)

    def objects(self, kind: str) -> list[dict[str, Any]]:
        return list(self.sandbox.core.world.all(kind))

    def charges(self) -> list[dict[str, Any]]:
        """What was asked of the kept card, whatever came of it; pages describe no payment."""
        return [each for each in self.objects("payment_intent") if each["description"]]

    def mails(self, word: str) -> list[EmailMessage]:
        found = [mail for mail in self.mailer.sent if word in str(mail["Subject"])]
        return [mail for mail in found if "robin@" in str(mail["To"])]

    def booking(self) -> Booking:
        db.session.rollback()
        return db.session.scalars(select(Booking)).one()

    def state(self) -> tuple[int, CardEnd | None, str]:
        """What has been paid, how the leave ended, and what staff are asked to look at."""
        with self.app.app_context():
            booking = self.booking()
            consent = kept_cards.of(db.session(), booking.id)
            paid = ledger.paid(db.session(), booking.id, "GBP").minor
            return paid, consent.ended if consent else None, booking.attention


@pytest.fixture
def studio(
    app: Flask,
    browser: Browser,
    clock: Clock,
    mailer: FakeMailer,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Studio]:
    monkeypatch.setattr(stripe_gateway, "NETWORK_RETRIES", 0)
    given = app.extensions["ports"]
    sandbox = server.start()
    gateway = StripeGateway("sk_test_only_for_tests", ["whsec_only_for_tests"], sandbox.url)
    guarded = _guarded(replace(given, gateway=gateway))
    app.extensions["ports"] = replace(given, gateway=guarded.gateway)
    made = Studio(app, sandbox, clock, mailer, browser)
    made.at(clock.now())
    yield made
    app.extensions["ports"] = given
    sandbox.close()


def details(studio: Studio, **package: Any) -> Page:
    """The page on which a client who holds a time says who they are."""
    with studio.app.app_context():
        slug = factories.a_bookable_package(**package).slug
    page = studio.browser.get(f"/book/{slug}?month=2026-12&day=2026-12-08")
    page = studio.browser.submit(page, {"starts_at": TEN_FIFTEEN.isoformat()}, form="/hold")
    return studio.browser.follow(page)


def book(studio: Studio, card: str = PAYS, *, keep: bool = True) -> Page:
    """The client's own page after the deposit was paid by *card*."""
    typed = ROBIN | ({"keep_card": "y"} if keep else {})
    page = studio.browser.submit(details(studio), typed, form="/checkout/")
    submit(page.location, card=card)
    submit(page.location, card=card, authentication="complete")
    back = str(studio.objects("checkout.session")[0]["success_url"]).split("127.0.0.1:8000")[1]
    return studio.browser.follow(studio.browser.get(back, status=303))


def words(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_the_card_is_kept_only_with_leave_that_is_written_down(studio: Studio) -> None:
    page = details(studio)
    box = page.one("input[name=keep_card]")
    assert not box.has_attr("checked")
    sentence = (
        "Keep this card and take the balance of £197.50 on Monday 7 December;"
        " we write two days before."
    )
    assert sentence in page.words

    studio.browser.submit(page, ROBIN | {"keep_card": "y"}, form="/checkout/")

    (session,) = studio.objects("checkout.session")
    (customer,) = studio.objects("customer")
    assert session["customer"] == customer["id"]
    given = studio.sandbox.core.world.intent_data[session["id"]]
    assert given["setup_future_usage"] == "off_session"
    with studio.app.app_context():
        consent = kept_cards.of(db.session(), studio.booking().id)
        assert consent is not None
        assert (consent.version, consent.wording) == (1, sentence)
        assert consent.agreed_at == studio.clock.now()
    again = studio.browser.get(page.path)
    assert not again.all("input[name=keep_card]"), "what was agreed is not asked twice"
    assert "You agreed" in again.words


def test_without_leave_nothing_is_kept(studio: Studio) -> None:
    own = book(studio, keep=False)

    (session,) = studio.objects("checkout.session")
    assert session["customer"] is None
    assert "setup_future_usage" not in studio.sandbox.core.world.intent_data[session["id"]]
    assert studio.objects("customer") == []
    assert "from your card" not in own.words
    studio.work(DUE + timedelta(minutes=1))
    assert studio.charges() == []
    assert studio.state() == (BALANCE, None, "")


@pytest.mark.parametrize(
    "package",
    [{"deposit_percent": 100}, {"deposit_percent": 0}, {"balance_hours_before": 14 * 24 - 12}],
    ids=["nothing is due later", "nothing is paid now", "no time for the notice"],
)
def test_nothing_is_offered_where_it_makes_no_sense(
    studio: Studio, package: dict[str, Any]
) -> None:
    page = details(studio, **package)
    assert not page.all("input[name=keep_card]")

    studio.browser.submit(page, ROBIN | {"keep_card": "y"}, form="/checkout/")

    with studio.app.app_context():
        assert db.session.scalars(select(CardConsent)).all() == []


def test_without_stripe_nothing_is_offered(studio: Studio) -> None:
    studio.app.extensions["ports"] = replace(studio.app.extensions["ports"], gateway=None)

    assert not details(studio).all("input[name=keep_card]")


def test_the_client_is_told_and_then_charged_once(studio: Studio) -> None:
    own = book(studio)
    assert "On Monday 7 December we take £197.50 from your card ending 4242" in own.words
    studio.work(TOLD - timedelta(minutes=1))
    assert studio.mails("we take") == []

    studio.work(TOLD + timedelta(minutes=1))
    (notice,) = studio.mails("we take")
    said = words(notice)
    assert "£197.50" in said
    assert "4242" in said
    assert "Monday 7 December" in said
    assert "You need not do anything" in said
    assert "/pay" in said
    studio.work(DUE + timedelta(seconds=59))
    assert studio.charges() == [], "two whole days after the notice"
    for minutes in (1, 2, 90):
        studio.work(DUE + timedelta(minutes=minutes))

    (charge,) = studio.charges()
    assert charge["status"] == "succeeded"
    assert studio.state() == (2 * BALANCE, CardEnd.CHARGED, "")
    assert len(studio.mails("Still to pay")) == 0
    assert "Still to pay" not in studio.browser.get(own.path).words
    with studio.app.app_context():
        gateway = ports().gateway
        assert gateway is not None
        since = DUE + timedelta(minutes=30)
        assert differences(gateway, studio.clock.now() - timedelta(days=30), since) == []
        assert differences(gateway, DUE, studio.clock.now()) == []


@pytest.mark.parametrize("keep_back", [outbox.skip, outbox.hold])
def test_nobody_is_charged_without_a_notice(
    studio: Studio, keep_back: Callable[[Session, Message], None]
) -> None:
    book(studio)
    with studio.app.app_context():
        message = db.session.scalars(select(Message).where(Message.step == "notice")).one()
        with transaction() as session:
            keep_back(session, session.get_one(Message, message.id))

    studio.work(DUE + timedelta(minutes=1))

    assert studio.charges() == []
    assert studio.state() == (BALANCE, CardEnd.NO_NOTICE, "")
    studio.work(DUE + timedelta(hours=6, minutes=1))
    assert len(studio.mails("Still to pay")) == 1, "a link asks for it instead"


def test_a_late_notice_puts_the_charge_off(studio: Studio) -> None:
    book(studio)
    studio.work(DUE - timedelta(hours=10))
    studio.work(DUE + timedelta(hours=1))
    assert studio.charges() == []

    studio.work(DUE + timedelta(hours=38, minutes=1))

    assert len(studio.charges()) == 1


def test_34_a_bank_that_wants_the_client_gets_no_second_try(studio: Studio) -> None:
    own = book(studio, ASKS)
    studio.work(TOLD)
    for minutes in (1, 3, 500):
        studio.work(DUE + timedelta(minutes=minutes))

    (charge,) = studio.charges()
    assert charge["last_payment_error"]["code"] == "authentication_required"
    assert studio.state() == (BALANCE, CardEnd.ASKED, "")
    (letter,) = studio.mails("Please confirm")
    assert "/pay" in words(letter)
    staff = people.signed_in(studio.app, Role.MANAGER)
    with studio.app.app_context():
        page = staff.get(f"/office/sessions/{studio.booking().id}")
    assert "the bank wants the client to confirm" in page.words
    assert "the client must confirm" in page.words

    page = studio.browser.submit(studio.browser.get(f"{own.path}/pay"))
    submit(page.location, card=PAYS)
    studio.browser.get(f"{own.path}/pay/return", status=303)
    assert studio.state()[0] == 2 * BALANCE


def test_35_a_declined_card_is_one_letter_and_a_task(studio: Studio) -> None:
    book(studio, DECLINES)
    studio.work(TOLD)
    for minutes in (1, 3, 500):
        studio.work(DUE + timedelta(minutes=minutes))

    assert len(studio.charges()) == 1
    paid, ended, attention = studio.state()
    assert (paid, ended) == (BALANCE, CardEnd.DECLINED)
    assert attention.startswith("The card ending 0341 was declined for £197.50.")
    assert len(studio.mails("declined")) == 1
    assert studio.mails("Still to pay") == []
    staff = people.signed_in(studio.app, Role.MANAGER)
    assert "was declined for £197.50" in staff.get("/office/").words
    overdue = staff.get("/office/payments").text
    assert "£197.50" in overdue.partition("Overdue</h2>")[2].partition("<h2>")[0]


def test_36_a_charge_waits_for_whoever_is_paying_by_link(studio: Studio) -> None:
    own = book(studio)
    studio.work(TOLD)
    studio.at(DUE + timedelta(minutes=1))
    page = studio.browser.submit(studio.browser.get(f"{own.path}/pay"))
    studio.work()
    assert studio.charges() == []

    submit(page.location, card=PAYS)
    studio.browser.get(f"{own.path}/pay/return", status=303)
    studio.work(DUE + timedelta(hours=1))

    assert studio.charges() == [], "by the link alone"
    assert studio.state() == (2 * BALANCE, CardEnd.NOT_NEEDED, "")


def test_36_a_page_nobody_paid_on_is_closed_before_the_charge(studio: Studio) -> None:
    own = book(studio)
    studio.work(TOLD)
    studio.at(DUE + timedelta(minutes=1))
    studio.browser.submit(studio.browser.get(f"{own.path}/pay"))

    studio.work(DUE + timedelta(minutes=40))

    assert studio.state() == (2 * BALANCE, CardEnd.CHARGED, "")
    assert studio.objects("checkout.session")[0]["status"] == "expired"


def test_36_nobody_pays_by_link_while_the_card_is_charged(studio: Studio) -> None:
    own = book(studio)
    studio.work(TOLD)
    studio.fault("lost")
    studio.work(DUE + timedelta(minutes=1))

    page = studio.browser.submit(studio.browser.get(f"{own.path}/pay"), status=409)

    assert "charging your card just now" in page.words
    assert len(studio.objects("checkout.session")) == 1


def test_36_paid_in_cash_while_the_card_was_charged_the_card_goes_back(studio: Studio) -> None:
    book(studio)
    studio.work(TOLD)
    studio.fault("lost")
    studio.work(DUE + timedelta(minutes=1))
    staff = people.signed_in(studio.app, Role.MANAGER)
    with studio.app.app_context():
        path = f"/office/sessions/{studio.booking().id}"
    assert "being charged" in staff.get(path).words
    staff.submit(staff.get(f"{path}/received"), {"method": "cash"})

    studio.work(DUE + timedelta(minutes=5))

    paid, _, attention = studio.state()
    assert paid == 2 * BALANCE
    assert attention.startswith("Paid twice")
    assert [each["amount"] for each in studio.objects("refund")] == [BALANCE]


def test_paid_in_cash_before_stripe_heard_of_it_nothing_is_charged(studio: Studio) -> None:
    book(studio)
    studio.work(TOLD)
    studio.fault("500")
    studio.work(DUE + timedelta(minutes=1))
    staff = people.signed_in(studio.app, Role.MANAGER)
    with studio.app.app_context():
        path = f"/office/sessions/{studio.booking().id}"
    staff.submit(staff.get(f"{path}/received"), {"method": "cash"})

    studio.work(DUE + timedelta(minutes=5))
    studio.work(DUE + timedelta(minutes=10))

    assert studio.charges() == []
    assert studio.state() == (2 * BALANCE, CardEnd.NOT_NEEDED, "")


@pytest.mark.parametrize("hours", [0.1, 25], ids=["with the same key", "when keys are forgotten"])
@pytest.mark.parametrize("kind", ["lost", "500"])
def test_an_answer_that_was_lost_is_asked_for_again(
    studio: Studio, kind: str, hours: float
) -> None:
    book(studio)
    studio.work(TOLD)
    studio.fault(kind)
    studio.work(DUE + timedelta(minutes=1))
    assert studio.state()[0] == BALANCE

    studio.work(DUE + timedelta(hours=hours))

    assert [each["status"] for each in studio.charges()] == ["succeeded"]
    assert studio.state() == (2 * BALANCE, CardEnd.CHARGED, "")
    with studio.app.app_context():
        assert len(db.session.scalars(select(Payment).where(Payment.unattended)).all()) == 1


def test_a_charge_found_after_the_session_was_cancelled_goes_back(studio: Studio) -> None:
    book(studio)
    studio.work(TOLD)
    studio.fault("lost")
    studio.work(DUE + timedelta(minutes=1))
    request = service.Cancellation(
        called_off_by=CalledOffBy.STUDIO, reason="Ill", shown=Figures(BALANCE), actor="Manager"
    )
    with studio.app.app_context():
        service.cancel_booking(studio.booking().id, request)

    studio.work(DUE + timedelta(minutes=5))

    assert studio.state()[0] == 0


def test_the_client_takes_it_back(studio: Studio) -> None:
    own = book(studio)

    page = studio.browser.follow(studio.browser.submit(own, form="/card/leave"))

    assert "Your card will not be charged" in page.words
    assert "from your card" not in page.words
    studio.work(DUE - timedelta(days=3) + timedelta(minutes=1))
    assert len(studio.mails("To pay before your session")) == 1
    studio.work(DUE + timedelta(minutes=1))
    assert studio.charges() == []
    assert studio.mails("we take") == []
    assert studio.state() == (BALANCE, CardEnd.WITHDRAWN, "")


def test_taken_back_while_stripe_was_down_nothing_is_charged(studio: Studio) -> None:
    own = book(studio)
    studio.work(TOLD)
    studio.at(DUE + timedelta(minutes=1))
    page = studio.browser.get(own.path)
    studio.fault("500")
    studio.work()
    studio.browser.submit(page, form="/card/leave")

    studio.work(DUE + timedelta(minutes=5))

    assert studio.charges() == []
    with studio.app.app_context():
        payment = db.session.scalars(select(Payment).where(Payment.unattended)).one()
        assert payment.state is PaymentState.EXPIRED


def test_the_office_charges_now_once_the_notice_has_left(studio: Studio) -> None:
    own = book(studio)
    staff = people.signed_in(studio.app, Role.MANAGER)
    with studio.app.app_context():
        path = f"/office/sessions/{studio.booking().id}"
    page = staff.get(path)
    assert "Card ending 4242 will be charged £197.50 on Monday 7 December" in page.words
    assert page.all("form[action$='/card/leave']")
    assert not page.all("form[action$='/card/charge']"), "never without a notice"
    studio.work(TOLD)
    people.sign_in(staff, "manager@example.com")
    page = staff.get(path)
    # What was added since stays owed, is no answer of the bank's, and not taken from the card.
    with studio.app.app_context():
        more = service.Charge(
            label="One more picture", amount=Money(3000, "GBP"), kind=LineKind.EXTRA,
            due_at=DUE, by="Manager",
        )  # fmt: skip
        service.add_charge(studio.booking().id, more)
    own = studio.browser.get(own.path)
    said = "we do not. £30 for one more picture is not taken from your card: please pay that"
    assert f"{said} yourself by Monday 7 December." in own.words

    done = staff.follow(staff.submit(page, form="/card/charge"))
    again = staff.follow(staff.submit(page, form="/card/charge"))

    assert "The card was charged" in done.words
    assert "not to be charged any more" in again.words
    assert len(studio.charges()) == 1
    assert studio.state() == (2 * BALANCE, CardEnd.CHARGED, "")


def test_the_office_leaves_the_card_alone(studio: Studio) -> None:
    book(studio)
    staff = people.signed_in(studio.app, Role.MANAGER)
    with studio.app.app_context():
        path = f"/office/sessions/{studio.booking().id}"
    before = staff.get(path)

    page = staff.follow(staff.submit(before, form="/card/leave"))

    assert "not to be charged, says Manager Person" in page.words
    refused = staff.follow(staff.submit(before, form="/card/leave"))
    assert "not to be charged" in refused.words
    assert studio.state()[1] is CardEnd.WITHDRAWN


def test_who_may_not_take_money_sees_and_does_none_of_it(studio: Studio) -> None:
    book(studio)
    studio.work(TOLD)
    staff = people.signed_in(studio.app, Role.PREP)
    with studio.app.app_context():
        path = f"/office/sessions/{studio.booking().id}"
    page = staff.get(path)
    assert "4242" not in page.words
    token = {"csrf_token": str(page.all("input[name=csrf_token]")[0]["value"])}
    for verb_ in ("charge", "leave"):
        staff.post(f"{path}/card/{verb_}", token, status=403)
    assert studio.charges() == []


def test_a_moved_session_is_told_of_again(studio: Studio) -> None:
    book(studio)
    studio.work(TOLD)
    later = TEN_FIFTEEN + timedelta(days=7)
    move = service.MoveRequest(starts_at=later, photographer=None, by="Manager Person")
    with studio.app.app_context():
        service.move_booking(studio.booking().id, move)

    studio.work(DUE + timedelta(minutes=1))
    assert studio.charges() == []
    studio.work(TOLD + timedelta(days=7))
    assert len(studio.mails("we take")) == 2
    studio.work(DUE + timedelta(days=7, minutes=1))
    assert len(studio.charges()) == 1
