from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts import permissions
from studio.accounts.permissions import Action, Role
from studio.booking import history, service, settlement
from studio.booking.models import Booking
from studio.booking.service import Cancellation, Details
from studio.db import db, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.terms import CalledOffBy, Figures
from studio.messaging.models import Message, MessageKind, MessageState
from studio.payments import ledger
from studio.payments.jobs import send_refunds
from studio.payments.models import EntryKind, Refund, RefundState
from studio.ports.payment_gateway import GatewayUnavailable
from studio.prep.models import PrepGuide
from studio.prep.service import keep_checklist
from studio.scheduling.models import Allocation
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway

ROBIN = Details(name="Robin Ash", email="robin@client.example", phone="020 7946 0999", notes="Cold")


@dataclass(frozen=True, slots=True)
class Known:
    """A booking by its ids; *path* is its page."""

    id: int
    reference: str
    photographer_id: int

    @property
    def path(self) -> str:
        return f"/office/sessions/{self.id}"


def known(booking: Booking) -> Known:
    return Known(booking.id, booking.reference, booking.photographer_id)


@pytest.fixture
def paid(app: Flask, rolled_back: None, gateway: FakeGateway) -> Known:
    """A session of 395 pounds in two weeks, its deposit of 197.50 paid."""
    with app.app_context():
        return known(pay(gateway, factories.a_hold()))


@pytest.fixture
def held(app: Flask, rolled_back: None) -> Known:
    with app.app_context():
        return known(factories.a_hold())


@pytest.fixture
def manager(app: Flask, rolled_back: None) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def pay(gateway: FakeGateway, booking: Booking) -> Booking:
    service.check_out(booking.id, ROBIN)
    payment = ledger.payments(db.session(), booking.id)[-1]
    settlement.apply(gateway.pay(str(payment.checkout_id)))
    return factories.booking_of(booking.reference)


def read(app: Flask, this: Known, ask: Callable[[Booking], Any]) -> Any:
    with app.app_context():
        return ask(factories.booking_of(this.reference))


def state(app: Flask, this: Known) -> BookingState:
    return read(app, this, lambda booking: booking.state)  # type: ignore[no-any-return]


def net(app: Flask, this: Known) -> int:
    return read(  # type: ignore[no-any-return]
        app, this, lambda booking: ledger.paid(db.session(), booking.id, "GBP").minor
    )


def flag(app: Flask, this: Known, why: str) -> None:
    with app.app_context(), transaction() as session:
        booking = session.get_one(Booking, this.id)
        history.flag(session, booking, why, now=booking.created_at)


def call_off(browser: Browser, this: Known, status: int = 303, **given: str) -> Page:
    page = browser.get(f"{this.path}/cancel")
    return browser.submit(page, given, status=status)


def test_the_page_tells_all_about_a_session(app: Flask, manager: Browser, paid: Known) -> None:
    with app.app_context():
        guide = db.session.scalars(select(PrepGuide)).one().id
        keep_checklist(paid.id, guide, {"tops"})

    words = manager.get(paid.path).words

    for told in (
        "Robin Ash", "Confirmed", "Headshot", "robin@client.example", "020 7946 0999", "Cold",
        "Tuesday 8 December", "10:05", "10:15 to 11:15", "London time", "Grey seamless",
        "Amara Vale", "Show them anywhere.", "Under the terms", "version 1.", "Steamer on",
        "Two plain tops, tried on", "1 of 2 ready", "Prepare: ", "£395", "£197.50",
        "Deposit", "Balance", "Time held", "Went to the payment page", "Paid", "Confirmed",
    ):  # fmt: skip
        assert told in words


def test_the_clients_list_is_the_one_they_are_asked_for(
    app: Flask, manager: Browser, paid: Known
) -> None:
    with app.app_context(), transaction() as session:
        guide = session.scalars(select(PrepGuide)).one()
        guide.checklist = [*guide.checklist, {"key": "x", "text": "Boots", "when": "outdoors"}]

    words = manager.get(paid.path).words

    assert "0 of 2 ready" in words
    assert "Two plain tops, tried on" in words
    assert "Boots" not in words


