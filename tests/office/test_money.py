"""Money that staff write down, add and take back; and the client's page to pay what is left."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking import money_back, service, settlement
from studio.booking.letter_facts import facts_now
from studio.booking.links import own_token
from studio.booking.models import TokenPurpose
from studio.db import db
from studio.domain.money import Money
from studio.domain.terms import CalledOffBy, Figures
from studio.messaging.models import Message
from studio.payments import ledger
from studio.payments.jobs import send_refunds
from studio.payments.models import Refund
from studio.ports.payment_gateway import GatewayUnavailable
from studio.reconcile import reconcile_command
from tests import factories, people
from tests.booking.test_dues import ROBIN
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway


@pytest.fixture
def reference(app: Flask, rolled_back: None, gateway: FakeGateway) -> str:
    """A session of 395 pounds whose deposit of 197.50 is paid."""
    with app.app_context():
        factories.a_studio(how_to_pay="Bank of Lanterns\nSort code 00-00-00")
        booking = factories.a_hold()
        service.check_out(booking.id, ROBIN)
        payment = ledger.payments(db.session(), booking.id)[-1]
        gateway.pay(str(payment.checkout_id))
        service.settle_now(booking.id)
        return booking.reference


@pytest.fixture
def path(app: Flask, reference: str) -> str:
    with app.app_context():
        return f"/office/sessions/{factories.booking_of(reference).id}"


@pytest.fixture
def own(app: Flask, reference: str) -> str:
    with app.app_context():
        return f"/booking/{own_token(TokenPurpose.BOOKING, reference)}"


@pytest.fixture
def manager(app: Flask, reference: str) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def received(manager: Browser, path: str, status: int = 303, **fields: str) -> Page:
    page = manager.get(f"{path}/received")
    return manager.submit(page, {"method": "cash", **fields}, status=status)


def test_cash_is_written_down_shown_and_taken_back(manager: Browser, path: str) -> None:
    page = manager.get(f"{path}/received")
    assert page.one("#amount")["value"] == "197.50"
    page = manager.follow(received(manager, path, amount="100", note="by her sister"))
    assert "£100 is written down" in page.words
    assert "paid, cash (by her sister)" in page.words

    (back,) = page.all("a[href$='/reverse']")
    asked = manager.get(str(back["href"]))
    assert "£100 was written down" in asked.words
    page = manager.follow(manager.submit(asked, {"reason": "Another client"}))
    assert "taken back" in page.words
    assert "Another client" in page.words
    again = manager.submit(asked, {"reason": "Twice"}, status=422)
    assert "taken back before" in again.words


@pytest.mark.parametrize("typed", ["0", "-5", "197.51", "1e9", "12.345", "a lot", "9" * 30])
def test_odd_amounts_are_refused_and_kept(manager: Browser, path: str, typed: str) -> None:
    page = received(manager, path, 422, amount=typed, note="kept")

    assert page.one("#amount-error").text.strip()
    assert page.one("#amount")["value"] == typed
    assert page.one("#note")["value"] == "kept"


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("received", {"method": "cash", "amount": "50"}),
        ("charge", {"label": "A print", "amount": "45", "due_on": "2026-12-20"}),
        ("give-back", {"amount": "10", "reason": "Kind"}),
    ],
)
def test_a_form_that_is_sent_twice_counts_once(
    app: Flask, manager: Browser, path: str, form: str, fields: dict[str, str]
) -> None:
    asked = manager.get(f"{path}/{form}")
    manager.submit(asked, fields)
    with app.app_context():
        before = ledger.owed(db.session(), int(path.rpartition("/")[2]), "GBP")

    assert "counted once" in manager.follow(manager.submit(asked, fields)).words

    with app.app_context():
        after = ledger.owed(db.session(), int(path.rpartition("/")[2]), "GBP")
        assert after == before
        assert len(list(db.session.scalars(select(Refund)))) == (form == "give-back")
    for made_up in ("", "x" * 32, "0" * 31):
        page = manager.submit(asked, fields | {"once": made_up}, status=422)
        assert "not one of ours" in page.words
    # Another form is another decision.
    manager.submit(manager.get(f"{path}/{form}"), fields)


def test_an_extra_is_added_and_paid_with_the_rest(
    app: Flask, manager: Browser, browser: Browser, path: str, own: str, gateway: FakeGateway
) -> None:
    fields = {"label": "One more picture", "amount": "45", "due_on": "2026-12-20"}
    page = manager.follow(manager.submit(manager.get(f"{path}/charge"), fields))
    assert "One more picture is added" in page.words
    assert "£440" in page.words

    asked = browser.get(f"{own}/pay")
    assert asked.one("h1").text == "£242.50 to pay"
    assert "One more picture, by Sunday 20 December" in asked.words
    told = "Still to pay, by Sunday 20 December £242.50 Of that by Monday 7 December £197.50"
    assert told in browser.get(own).words
    with app.app_context():
        rest = db.session.scalars(select(Message.context).where(Message.step == "charged")).one()
        assert rest["rest"][1:] == [["Of that", "£197.50, by Monday 7 December, 10:15"]]
    assert "Sort code 00-00-00" in asked.words
    to_stripe = browser.submit(asked)
    with app.app_context():
        payment = ledger.payable(db.session(), factories.booking_of(_ref(app, path)).id)[0]
        assert to_stripe.location == payment.checkout_url
        gateway.pay(str(payment.checkout_id))
    page = browser.follow(browser.get(f"{own}/pay/return?session_id=nonsense", 303))
    assert "your payment has reached us" in page.words
    assert browser.get(f"{own}/pay").one("h1").text == "All is paid"


def test_another_amount_waits_for_somebody_to_accept_it(
    app: Flask, rolled_back: None, browser: Browser, gateway: FakeGateway
) -> None:
    with app.app_context():
        booking = factories.a_hold()
        service.check_out(booking.id, ROBIN)
        checkout_id = str(ledger.payments(db.session(), booking.id)[-1].checkout_id)
        gateway.pay(checkout_id)
        at_stripe = gateway.pages[checkout_id]
        at_stripe.shown = replace(at_stripe.shown, amount=Money(10000, "GBP"))
        settlement.settle_checkout(checkout_id)
        booking_id, token = booking.id, own_token(TokenPurpose.HOLD, booking.reference)
    told = browser.follow(browser.get(f"/checkout/{token}", 303))
    assert "another amount than we had asked for" in told.words

    manager = people.signed_in(app, Role.MANAGER)
    (concern,) = [
        each for each in manager.get("/office/").all("a") if "Asked for 197.5" in each.get_text()
    ]
    asked = manager.get(str(manager.get(str(concern["href"])).one("a[href$='/accept']")["href"]))
    assert "asked for £197.50, and £100 was paid" in asked.words
    assert manager.submit(asked, {"reason": ""}, status=422).one("#reason-error").text.strip()
    page = manager.follow(manager.submit(asked, {"reason": "Rung up", "missing": "let_off"}))
    assert "£100 is accepted" in page.words
    assert "Another amount accepted" in page.words
    assert "£197.50" in page.one("#money ~ dl .tag").text
    again = manager.follow(manager.submit(asked, {"reason": "Twice"}))
    assert "decided already" in again.words
    with app.app_context():
        assert ledger.owed(db.session(), booking_id, "GBP").minor == 19750
    people.signed_in(app, Role.PREP).get(f"/office/sessions/{booking_id}/accept", 403)


def _ref(app: Flask, path: str) -> str:
    booking_id = int(path.rpartition("/")[2])
    with app.app_context():
        from studio.booking.models import Booking

        return db.session.get_one(Booking, booking_id).reference


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("amount", "0"),
        ("amount", "-1"),
        ("amount", "x"),
        ("label", ""),
        ("due_on", "2026-13-01"),
        ("due_on", "2026-11-22"),
        ("due_on", "2027-11-25"),
    ],
)
def test_an_odd_charge_is_refused_and_kept(
    manager: Browser, path: str, field: str, typed: str
) -> None:
    fields = {"label": "A print", "amount": "45", "due_on": "2026-12-20", field: typed}
    page = manager.submit(manager.get(f"{path}/charge"), fields, status=422)

    assert page.one(f"#{field}-error").text.strip()
    assert page.fields(page.form())[field] == typed


def test_coming_back_unpaid_shows_what_is_to_pay(browser: Browser, own: str, clock: Clock) -> None:
    assert "£197.50 to pay" in browser.get(f"{own}/pay/return").words
    browser.submit(browser.get(f"{own}/pay"))

    # The page is open, then over; then that is known.
    for minutes in (0, 32, 0):
        clock.advance(minutes=minutes)
        said = browser.get(f"{own}/pay/return").words
        assert "£197.50 to pay" in said
        assert "has reached us" not in said


def test_nothing_is_asked_for_once_a_session_is_off(
    app: Flask, browser: Browser, own: str, reference: str, gateway: FakeGateway
) -> None:
    asked = browser.get(f"{own}/pay")
    with app.app_context():
        booking = factories.booking_of(reference)
        request = service.Cancellation(
            called_off_by=CalledOffBy.STUDIO,
            reason="The light failed",
            shown=Figures(19750),
            actor="Manager Person",
        )
        service.cancel_booking(booking.id, request)
    page = browser.get(f"{own}/pay")

    assert page.one("h1").text == "There is nothing to pay"
    assert "This session was cancelled, so you owe nothing" in page.words
    assert not any(each in page.words for each in ("Balance", "£197.50", "Bank of Lanterns"))
    # Nor is anything begun from a page that was open before.
    said = browser.follow(browser.submit(asked))
    assert "There is nothing to be paid by card." in said.words
    assert len(gateway.pages) == 1


def test_without_cards_the_page_says_how_to_pay(
    app: Flask, browser: Browser, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.booking.service.dues.ports", _Without)
    page = browser.get(f"{own}/pay")

    assert "How to pay Bank of Lanterns Sort code 00-00-00" in page.words
    assert not page.all("form[method=post] button")


class _Without:
    gateway = None


def test_a_studio_without_stripe_says_how_to_pay_before_and_after_it_is_booked(
    app: Flask, browser: Browser
) -> None:
    app.extensions["ports"] = replace(app.extensions["ports"], gateway=None)
    app.extensions["settings"] = replace(app.extensions["settings"], stripe_secret_key=None)
    with app.app_context():
        factories.a_studio(how_to_pay="Bank of Lanterns\nIn cash at the desk")
        booking = factories.a_hold()
        reference, token = booking.reference, own_token(TokenPurpose.HOLD, booking.reference)

    page = browser.get(f"/checkout/{token}")
    said = f"How to pay £197.50, with the reference {reference}: Bank of Lanterns In cash"
    assert said in page.words
    typed = {"name": "Robin Ash", "email": "robin@client.example", "accept_policy": "y"}
    page = browser.follow(browser.submit(page, typed, form="/checkout/"))
    assert "You are booked, Robin" in page.words
    words = browser.get(f"{page.path}/pay").words
    assert "How to pay Bank of Lanterns In cash at the desk" in words


def test_only_who_may_takes_money(app: Flask, path: str) -> None:
    prep = people.signed_in(app, Role.PREP)
    for page in ("received", "charge"):
        prep.get(f"{path}/{page}", 403)


def test_our_ledger_is_compared_with_stripe(
    app: Flask, manager: Browser, reference: str, gateway: FakeGateway
) -> None:
    page = manager.submit(manager.get("/office/payments"), form="/compare", status=200)
    assert "All is well" in page.words
    command = app.test_cli_runner()
    agreed = command.invoke(reconcile_command, ["--days", "7"])
    assert agreed.output == "Our ledger and Stripe agree on the last 7 days.\n"
    assert agreed.exit_code == 0

    with app.app_context():
        payment = ledger.payments(db.session(), factories.booking_of(reference).id)[0]
        gateway.refund_elsewhere(str(payment.intent_id), 5000)
    page = manager.submit(manager.get("/office/payments"), form="/compare", status=200)
    assert "1 thing differs" in page.words
    assert reference in page.words
    differs = command.invoke(reconcile_command)
    assert f"{reference}, " in differs.output
    assert differs.exit_code == 1
    gateway.trouble = GatewayUnavailable("down")
    assert "Stripe does not answer" in command.invoke(reconcile_command).output
    gateway.trouble = None

    page = manager.get(str(page.one("tbody a")["href"]))
    page = manager.follow(manager.submit(page, form="/check"))
    assert "Checked with Stripe" in page.words
    assert "£50 was given back in Stripe's dashboard" in page.words
    page = manager.submit(manager.get("/office/payments"), form="/compare", status=200)
    assert "All is well" in page.words


def test_stripe_that_does_not_answer_changes_nothing(
    manager: Browser, path: str, gateway: FakeGateway
) -> None:
    session, overview = manager.get(path), manager.get("/office/payments")
    gateway.trouble = GatewayUnavailable("down")

    for page, form in ((session, "/check"), (overview, "/compare")):
        said = manager.follow(manager.submit(page, form=form))
        assert "does not answer just now" in said.words


def test_a_refund_that_failed_is_sent_again_from_the_session(
    app: Flask, manager: Browser, path: str, own: str, gateway: FakeGateway
) -> None:
    page = manager.get(f"{path}/give-back")
    page = manager.follow(manager.submit(page, {"amount": "50", "reason": "We ran late"}))
    # Nobody is asked for what goes back, and the lines add up to the price.
    said = "Paid £197.50 Refund on its way £50 Not asked for £50 Still to pay"
    assert f"{said} £197.50" in page.words
    assert f"{said}, by Monday 7 December £197.50" in manager.get(own).words
    with app.app_context():
        send_refunds()
        written = facts_now(db.session(), factories.booking_of(_ref(app, path))).price()
        assert [" ".join(each) for each in written][1:] == [
            "Paid £147.50",
            "Not asked for £50",
            "Still to pay £197.50, by Monday 7 December, 10:15",
        ]
        gateway.fail_refund(gateway.refunds[0].id)
        money_back.settle_refunds(gateway.refunds[0].intent_id)
    page = manager.get(path)
    (form,) = page.all("form[action$='/send-again']")
    for said in ("£50 is sent again.", "This refund waits for nobody any more."):
        after = manager.follow(manager.submit(page, {}, form=str(form["action"])))
        assert said in after.words
        assert "£50 on its way" in after.words
        assert after.all("form[action$='/send-again']") == []
