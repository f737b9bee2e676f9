"""What tells of a request and its answer, and of a session that has moved, as people read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from icalendar import Calendar

from studio.booking import links, service
from studio.booking.models import Booking
from studio.booking.service import AlterRequest, Details, MoveRequest, Wish
from studio.catalogue.models import BookingMode, Package
from studio.messaging.jobs import send_due_mail
from studio.messaging.models import MessageKind
from tests import factories
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN
from tests.fakes.mailer import FakeMailer
from tests.messaging import snapshots
from tests.messaging.posting import waiting

pytestmark = pytest.mark.usefixtures("database")

AMARA, STUDIO = "amara@northlight.example", "hello@northlight.example"
LATER = TEN_FIFTEEN + timedelta(days=1, hours=3)


def sent(mailer: FakeMailer) -> dict[str, EmailMessage]:
    """What is due now, sent, by recipient and kind."""
    mailer.sent.clear()
    send_due_mail(links.link_for)
    return {f"{mail['To']} {mail['X-Sittings-Kind']}": mail for mail in mailer.sent}


def event_of(mail: EmailMessage) -> Any:
    (part,) = mail.iter_attachments()
    (event,) = Calendar.from_ical(part.get_content()).walk("VEVENT")
    return event


def words(mail: EmailMessage) -> str:
    plain = mail.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content()).replace("\r\n", "\n")


def amaras(**changes: Any) -> Package:
    package = factories.a_package(**changes)
    factories.a_photographer(email=AMARA)
    return package


def a_request(**changes: Any) -> Booking:
    """Robin asks for a session of which half would be due."""
    booking = factories.a_hold(amaras(mode=BookingMode.REQUEST, **changes))
    service.check_out(booking.id, Details(name="Robin Ash", email="robin@client.example"))
    return factories.booking_of(booking.reference)


def move(booking: Booking, to: datetime = LATER, photographer: str | None = None) -> None:
    service.move_booking(
        booking.id, MoveRequest(starts_at=to, photographer=photographer, by="Ola Nowak")
    )


def test_a_request_is_answered_and_the_studio_asked(mailer: FakeMailer) -> None:
    booking = a_request()

    mails = sent(mailer)

    assert sorted(mails) == [f"{STUDIO} staff", "robin@client.example change"]
    told = {"reference": booking.reference, "room": booking.where}
    snapshots.check("requested", mails["robin@client.example change"], **told)
    snapshots.check("staff_requested", mails[f"{STUDIO} staff"], **told)


def test_a_yes_says_until_when_the_time_is_kept(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_request()
    sent(mailer)

    service.accept_request(booking.id, by="Ola Nowak")

    mails = sent(mailer)
    assert list(mails) == ["robin@client.example payment"]
    snapshots.check("accepted", mails["robin@client.example payment"], reference=booking.reference)


def test_a_yes_is_not_sent_when_the_time_is_gone(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_request()
    sent(mailer)
    service.accept_request(booking.id, by="Ola Nowak")

    clock.advance(hours=48, minutes=1)

    assert not [mail for name, mail in sent(mailer).items() if "payment" in name]


def test_a_no_has_the_staffs_own_words(mailer: FakeMailer) -> None:
    booking = a_request()
    sent(mailer)

    service.decline_request(booking.id, reason="We are away that week.", by="Ola Nowak")

    mails = sent(mailer)
    assert list(mails) == ["robin@client.example change"]
    snapshots.check("declined", mails["robin@client.example change"], reference=booking.reference)


def test_a_change_is_told_to_both_with_entry_price_and_link(mailer: FakeMailer) -> None:
    look = factories.an_add_on()
    booking = factories.a_confirmed_booking(amaras(deposit_percent=0, add_ons=[look]))
    first = event_of(sent(mailer)["robin@client.example confirmation"])

    wish = Wish(package=booking.package.slug, people=1, add_ons={look.slug: 1})
    service.alter_booking(booking.id, AlterRequest(wish=wish, by="Ola Nowak"))

    mails = sent(mailer)
    told = {"reference": booking.reference, "room": booking.where}
    snapshots.check("altered", mails["robin@client.example change"], **told)
    snapshots.check("staff_altered", mails[f"{AMARA} staff"], **told)
    for mail in mails.values():
        event = event_of(mail)
        assert event["uid"] == first["uid"]
        assert event["sequence"] == first["sequence"] + 1
        assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=90)


def test_a_move_is_told_to_both_with_their_entries(mailer: FakeMailer) -> None:
    booking = factories.a_confirmed_booking(amaras(deposit_percent=0))
    first = event_of(sent(mailer)["robin@client.example confirmation"])

    move(booking)

    mails = sent(mailer)
    told = {"reference": booking.reference, "room": booking.where}
    snapshots.check("moved", mails["robin@client.example change"], **told)
    snapshots.check("staff_moved", mails[f"{AMARA} staff"], **told)
    for mail in mails.values():
        event = event_of(mail)
        assert event["uid"] == first["uid"]
        assert event["sequence"] == first["sequence"] + 1
        assert event.decoded("dtstart") == datetime(2026, 12, 9, 13, 5, tzinfo=UTC)


def test_each_move_is_told_anew(mailer: FakeMailer) -> None:
    booking = factories.a_confirmed_booking(amaras(deposit_percent=0))
    sent(mailer)
    move(booking)
    sent(mailer)

    move(booking, TEN_FIFTEEN)

    mail = sent(mailer)["robin@client.example change"]
    assert event_of(mail)["sequence"] == 2
    assert "was on Wednesday 9 December, 13:15" in words(mail)


def test_a_moved_balance_is_told_with_its_new_day(mailer: FakeMailer) -> None:
    booking = factories.a_confirmed_booking(amaras(deposit_percent=0))
    sent(mailer)

    move(booking)

    text = words(sent(mailer)["robin@client.example change"])
    assert "Still to pay:   £395, by Tuesday 8 December, 13:15" in text


def test_another_photographer_is_named_where_the_session_now_is(mailer: FakeMailer) -> None:
    booking = factories.a_confirmed_booking(amaras(deposit_percent=0))
    jonas = factories.a_photographer("Jonas Reed", email="jonas@northlight.example")
    sent(mailer)

    move(booking, photographer=jonas.slug)

    mails = sent(mailer)
    client = words(mails["robin@client.example change"])
    assert "with Amara" not in client
    assert "13:15, with Jonas." in client
    assert "jonas@northlight.example staff" in mails
    given_up = mails[f"{AMARA} staff"]
    snapshots.check("staff_handed_over", given_up, reference=booking.reference)
    assert event_of(given_up)["status"] == "CANCELLED"
    assert event_of(given_up)["sequence"] == 1


def test_moved_before_the_confirmation_left_it_is_confirmed_at_the_new_time(
    mailer: FakeMailer,
) -> None:
    booking = factories.a_confirmed_booking(amaras(deposit_percent=0))

    move(booking)

    mails = sent(mailer)
    assert sorted(mails) == [f"{AMARA} staff", "robin@client.example confirmation"]
    confirmation = mails["robin@client.example confirmation"]
    assert confirmation["Subject"] == "It's booked: standard headshot on Wed 9 Dec, 13:15"


def test_what_prepares_a_client_is_planned_for_the_new_day_alone(mailer: FakeMailer) -> None:
    booking = factories.a_confirmed_booking(amaras(deposit_percent=0))
    before = [each.due_at for each in waiting(MessageKind.PREP)]

    move(booking)

    after = [each.due_at for each in waiting(MessageKind.PREP)]
    assert len(after) == len(before) > 3
    assert after[-1] - before[-1] == LATER - TEN_FIFTEEN


def test_at_the_clients_the_letters_say_that_we_come(mailer: FakeMailer) -> None:
    office = factories.a_place("At your office", at_client=True)
    package = factories.a_bookable_package(place=office, deposit_percent=0)
    booking = factories.a_hold(package)
    service.check_out(
        booking.id,
        Details(name="Robin Ash", email="robin@client.example", address="4 Mill Lane\nLondon"),
    )

    mail = sent(mailer)["robin@client.example confirmation"]

    text = words(mail)
    assert "WHERE\n\nWe come to you:\n\n4 Mill Lane\nLondon\n" in text
    assert "We arrive at:" in text
    assert "it starts when we arrive" in text
    assert "come at" not in text
    assert "come at" not in mail.as_string()
    assert event_of(mail)["location"] == "4 Mill Lane, London"