@pytest.mark.parametrize("role", [Role.PHOTOGRAPHER, Role.PREP])
def test_who_may_not_see_money_is_shown_none(app: Flask, paid: Known, role: Role) -> None:
    flag(app, paid, "Asked for 197.5 GBP, but 100 GBP was paid.")
    whose = paid.photographer_id if role is Role.PHOTOGRAPHER else None
    page = people.signed_in(app, role, whose).get(paid.path)

    assert "Robin Ash" in page.words
    assert "£" not in page.words
    # A reference may hold these letters by chance.
    assert not re.search(r"\bGBP\b", page.words)
    assert "Cancel the session" not in page.words


def test_a_photographer_finds_nobody_elses_session(app: Flask, paid: Known) -> None:
    with app.app_context():
        other = factories.a_photographer("Jonas Reed").id

    people.signed_in(app, Role.PHOTOGRAPHER, other).get(paid.path, 404)


@pytest.mark.parametrize("number", ["999999", str(2**63 - 1), str(2**63)])
def test_an_unknown_session_is_not_found(paid: Known, manager: Browser, number: str) -> None:
    manager.get(f"/office/sessions/{number}", 404)
    manager.get(f"/office/sessions/{number}/cancel", 404)


@pytest.mark.parametrize("role", [Role.PHOTOGRAPHER, Role.PREP])
@pytest.mark.parametrize("act", ["seen-to", "release", "cancel", "missed", "came"])
def test_only_who_may_cancel_changes_a_session(
    app: Flask, paid: Known, role: Role, act: str
) -> None:
    whose = paid.photographer_id if role is Role.PHOTOGRAPHER else None
    browser = people.signed_in(app, role, whose)
    token = browser.get(paid.path).one("meta[name=csrf-token]")["content"]

    browser.post(f"{paid.path}/{act}", {"csrf_token": token}, 403)

    assert state(app, paid) is BookingState.CONFIRMED


def test_seeing_to_a_flag_clears_it_and_stands_in_the_history(
    app: Flask, manager: Browser, paid: Known
) -> None:
    flag(app, paid, "Paid twice: the second payment goes back.")
    page = manager.get(paid.path)
    assert "Paid twice" in page.one("section.alert").text

    done = manager.follow(manager.submit(page, form="seen-to"))

    assert not done.all("section.alert")
    assert "Seen to" in done.words
    events = read(app, paid, lambda b: [(e.kind, e.actor, e.detail) for e in b.events])
    assert events[-1] == (
        "seen to",
        "Manager Person",
        {"why": "Paid twice: the second payment goes back."},
    )


def test_a_flag_that_came_meanwhile_stands_beside_and_after_the_one_that_was_seen(
    app: Flask, manager: Browser, paid: Known
) -> None:
    first, second = "A refund of £5 failed.", "Paid twice: the second payment goes back."
    flag(app, paid, first)
    page = manager.get(paid.path)
    for _ in range(2):
        flag(app, paid, second)
    both = manager.get(paid.path)
    assert [each.text for each in both.all("section.alert p")] == [first, second]

    done = manager.follow(manager.submit(page, form="seen-to"))

    assert [each.text for each in done.all("section.alert p")] == [second]
    assert "Something else has come up since" in done.words
    events = read(app, paid, lambda b: [(e.kind, e.detail) for e in b.events])
    assert events[-1] == ("seen to", {"why": first})
    assert not manager.follow(manager.submit(done, form="seen-to")).all("section.alert")


def test_nothing_is_noted_where_nothing_was_flagged(app: Flask, paid: Known) -> None:
    before = read(app, paid, lambda b: len(b.events))
    with app.app_context():
        assert service.clear_attention(paid.id, seen="", by="Manager Person")
    assert read(app, paid, lambda b: len(b.events)) == before


def test_a_hold_is_given_up(app: Flask, manager: Browser, held: Known) -> None:
    page = manager.get(held.path)
    assert "15 min more, filling in the details" in page.words

    done = manager.follow(manager.submit(page, form="release"))

    assert "the time is free again" in done.words
    assert state(app, held) is BookingState.CANCELLED
    with app.app_context():
        assert not db.session.scalars(select(Allocation)).all()


def test_a_hold_that_was_paid_meanwhile_stands(
    app: Flask, manager: Browser, held: Known, gateway: FakeGateway
) -> None:
    with app.app_context():
        service.check_out(held.id, ROBIN)
    page = manager.get(held.path)
    with app.app_context():
        gateway.pay(str(ledger.payments(db.session(), held.id)[-1].checkout_id))

    done = manager.follow(manager.submit(page, form="release"))

    assert "It was paid a moment ago" in done.words
    assert state(app, held) is BookingState.CONFIRMED


