"""The prep centre over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking.form.service import keep_answers, send_in
from studio.booking.models import Booking, BookingEvent
from studio.db import db, transaction
from studio.domain.readiness import Form, Task
from studio.inserts import insert_all
from studio.messaging.models import Message, MessageKind, MessageState
from studio.office import prep_board
from studio.prep.models import PrepGuide
from studio.prep.service import keep_checklist, note_opening
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import START
from tests.office.counting import questions


@dataclass(frozen=True)
class Booked:
    """A session of Robin Ash, 15 days ahead, and its first prep message: the plan."""

    booking_id: int
    photographer_id: int
    message_id: int

    @property
    def path(self) -> str:
        return f"/office/prep/messages/{self.message_id}"


@pytest.fixture
def booked(app: Flask, browser: Browser) -> Booked:
    with app.app_context():
        booking = factories.a_confirmed_booking()
        return Booked(booking.id, booking.photographer_id, message_of(booking.id).id)


@pytest.fixture
def staff(app: Flask, booked: Booked) -> Browser:
    return people.signed_in(app, Role.PREP)


def message_of(booking_id: int, step: str = "plan") -> Message:
    return db.session.scalars(
        select(Message).where(Message.booking_id == booking_id, Message.step == step)
    ).one()


def read(app: Flask, booked: Booked) -> Message:
    with app.app_context():
        return db.session.get_one(Message, booked.message_id)


def change(app: Flask, booked: Booked, **values: Any) -> None:
    with app.app_context(), transaction() as session:
        message = session.get_one(Message, booked.message_id)
        for name, value in values.items():
            setattr(message, name, value)


def history(app: Flask) -> list[tuple[str, str, dict[str, Any]]]:
    with app.app_context():
        events = db.session.scalars(select(BookingEvent).order_by(BookingEvent.id))
        return [(e.kind, e.actor, e.detail) for e in events if e.actor.endswith("Person")]


def save(staff: Browser, booked: Booked, words: dict[str, str], status: int) -> Page:
    """Send the form that changes the words; its action is the page's own address."""
    page = staff.get(booked.path)
    fields = page.fields(page.one(f"form[action='{booked.path}']"))
    return staff.post(booked.path, {**fields, **words}, status)


def row(page: Page, name: str) -> str:
    """What the table's row about *name* says."""
    found = [tr for tr in page.all("tbody tr") if name in tr.text]
    assert len(found) == 1
    return " ".join(found[0].get_text(" ").split())


def test_the_board_says_how_ready_each_session_is(
    app: Flask, booked: Booked, staff: Browser
) -> None:
    page = staff.get("/office/prep")

    assert [h.text for h in page.all("h2")] == ["Tuesday 8 December"]
    said = row(page, "Robin Ash")
    assert "10:15 Actor headshot · Amara planned missing: guide not opened, list 0 of 2 " in said
    assert "Plan: standard headshot on Tuesday 8 December Tue 24 Nov, 09:00" in said


def test_the_board_follows_what_the_client_does_and_what_arrived(
    app: Flask, booked: Booked, staff: Browser
) -> None:
    change(app, booked, state=MessageState.SENT, sent_at=START)
    with app.app_context():
        guide = db.session.scalars(select(PrepGuide)).one()
        keep_checklist(booked.booking_id, guide.id, {"tops"})

    assert "sent missing: list 1 of 2" in row(staff.get("/office/prep"), "Robin Ash")

    change(app, booked, state=MessageState.DEAD, error="550 no such user")

    page = staff.get("/office/prep")
    assert "not delivered missing: list 1 of 2" in row(page, "Robin Ash")
    assert "Not delivered 1" in page.words


def test_two_hundred_sessions_are_read_by_a_dozen_questions(app: Flask, rolled_back: None) -> None:
    with app.app_context():
        factories.a_release_text()
        first = factories.a_confirmed_booking()
        columns = [each.key for each in Booking.__table__.columns if each.key != "id"]
        row = {name: getattr(first, name) for name in columns}
        rows = [
            row
            | {"reference": f"COPY{n:06}", "idempotency_key": None}
            | {each: row[each] + timedelta(hours=n) for each in ("starts_at", "ends_at")}
            for n in range(1, 200)
        ]
        with transaction() as session:
            insert_all(session, Booking, rows)
        with questions() as sent:
            days = prep_board.coming_up(db.session(), START, "Europe/London", None, START)

        assert sum(len(of_day) for _, of_day in days) == 200
        assert {each.state.missing[:2] for _, of_day in days for each in of_day} == {
            (Task.GUIDE, Task.LIST)
        }
        assert len([each for each in sent if each.startswith("SELECT")]) <= 12


