from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from studio.accounts.permissions import Role
from studio.booking import service, settlement
from studio.booking.models import Booking
from studio.booking.readiness_of import missing_for
from studio.booking.service import Details, HoldRequest
from studio.db import db, epoch
from studio.domain.money import Money
from studio.domain.pricing import LineKind
from studio.domain.terms import CalledOffBy, Figures
from studio.messaging.models import Message, MessageState
from studio.payments import ledger
from studio.payments.models import Payment, ProcessorEvent, Refund, RefundState
from studio.prep.models import PrepGuide
from studio.prep.service import keep_checklist
from studio.scheduling.models import Block
from tests import factories, people
from tests.browsing import Browser
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway
from tests.office.counting import questions

MORNING = datetime(2026, 12, 8, 8, tzinfo=factories.TEN_FIFTEEN.tzinfo)


@dataclass(frozen=True, slots=True)
class House:
    amara: int
    jonas: int
    slugs: tuple[str, str]
    package: str
    booking: int


@pytest.fixture
def house(app: Flask, rolled_back: None, gateway: FakeGateway, clock: Clock) -> House:
    """Robin Ash comes today at 10:15 to Amara, and has paid the deposit."""
    with app.app_context():
        factories.a_studio()
        room = factories.a_resource(name="Room A")
        package = factories.a_package(sets=[factories.a_set(rooms=[room])], lead_hours=0)
        amara = factories.a_photographer("Amara Vale")
        jonas = factories.a_photographer("Jonas Reed")
        this = House(
            amara.id, jonas.id, (amara.slug, jonas.slug), package.slug,
            book(gateway, package.slug, factories.TEN_FIFTEEN, amara.slug, "Robin Ash"),
        )  # fmt: skip
    clock.set(MORNING)
    return this


@pytest.fixture
def manager(app: Flask, house: House) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def hold(package: str, starts_at: datetime, photographer: str) -> Booking:
    request = HoldRequest(package=package, starts_at=starts_at, photographer=photographer)
    return factories.booking_of(service.hold_time(request).reference)


def book(
    gateway: FakeGateway, package: str, starts_at: datetime, photographer: str, name: str
) -> int:
    """A session whose deposit is paid."""
    booking = hold(package, starts_at, photographer)
    details = Details(name=name, email=f"{name[:3]}@client.example", phone="", notes="")
    service.check_out(booking.id, details)
    payment = ledger.payments(db.session(), booking.id)[-1]
    settlement.apply(gateway.pay(str(payment.checkout_id)))
    return booking.id


def test_the_day_stands_in_order(
    app: Flask, manager: Browser, house: House, gateway: FakeGateway
) -> None:
    with app.app_context():
        later = factories.days_after(hours=2)
        book(gateway, house.package, later, house.slugs[1], "Bea Moss")
        guide = db.session.scalars(select(PrepGuide)).one().id
        keep_checklist(house.booking, guide, {"tops"})

    page = manager.get("/office/")
    first, second = (
        " ".join(row.get_text(" ", strip=True).split()) for row in page.all("tbody tr")
    )

    assert page.one("h1").text == "Tuesday 8 December"
    for told in (
        "10:15 to 11:15", "arriving 10:05", "Robin Ash", "Headshot", "Standard headshot",
        "Room A", "Amara", "Grey seamless", "build from 10:00 , stays up", "missing: list",
        "1 of 2 things ready",
    ):  # fmt: skip
        assert told in first
    for told in ("Bea Moss", "Jonas", "stands, change over from 12:05 , struck by 13:25"):
        assert told in second
    assert "guide not opened" in second
    assert page.all("tbody a")[0]["href"] == f"/office/sessions/{house.booking}"


def test_tomorrow_and_the_week_are_told(
    app: Flask, manager: Browser, house: House, gateway: FakeGateway
) -> None:
    with app.app_context():
        tomorrow = factories.days_after(days=1)
        book(gateway, house.package, tomorrow, house.slugs[0], "Bea Moss")
        book(gateway, house.package, factories.days_after(days=6), house.slugs[0], "Cy Lark")

    page = manager.get("/office/")

    assert "Bea Moss" in page.one(".glance").text
    assert "Cy Lark" not in page.words
    figures = [each.get_text(" ", strip=True) for each in page.all(".figure")]
    assert figures[0] == "Sessions today 1 1 tomorrow"
    assert figures[1] == "Sessions this week 2 Monday to Sunday"


