"""Sessions outdoors: who is asked about the weather and when, and what the answer brings about."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from studio.booking import links, service
from studio.booking.letters_of_weather import Weather
from studio.booking.models import Booking
from studio.booking.service import MoveRequest
from studio.booking.service.weather import NoWeather, decide_weather
from studio.db import db
from studio.messaging.jobs import send_due_mail
from studio.messaging.models import Message, MessageState
from tests import factories
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN
from tests.fakes.mailer import FakeMailer
from tests.messaging import snapshots

pytestmark = pytest.mark.usefixtures("database")

LONDON = ZoneInfo("Europe/London")
AMARA = "amara@northlight.example"


def outdoors(starts_at: datetime = TEN_FIFTEEN) -> Booking:
    package = factories.a_package(deposit_percent=0, lead_hours=1, place=factories.a_place())
    factories.a_photographer(email=AMARA)
    return factories.a_confirmed_booking(package, starts_at)


def asked() -> list[Message]:
    db.session.rollback()
    return list(
        db.session.query(Message)
        .filter_by(step="staff_weather", state=MessageState.PLANNED)
        .order_by(Message.due_at)
    )


@pytest.mark.parametrize(
    ("hours", "at", "by"),
    [(0, "Mon 07 Dec 16:00", "20:00"), (4, "Tue 08 Dec 09:00", "12:00")],
)
def test_the_photographer_is_asked_before_they_have_to_decide(hours: int, at: str, by: str) -> None:
    outdoors(TEN_FIFTEEN + timedelta(hours=hours))

    (question,) = asked()
    assert question.recipient == AMARA
    assert f"{question.due_at.astimezone(LONDON):%a %d %b %H:%M}" == at
    assert question.context["by"] == by


def test_a_move_asks_for_the_new_day_alone() -> None:
    booking = outdoors()
    moved = MoveRequest(starts_at=TEN_FIFTEEN + timedelta(days=2), photographer=None, by="Ola")
    service.move_booking(booking.id, moved)

    (question,) = asked()
    assert f"{question.due_at.astimezone(LONDON):%a %d %b %H:%M}" == "Wed 09 Dec 16:00"


def test_indoors_nobody_is_asked() -> None:
    booking = factories.a_confirmed_booking()

    assert asked() == []
    with pytest.raises(NoWeather):
        decide_weather(booking.id, Weather.OFF, words="", by="Amara Vale")


def test_the_question_as_it_is_read(clock: Clock, mailer: FakeMailer) -> None:
    booking = outdoors()
    send_due_mail(links.link_for)
    mailer.sent.clear()
    clock.set(datetime(2026, 12, 7, 16, 0, tzinfo=LONDON))
    send_due_mail(links.link_for)

    (mail,) = [each for each in mailer.sent if each["To"] == AMARA]
    changing = {"reference": booking.reference, "id": f"/sessions/{booking.id}/"}
    snapshots.check("staff_weather", mail, **changing)


@pytest.mark.parametrize("decision", Weather)
def test_the_client_is_told_at_once(mailer: FakeMailer, decision: Weather) -> None:
    booking = outdoors()
    send_due_mail(links.link_for)
    mailer.sent.clear()
    decide_weather(booking.id, decision, words="Bring a brolly.", by="Amara Vale")
    send_due_mail(links.link_for)

    (mail,) = mailer.sent
    snapshots.check(f"weather_{decision}", mail, reference=booking.reference)
    booking = factories.booking_of(booking.reference)
    assert bool(booking.attention) is (decision is not Weather.ON)
    assert asked() == [], "who has decided is not asked"


def test_deciding_again_takes_back_what_has_not_left(mailer: FakeMailer) -> None:
    booking = outdoors()
    send_due_mail(links.link_for)
    mailer.sent.clear()
    decide_weather(booking.id, Weather.OFF, words="", by="Amara Vale")
    decide_weather(booking.id, Weather.ON, words="", by="Amara Vale")
    send_due_mail(links.link_for)

    assert [each["Subject"] for each in mailer.sent] == ["We shoot: Tue 8 Dec, 10:15"]
