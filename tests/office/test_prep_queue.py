"""The queue: narrowed, in pages, many at once, waiting for approval, and sent again."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.accounts.permissions import Role
from studio.booking.models import Booking, BookingEvent
from studio.db import db, transaction
from studio.messaging.models import Message, MessageKind, MessageState
from studio.messaging.outbox import NewMessage, post_all
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import START, Clock
from tests.office.counting import questions

QUEUE = "/office/prep/queue"


@pytest.fixture
def booking_id(app: Flask, browser: Browser) -> int:
    with app.app_context():
        return factories.a_confirmed_booking().id


@pytest.fixture
def staff(app: Flask, booking_id: int) -> Browser:
    return people.signed_in(app, Role.PREP)


def prep_ids(app: Flask) -> list[int]:
    with app.app_context():
        wanted = select(Message.id).where(Message.kind == MessageKind.PREP)
        return list(db.session.scalars(wanted.order_by(Message.due_at)))


def states(app: Flask) -> list[MessageState]:
    with app.app_context():
        wanted = select(Message.state).where(Message.kind == MessageKind.PREP)
        return list(db.session.scalars(wanted.order_by(Message.due_at, Message.id)))


def change(app: Flask, message_id: int, **values: Any) -> None:
    with app.app_context(), transaction() as session:
        for name, value in values.items():
            setattr(session.get_one(Message, message_id), name, value)


def many(app: Flask, booking_id: int, count: int) -> None:
    with app.app_context(), transaction() as session:
        letters = [
            NewMessage(
                dedupe_key=f"many:{n}",
                kind=MessageKind.PREP,
                template="prep",
                recipient="robin@client.example",
                context={"subject": f"Letter {n}", "body": "Words", "values": {}},
                due_at=START,
                booking_id=booking_id,
            )
            for n in range(count)
        ]
        post_all(session, letters, START)


def act(staff: Browser, name: str, ids: list[int], path: str = QUEUE, status: int = 200) -> Page:
    """Tick *ids* and press the button called *name*."""
    page = staff.get(path)
    chosen = {"message": [str(each) for each in ids]}
    return staff.submit(page, chosen, form="/prep/queue/", button=f"/queue/{name}", status=status)


def test_several_are_held_back_at_once_and_what_was_not_says_why(
    app: Flask, staff: Browser
) -> None:
    first, second, third, *_ = prep_ids(app)
    change(app, second, state=MessageState.HELD)
    change(app, third, state=MessageState.CLAIMED)

    page = act(staff, "hold", [first, second, third, 999_999])

    assert page.one("h1").text == "1 held back"
    said = page.one(".alert").text
    assert "3 were left as they were" in said
    assert "It is held back already." in said
    assert "It is leaving this moment." in said
    assert "1 could not be found" in said
    assert states(app)[:3] == [MessageState.HELD, MessageState.HELD, MessageState.CLAIMED]
    with app.app_context():
        events = db.session.scalars(
            select(BookingEvent).where(BookingEvent.kind == "prep held back")
        )
        assert [each.actor for each in events] == ["Prep Person"]


@pytest.mark.parametrize(
    ("name", "state", "words"),
    [
        ("release", MessageState.PLANNED, "2 released"),
        ("send-now", MessageState.PLANNED, "2 on the way"),
        ("skip", MessageState.SKIPPED, "2 skipped"),
    ],
)
def test_each_act_is_done_to_all_that_are_ticked(
    app: Flask, staff: Browser, name: str, state: MessageState, words: str
) -> None:
    chosen = prep_ids(app)[:2]
    for each in chosen:
        change(app, each, state=MessageState.HELD)

    assert act(staff, name, chosen).one("h1").text == words
    with app.app_context():
        assert {db.session.get_one(Message, each).state for each in chosen} == {state}


def test_nothing_ticked_does_nothing(app: Flask, staff: Browser) -> None:
    page = staff.follow(act(staff, "skip", [], status=303))

    assert "Tick the messages first" in page.words
    assert MessageState.SKIPPED not in states(app)


def test_what_is_shown_can_be_narrowed(app: Flask, staff: Browser, clock: Clock) -> None:
    first, second, third, *_ = prep_ids(app)
    change(app, first, due_at=START)
    change(app, second, state=MessageState.HELD, review=True)
    change(app, third, state=MessageState.DEAD)

    def shown(query: str) -> list[str]:
        return [str(box["value"]) for box in staff.get(f"{QUEUE}{query}").all("tbody input")]

    assert shown("?show=today") == [str(first)]
    assert shown("?show=review") == [str(second)]
    assert shown("?show=held") == []
    assert shown("?show=undelivered") == [str(third)]
    assert shown("?show=nonsense&page=0&kind=%00") == []
    with app.app_context():
        known = db.session.scalars(select(Booking)).one()
        kind, whose = known.package.session_type.slug, known.photographer.slug
    assert len(shown(f"?kind={kind}&photographer={whose}")) == 5
    assert shown("?kind=another") == shown("?photographer=another") == []


def test_everything_is_reached_by_pages_with_as_many_questions(
    app: Flask, staff: Browser, booking_id: int
) -> None:
    staff.get(QUEUE)
    with questions() as few:
        staff.get(QUEUE)
    many(app, booking_id, 120)

    with questions() as more:
        page = staff.get(QUEUE)
    seen = {str(box["value"]) for box in page.all("tbody input")}
    assert len(page.all("tbody tr")) == 50
    while links := page.all("a[rel=next]"):
        page = staff.get(str(links[0]["href"]))
        seen |= {str(box["value"]) for box in page.all("tbody input")}

    assert len(seen) == 126
    assert "Page 3 of 3" in staff.get(f"{QUEUE}?page=999999999").words
    assert len(more) == len(few)
    assert len([each for each in more if each.startswith("SELECT")]) <= 12


def test_a_sent_message_goes_again_once_as_a_message_of_its_own(app: Flask, staff: Browser) -> None:
    sent = prep_ids(app)[0]
    change(app, sent, state=MessageState.SENT, sent_at=START, use_by=START)
    path = f"/office/prep/messages/{sent}"
    page = staff.get(path)

    for _ in range(2):
        again = staff.submit(page, form="/resend")

    assert again.location != path
    with app.app_context():
        old, new = db.session.scalars(
            select(Message)
            .where(Message.step == "plan", Message.kind == MessageKind.PREP)
            .order_by(Message.id)
        )
        assert new.message_id != old.message_id
        assert (new.context, new.recipient, new.state) == (
            old.context, old.recipient, MessageState.PLANNED,
        )  # fmt: skip
        assert (new.due_at, new.use_by) == (START, None)
        noted = db.session.scalars(
            select(BookingEvent).where(BookingEvent.kind == "message sent again")
        )
        assert [each.detail for each in noted] == [{"step": "plan"}]
    staff.submit(staff.get(path), form="/resend")
    with app.app_context():
        count = select(func.count()).where(Message.dedupe_key.startswith("again:"))
        assert db.session.scalar(count) == 2


def test_many_that_were_sent_go_again_and_a_planned_one_does_not(
    app: Flask, staff: Browser
) -> None:
    first, second, *_ = prep_ids(app)
    change(app, first, state=MessageState.SENT, sent_at=START)

    page = act(staff, "resend", [first, second], f"{QUEUE}?show=sent")

    assert page.one("h1").text == "1 on the way again"
    assert "It is planned" in page.words


def test_a_confirmation_goes_again_by_those_who_may_say_where_it_goes(
    app: Flask, staff: Browser
) -> None:
    with app.app_context():
        letter = select(Message.id).where(Message.kind == MessageKind.CONFIRMATION)
        sent = db.session.scalars(letter).one()
    change(app, sent, state=MessageState.SENT, sent_at=START)
    path = f"/office/prep/messages/{sent}"
    page = staff.get(path)
    assert "Send again" not in page.words
    token = page.one("input[name=csrf_token]")["value"]
    staff.post(f"{path}/resend", {"csrf_token": token, "once": "0" * 32}, status=404)

    manager = people.signed_in(app, Role.MANAGER)
    manager.submit(manager.get(path), form="/resend")

    with app.app_context():
        again = select(func.count()).where(Message.dedupe_key.startswith(f"again:{sent}:"))
        assert db.session.scalar(again) == 1


def test_a_form_that_is_not_ours_is_refused(app: Flask, staff: Browser) -> None:
    sent = prep_ids(app)[0]
    change(app, sent, state=MessageState.SENT, sent_at=START)
    page = staff.get(f"/office/prep/messages/{sent}")

    staff.submit(page, {"once": "again"}, form="/resend", status=400)


def test_a_photographer_acts_on_their_own_and_nobody_elses(app: Flask, booking_id: int) -> None:
    with app.app_context():
        whose = db.session.get_one(Booking, booking_id).photographer_id
        other = factories.a_photographer("Bo Lind").id
    ids = prep_ids(app)[:2]
    theirs = people.signed_in(app, Role.PHOTOGRAPHER, whose)
    foreign = people.signed_in(app, Role.PHOTOGRAPHER, other)
    assert "Photographer" not in [label.text for label in theirs.get(QUEUE).all("label")]
    mine = theirs.get(QUEUE)
    token = {"csrf_token": foreign.get("/office/prep").one("input[name=csrf_token]")["value"]}
    once = mine.one("input[name=once]")["value"]

    answer = foreign.post(
        f"{QUEUE}/skip", {**token, "once": once, "message": [str(each) for each in ids]}
    )
    assert "2 could not be found" in answer.words
    assert MessageState.SKIPPED not in states(app)

    assert act(theirs, "skip", ids).one("h1").text == "2 skipped"


def test_messages_of_a_kind_that_asks_for_review_wait_for_somebody(
    app: Flask, browser: Browser, clock: Clock
) -> None:
    with app.app_context():
        kind = factories.a_session_type(review_prep=True)
        package = factories.a_bookable_package(session_type=kind, deposit_percent=0)
        factories.a_confirmed_booking(package)
    assert set(states(app)) == {MessageState.HELD}
    with app.app_context():
        others = select(Message.state).where(Message.kind == MessageKind.CONFIRMATION)
        assert db.session.scalar(others) is MessageState.PLANNED
    staff = people.signed_in(app, Role.PREP)
    late = "1 message should have left, and waits for somebody to read and release it"
    assert late not in staff.get("/office/").words
    assert "Needs review" in staff.get(QUEUE).one("tbody").text

    clock.advance(days=2)
    people.sign_in(staff, "prep@example.com")
    assert late in staff.get("/office/").words

    act(staff, "release", prep_ids(app)[:1], f"{QUEUE}?show=review")
    assert late not in staff.get("/office/").words
    assert states(app)[:2] == [MessageState.PLANNED, MessageState.HELD]
    with app.app_context():
        first = db.session.get_one(Message, prep_ids(app)[0])
        assert not first.review