def test_open_balances_are_for_those_who_see_money(
    app: Flask, manager: Browser, house: House
) -> None:
    page = manager.get("/office/")
    assert "Balances open £197.50 1 session" in page.words

    for role, whose in ((Role.PREP, None), (Role.PHOTOGRAPHER, house.amara)):
        assert "£" not in people.signed_in(app, role, whose).get("/office/").words


def test_a_photographer_sees_their_own_day(app: Flask, house: House) -> None:
    with app.app_context():
        hold(house.package, factories.days_after(hours=2), house.slugs[0])

    amara = people.signed_in(app, Role.PHOTOGRAPHER, house.amara).get("/office/")
    assert "Robin Ash" in amara.words
    assert "Held right now" in amara.words
    jonas = people.signed_in(app, Role.PHOTOGRAPHER, house.jonas).get("/office/")
    assert "No sessions today" in jonas.words
    assert "Sessions this week 0" in jonas.words
    assert "Held right now" not in jonas.words


def test_holds_stand_there_while_they_live(
    app: Flask, manager: Browser, house: House, clock: Clock
) -> None:
    with app.app_context():
        silent = hold(house.package, factories.days_after(days=1), house.slugs[0])
        paying = hold(house.package, factories.days_after(days=2), house.slugs[0])
        details = Details(name="Bea Moss", email="bea@client.example", phone="", notes="")
        service.check_out(paying.id, details)
        assert silent.id < paying.id

    words = manager.get("/office/").words
    assert "15 min Somebody choosing" in words
    assert "35 min Bea Moss" in words
    assert "paying now" in words

    clock.advance(minutes=16)
    words = manager.get("/office/").words
    assert "Somebody choosing" not in words
    assert "19 min Bea Moss" in words


def test_what_somebody_has_to_look_at(
    app: Flask, manager: Browser, house: House, clock: Clock
) -> None:
    before = [each.text.strip() for each in manager.get("/office/").all("section.alert li")]
    assert before == ["1 session has not paid what is due"]
    with app.app_context():
        session = db.session()
        session.execute(
            update(Booking).where(Booking.id == house.booking).values(attention="Paid twice.")
        )
        message = session.scalars(select(Message).where(Message.step == "thanks")).one()
        message.state = MessageState.DEAD
        payment = session.scalars(select(Payment)).one()
        refund = Refund(
            payment_id=payment.id, amount_minor=100, currency="GBP", reason="x", requested_by="x",
            state=RefundState.FAILED, next_try_at=clock.now(), created_at=clock.now(),
        )  # fmt: skip
        event = ProcessorEvent(
            event_id="evt_1", type="x", object_id="x", live=False, received_at=clock.now(),
            tries=3, next_try_at=clock.now(),
        )  # fmt: skip
        noon = epoch(factories.TEN_FIFTEEN)
        off = Block(resource_id=house.amara, busy_from=noon, busy_to=noon + 60)
        session.add_all([refund, event])
        factories.kept(off)

    page = manager.get("/office/")
    told = [" ".join(each.text.split()) for each in page.all("section.alert li")]

    assert told == [
        "Robin Ash: Paid twice. Standard headshot",
        "1 refund was refused by the bank",
        "1 session has not paid what is due",
        "1 notice from Stripe could not be settled",
        "1 message was not delivered",
        "Robin Ash, Tue 8 Dec, 10:15: Amara Vale is off then Standard headshot",
    ]
    for link in page.all("section.alert a"):
        manager.get(str(link["href"]))
    prep = people.signed_in(app, Role.PREP).get("/office/")
    assert [each.text.strip() for each in prep.all("section.alert li")] == [told[4]]
    jonas = people.signed_in(app, Role.PHOTOGRAPHER, house.jonas).get("/office/")
    assert not jonas.all("section.alert")