def test_a_hold_stays_while_stripe_is_silent(
    app: Flask, manager: Browser, held: Known, gateway: FakeGateway
) -> None:
    with app.app_context():
        service.check_out(held.id, ROBIN)
    page = manager.get(held.path)
    gateway.trouble = GatewayUnavailable("silent")

    done = manager.follow(manager.submit(page, form="release"))

    assert "the time stays held" in done.words
    assert state(app, held) is BookingState.HELD


def test_giving_up_what_is_no_hold_is_refused(app: Flask, manager: Browser, paid: Known) -> None:
    token = manager.get(paid.path).one("meta[name=csrf-token]")["content"]
    page = manager.post(f"{paid.path}/release", {"csrf_token": token}, 409)
    assert "not held any more" in page.words
    assert state(app, paid) is BookingState.CONFIRMED


@pytest.mark.parametrize(
    ("hours", "goes_back", "stays"),
    [(23, "£197.50", "£0"), (25, "£0", "£197.50")],
)
def test_the_figures_stand_on_the_page(
    app: Flask, paid: Known, clock: Clock, hours: int, goes_back: str, stays: str
) -> None:
    clock.advance(hours=hours)
    rows = [
        [cell.get_text(" ", strip=True) for cell in row.select("td")]
        for row in people.signed_in(app, Role.MANAGER).get(f"{paid.path}/cancel").all("tbody tr")
    ]
    assert rows[0][:4] == ["The client cancels", goes_back, "£0", stays]
    assert rows[1][:4] == ["We cancel", "£197.50", "£0", "£0"]


def test_a_deposit_becomes_a_credit_from_fourteen_days_ahead(
    app: Flask, rolled_back: None, gateway: FakeGateway, clock: Clock
) -> None:
    with app.app_context():
        later = factories.days_after(days=14)
        this = known(pay(gateway, factories.a_hold(starts_at=later)))
    clock.advance(days=3)
    manager = people.signed_in(app, Role.MANAGER)

    done = manager.follow(call_off(manager, this, called_off_by="client", reason="Moved away"))

    assert "£197.50 becomes a credit" in done.words
    assert "Credit until" in done.words
    assert read(app, this, lambda b: b.credit_minor) == 19750
    with app.app_context():
        assert not db.session.scalars(select(Refund)).all()


def test_what_was_typed_is_kept_and_what_is_missing_is_said(manager: Browser, paid: Known) -> None:
    page = call_off(manager, paid, 422, reason="Their train was cancelled")
    assert "Please choose who cancels." in page.words
    assert page.one("input[name=reason]")["value"] == "Their train was cancelled"

    page = call_off(manager, paid, 422, called_off_by="studio", reason="")
    assert "Please fill this in." in page.words
    assert page.one("input[value=studio]").has_attr("checked")


@pytest.mark.parametrize("shown", ["", "-1", "many", "9" * 40, "19750", "1 2 -3", "1 2 3 4"])
def test_figures_that_are_none_are_asked_again(
    app: Flask, manager: Browser, paid: Known, shown: str
) -> None:
    page = call_off(manager, paid, 422, called_off_by="studio", reason="Ill", shown_studio=shown)
    assert page.one("input[name=shown_studio]")["value"] == "19750 0 0"
    assert state(app, paid) is BookingState.CONFIRMED


def test_another_refund_than_was_shown_is_shown_first(
    app: Flask, manager: Browser, paid: Known, clock: Clock
) -> None:
    page = manager.get(f"{paid.path}/cancel")
    clock.advance(hours=7, minutes=59)
    manager.get(paid.path)  # the day goes on
    clock.advance(hours=7, minutes=59)
    manager.get(paid.path)
    clock.advance(hours=7, minutes=59)
    manager.get(paid.path)
    clock.advance(minutes=30)

    again = manager.submit(page, {"called_off_by": "client", "reason": "Ill"}, status=409)

    assert "The figures have changed" in again.words
    assert again.one("input[name=shown_client]")["value"] == "0 0 19750"
    assert again.one("input[name=reason]")["value"] == "Ill"
    assert state(app, paid) is BookingState.CONFIRMED
    manager.submit(again)
    assert state(app, paid) is BookingState.CANCELLED
    assert net(app, paid) == 19750


