"""What a booking writes: read as the client and the photographer read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import vobject
from icalendar import Calendar

from studio.booking import invoicing, letters, letters_of_money, letters_of_prep, links
from studio.booking.letter_facts import facts_of
from studio.booking.models import Booking
from studio.db import db, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.messaging import outbox, queries, rendering
from studio.messaging.jobs import send_due_mail
from studio.messaging.models import Message, MessageKind
from studio.payments.models import Due, EntryKind, LedgerEntry, Purpose
from tests import factories
from tests.clock import Clock
from tests.fakes.mailer import FakeMailer
from tests.messaging import snapshots
from tests.messaging.posting import waiting

pytestmark = pytest.mark.usefixtures("database")

PHOTOGRAPHER = "amara@northlight.example"


def a_booking(starts_at: datetime = factories.TEN_FIFTEEN, **changes: Any) -> Booking:
    """Robin's headshot for 395 pounds with Amara, confirmed, and nothing yet in the outbox."""
    package = factories.a_package(deposit_percent=0)
    factories.a_photographer(email=PHOTOGRAPHER)
    booking = factories.a_confirmed_booking(package, starts_at, name="Robin Ash")
    db.session.query(Message).delete()
    for name, value in changes.items():
        setattr(booking, name, value)
    db.session.commit()
    return booking


def a_deposit(booking: Booking, minor: int = 19750) -> Money:
    """A deposit that was paid, and the balance due a day before."""
    db.session.query(Due).filter_by(booking_id=booking.id).delete()
    for purpose, amount, due_at in (
        (Purpose.DEPOSIT, minor, booking.created_at),
        (Purpose.BALANCE, booking.price_minor - minor, booking.starts_at - timedelta(days=1)),
    ):
        if not amount:
            continue
        db.session.add(
            Due(
                booking_id=booking.id,
                purpose=purpose,
                amount_minor=amount,
                currency="GBP",
                due_at=due_at,
            )
        )
    a_ledger_entry(booking, minor)
    return Money(minor, "GBP")


def a_ledger_entry(booking: Booking, minor: int) -> None:
    db.session.add(
        LedgerEntry(
            booking_id=booking.id,
            kind=EntryKind.PAYMENT,
            ref=f"pi_{minor}",
            amount_minor=minor,
            currency="GBP",
            at=booking.created_at,
        )
    )
    db.session.commit()


def sent(mailer: FakeMailer) -> dict[str, EmailMessage]:
    """What is due now, sent, by recipient and kind."""
    mailer.sent.clear()
    send_due_mail(links.link_for)
    return {f"{mail['To']} {mail['X-Sittings-Kind']}": mail for mail in mailer.sent}


def calendar_of(mail: EmailMessage) -> Any:
    (part,) = mail.iter_attachments()
    assert part.get_content_type() == "text/calendar"
    (event,) = Calendar.from_ical(part.get_content()).walk("VEVENT")
    assert part.get_param("method") == vobject.readOne(part.get_content()).method.value
    return event


def goes_back(*, until: datetime | None = None, **parts: int) -> letters.GoesBack:
    nothing = dict.fromkeys(("to_card", "by_hand", "to_voucher", "credit", "kept"), 0)
    amounts: dict[str, Any] = {
        name: Money(minor, "GBP") for name, minor in (nothing | parts).items()
    }
    return letters.GoesBack(**amounts, credit_until=until)


