"""The sheet of a day: who gets one, when it leaves, and what it says by then."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from studio.accounts.models import User
from studio.accounts.permissions import Role
from studio.booking import links
from studio.booking.day_sheets.jobs import plan_day_sheets
from studio.booking.day_sheets.sheets import due_at, sheets
from studio.booking.erasure import personal
from studio.booking.models import Booking
from studio.db import db, transaction
from studio.messaging import outbox
from studio.messaging.jobs import send_due_mail
from studio.messaging.models import Message, MessageState
from studio.scheduling.models import Studio
from tests import factories
from tests.booking.test_letters_of_change import words
from tests.booking.test_letters_of_crew import IDA, KIT, Shop, cancel, move
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN
from tests.fakes.mailer import FakeMailer
from tests.messaging import snapshots

pytestmark = pytest.mark.usefixtures("database")

AMARA = "amara@northlight.example"
LONDON = ZoneInfo("Europe/London")
SIX = datetime(2026, 12, 7, 18, 0, tzinfo=LONDON)


@pytest.fixture
def shop() -> Shop:
    made = Shop()
    made.amara.email = AMARA
    db.session.commit()
    return made


def sent(mailer: FakeMailer) -> dict[str, EmailMessage]:
    """The sheets that are due now, planned and sent, by recipient."""
    mailer.sent.clear()
    plan_day_sheets()
    send_due_mail(links.link_for, limit=100)
    found = [mail for mail in mailer.sent if str(mail["Subject"]).startswith("Your day")]
    assert len(found) == len({mail["To"] for mail in found})
    return {mail["To"]: mail for mail in found}


def an_account(email: str) -> None:
    factories.kept(
        User(
            email=email, name="Amara Vale", role=Role.MANAGER, password="none",
            fs_uniquifier=email, created_at=SIX,
        )
    )  # fmt: skip


def planned() -> list[Message]:
    db.session.rollback()
    wanted = select(Message).where(Message.template == "day_sheet").order_by(Message.recipient)
    return list(db.session.scalars(wanted))


def test_each_gets_their_own_day_in_order(shop: Shop, clock: Clock, mailer: FakeMailer) -> None:
    later = shop.booked(at=TEN_FIFTEEN + timedelta(hours=4))
    first = shop.booked(shop.make_up)
    an_account(AMARA)
    clock.set(SIX)

    mails = sent(mailer)

    assert sorted(mails) == [AMARA, IDA, KIT]
    told = {
        "first": f"sessions/{first.id}", "later": f"sessions/{later.id}", "room": first.where,
        "set": first.sets[0].set.name,
    }  # fmt: skip
    snapshots.check("day_sheet", mails[AMARA], **told)
    assert mails[KIT]["Subject"] == "Your day: Tue 8 Dec, 1 session from 09:30"
    kit = words(mails[KIT])
    assert "Your work:" in kit
    assert "/office" not in kit  # they have no account, so a link would lead nowhere
    assert "Steamer" not in kit  # that is for those who build
    assert "Ash" not in kit
    assert sent(mailer) == {}


def test_before_six_and_without_sessions_nothing_is_planned(shop: Shop, clock: Clock) -> None:
    clock.set(SIX)
    assert plan_day_sheets() == 0
    clock.set(SIX - timedelta(hours=8))
    shop.booked(at=TEN_FIFTEEN + timedelta(days=1))
    clock.set(SIX + timedelta(days=1, minutes=-1))
    assert plan_day_sheets() == 0
    assert planned() == []


def test_it_says_what_holds_when_it_leaves(shop: Shop, clock: Clock, mailer: FakeMailer) -> None:
    stays, goes = shop.booked(), shop.booked(shop.make_up, at=TEN_FIFTEEN + timedelta(hours=4))
    clock.set(SIX)
    assert plan_day_sheets() == 3
    assert plan_day_sheets() == 0

    cancel(goes)

    assert plan_day_sheets() == 3
    assert [(each.recipient, each.state) for each in planned()] == [
        (AMARA, MessageState.PLANNED),
        (IDA, MessageState.PLANNED),
        (KIT, MessageState.CANCELLED),
    ]
    mails = sent(mailer)
    assert sorted(mails) == [AMARA, IDA]
    assert "1 session from 10:15" in mails[AMARA]["Subject"]
    move(stays)
    assert sent(mailer) == {}  # what has left is not sent again: the change itself is told


def test_who_has_something_again_is_told_after_all(shop: Shop, clock: Clock) -> None:
    booking = shop.booked(shop.make_up)
    clock.set(SIX)
    plan_day_sheets()
    move(booking)
    plan_day_sheets()
    assert {each.state for each in planned()} == {MessageState.CANCELLED}

    move(booking, starts_at=TEN_FIFTEEN + timedelta(hours=5))

    assert plan_day_sheets() == 3
    assert {each.state for each in planned()} == {MessageState.PLANNED}
    assert {each.context["from"] for each in planned()} == {"14:30", "15:00", "15:15"}


def test_what_staff_wrote_themselves_stays(shop: Shop, clock: Clock) -> None:
    shop.booked()
    clock.set(SIX)
    plan_day_sheets()
    first = planned()[0].id
    with transaction() as session:
        message = session.get_one(Message, first)
        outbox.edit(session, message, subject="Tomorrow", body="Come at nine.")
    shop.booked(at=TEN_FIFTEEN + timedelta(hours=4))

    plan_day_sheets()

    assert [len(each.context["entries"]) for each in planned()] == [1, 2]


def test_two_who_share_an_assistant_make_one_sheet(shop: Shop, clock: Clock) -> None:
    jonas = factories.a_photographer("Jonas Reed")
    jonas.assistant_email = IDA.upper()
    db.session.commit()
    for hours, who in ((0, shop.amara), (4, jonas)):
        at = TEN_FIFTEEN + timedelta(hours=hours)
        factories.a_confirmed_booking(shop.package, at, photographer=who.slug)
    clock.set(SIX)

    plan_day_sheets()

    told = {each.recipient.lower(): len(each.context["entries"]) for each in planned()}
    assert told == {AMARA: 1, IDA: 2}


def test_who_does_make_up_too_reads_that_first(shop: Shop, clock: Clock) -> None:
    shop.kit.email = AMARA
    db.session.commit()
    shop.booked(shop.make_up)
    clock.set(SIX)

    plan_day_sheets()

    amara = planned()[0].context
    assert amara["from"] == "09:30"
    assert [each["title"][:5] for each in amara["entries"]] == ["09:30", "10:15"]


def test_photographers_who_are_archived_or_without_an_address_get_none(
    shop: Shop, clock: Clock
) -> None:
    shop.booked()
    shop.amara.resource.archived_at = clock.now()
    jonas = factories.a_photographer("Jonas Reed")
    db.session.commit()
    later = TEN_FIFTEEN + timedelta(hours=4)
    factories.a_confirmed_booking(shop.package, later, photographer=jonas.slug)
    clock.set(SIX)

    assert plan_day_sheets() == 0


def test_the_studio_says_when_they_leave_and_nobody_gets_two(shop: Shop, clock: Clock) -> None:
    shop.booked()
    clock.set(SIX)
    assert plan_day_sheets() == 2
    db.session.get_one(Studio, 1).day_sheet_minute = 19 * 60
    booking = db.session.scalars(select(Booking)).one()
    booking.people = 2
    db.session.commit()
    assert plan_day_sheets() == 0, "not before seven now"

    clock.advance(hours=1)

    assert plan_day_sheets() == 2, "those that wait are renewed"
    assert len(planned()) == 2


def test_quiet_hours_hold_it_until_the_morning(shop: Shop, clock: Clock) -> None:
    db.session.get_one(Studio, 1).quiet_from_minute = 17 * 60
    db.session.commit()
    shop.booked()
    clock.set(SIX)
    assert plan_day_sheets() == 0

    clock.set(datetime(2026, 12, 8, 8, 0, tzinfo=LONDON))

    assert plan_day_sheets() == 2


def test_a_worker_that_was_away_catches_up_outside_quiet_hours(shop: Shop, clock: Clock) -> None:
    shop.booked()
    clock.set(datetime(2026, 12, 7, 23, 0, tzinfo=LONDON))

    plan_day_sheets()

    morning = datetime(2026, 12, 8, 8, 0, tzinfo=UTC)
    assert {each.due_at for each in planned()} == {morning}
    clock.set(datetime(2026, 12, 8, 8, 0, tzinfo=LONDON))
    assert plan_day_sheets() == 0


def test_a_day_that_is_over_needs_no_sheet(shop: Shop, clock: Clock) -> None:
    shop.booked()
    clock.set(datetime(2026, 12, 8, 12, 0, tzinfo=LONDON))
    assert plan_day_sheets() == 0


@pytest.mark.parametrize(
    ("on", "leaves"),
    [
        (date(2027, 3, 28), datetime(2027, 3, 27, 18, tzinfo=UTC)),
        (date(2027, 3, 29), datetime(2027, 3, 28, 17, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 24, 17, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 25, 18, tzinfo=UTC)),
    ],
)
def test_it_leaves_by_the_studios_clock(on: date, leaves: datetime) -> None:
    assert due_at(on, factories.a_studio()) == leaves


@pytest.mark.parametrize(
    ("starts_at", "on"),
    [
        (datetime(2027, 3, 27, 23, 45, tzinfo=UTC), date(2027, 3, 27)),
        (datetime(2027, 3, 28, 22, 45, tzinfo=UTC), date(2027, 3, 28)),
        (datetime(2027, 3, 28, 23, 15, tzinfo=UTC), date(2027, 3, 29)),
    ],
)
def test_the_day_of_23_hours_has_its_own_sessions(
    shop: Shop, starts_at: datetime, on: date
) -> None:
    booking = shop.booked()
    booking.starts_at, booking.ends_at = starts_at, starts_at + timedelta(hours=1)
    db.session.commit()
    studio = factories.a_studio()
    days = [date(2027, 3, 26) + timedelta(days=n) for n in range(5)]

    assert [each for each in days if sheets(db.session(), each, studio)] == [on]


def test_a_client_who_is_forgotten_is_on_no_sheet(
    shop: Shop, clock: Clock, mailer: FakeMailer
) -> None:
    booking = shop.booked()
    clock.set(SIX)
    sent(mailer)
    assert booking.client is not None

    with transaction() as session:
        client = session.get_one(Booking, booking.id).client
        assert client is not None
        personal.erase_messages(session, client, [booking.id])

    for each in planned_or_erased():
        assert (
            "Robin" not in f"{each.context} {each.sent_text} {each.sent_html} {each.sent_subject}"
        )


def planned_or_erased() -> list[Message]:
    db.session.rollback()
    found = list(db.session.scalars(select(Message).where(Message.step == "day_sheet")))
    assert found
    return found