@pytest.mark.parametrize(
    ("show", "values"),
    [
        ("today", {"due_at": START + timedelta(hours=1)}),
        ("review", {"state": MessageState.HELD, "review": True}),
        ("undelivered", {"state": MessageState.DEAD}),
    ],
)
def test_the_board_can_be_narrowed(
    app: Flask, booked: Booked, staff: Browser, show: str, values: dict[str, Any]
) -> None:
    assert "No session of this kind" in staff.get(f"/office/prep?show={show}").words
    change(app, booked, **values)

    assert row(staff.get(f"/office/prep?show={show}"), "Robin Ash")
    assert row(staff.get("/office/prep?show=nonsense"), "Robin Ash")


def test_sessions_are_named_today_and_tomorrow(app: Flask, browser: Browser) -> None:
    with app.app_context():
        package = factories.a_bookable_package(price_minor=0, lead_hours=0)
        factories.a_confirmed_booking(package, START + timedelta(hours=4, minutes=30))
        factories.a_confirmed_booking(
            package, START + timedelta(days=1), name="Kim Oak", email="kim@client.example"
        )
    page = people.signed_in(app, Role.PREP).get("/office/prep")

    assert [h.text for h in page.all("h2")] == [
        "Today, Monday 23 November",
        "Tomorrow, Tuesday 24 November",
    ]


def test_the_board_tells_whose_form_is_missing(app: Flask, booked: Booked, staff: Browser) -> None:
    def told(show: str = "") -> list[str]:
        page = staff.get(f"/office/prep?show={show}")
        return [cell.text.strip() for cell in page.all("td[data-label='Form']")]

    assert told() == ["none needed"]
    assert told("form") == []
    with app.app_context():
        kind = db.session.scalars(select(Booking)).one().package.session_type_id
        asked = factories.a_questionnaire(kind).id
        factories.a_questionnaire(kind, version=2, content=[])
        assert _form_on_board(app, booked) == Form.NOT_ASKED
        factories.a_questionnaire(kind, version=3)
    assert told() == told("form") == ["missing"]
    with app.app_context():
        keep_answers(booked.booking_id, asked, {"name": "Robin"})
    assert told() == told("form") == ["begun"]
    with app.app_context():
        keep_answers(booked.booking_id, asked, {"glasses": "never"})
        assert send_in(booked.booking_id, 0) == ()
    assert told() == ["in"]
    assert told("form") == []


def _form_on_board(app: Flask, booked: Booked) -> Form:
    with app.app_context():
        booking = db.session.get_one(Booking, booked.booking_id)
        (ready,) = prep_board.preparation(db.session(), [booking], START)
        return ready.known.form


def test_the_number_of_queries_does_not_grow_with_the_sessions(
    app: Flask, booked: Booked, staff: Browser
) -> None:
    from sqlalchemy import event

    def count(path: str) -> int:
        statements: list[str] = []

        def note(*given: Any) -> None:
            statements.append(given[2])

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        staff.get(path)
        event.remove(engine, "before_cursor_execute", note)
        return sum(each.startswith("SELECT") for each in statements)

    paths = ("/office/prep", "/office/prep/queue")
    count(paths[0])  # what is kept in memory is read
    few = [count(path) for path in paths]
    with app.app_context():
        package = db.session.scalars(select(Booking)).one().package
        for days in (1, 2, 3):
            factories.a_confirmed_booking(
                package,
                factories.days_after(days=days),
                name=f"Kim {days}",
                email=f"kim{days}@client.example",
            )
            note_opening(booked.booking_id + days)

    assert [count(path) for path in paths] == few
    assert max(few) <= 12


