"""One message to many sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking.models import Booking, BookingEvent
from studio.db import db, transaction
from studio.domain.lifecycle import BookingState
from studio.messaging.models import Message, MessageState
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import START, Clock
from tests.factories import TEN_FIFTEEN

PATH = "/office/prep/broadcast"
DAY = f"{PATH}?first_on=2026-12-08&state=confirmed"
WORDS = {"subject": "The lane is closed on {day}", "body": "Hello {first_name}, come by **foot**."}


@pytest.fixture
def two(app: Flask, browser: Browser) -> list[int]:
    """Robin at 10:15 and Kim at 14:15 on one day; Lou is on the next."""
    with app.app_context():
        package = factories.a_bookable_package(deposit_percent=0)
        return [
            factories.a_confirmed_booking(
                package, at, name=name, email=f"{name.split()[0].lower()}@client.example"
            ).id
            for name, at in (
                ("Robin Ash", TEN_FIFTEEN),
                ("Kim Oak", TEN_FIFTEEN + timedelta(hours=4)),
                ("Lou Elm", TEN_FIFTEEN + timedelta(days=1)),
            )
        ][:2]


@pytest.fixture
def staff(app: Flask, two: list[int]) -> Browser:
    return people.signed_in(app, Role.PREP)


def look(staff: Browser, path: str = DAY, status: int = 200, **words: str) -> Page:
    return staff.submit(staff.get(path), {**WORDS, **words}, form="/look", status=status)


def posted(app: Flask) -> list[Message]:
    with app.app_context():
        theirs = select(Message).where(Message.step == "broadcast").order_by(Message.id)
        return list(db.session.scalars(theirs))


def test_it_is_looked_at_then_leaves_at_once_by_night_too(
    app: Flask, staff: Browser, clock: Clock
) -> None:
    clock.set(START.replace(hour=23))
    people.sign_in(staff, "prep@example.com")
    page = look(staff)

    assert page.one("h1").text == "To 2 sessions"
    assert "in quiet hours as well" in page.words
    letter = page.one("pre.letter").text
    assert letter.startswith("Hello Robin, come by foot.")
    assert posted(app) == []

    result = staff.follow(staff.submit(page, form=PATH))

    assert result.one("h1").text == "Written to 2 sessions"
    first, second = posted(app)
    assert (first.recipient, second.recipient) == ("robin@client.example", "kim@client.example")
    assert {first.due_at, second.due_at} == {START.replace(hour=23)}
    assert first.state is MessageState.PLANNED
    assert first.kind.value == "change"
    with app.app_context():
        events = db.session.scalars(
            select(BookingEvent).where(BookingEvent.kind == "broadcast")
        ).all()
        assert [(each.actor, each.detail["why"]) for each in events] == [
            ("Prep Person", WORDS["subject"])
        ] * 2


def test_pressed_twice_it_is_sent_once(app: Flask, staff: Browser) -> None:
    page = look(staff)

    one, other = (staff.submit(page, form=PATH).location for _ in range(2))

    assert one == other
    assert len(posted(app)) == 2


def test_who_is_not_booked_any_more_is_left_out_and_said(
    app: Flask, staff: Browser, two: list[int]
) -> None:
    page = look(staff)
    with app.app_context(), transaction() as session:
        session.get_one(Booking, two[0]).state = BookingState.CANCELLED

    result = staff.follow(staff.submit(page, form=PATH))

    assert "1 of the sessions you chose does not stand any more" in result.words
    assert [each.booking_id for each in posted(app)] == [two[1]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"subject": ""}, "Subject: Please fill this in."),
        ({"body": "See you at {tiem}"}, "Did you mean {time}?"),
        ({"body": "b" * 20_001}, "20,000 characters at most"),
    ],
)
def test_bad_words_are_refused_and_kept(
    app: Flask, staff: Browser, words: dict[str, str], said: str
) -> None:
    page = look(staff, status=422, **words)

    assert said in page.words
    fields = page.fields(page.form("/look"))
    assert {name: fields[name] for name in words} == words
    assert len(fields["booking"]) == 2
    assert posted(app) == []


def test_one_can_go_back_with_all_that_was_written(staff: Browser) -> None:
    page = look(staff, body="Line one\n\nLine two")

    back = staff.submit(page, {"back": "yes"}, form=PATH, status=200)

    fields = back.fields(back.form("/look"))
    assert fields["body"] == "Line one\n\nLine two"
    assert len(fields["booking"]) == 2


def test_sessions_are_chosen_by_day_photographer_kind_place_and_state(
    app: Flask, staff: Browser, two: list[int]
) -> None:
    def names(query: str) -> int:
        return len(staff.get(f"{DAY}&{query}").all("form[action*=look] input[name=booking]"))

    with app.app_context():
        robin = db.session.get_one(Booking, two[0])
        room, whose = robin.room_id, robin.photographer_id
        kind, other = robin.package.session_type_id, factories.a_photographer("Bo Lind").id
        place = factories.a_place().id
    assert names("last_on=2026-12-09") == 3
    assert names(f"photographer={whose}&kind={kind}&where=room-{room}") == 2
    assert names(f"photographer={other}") == names(f"where=place-{place}") == 0
    assert "Please choose a day on or after" in staff.get(f"{DAY}&last_on=2026-12-01").words
    assert "Please give a date" in staff.get(f"{PATH}?first_on=x&state=confirmed").words
    assert names("where=room-1;drop") == 0
    with app.app_context(), transaction() as session:
        session.get_one(Booking, two[0]).state = BookingState.COMPLETED
    assert len(staff.get(DAY.replace("confirmed", "completed")).all("[name=booking]")) == 1


def test_none_ticked_is_nobody(staff: Browser) -> None:
    assert "Please tick at least one session" in look(staff, status=422, booking="").words


def test_photographers_write_to_their_own_sessions_only(app: Flask, two: list[int]) -> None:
    with app.app_context():
        other = factories.a_photographer("Bo Lind").id
    foreign = people.signed_in(app, Role.PHOTOGRAPHER, other)
    assert "No sessions there" in foreign.get(DAY).words
    token = foreign.get("/office/prep").one("input[name=csrf_token]")["value"]
    given = {**WORDS, "csrf_token": token, "once": "0" * 32, "booking": [str(i) for i in two]}

    foreign.post(f"{PATH}/look", given, status=422)
    foreign.post(PATH, given, status=303)

    assert posted(app) == []
    foreign.get(f"{PATH}/{'0' * 32}", status=404)
