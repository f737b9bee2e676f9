"""Staff change what a session is: chosen, shown, and saved as it was shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking import service
from studio.booking.coming.service import ask_for_add_on
from studio.booking.models import Booking
from studio.booking.service import Cancellation, Received
from studio.catalogue.models import Package
from studio.db import db, transaction
from studio.domain.money import Money
from studio.domain.terms import CalledOffBy
from studio.payments import ledger
from studio.payments.models import Dispute, DisputeState, Method, Payment
from studio.ports import ports
from tests import factories, people
from tests.booking.test_altering import Shop
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN


@pytest.fixture
def shop(app: Flask, rolled_back: None) -> Shop:
    with app.app_context():
        factories.a_studio()
        shop = Shop()
        for each in (shop.small, shop.large):
            each.deposit_percent = 0
        db.session.commit()
        factories.a_confirmed_booking(shop.small)
        for row in (shop.small, shop.large, shop.look, shop.print, shop.make_up):
            db.session.refresh(row)
            db.session.expunge(row)
        return shop


@pytest.fixture
def manager(app: Flask, shop: Shop) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def booking(app: Flask) -> Booking:
    with app.app_context():
        found = db.session.scalars(select(Booking).order_by(Booking.id)).first()
        assert found is not None
        assert [each.label for each in found.lines]
        db.session.expunge_all()
        return found


def path(app: Flask) -> str:
    return f"/office/sessions/{booking(app).id}"


def extra(add_on: object) -> str:
    return f"extra_{add_on.id}"  # type: ignore[attr-defined]


def shown(browser: Browser, app: Flask, **chosen: str) -> Page:
    """The page that says what it does."""
    return browser.submit(browser.get(f"{path(app)}/change"), chosen, status=200)


def test_what_it_does_is_shown_and_then_saved_once(
    app: Flask, manager: Browser, shop: Shop
) -> None:
    assert "Change" in manager.get(path(app)).words
    page = shown(manager, app, package=shop.large.slug, people="2", **{extra(shop.print): "2"})

    for words in (
        "Extended headshot instead of Standard headshot", "10:05, 10:15 to 11:15",
        "10:05, 10:15 to 12:25", "2 × Print: £50", "£395", "£700", "Bright white",
        "Thanks: extended headshot",
    ):  # fmt: skip
        assert words in page.words
    assert booking(app).package_id == shop.small.id

    saved = manager.follow(manager.submit(page))
    assert "Changed. The client and the photographer are told." in saved.words
    assert "Extended headshot instead of Standard headshot; 2 people instead of 1" in saved.words
    changed = booking(app)
    assert (changed.package_id, changed.people, changed.price_minor) == (shop.large.id, 2, 70000)
    again = manager.follow(manager.submit(page))
    assert "the form came twice" in again.words


def test_back_keeps_what_was_chosen_and_what_changed_meanwhile_is_shown_anew(
    app: Flask, manager: Browser, shop: Shop
) -> None:
    page = shown(manager, app, people="3")
    back = manager.submit(page, {"back": "yes"}, status=200)
    assert back.one("#people")["value"] == "3"

    other = shown(manager, app, **{extra(shop.print): "1"})
    manager.submit(other)
    anew = manager.submit(page, status=200)
    assert "has changed since you looked" in anew.words
    assert booking(app).people == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [("people", "9"), ("people", "many"), ("people", ""), ("print", "21"), ("print", "-1")],
)
def test_what_cannot_be_is_said_beside_its_field_and_kept(
    app: Flask, manager: Browser, shop: Shop, field: str, typed: str
) -> None:
    name = extra(shop.print) if field == "print" else field
    page = manager.submit(manager.get(f"{path(app)}/change"), {name: typed}, status=422)

    assert page.one(f"#{name}-error").text.strip()
    assert page.one(f"#{name}")["value"] == typed


def test_an_extra_of_another_package_and_no_change_at_all_are_refused(
    app: Flask, manager: Browser, shop: Shop
) -> None:
    start = manager.get(f"{path(app)}/change")
    name = extra(shop.make_up)
    assert "not with" not in start.words
    page = manager.submit(start, {"package": shop.large.slug, name: "1"}, status=422)
    assert page.words.count("not with Extended headshot") == 1
    assert "does not go with Extended headshot" in page.one(f"#{name}-error").text
    page = manager.submit(start, status=422)
    assert "is that already" in page.one("#package-error").text


def test_a_soft_rule_is_named_and_set_aside_with_a_reason(
    app: Flask, manager: Browser, shop: Shop, clock: Clock
) -> None:
    with app.app_context():
        late = factories.a_confirmed_booking(
            db.session.get_one(Package, shop.small.id), TEN_FIFTEEN + timedelta(hours=6, minutes=30)
        )
        there = f"/office/sessions/{late.id}"
    page = manager.submit(manager.get(f"{there}/change"), {extra(shop.look): "1"}, status=409)
    assert "Why all the same?" in page.words
    reason = {"reason": "She flies tomorrow"}
    manager.submit(page, reason | {extra(shop.look): "2"}, status=409)
    page = manager.submit(page, reason, status=200)
    done = manager.follow(manager.submit(page))
    assert "She flies tomorrow" in done.words


def test_the_rules_shown_are_those_of_the_room_it_stays_in(app: Flask, rolled_back: None) -> None:
    """Another room would break as many: whoever agrees to these would be asked for ever."""
    with app.app_context():
        early = factories.a_resource(name="Room A", hours=((9 * 60, 11 * 60),))
        grey = factories.a_set(rooms=[early, factories.a_resource(name="Room B")])
        look = factories.an_add_on(minutes=25)
        package = factories.a_package(sets=[grey], add_ons=[look], deposit_percent=0)
        amara, ben = factories.a_photographer(), factories.a_photographer("Ben Oak")
        booking = factories.a_confirmed_booking(package, photographer=amara.slug)
        next_at = TEN_FIFTEEN + timedelta(minutes=90)
        factories.a_confirmed_booking(package, next_at, photographer=ben.slug, email="k@x.example")
        path, field = f"/office/sessions/{booking.id}/change", extra(look)
    manager = people.signed_in(app, Role.MANAGER)

    page = manager.submit(manager.get(path), {field: "1"}, status=409)
    assert "all the same, in Room B. The session is then against this" in page.words
    against = [each.text for each in page.all("form p + ul li")]
    assert len(against) == 1
    assert "has to be made ready again before the session at 11:45" in against[0]
    page = manager.submit(page, {"reason": "Ben can wait"}, status=200)
    assert "Ben can wait" in manager.follow(manager.submit(page)).words


def test_money_goes_back_where_a_person_says_so(app: Flask, manager: Browser, shop: Shop) -> None:
    def paid_and_cheaper() -> Page:
        manager.submit(shown(manager, app, package=shop.large.slug))
        with app.app_context():
            found = db.session.scalars(select(Booking)).one()
            rest = service.owed(db.session(), found)
            cash = Received(method=Method.CASH, amount=rest, note="", by="Dev")
            service.record_payment(found.id, cash)
        return shown(manager, app, package=shop.small.slug)

    page = paid_and_cheaper()
    assert "Give £205 back now" in page.words
    left = manager.follow(manager.submit(page))
    assert "give that back" in left.words

    manager.submit(shown(manager, app, package=shop.large.slug))
    page = shown(manager, app, package=shop.small.slug)
    manager.submit(page, {"give_back": "y"})
    with app.app_context():
        (refund,) = ledger.refunds(db.session(), booking(app).id)
        assert refund.amount_minor == 20500

    prep = people.signed_in(app, Role.PREP)
    prep.get(f"{path(app)}/change", status=403)


def test_no_more_is_offered_than_can_go_back(app: Flask, manager: Browser, shop: Shop) -> None:
    manager.submit(shown(manager, app, package=shop.large.slug))
    known = booking(app)
    with app.app_context():
        for minor in (50000, 10000):
            amount = Money(minor, "GBP")
            cash = Received(method=Method.CASH, amount=amount, note="", by="Dev")
            service.record_payment(known.id, cash)

    for n, words in enumerate(("Give £100 back now: £205 more", "None of it can be given back")):
        with app.app_context(), transaction() as session:
            session.add(disputed(ledger.payments(session, known.id)[n]))
        assert words in shown(manager, app, package=shop.small.slug).words


def disputed(payment: Payment) -> Dispute:
    return Dispute(
        payment_id=payment.id, processor_id=f"du_{payment.id}", state=DisputeState.OPEN,
        reason="fraudulent", amount_minor=payment.amount_minor, fee_minor=0, currency="GBP",
        refundable=False, opened_at=TEN_FIFTEEN,
    )  # fmt: skip


def wish_for_a_look(app: Flask, shop: Shop) -> None:
    with app.app_context():
        first = db.session.scalars(select(Booking).order_by(Booking.id)).first()
        assert first is not None
        assert ask_for_add_on(first.id, shop.look.slug)


def test_a_wish_is_granted_by_one_press(app: Flask, manager: Browser, shop: Shop) -> None:
    wish_for_a_look(app, shop)
    assert "Robin Ash: They ask for an extra: One more look." in manager.get("/office/").words
    page = manager.get(path(app))
    done = manager.follow(manager.submit(page, form=shop.look.slug))

    assert "Added for £60" in done.words
    assert [each.label for each in booking(app).lines] == ["Standard headshot", "One more look"]
    assert "Add it for" not in done.words
    assert not done.all("#attention")
    assert "They ask for" not in manager.get("/office/").words
    twice = manager.follow(manager.submit(page, form=shop.look.slug))
    assert "came twice" in twice.words


@pytest.mark.each_database
def test_a_wish_that_was_seen_to_or_whose_session_is_off_asks_no_more(
    app: Flask, shop: Shop
) -> None:
    wish_for_a_look(app, shop)
    with app.app_context():
        first = db.session.scalars(select(Booking)).one()
        assert service.clear_attention(first.id, seen=first.attention, by="Manager Person")
        assert ask_for_add_on(first.id, shop.look.slug)
        assert first.attention == ""
        assert ask_for_add_on(first.id, shop.print.slug)
        with transaction() as session:
            session.get_one(Booking, first.id).attention += "\nPaid twice."
        agreed = service.proposal(db.session(), first, CalledOffBy.CLIENT, ports().now()).figures
        request = Cancellation(
            called_off_by=CalledOffBy.CLIENT, reason="", shown=agreed, actor="client"
        )
        service.cancel_booking(first.id, request)
        assert first.attention == "Paid twice."


def test_a_wish_that_does_not_fit_leads_to_what_is_in_the_way(
    app: Flask, manager: Browser, shop: Shop
) -> None:
    wish_for_a_look(app, shop)
    with app.app_context():
        small = db.session.get_one(Package, shop.small.id)
        factories.a_confirmed_booking(
            small, TEN_FIFTEEN + timedelta(minutes=75), email="kim@client.example"
        )
    refused = manager.submit(manager.get(path(app)), form=shop.look.slug)
    page = manager.follow(refused)

    assert "does not go as it is" in page.words
    assert page.one(f"#{extra(shop.look)}")["value"] == "1"
    why = manager.submit(page, status=409)
    assert "Nobody can set this aside" in why.words
    assert len(booking(app).lines) == 1