def test_the_queue_holds_what_is_planned_the_soonest_first(booked: Booked, staff: Browser) -> None:
    page = staff.get("/office/prep/queue")

    about_robin = [" ".join(tr.text.split()) for tr in page.all("tbody tr") if "Ash" in tr.text]
    assert [said[:10] for said in about_robin] == [
        "Mon 23 Nov",  # the confirmation
        "Tue 24 Nov",
        "Tue 1 Dec,",
        "Sat 5 Dec,",
        "Sun 6 Dec,",  # what is still open
        "Mon 7 Dec,",
        "Tue 8 Dec,",
    ]
    assert "robin@client.example" in page.words


def test_a_message_is_shown_exactly_as_it_will_be_sent(booked: Booked, staff: Browser) -> None:
    page = staff.get(booked.path)

    assert page.one("h1").text == "Plan: standard headshot on Tuesday 8 December"
    letter = page.one("pre.letter").text
    assert letter.startswith("Hello Robin, this is plan. Your guide: http://")
    assert "/booking/…/prep" in letter
    assert page.fields(page.form())["csrf_token"]
    fields = page.fields(page.one(f"form[action='{booked.path}']"))
    assert fields["body"] == "Hello {first_name}, this is plan. Your guide: {link}"


def test_its_html_may_do_nothing_but_look_like_itself(booked: Booked, staff: Browser) -> None:
    answer = staff.client.get(f"{booked.path}/html")

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith(
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    )
    assert "script-src" not in policy
    assert "allow" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Hello Robin, this is plan." in answer.text
    ours = staff.client.get(booked.path).headers["Content-Security-Policy"]
    assert "sandbox" not in ours
    assert "unsafe" not in ours


def test_new_words_are_saved_shown_and_sent(app: Flask, booked: Booked, staff: Browser) -> None:
    words = {"subject": "For {first_name}", "body": "Bring **both** tops, see {link}"}

    saved = staff.follow(save(staff, booked, words, 303))

    assert saved.one("h1").text == "For Robin"
    assert "Bring both tops, see http" in saved.one("pre.letter").text
    message = read(app, booked)
    assert (message.subject, message.body) == (words["subject"], words["body"])
    assert message.state is MessageState.PLANNED
    assert history(app) == [("prep edited", "Prep Person", {"step": "plan"})]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"subject": ""}, "Subject: Please fill this in."),
        ({"body": ""}, "Text: Please fill this in."),
        ({"subject": "s" * 151}, "150 characters at most"),
        ({"body": "b" * 20_001}, "20,000 characters at most"),
        ({"subject": "a\nb"}, "Please keep it to one line."),
        ({"body": "nul\x00"}, "cannot be printed"),
        ({"body": "Hello {frist_name}"}, "Did you mean {first_name}?"),
        ({"subject": "At {tiem}"}, "Nothing fills {tiem}. Did you mean {time}?"),
        ({"body": "{{ 7 * 7 }}"}, "Nothing fills { 7 * 7 }."),
    ],
)
def test_words_that_cannot_be_sent_are_refused_and_kept_in_the_form(
    app: Flask, booked: Booked, staff: Browser, words: dict[str, str], said: str
) -> None:
    refused = save(staff, booked, words, 422)

    assert said in refused.words
    typed = refused.fields(refused.one(f"form[action='{booked.path}']"))
    for name, text in words.items():
        assert typed[name] == text.replace("\x00", "").replace("\n", "") or text in typed[name]
    assert read(app, booked).body is None
    assert history(app) == []


def test_held_released_sent_and_skipped(app: Flask, booked: Booked, staff: Browser) -> None:
    planned_for = read(app, booked).due_at

    page = staff.follow(staff.submit(staff.get(booked.path), form="/hold"))
    assert "Held back until you release it." in page.words
    assert read(app, booked).state is MessageState.HELD

    page = staff.follow(staff.submit(page, form="/release"))
    assert (read(app, booked).state, read(app, booked).due_at) == (
        MessageState.PLANNED,
        planned_for,
    )

    page = staff.follow(staff.submit(page, form="/send-now"))
    assert "within 5 seconds" in page.words
    assert read(app, booked).due_at == START

    page = staff.follow(staff.submit(page, form="/skip"))
    assert "As it would have been sent" in page.words
    assert read(app, booked).state is MessageState.SKIPPED
    assert not page.all("form[action$='/send-now']")
    assert [kind for kind, _, _ in history(app)] == [
        "prep held back",
        "prep released",
        "prep sent early",
        "prep skipped",
    ]


