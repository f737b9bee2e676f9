"""After the session: what is written, once, and not against anybody's wish."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from studio.booking import jobs, links
from studio.booking.afterwards import service
from studio.booking.afterwards.models import Afterwards, DeliveryStage
from studio.booking.afterwards.service import NotOver
from studio.booking.models import Booking
from studio.db import db
from studio.messaging.jobs import send_due_mail
from studio.messaging.models import Message, MessageKind, MessageState
from tests import factories
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN
from tests.fakes.mailer import FakeMailer
from tests.messaging import snapshots
from tests.messaging.posting import waiting

pytestmark = pytest.mark.usefixtures("database")

LONDON = ZoneInfo("Europe/London")
GALLERY = "https://pictures.example/robin"


def a_past_session(clock: Clock, mailer: FakeMailer) -> Booking:
    """Robin's, which took place and of which nothing is waiting any more."""
    booking = factories.a_confirmed_booking()
    clock.set(TEN_FIFTEEN + timedelta(days=2))
    jobs.complete_past_sessions()
    send_due_mail(links.link_for)
    mailer.sent.clear()
    return factories.booking_of(booking.reference)


def note(booking: Booking, stage: DeliveryStage = DeliveryStage.DELIVERED) -> None:
    service.note_delivery(booking.id, stage, link=GALLERY, by="Ola Nowak")


def sent(mailer: FakeMailer) -> EmailMessage:
    mailer.sent.clear()
    send_due_mail(links.link_for)
    (mail,) = mailer.sent
    return mail


def planned() -> list[tuple[str, str]]:
    return [
        (each.step, f"{each.due_at.astimezone(LONDON):%d %b %Y %H:%M}")
        for each in waiting(MessageKind.COURTESY)
    ]


def test_proofs_and_pictures_are_told_with_their_link(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_past_session(clock, mailer)
    note(booking, DeliveryStage.SELECTING)
    snapshots.check("proofs", sent(mailer), reference=booking.reference)
    note(booking)
    snapshots.check("delivered", sent(mailer), reference=booking.reference)
    assert planned() == [("review", "24 Dec 2026 10:00"), ("refresh", "10 Dec 2028 10:00")]


def test_before_the_session_there_are_no_pictures() -> None:
    booking = factories.a_confirmed_booking()
    with pytest.raises(NotOver):
        note(booking)


def test_a_review_is_asked_for_once_in_a_life(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_past_session(clock, mailer)
    note(booking)
    note(booking)
    assert [step for step, _ in planned()] == ["review", "refresh"]
    clock.set(datetime(2026, 12, 24, 10, 1, tzinfo=LONDON))
    send_due_mail(links.link_for)
    note(booking)
    assert [step for step, _ in planned()] == ["refresh"]


def test_who_comes_again_is_not_reminded_to(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_past_session(clock, mailer)
    note(booking)
    factories.a_confirmed_booking(booking.package, TEN_FIFTEEN + timedelta(days=14))
    assert [step for step, _ in planned()] == ["review"]


def test_a_type_and_a_client_may_go_without(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_past_session(clock, mailer)
    service.keep_rules(booking.package.session_type_id, [Afterwards.REVIEW], 12)
    note(booking)
    assert planned() == [("refresh", "10 Dec 2027 10:00")]
    assert booking.client_id
    service.keep_wishes(booking.client_id, [Afterwards.REFRESH, Afterwards.PROOFS])
    assert planned() == []
    mailer.sent.clear()
    send_due_mail(links.link_for)
    note(booking, DeliveryStage.SELECTING)
    assert send_due_mail(links.link_for) == 0


def test_without_thanks_none_are_planned() -> None:
    package = factories.a_bookable_package(deposit_percent=0)
    service.keep_rules(package.session_type_id, [Afterwards.THANKS], 24)
    factories.a_confirmed_booking(package)
    steps = [each.step for each in waiting(MessageKind.PREP)]
    assert sorted(steps) == ["plan", "prepare", "ready", "reminder", "tomorrow"]


def test_a_courtesy_says_how_to_have_no_more_and_others_do_not(
    clock: Clock, mailer: FakeMailer
) -> None:
    booking = a_past_session(clock, mailer)
    note(booking)
    assert sent(mailer)["List-Unsubscribe"] is None
    clock.set(datetime(2026, 12, 24, 10, 1, tzinfo=LONDON))
    mail = sent(mailer)

    token = links.unsubscribe_token(booking.client_id or 0)
    way = f"http://127.0.0.1:8000/unsubscribe/{booking.client_id}/{token}"
    assert mail["List-Unsubscribe"] == f"<{way}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    snapshots.check("review", mail, way=way)
    kept = db.session.query(Message).filter_by(step="review", state=MessageState.SENT).one()
    assert token not in f"{kept.sent_text}{kept.sent_html}"
    clock.set(datetime(2028, 12, 11, 10, 1, tzinfo=LONDON))
    snapshots.check("refresh", sent(mailer), way=way)


def test_unsubscribing_ends_courtesies_alone(clock: Clock, mailer: FakeMailer) -> None:
    booking = a_past_session(clock, mailer)
    note(booking)
    service.unsubscribe(booking.client_id or 0)
    assert planned() == []
    assert sent(mailer)["Subject"] == "Your pictures are here, Robin"
    note(booking)
    assert planned() == []
    factories.a_confirmed_booking(booking.package, TEN_FIFTEEN + timedelta(days=14))
    assert send_due_mail(links.link_for)
    assert [each.step for each in waiting(MessageKind.PREP)][-1] == "thanks"