def test_what_does_not_fit_is_told_for_a_few_and_counted_for_the_rest(
    app: Flask, house: House, manager: Browser, gateway: FakeGateway
) -> None:
    with app.app_context():
        for days in range(1, 7):
            at = factories.days_after(days=7 * days)
            book(gateway, house.package, at, house.slugs[0], f"Kim {days}")
            begin = epoch(at)
            factories.kept(Block(resource_id=house.amara, busy_from=begin, busy_to=begin + 60))

    told = [" ".join(each.text.split()) for each in manager.get("/office/").all("section.alert a")]

    assert [each.partition(",")[0] for each in told[1:6]] == [f"Kim {n}" for n in range(1, 6)]
    assert told[6:] == ["1 more session of the next 60 days does not fit the hours or time off"]


def test_only_the_next_sixty_days_are_read_for_what_does_not_fit(
    app: Flask, house: House, manager: Browser, gateway: FakeGateway
) -> None:
    with app.app_context():
        for days in (58, 62):
            at = factories.days_after(days=days)
            book(gateway, house.package, at, house.slugs[0], f"Kim {days}")
            begin = epoch(at)
            factories.kept(Block(resource_id=house.amara, busy_from=begin, busy_to=begin + 60))

    words = manager.get("/office/").words
    assert "Kim 58" in words
    assert "Kim 62" not in words
    page = manager.get("/office/studio")
    assert page.words.count("is off then") == 2


def test_an_empty_day_says_so(app: Flask, rolled_back: None) -> None:
    with app.app_context():
        factories.a_studio()
    words = people.signed_in(app).get("/office/").words
    assert "No sessions today" in words
    assert "Nothing is booked for tomorrow" in words


def test_more_sessions_ask_no_more_questions(
    app: Flask, manager: Browser, house: House, gateway: FakeGateway
) -> None:
    manager.get("/office/")
    with questions() as few:
        manager.get("/office/")
    with app.app_context():
        for n in range(5):
            starts_at = factories.days_after(days=n % 2, hours=2 * (n // 2 + 1))
            book(gateway, house.package, starts_at, house.slugs[n % 2], f"Client {n}")
        for n in range(2):
            hold(house.package, factories.days_after(days=3 + n), house.slugs[0])
    with questions() as many:
        manager.get("/office/")

    assert len(many) == len(few) <= 42


def test_the_money_page_shows_what_is_overdue_and_what_moved(
    app: Flask, manager: Browser, house: House, clock: Clock
) -> None:
    page = manager.get("/office/payments")
    assert "£197.50" in page.words
    assert "Paid" in page.words
    # The balance fell due a day before the session.
    assert "Robin Ash" in page.one("table:has(caption:-soup-contains('Overdue'))").text

    with app.app_context():
        service.cancel_booking(
            house.booking,
            service.Cancellation(
                called_off_by=CalledOffBy.STUDIO,
                reason="Ill",
                shown=Figures(19750),
                actor="Manager",
            ),
        )
    after = manager.get("/office/payments")
    assert "on its way" in after.words
    assert "Nothing is overdue" in after.words


def test_a_fee_is_overdue_though_what_is_due_later_was_paid(
    app: Flask, manager: Browser, house: House, clock: Clock, gateway: FakeGateway
) -> None:
    clock.set(factories.TEN_FIFTEEN - timedelta(days=8))
    with app.app_context():
        service.pay_dues(house.booking)
        gateway.pay(str(ledger.payments(db.session(), house.booking)[-1].checkout_id))
        service.settle_now(house.booking)
        fee = service.Charge(
            label="Moving the session", amount=Money(6500, "GBP"), kind=LineKind.FEE,
            due_at=clock.now() + timedelta(days=1), by="Manager",
        )  # fmt: skip
        service.add_charge(house.booking, fee)
    clock.advance(days=2)
    page = manager.get("/office/payments")

    assert "£65" in page.one("table:has(caption:-soup-contains('Overdue'))").text
    with app.app_context():
        assert "Pay what is due." in missing_for(db.session(), house.booking)


@pytest.mark.parametrize("role", [Role.PHOTOGRAPHER, Role.PREP])
def test_the_money_page_is_for_those_who_see_money(app: Flask, house: House, role: Role) -> None:
    whose = house.amara if role is Role.PHOTOGRAPHER else None
    people.signed_in(app, role, whose).get("/office/payments", 403)


def test_nothing_is_overdue_before_it_is_due(
    app: Flask, manager: Browser, house: House, clock: Clock
) -> None:
    clock.set(factories.TEN_FIFTEEN - timedelta(hours=25))
    assert "Nothing is overdue" in manager.get("/office/payments").words
