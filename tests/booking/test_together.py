"""One client with several sessions: at most one message a day that prepares them, and all in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.booking import letters_of_prep, links, service, together
from studio.booking.letter_facts import facts_of
from studio.booking.models import Booking
from studio.booking.service import Cancellation, MoveRequest
from studio.catalogue.models import Package
from studio.db import db, transaction
from studio.domain.terms import CalledOffBy
from studio.messaging import outbox
from studio.messaging.jobs import send_due_mail
from studio.messaging.models import Message, MessageKind, MessageState
from studio.messaging.rendering import preview
from studio.ports import ports
from studio.prep.models import PrepStep
from tests import factories
from tests.clock import START, Clock
from tests.factories import TEN_FIFTEEN
from tests.fakes.mailer import FakeMailer
from tests.messaging.posting import waiting
from tests.office.counting import questions

pytestmark = pytest.mark.usefixtures("database")

LONDON = ZoneInfo("Europe/London")
SAME_DAY = TEN_FIFTEEN + timedelta(hours=4)


def a_package() -> Package:
    return factories.a_bookable_package(deposit_percent=0, lead_hours=1)


def planned() -> list[tuple[str, str]]:
    """What is to leave by itself before a session: step and day."""
    return [
        (each.step, f"{each.due_at.astimezone(LONDON):%d %b}")
        for each in waiting(MessageKind.PREP)
        if each.use_by
    ]


def joined() -> list[Message]:
    db.session.rollback()
    found = db.session.query(Message).filter_by(state=MessageState.JOINED)
    return list(found.order_by(Message.due_at, Message.id))


def cancel(booking: Booking) -> None:
    now = ports().now()
    shown = service.proposal(db.session(), booking, CalledOffBy.CLIENT, now).figures
    service.cancel_booking(
        booking.id,
        Cancellation(called_off_by=CalledOffBy.CLIENT, reason="", shown=shown, actor="client"),
    )


def test_two_sessions_on_one_day_have_one_message_a_day() -> None:
    package = a_package()
    first = factories.a_confirmed_booking(package)
    second = factories.a_confirmed_booking(package, SAME_DAY)

    assert planned() == [("plan", "24 Nov"), ("prepare", "01 Dec"), ("ready", "05 Dec"),
                         ("reminder", "06 Dec"), ("tomorrow", "07 Dec")]  # fmt: skip
    assert {each.booking_id for each in joined()} == {second.id}
    carriers = {each.into_id for each in joined()}
    assert {each.booking_id for each in db.session.query(Message).filter(
        Message.id.in_(carriers))} == {first.id}  # fmt: skip


def test_somebody_else_is_written_to_alone() -> None:
    package = a_package()
    factories.a_confirmed_booking(package)
    factories.a_confirmed_booking(package, SAME_DAY, name="Kim", email="kim@client.example")

    assert joined() == []


def test_one_mail_tells_of_both_with_a_link_each_and_is_kept_with_both(
    clock: Clock, mailer: FakeMailer
) -> None:
    package = a_package()
    factories.a_confirmed_booking(package)
    factories.a_confirmed_booking(package, SAME_DAY)
    send_due_mail(links.link_for)
    mailer.sent.clear()
    clock.set(datetime(2026, 11, 24, 9, 1, tzinfo=LONDON))
    (carrier,) = [each for each in waiting(MessageKind.PREP) if each.due_at <= clock.now()]
    shown = preview(db.session(), carrier).text
    assert send_due_mail(links.link_for) == 1

    (mail,) = mailer.sent
    plain = mail.get_body(("plain",))
    assert plain is not None
    text = plain.get_content()
    assert "AND FOR YOUR STANDARD HEADSHOT ON TUESDAY 8 DECEMBER" in text
    assert "We begin at 14:15" in text
    assert text.count("/prep") == 2
    tokens = {part.split("/")[0] for part in text.split("/booking/")[1:]}
    assert len(tokens) == 2
    assert shown.count("/booking/…/prep") == 2
    sent = db.session.query(Message).filter_by(step="plan").all()
    assert {each.state for each in sent} == {MessageState.SENT}
    for each in sent:
        kept = f"{each.sent_text}{each.sent_html}"
        assert kept.count("/booking/…/prep") >= 4
        assert not any(token in kept for token in tokens)


def test_guides_that_say_the_same_come_once_in_a_week() -> None:
    package = a_package()
    for step in db.session.query(PrepStep).filter_by(key="prepare"):
        step.guide_sections = ["*"]
    db.session.commit()
    factories.a_confirmed_booking(package)
    factories.a_confirmed_booking(package, TEN_FIFTEEN + timedelta(days=2))

    (along,) = [each for each in joined() if each.step == "prepare"]
    carrier = db.session.get_one(Message, along.into_id)
    text = preview(db.session(), carrier).text
    assert text.count("What to wear") == 1
    assert "ON THURSDAY 10 DECEMBER" in text
    assert text.count("this is prepare") == 1, "its opening counts other days"


def one_had_a_message_today(clock: Clock) -> Package:
    """The package of a session a week off, of which a message has just left."""
    package = a_package()
    factories.a_confirmed_booking(package)
    clock.set(datetime(2026, 12, 1, 9, 30, tzinfo=LONDON))
    send_due_mail(links.link_for)
    return package


def test_who_had_a_message_today_has_the_next_one_tomorrow(
    clock: Clock, mailer: FakeMailer
) -> None:
    package = one_had_a_message_today(clock)
    factories.a_confirmed_booking(package, TEN_FIFTEEN - timedelta(days=4))

    answer = waiting(MessageKind.PREP)[0]
    assert answer.due_at.astimezone(LONDON) == datetime(2026, 12, 2, 8, 0, tzinfo=LONDON)


def test_what_waits_for_tomorrow_carries_what_its_own_session_has_then(
    clock: Clock, mailer: FakeMailer
) -> None:
    package = one_had_a_message_today(clock)
    second = factories.a_confirmed_booking(package, TEN_FIFTEEN - timedelta(days=3))

    answer = waiting(MessageKind.PREP)[0]
    assert (answer.booking_id, f"{answer.due_at:%d %b}") == (second.id, "02 Dec")
    assert {(each.step, each.booking_id) for each in joined() if each.into_id == answer.id} == {
        ("ready", second.id)
    }
    text = preview(db.session(), answer).text
    assert "AND FOR YOUR" not in text, "it is the same session"
    assert "this is ready" in text


def test_two_are_thanked_on_two_days() -> None:
    package = a_package()
    factories.a_confirmed_booking(package)
    factories.a_confirmed_booking(package, SAME_DAY)

    thanks = [each for each in waiting(MessageKind.PREP) if not each.use_by]
    assert [f"{each.due_at.astimezone(LONDON):%d %b %H:%M}" for each in thanks] == [
        "08 Dec 13:15", "09 Dec 08:00",
    ]  # fmt: skip


def test_a_session_tomorrow_does_not_wait(clock: Clock, mailer: FakeMailer) -> None:
    package = one_had_a_message_today(clock)
    factories.a_confirmed_booking(package, TEN_FIFTEEN - timedelta(days=6))

    assert waiting(MessageKind.PREP)[0].due_at == clock.now()


@pytest.mark.parametrize("act", ["cancel", "move", "skip", "hold"])
def test_what_went_along_leaves_by_itself_when_its_carrier_does_not(act: str) -> None:
    package = a_package()
    first = factories.a_confirmed_booking(package)
    second = factories.a_confirmed_booking(package, SAME_DAY)
    (plan,) = [each for each in joined() if each.step == "plan"]
    if act == "cancel":
        cancel(first)
    elif act == "move":
        service.move_booking(
            first.id,
            MoveRequest(starts_at=TEN_FIFTEEN + timedelta(days=20), photographer=None, by="Ola"),
        )
    else:
        with transaction() as session:
            carrier = session.get_one(Message, plan.into_id)
            (outbox.skip if act == "skip" else outbox.hold)(session, carrier)

    alone = db.session.get_one(Message, plan.id, populate_existing=True)
    assert (alone.booking_id, alone.state, alone.into_id) == (second.id, MessageState.PLANNED, None)


def test_a_carrier_whose_time_has_passed_takes_nothing_with_it(
    clock: Clock, mailer: FakeMailer
) -> None:
    package = a_package()
    factories.a_confirmed_booking(package)
    second = factories.a_confirmed_booking(package, SAME_DAY)
    send_due_mail(links.link_for)
    clock.set(TEN_FIFTEEN + timedelta(hours=1))
    send_due_mail(links.link_for)

    states = {
        each.step: each.state
        for each in db.session.query(Message).filter_by(booking_id=second.id, kind="prep")
    }
    assert states["tomorrow"] is MessageState.SENT


def test_what_was_had_before_a_move_is_not_sent_again(clock: Clock, mailer: FakeMailer) -> None:
    booking = factories.a_confirmed_booking(a_package())
    clock.set(datetime(2026, 12, 7, 9, 30, tzinfo=LONDON))
    send_due_mail(links.link_for, limit=50)
    moved_to = TEN_FIFTEEN + timedelta(days=1, hours=1)
    service.move_booking(booking.id, MoveRequest(starts_at=moved_to, photographer=None, by="Ola"))

    assert planned() == [("tomorrow", "08 Dec")]


MINUTES = st.integers(0, 40 * 1440)


@st.composite
def unsent(draw: st.DrawFn) -> list[Message]:
    """What waits for one client: of a few sessions, each with messages on days of their own."""
    found: list[Message] = []
    for booking_id in range(draw(st.integers(1, 4))):
        starts_at = START + timedelta(minutes=draw(MINUTES) + 1)
        days = draw(st.lists(st.integers(0, 15), unique=True, max_size=5))
        found += [
            Message(
                id=len(found) + n + 1,
                booking_id=booking_id,
                due_at=starts_at - timedelta(days=day, minutes=draw(st.integers(0, 59))),
                use_by=starts_at,
                context={"body": draw(st.sampled_from(["one", "## A\n\none", "## B\n\ntwo"]))},
                state=MessageState.PLANNED,
            )
            for n, day in enumerate(days)
        ]
    return found


@settings(max_examples=300, deadline=None)
@given(unsent(), st.sampled_from(["Europe/London", "America/Santiago", "Australia/Lord_Howe"]))
def test_nobody_ever_has_two_on_one_day(messages: list[Message], name: str) -> None:
    zone = ZoneInfo(name)
    together._carry(messages, zone)

    by_id = {each.id: each for each in messages}
    leaving = [each for each in messages if each.into_id is None]
    for each in messages:
        assert (each.state is MessageState.JOINED) == (each.into_id is not None)
        if each.into_id is not None:
            carrier = by_id[each.into_id]
            assert carrier in leaving, "nothing is carried by what is carried itself"
            on_one_day = (
                carrier.due_at.astimezone(zone).date() == each.due_at.astimezone(zone).date()
            )
            assert on_one_day or carrier.booking_id != each.booking_id
            assert carrier.due_at.astimezone(zone).date() <= each.due_at.astimezone(zone).date()
    assert len({each.due_at.astimezone(zone).date() for each in leaving}) == len(leaving)


def test_planning_one_booking_asks_little_of_the_database() -> None:
    package = a_package()
    for day in (7, 14):
        factories.a_confirmed_booking(package, TEN_FIFTEEN + timedelta(days=day))
    booking = factories.a_confirmed_booking(package)
    with transaction() as session:
        mine = session.get_one(Booking, booking.id)
        mine.generation += 1
        session.flush()
        # What it is all about has been read by whoever confirms or moves it.
        known = facts_of(session, mine, mine.price)
        with questions() as asked:
            letters_of_prep.plan_prep(session, mine, ports().now())

    assert known.booking is mine
    assert len([each for each in asked if "SAVEPOINT" not in each]) < 10, "\n".join(
        e[:70] for e in asked
    )