def test_what_was_called_off_meanwhile_is_not_called_off_twice(
    app: Flask, manager: Browser, paid: Known
) -> None:
    page = manager.get(f"{paid.path}/cancel")
    with app.app_context():
        service.cancel_booking(
            paid.id,
            Cancellation(
                called_off_by=CalledOffBy.STUDIO, reason="x", shown=Figures(19750), actor="A"
            ),
        )

    again = manager.submit(page, {"called_off_by": "client", "reason": "Ill"}, status=409)

    assert "cancelled already" in again.words
    with app.app_context():
        assert len(db.session.scalars(select(Refund)).all()) == 1


def test_what_has_begun_is_not_called_off(
    app: Flask, paid: Known, clock: Clock, rolled_back: None
) -> None:
    clock.set(factories.TEN_FIFTEEN)
    manager = people.signed_in(app, Role.MANAGER)

    assert "has begun" in manager.get(f"{paid.path}/cancel", 409).words
    assert "Cancel the session" not in [link.text for link in manager.get(paid.path).all("a.btn")]


def test_a_hold_is_given_up_and_not_called_off(manager: Browser, held: Known) -> None:
    assert "give the hold up" in manager.get(f"{held.path}/cancel", 409).words


def test_money_goes_back_only_by_who_may_give_it(
    app: Flask, paid: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed = {*permissions.ALLOWED[Role.PREP], Action.CANCEL_SESSIONS}
    monkeypatch.setitem(permissions.ALLOWED, Role.PREP, frozenset(mixed))
    browser = people.signed_in(app, Role.PREP)

    call_off(browser, paid, 403, called_off_by="studio", reason="Ill")
    assert state(app, paid) is BookingState.CONFIRMED


def test_from_booking_to_the_last_penny_back(
    app: Flask, rolled_back: None, manager: Browser, gateway: FakeGateway, paid: Known
) -> None:
    photographer = people.signed_in(app, Role.PHOTOGRAPHER, paid.photographer_id)
    week = photographer.get("/office/calendar?week=2026-12-08")
    assert "Robin Ash" in week.one(".agenda").text

    page = manager.get(f"{paid.path}/cancel")
    assert "£197.50" in page.words
    asked = {"called_off_by": "studio", "reason": "Amara is ill"}
    done = manager.follow(manager.submit(page, asked))

    assert "£197.50 goes back to the client" in done.words
    assert "Cancelled" in done.words
    assert "Cancelled by the studio: Amara is ill" in done.words
    assert net(app, paid) == 19750
    with app.app_context():
        assert send_refunds() == 1
    assert net(app, paid) == 0
    assert "given back" in manager.get(paid.path).words
    with app.app_context():
        session = db.session()
        kinds = [(each.kind, each.amount_minor) for each in ledger.entries(session, paid.id)]
        assert kinds == [(EntryKind.PAYMENT, 19750), (EntryKind.REFUND, -19750)]
        assert [each.state for each in session.scalars(select(Refund))] == [RefundState.DONE]
        assert not session.scalars(select(Allocation)).all()
        mails = session.scalars(select(Message).where(Message.booking_id == paid.id)).all()
        told = [each for each in mails if each.kind is MessageKind.CANCELLATION]
        assert [each.recipient for each in told] == ["robin@client.example"]
        planned = [each for each in mails if each.kind is MessageKind.PREP]
        assert {each.state for each in planned} == {MessageState.CANCELLED}
    assert "Robin Ash" not in photographer.get("/office/calendar?week=2026-12-08").words


def test_nobody_came_and_then_they_did(
    app: Flask, manager: Browser, paid: Known, clock: Clock
) -> None:
    assert "Nobody came" not in manager.get(paid.path).words
    assert manager.get(f"{paid.path}/missed", 303).location.endswith(paid.path)
    clock.set(factories.TEN_FIFTEEN)
    owner = people.signed_in(app, Role.OWNER)
    page = owner.get(f"{paid.path}/missed")
    assert "Stays with us £197.50" in page.words
    done = owner.follow(owner.submit(page, status=303))

    assert "Did not come" in done.words
    assert state(app, paid) is BookingState.NO_SHOW
    token = done.one("meta[name=csrf-token]")["content"]
    back = owner.follow(owner.post(f"{paid.path}/came", {"csrf_token": token}, 303))
    assert "The session took place" in back.words
    assert state(app, paid) is BookingState.COMPLETED
