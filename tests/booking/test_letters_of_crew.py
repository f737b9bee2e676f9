"""What a make-up artist and an assistant are told of their own time, as they read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from studio.booking import links, service
from studio.booking.letters_of_crew import _STEPS
from studio.booking.models import Booking
from studio.booking.service import AlterRequest, Cancellation, MoveRequest, Wish
from studio.catalogue.models import AddOn
from studio.db import db
from studio.domain.terms import CalledOffBy
from studio.messaging.jobs import send_due_mail
from studio.messaging.models import Message
from studio.scheduling.models import Photographer, Resource, ResourceKind
from tests import factories
from tests.booking.test_letters_of_change import event_of, words
from tests.factories import TEN_FIFTEEN
from tests.fakes.mailer import FakeMailer
from tests.messaging import snapshots

pytestmark = pytest.mark.usefixtures("database")

KIT, IDA = "kit@northlight.example", "ida@northlight.example"
LATER = TEN_FIFTEEN + timedelta(days=1, hours=3)


class Shop:
    """Amara, whom Ida assists, and Kit, who does make-up for 45 minutes before a session."""

    def __init__(self) -> None:
        self.kit = an_artist("Kit Moor", KIT)
        self.make_up, self.look = factories.make_up(self.kit), factories.an_add_on()
        both = [self.make_up, self.look]
        self.package = factories.a_package(
            deposit_percent=0, balance_hours_before=1, lead_hours=1, add_ons=both
        )
        self.amara = factories.a_photographer()
        assist(self.amara, "Ida Bell", IDA)

    def booked(self, *extras: AddOn, at: datetime = TEN_FIFTEEN) -> Booking:
        return factories.a_confirmed_booking(
            self.package, at, add_ons=[each.slug for each in extras]
        )


def an_artist(name: str, email: str | None) -> Resource:
    artist = factories.a_resource(ResourceKind.ARTIST, name=name)
    artist.email = email
    db.session.commit()
    return artist


def assist(photographer: Photographer, name: str | None, email: str | None) -> None:
    photographer.assistant_name, photographer.assistant_email = name, email
    db.session.commit()


@pytest.fixture
def shop() -> Shop:
    return Shop()


def sent(mailer: FakeMailer) -> dict[str, EmailMessage]:
    """What is due now and goes to those two, sent."""
    mailer.sent.clear()
    send_due_mail(links.link_for, limit=100)
    found = [mail for mail in mailer.sent if mail["To"] in {KIT, IDA}]
    assert len(found) == len({mail["To"] for mail in found})
    return {mail["To"]: mail for mail in found}


def alter(booking: Booking, **add_ons: int) -> None:
    wish = Wish(package=booking.package.slug, people=1, add_ons=add_ons)
    service.alter_booking(booking.id, AlterRequest(wish=wish, by="Ola Nowak"))


def move(booking: Booking, **request: Any) -> None:
    asked = {"starts_at": LATER, "photographer": None, "by": "Ola Nowak", **request}
    service.move_booking(booking.id, MoveRequest(**asked))


def cancel(booking: Booking) -> None:
    found = service.proposal(db.session(), booking, CalledOffBy.STUDIO, booking.created_at)
    service.cancel_booking(
        booking.id,
        Cancellation(
            shown=found.figures, called_off_by=CalledOffBy.STUDIO, actor="Ola Nowak", reason=""
        ),
    )


def check(name: str, mail: EmailMessage, booking: Booking) -> None:
    told = {"room": booking.where, "set": booking.sets[0].set.name}
    snapshots.check(name, mail, reference=booking.reference, **told, **keys(booking))


def keys(booking: Booking) -> dict[str, str]:
    """What stands in the names of calendar entries and is another one each time."""
    return {"who": f"assistant-{booking.photographer_id}"}


def test_each_is_told_of_their_own_time(shop: Shop, mailer: FakeMailer) -> None:
    booking = shop.booked(shop.make_up)

    mails = sent(mailer)

    assert sorted(mails) == [IDA, KIT]
    check("crew_booked", mails[IDA], booking)
    kit = event_of(mails[KIT])
    assert kit.decoded("dtstart") == datetime(2026, 12, 8, 9, 30, tzinfo=UTC)
    assert kit.decoded("dtend") == datetime(2026, 12, 8, 10, 15, tzinfo=UTC)
    assert kit["uid"] != event_of(mails[IDA])["uid"]
    text = words(mails[KIT])
    assert mails[KIT]["Subject"] == "Booked: Tue 8 Dec, 09:30, Make-up"
    assert "Hello Kit," in text
    assert "In all:       45 minutes" in text
    assert "Robin" in text
    assert "Ash" not in text


def test_without_make_up_its_artist_hears_nothing(shop: Shop, mailer: FakeMailer) -> None:
    shop.booked()
    assert list(sent(mailer)) == [IDA]


def test_on_location_the_assistant_leaves_with_the_photographer(mailer: FakeMailer) -> None:
    place = factories.a_place(travel=30)
    package = factories.a_package(deposit_percent=0, place=place)
    assist(factories.a_photographer(), None, IDA)
    booking = factories.a_confirmed_booking(package)

    mail = sent(mailer)[IDA]

    build = booking.sets[0].set.build_minutes
    assert event_of(mail).decoded("dtstart") == TEN_FIFTEEN - timedelta(minutes=30 + build)
    assert "Leave the studio at:" in words(mail)
    assert words(mail).startswith("Hello,")


def test_a_move_is_told_to_both(shop: Shop, mailer: FakeMailer) -> None:
    booking = shop.booked(shop.make_up)
    first = event_of(sent(mailer)[KIT])

    move(booking)

    mails = sent(mailer)
    assert sorted(mails) == [IDA, KIT]
    check("crew_moved", mails[IDA], booking)
    event = event_of(mails[KIT])
    assert event["uid"] == first["uid"]
    assert event["sequence"] > first["sequence"]
    assert "Be there at: 12:30 instead of 09:30" in words(mails[KIT])


def test_moved_before_it_was_told_it_is_told_once(shop: Shop, mailer: FakeMailer) -> None:
    move(shop.booked(shop.make_up))

    mails = sent(mailer)
    assert [mails[each]["Subject"] for each in (KIT, IDA)] == [
        "Booked: Wed 9 Dec, 12:30, Make-up",
        f"Booked: Wed 9 Dec, {_ready(mails[IDA])}, assisting Amara",
    ]


def _ready(mail: EmailMessage) -> str:
    return f"{event_of(mail).decoded('dtstart'):%H:%M}"


def test_who_comes_in_and_who_is_not_needed_any_more(shop: Shop, mailer: FakeMailer) -> None:
    booking = shop.booked()
    sent(mailer)

    alter(booking, **{shop.make_up.slug: 1})
    mails = sent(mailer)
    assert list(mails) == [KIT]  # nothing is new for the assistant
    assert mails[KIT]["Subject"].startswith("Booked: ")

    alter(booking)
    mails = sent(mailer)
    assert list(mails) == [KIT]
    assert mails[KIT]["Subject"] == "Not needed: Tue 8 Dec, 09:30, Make-up"
    assert event_of(mails[KIT])["status"] == "CANCELLED"


def test_who_was_not_needed_may_be_needed_again_and_is_called_off_once(
    shop: Shop, mailer: FakeMailer
) -> None:
    booking = shop.booked(shop.make_up)
    sent(mailer)
    alter(booking)
    sent(mailer)

    alter(booking, **{shop.make_up.slug: 1})
    assert sent(mailer)[KIT]["Subject"].startswith("Booked: ")

    alter(booking)
    sent(mailer)
    cancel(booking)
    assert list(sent(mailer)) == [IDA]


def test_changed_before_it_was_told_it_is_told_once(shop: Shop, mailer: FakeMailer) -> None:
    booking = shop.booked(shop.make_up)

    alter(booking, **{shop.make_up.slug: 1, shop.look.slug: 1})

    mails = sent(mailer)  # one for each
    assert mails[KIT]["Subject"].startswith("Booked: ")
    assert "10:15 to 11:35" in words(mails[KIT])


def test_a_longer_session_is_told_to_whom_it_concerns(shop: Shop, mailer: FakeMailer) -> None:
    booking = shop.booked(shop.make_up)
    sent(mailer)

    alter(booking, **{shop.make_up.slug: 1, shop.look.slug: 1})

    mails = sent(mailer)
    assert mails[KIT]["Subject"] == "Changed: Tue 8 Dec, 09:30, Make-up"
    assert "Shooting: 10:15 to 11:35 instead of 10:15 to 11:15" in words(mails[KIT])
    assert mails[IDA]["Subject"].startswith("Moved: Tue 8 Dec, ")


def test_another_photographer_has_another_assistant(shop: Shop, mailer: FakeMailer) -> None:
    jonas = factories.a_photographer("Jonas Reed", has_assistant=False)
    booking = shop.booked(shop.make_up)
    sent(mailer)

    move(booking, starts_at=TEN_FIFTEEN, photographer=jonas.slug)

    mails = sent(mailer)
    assert mails[IDA]["Subject"].startswith("Not needed: ")
    assert "Photographer: Jonas Reed instead of Amara Vale" in words(mails[KIT])


def test_a_cancellation_gives_them_their_time_back(shop: Shop, mailer: FakeMailer) -> None:
    booking = shop.booked(shop.make_up)
    sent(mailer)

    cancel(booking)

    mails = sent(mailer)
    assert sorted(mails) == [IDA, KIT]
    check("crew_off", mails[IDA], booking)
    assert sent(mailer) == {}


def test_cancelled_before_they_were_told_they_hear_nothing(shop: Shop, mailer: FakeMailer) -> None:
    cancel(shop.booked(shop.make_up))
    assert sent(mailer) == {}


def test_nobody_without_an_address_or_archived_is_written_to(
    shop: Shop, mailer: FakeMailer
) -> None:
    booking = shop.booked(shop.make_up)
    sent(mailer)
    assist(shop.amara, "Ida Bell", None)
    shop.kit.archived_at = booking.created_at
    db.session.commit()

    cancel(booking)

    assert sent(mailer) == {}


def test_an_assistant_who_is_none_any_more_hears_of_nothing(shop: Shop, mailer: FakeMailer) -> None:
    shop.amara.has_assistant = False
    db.session.commit()
    shop.booked()
    assert db.session.query(Message).filter(Message.step.in_(_STEPS)).count() == 0