@pytest.mark.parametrize("act", ["hold", "release", "send-now", "skip"])
def test_what_has_left_is_left_alone(app: Flask, booked: Booked, staff: Browser, act: str) -> None:
    page = staff.get(booked.path)
    token = page.fields(page.form("/hold"))
    change(app, booked, state=MessageState.CLAIMED)

    answer = staff.follow(staff.post(f"{booked.path}/{act}", token, status=303))

    assert "the message has moved on" in answer.words
    assert read(app, booked).state is MessageState.CLAIMED
    assert history(app) == []


def test_a_get_changes_nothing(app: Flask, booked: Booked, staff: Browser) -> None:
    for act in ("hold", "release", "send-now", "skip", "retry"):
        staff.get(f"{booked.path}/{act}", status=405)

    assert read(app, booked).state is MessageState.PLANNED


def test_an_undelivered_message_goes_again_to_the_corrected_address(
    app: Flask, booked: Booked, staff: Browser
) -> None:
    change(app, booked, state=MessageState.DEAD, error="550 <b>no such user</b>", attempts=3)
    listed = staff.get("/office/prep/not-delivered")
    assert "550 <b>no such user</b>" in row(listed, "Robin Ash")

    page = staff.get(booked.path)
    refused = staff.submit(page, {"recipient": "not an address"}, form="/retry", status=422)
    assert "does not look like an email address" in refused.words
    staff.submit(page, {"recipient": "robin@new.example"}, form="/retry")

    told = {"before": "robin@client.example", "recipient": "robin@new.example", "step": "plan"}
    assert history(app) == [("message tried again", "Prep Person", told)]
    past = staff.get(f"/office/sessions/{booked.booking_id}").words
    assert "Now to robin@new.example, before to robin@client.example" in past
    message = read(app, booked)
    assert message.state is MessageState.PLANNED
    assert (message.recipient, message.error, message.attempts) == ("robin@new.example", "", 0)
    assert "Everything arrived" in staff.get("/office/prep/not-delivered").words


def test_a_confirmation_may_be_read_but_not_rewritten(
    app: Flask, booked: Booked, staff: Browser
) -> None:
    with app.app_context():
        letter = db.session.scalars(
            select(Message).where(Message.kind == MessageKind.CONFIRMATION)
        ).one()
    path = f"/office/prep/messages/{letter.id}"

    page = staff.get(path)

    assert not page.all(f"form[action^='{path}']")
    token = {"csrf_token": page.one("input[name=csrf_token]")["value"]}
    staff.post(f"{path}/skip", token, status=404)
    staff.post(path, {**token, "subject": "x", "body": "y"}, status=404)


@pytest.mark.parametrize("role", [Role.PREP, Role.PHOTOGRAPHER])
def test_only_who_may_cancel_says_where_a_confirmation_goes(
    app: Flask, booked: Booked, role: Role
) -> None:
    change(app, booked, kind=MessageKind.CONFIRMATION, state=MessageState.DEAD, error="550 no")
    whose = booked.photographer_id if role is Role.PHOTOGRAPHER else None
    staff = people.signed_in(app, role, whose)

    page = staff.get(booked.path)
    assert not page.all(f"form[action^='{booked.path}']")
    assert "Read it" in staff.get("/office/prep/not-delivered").words
    token = {"csrf_token": page.one("input[name=csrf_token]")["value"]}
    staff.post(f"{booked.path}/retry", {**token, "recipient": "me@thief.example"}, status=404)
    assert read(app, booked).state is MessageState.DEAD

    manager = people.signed_in(app, Role.MANAGER)
    manager.submit(manager.get(booked.path), {"recipient": "r@new.example"}, form="/retry")
    assert read(app, booked).recipient == "r@new.example"


