"""What is written about what is still to be paid, read as the client reads it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from studio.booking import invoicing, letters, letters_of_money
from studio.booking.letter_facts import facts_of
from studio.booking.models import Booking
from studio.db import db, transaction
from studio.domain.money import Money
from studio.messaging.models import Message
from studio.payments import dues, kept_cards
from studio.ports.card_charges import KeptCard
from studio.scheduling.models import Studio
from tests.booking.test_letters import a_booking, a_deposit, sent
from tests.clock import Clock
from tests.fakes.mailer import FakeMailer
from tests.messaging import snapshots

pytestmark = pytest.mark.usefixtures("database")


def test_what_is_still_to_be_paid_is_asked_for(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_booking()
    paid = a_deposit(booking)
    with transaction() as session:
        letters.confirmed(session, session.get_one(Booking, booking.id), paid, clock.now())
    sent(mailer)
    for name, ahead in (("balance", timedelta(days=4)), ("overdue", timedelta(hours=18))):
        clock.set(booking.starts_at - ahead)
        mail = sent(mailer)["robin@client.example payment"]
        snapshots.check(name, mail, reference=booking.reference)


def test_nobody_is_asked_to_pay_in_quiet_hours(clock: Clock) -> None:
    booking = a_booking()
    paid = a_deposit(booking)
    studio = db.session.get_one(Studio, 1)
    studio.quiet_from_minute, studio.quiet_to_minute = 10 * 60, 8 * 60
    facts = facts_of(db.session(), booking, paid)

    before, after = letters_of_money.reminders(db.session(), facts, 0, clock.now())

    opens = booking.starts_at.replace(hour=8, minute=0)
    assert (before.due_at, after.due_at) == (opens - timedelta(days=3), opens)


@pytest.mark.parametrize(("minor", "name"), [(10000, "received"), (39500, "received_all")])
def test_money_that_came_in(clock: Clock, mailer: FakeMailer, minor: int, name: str) -> None:
    booking = a_booking()
    a_deposit(booking, minor)
    with transaction() as session:
        found = session.get_one(Booking, booking.id)
        invoicing.follow_the_money(session, found, clock.now())
        letters_of_money.received(session, found, Money(minor, "GBP"), clock.now())

    mail = sent(mailer)["robin@client.example receipt"]
    snapshots.check(name, mail, reference=booking.reference)


def test_what_was_added_to_the_price(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_booking()
    a_deposit(booking)
    with transaction() as session:
        letters_of_money.charged(
            session,
            session.get_one(Booking, booking.id),
            "One more picture",
            Money(4500, "GBP"),
            clock.now(),
        )

    mail = sent(mailer)["robin@client.example payment"]
    snapshots.check("charged", mail, reference=booking.reference)


def test_what_is_due_at_one_moment_is_asked_for_at_once(clock: Clock) -> None:
    booking = a_booking()
    a_deposit(booking)
    with transaction() as session:
        found = session.get_one(Booking, booking.id)
        due_at = found.starts_at - timedelta(days=1)
        dues.ask_for(session, found.id, Money(4500, "GBP"), due_at, "One more picture")
        letters_of_money.remind_of_balance(session, found, clock.now())
        asked = session.execute(select(Message.step, Message.context).order_by(Message.step))
        told = [(step, context["amount"]) for step, context in asked]

    assert told == [("balance", "£242.50"), ("overdue", "£242.50")]


def test_a_kept_card_is_about_to_be_charged(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_booking()
    paid = a_deposit(booking)
    with transaction() as session:
        kept_cards.agree(session, booking.id, 1, "Keep this card.", clock.now())
        consent = kept_cards.of(session, booking.id)
        assert consent is not None
        consent.customer_id = "cus_robin"
        kept_cards.keep(session, booking.id, KeptCard("cus_robin", "pm_robin", "4242"))
        session.flush()
        letters.confirmed(session, session.get_one(Booking, booking.id), paid, clock.now())
    booked = sent(mailer)["robin@client.example confirmation"].get_body(("plain",))
    assert booked is not None
    assert "/pay" not in booked.get_content(), "it is taken from the card"
    with transaction() as session:
        later = booking.starts_at + timedelta(days=12)
        dues.ask_for(session, booking.id, Money(4500, "GBP"), later, "One more picture")
        letters_of_money.ask_anew(session, session.get_one(Booking, booking.id), clock.now())
    clock.set(booking.starts_at - timedelta(days=3))
    mail = sent(mailer)["robin@client.example payment"]
    snapshots.check("notice", mail, reference=booking.reference)


@pytest.mark.parametrize(("asked", "name"), [(True, "refused_asked"), (False, "refused_declined")])
def test_a_kept_card_was_not_charged(
    clock: Clock, mailer: FakeMailer, name: str, *, asked: bool
) -> None:
    booking = a_booking()
    a_deposit(booking)
    with transaction() as session:
        letters_of_money.card_refused(
            session,
            session.get_one(Booking, booking.id),
            Money(19750, "GBP"),
            "4242",
            clock.now(),
            asked=asked,
        )

    mail = sent(mailer)["robin@client.example payment"]
    snapshots.check(name, mail, reference=booking.reference)