def test_a_confirmation(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_booking()
    paid = a_deposit(booking)
    with transaction() as session:
        found = session.get_one(Booking, booking.id)
        invoicing.follow_the_money(session, found, clock.now())
        letters.confirmed(session, found, paid, clock.now())

    mails = sent(mailer)

    client = mails["robin@client.example confirmation"]
    snapshots.check("confirmation", client, reference=booking.reference)
    staff = mails[f"{PHOTOGRAPHER} staff"]
    snapshots.check(
        "staff_booked",
        staff,
        reference=booking.reference,
        room=booking.where,
    )
    event = calendar_of(client)
    assert event["uid"] == f"{booking.reference}@127.0.0.1"
    assert (event["sequence"], event["status"]) == (0, "CONFIRMED")
    assert event.decoded("dtstart") == booking.arrive_at == datetime(2026, 12, 8, 10, 5, tzinfo=UTC)
    assert event.decoded("dtend") == booking.ends_at
    assert event["attendee"] == "mailto:robin@client.example"
    assert calendar_of(staff)["attendee"] == f"mailto:{PHOTOGRAPHER}"


def test_the_studio_reads_what_was_booked_on_top() -> None:
    extra = factories.an_add_on()
    package = factories.a_bookable_package(add_ons=[extra], deposit_percent=0)
    booking = factories.a_confirmed_booking(package, add_ons=[extra.slug])

    facts = facts_of(db.session(), booking, booking.price)

    assert ["Extras", extra.name] in facts.for_staff()


def test_the_links_of_a_confirmation_open_the_booking(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_booking()
    with transaction() as session:
        letters.confirmed(
            session, session.get_one(Booking, booking.id), Money.zero("GBP"), clock.now()
        )
    mail = sent(mailer)["robin@client.example confirmation"]
    plain = mail.get_body(("plain",))
    assert plain is not None
    _, _, rest = plain.get_content().partition("http://127.0.0.1:8000/booking/")
    token, _, path = rest.split()[0].partition("/")
    assert path == "prep"
    assert links.booking_for(token).id == booking.id


def test_summer_is_told_by_the_studios_clock(clock: Clock, mailer: FakeMailer) -> None:
    clock.set(datetime(2027, 3, 1, 9, 0, tzinfo=UTC))
    booking = a_booking(datetime(2027, 3, 30, 9, 15, tzinfo=UTC))
    with transaction() as session:
        letters.confirmed(
            session, session.get_one(Booking, booking.id), Money.zero("GBP"), clock.now()
        )
    mail = sent(mailer)["robin@client.example confirmation"]
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert "10:05, London time" in plain.get_content()
    assert calendar_of(mail).decoded("dtstart") == datetime(2027, 3, 30, 9, 5, tzinfo=UTC)


def test_confirming_twice_writes_once(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_booking()
    for _ in range(2):
        with transaction() as session:
            again = session.get_one(Booking, booking.id)
            letters.confirmed(session, again, Money.zero("GBP"), clock.now())
            letters_of_prep.plan_prep(session, again, clock.now())
    every = queries.of_booking(db.session(), booking.id)
    assert len({m.dedupe_key for m in every}) == len(every) == 2 + 6 + 2


def test_the_prep_plan_is_posted_with_its_values(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_booking()
    a_deposit(booking)
    with transaction() as session:
        letters_of_prep.plan_prep(session, session.get_one(Booking, booking.id), clock.now())

    planned = waiting(MessageKind.PREP)
    assert [m.step for m in planned] == [
        "plan",
        "prepare",
        "ready",
        "reminder",
        "tomorrow",
        "thanks",
    ]
    assert [m.due_at for m in planned][1:3] == [
        datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
        datetime(2026, 12, 5, 9, 0, tzinfo=UTC),
    ]
    values = planned[1].context["values"]
    assert values["balance"] == "£197.50"
    assert values["balance_due"] == "by Monday 7 December, 10:15"
    assert values["checklist"] == ["Two plain tops, tried on", "Hair as for an audition"]
    assert values["proofs"] == "by Thursday 10 December"
    assert booking.guide_id is not None
    assert rendering.subject_line(planned[1]) == (
        "Prepare: standard headshot on Tuesday 8 December"
    )
    clock.set(planned[1].due_at)
    mails = sent(mailer)
    snapshots.check("prep", mails["robin@client.example prep"], reference=booking.reference)


def test_a_late_booking_gets_one_merged_guide(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_booking(datetime(2026, 11, 26, 10, 15, tzinfo=UTC))
    with transaction() as session:
        letters_of_prep.plan_prep(session, session.get_one(Booking, booking.id), clock.now())
    mails = sent(mailer)
    assert list(mails) == ["robin@client.example prep"]
    snapshots.check("prep_late", mails["robin@client.example prep"], reference=booking.reference)


def test_a_name_that_is_a_placeholder_stays_a_name(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_booking()
    booking.contact_name = "{link} {manage_link}"
    db.session.commit()
    with transaction() as session:
        letters_of_prep.plan_prep(session, session.get_one(Booking, booking.id), clock.now())
    clock.advance(days=8)
    plain = sent(mailer)["robin@client.example prep"].get_body(("plain",))
    assert plain is not None
    assert plain.get_content().startswith("Hello {link},")


def test_a_cancellation_takes_back_what_is_unsent(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_booking()
    paid = a_deposit(booking)
    with transaction() as session:
        row = session.get_one(Booking, booking.id)
        letters.confirmed(session, row, paid, clock.now())
        letters_of_prep.plan_prep(session, row, clock.now())
    first = calendar_of(sent(mailer)["robin@client.example confirmation"])
    clock.advance(hours=1)
    with transaction() as session:
        row = session.get_one(Booking, booking.id)
        row.state = BookingState.CANCELLED
        until = clock.now() + timedelta(days=90)
        back = goes_back(until=until, to_card=9750, credit=5000, kept=5000)
        letters.cancelled(session, row, back, clock.now())

    mails = sent(mailer)

    assert sorted(mails) == [f"{PHOTOGRAPHER} staff", "robin@client.example cancellation"]
    client = mails["robin@client.example cancellation"]
    snapshots.check("cancellation", client, reference=booking.reference)
    snapshots.check(
        "staff_cancelled",
        mails[f"{PHOTOGRAPHER} staff"],
        reference=booking.reference,
        room=booking.where,
    )
    event = calendar_of(client)
    assert event["uid"] == first["uid"]
    assert event["sequence"] > first["sequence"]
    assert event["status"] == "CANCELLED"
    assert not waiting()


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, ["Nothing had been paid, and nothing is owed."]),
        ({"to_card": 10000}, ["£100 goes back to the card it came from, within ten days."]),
        ({"by_hand": 500}, ["£5 did not come by card: we give it back to you ourselves."]),
        ({"to_voucher": 500}, ["£5 is on your gift voucher again."]),
        ({"kept": 10000}, ["£100 stays with the studio, as we agreed when you booked."]),
        ({"credit": 10000}, ["£100 is your credit for another session."]),
    ],
)
def test_a_cancellation_says_what_becomes_of_the_money(
    clock: Clock, parts: dict[str, int], said: list[str]
) -> None:
    booking = a_booking()
    with transaction() as session:
        row = session.get_one(Booking, booking.id)
        letters.cancelled(session, row, goes_back(until=None, **parts), clock.now())
    (message,) = db.session.query(Message).filter_by(kind=MessageKind.CANCELLATION)
    assert message.context["money"] == said


def test_an_unfinished_payment_is_nudged_once_while_the_time_is_held(
    clock: Clock, mailer: FakeMailer
) -> None:
    booking = a_booking(state=BookingState.HELD, pay_by=clock.now() + timedelta(minutes=35))
    a_deposit(booking)
    for _ in range(2):
        with transaction() as session:
            letters_of_money.payment_unfinished(
                session, session.get_one(Booking, booking.id), clock.now()
            )
    assert sent(mailer) == {}
    clock.advance(minutes=10)
    (mail,) = sent(mailer).values()
    snapshots.check("payment", mail, reference=booking.reference)


@pytest.mark.parametrize("minutes", [5, 10])
def test_a_hold_too_short_for_a_nudge_gets_none(clock: Clock, minutes: int) -> None:
    booking = a_booking(state=BookingState.HELD, pay_by=clock.now() + timedelta(minutes=minutes))
    with transaction() as session:
        letters_of_money.payment_unfinished(
            session, session.get_one(Booking, booking.id), clock.now()
        )
    assert not waiting()


def test_a_nudge_is_not_sent_when_the_time_is_gone(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_booking(state=BookingState.HELD, pay_by=clock.now() + timedelta(minutes=35))
    with transaction() as session:
        letters_of_money.payment_unfinished(
            session, session.get_one(Booking, booking.id), clock.now()
        )
    clock.advance(minutes=35)
    assert sent(mailer) == {}


@pytest.mark.parametrize("why", ["late", "twice", "more", "cancelled"])
def test_returned_money_is_explained_to_both_sides(
    clock: Clock, mailer: FakeMailer, why: str
) -> None:
    booking = a_booking()
    for _ in range(2):  # each payment that goes back has its own letter
        with transaction() as session:
            letters_of_money.money_returned(
                session,
                session.get_one(Booking, booking.id),
                Money(19750, "GBP"),
                why,
                clock.now(),
            )
    mails = sent(mailer)
    assert len(mailer.sent) == 4
    snapshots.check(f"returned_{why}", mails["robin@client.example receipt"])
    snapshots.check(
        f"staff_returned_{why}",
        mails["hello@northlight.example staff"],
        reference=booking.reference,
        room=booking.where,
    )


def test_a_hold_has_nobody_to_write_to(clock: Clock) -> None:
    held = factories.a_hold()
    with transaction() as session, pytest.raises(ValueError, match="nobody"):
        letters_of_money.payment_unfinished(
            session, _payable(session.get_one(Booking, held.id), clock), clock.now()
        )


def _payable(booking: Booking, clock: Clock) -> Booking:
    booking.pay_by = clock.now() + timedelta(minutes=35)
    return booking


def test_staff_edit_a_confirmation_and_keep_its_invitation(
    clock: Clock, mailer: FakeMailer
) -> None:
    booking = a_booking()
    with transaction() as session:
        letters.confirmed(
            session, session.get_one(Booking, booking.id), Money.zero("GBP"), clock.now()
        )
        (message,) = session.query(Message).filter_by(kind=MessageKind.CONFIRMATION)
        outbox.edit(session, message, subject="See you {day}", body="Dear {first_name}: {link}")
    mail = sent(mailer)["robin@client.example confirmation"]
    assert mail["Subject"] == "See you Tuesday 8 December"
    assert calendar_of(mail)["status"] == "CONFIRMED"


def test_who_did_not_come_is_told_what_becomes_of_the_money(
    clock: Clock, mailer: FakeMailer
) -> None:
    booking = a_booking()
    a_deposit(booking)
    with transaction() as session:
        row = session.get_one(Booking, booking.id)
        letters.missed(session, row, goes_back(by_hand=2500, kept=9750), clock.now())

    snapshots.check("missed", sent(mailer)["robin@client.example change"])