@pytest.mark.parametrize("role", [Role.PREP, Role.PHOTOGRAPHER])
@pytest.mark.parametrize(
    "letter",
    [
        {"kind": MessageKind.RECEIPT},
        {"kind": MessageKind.PAYMENT},
        {"kind": MessageKind.CANCELLATION},
        {"kind": MessageKind.STAFF, "template": "staff_returned"},
    ],
)
def test_letters_about_money_are_for_those_who_may_see_it(
    app: Flask, booked: Booked, role: Role, letter: dict[str, Any]
) -> None:
    subject = "We have your £197.50"
    change(app, booked, **letter, state=MessageState.DEAD, subject=subject, sent_subject=subject)
    change(app, booked, sent_text=subject, sent_html=f"<p>{subject}</p>")
    whose = booked.photographer_id if role is Role.PHOTOGRAPHER else None
    staff, manager = people.signed_in(app, role, whose), people.signed_in(app, Role.MANAGER)

    for path in ("/office/prep", "/office/prep/queue", "/office/prep/not-delivered"):
        assert "£" not in staff.get(path).words
    staff.get(booked.path, status=404)
    staff.get(f"{booked.path}/html", status=404)
    token = {"csrf_token": staff.get("/office/prep").one("input[name=csrf_token]")["value"]}
    for act in ("", "/skip", "/retry"):
        staff.post(f"{booked.path}{act}", token, status=404)
    assert "Not delivered 0" in staff.get("/office/prep").words
    assert "About money" in staff.get(f"/office/sessions/{booked.booking_id}").words

    assert "£395 to pay" in row(manager.get("/office/prep"), "Robin Ash")
    assert subject in manager.get(booked.path).words


def test_what_was_sent_is_shown_as_it_was(app: Flask, booked: Booked, staff: Browser) -> None:
    change(
        app,
        booked,
        state=MessageState.SENT,
        sent_at=START,
        sent_subject="Kept subject",
        sent_text="Kept text",
        sent_html="<p>Kept HTML</p>",
    )

    page = staff.get(booked.path)

    assert (page.one("h1").text, page.one("pre.letter").text) == ("Kept subject", "Kept text")
    assert "As it was sent" in page.words
    assert not page.all("textarea")
    assert staff.client.get(f"{booked.path}/html").text == "<p>Kept HTML</p>"


def test_photographers_reach_the_messages_of_their_own_sessions_only(
    app: Flask, booked: Booked
) -> None:
    with app.app_context():
        other = factories.a_photographer("Jonas Reed")
        theirs, others = booked.photographer_id, other.id
    mine = people.signed_in(app, Role.PHOTOGRAPHER, theirs)
    foreign = people.signed_in(app, Role.PHOTOGRAPHER, others)

    for path in ("/office/prep", "/office/prep/queue"):
        assert "Robin Ash" in mine.get(path).words
        assert "Robin Ash" not in foreign.get(path).words
    page = mine.get(booked.path)
    foreign.get(booked.path, status=404)
    foreign.get(f"{booked.path}/html", status=404)
    token = {"csrf_token": foreign.get("/office/prep").one("input[name=csrf_token]")["value"]}
    foreign.post(f"{booked.path}/skip", token, status=404)
    assert read(app, booked).state is MessageState.PLANNED
    mine.submit(page, form="/skip")
    assert read(app, booked).state is MessageState.SKIPPED


def test_strangers_are_sent_to_sign_in(booked: Booked, browser: Browser) -> None:
    for path in ("/office/prep", "/office/prep/queue", booked.path, f"{booked.path}/html"):
        assert "/office/sign-in" in browser.get(path, status=303).location


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30, "-1", "x"])
def test_a_message_that_does_not_exist(booked: Booked, staff: Browser, number: str) -> None:
    staff.get(f"/office/prep/messages/{number}", status=404)


def test_guides_can_be_read(app: Flask, booked: Booked, staff: Browser) -> None:
    listed = staff.get("/office/prep/guides")
    [link] = [a for a in listed.all("main a") if a.text == "Get ready"]

    page = staff.get(str(link["href"]))

    assert "Two plain tops, tried on" in page.words
    assert "14 days before, 09:00 Plan: {session} on {day} Essential of plan." in page.words
    assert "2 hours after the end Thanks: {session} on {day} Is never missed" in page.words
    staff.get("/office/prep/guides/nothing-like-it", status=404)


def test_an_empty_studio_says_what_comes_next(app: Flask, browser: Browser) -> None:
    with app.app_context():
        factories.a_studio()
    staff = people.signed_in(app, Role.OWNER)

    assert "No sessions coming up" in staff.get("/office/prep").words
    assert "Nothing is waiting" in staff.get("/office/prep/queue").words
    assert "Everything arrived" in staff.get("/office/prep/not-delivered").words
    assert "No kinds of session yet" in staff.get("/office/prep/guides").words
