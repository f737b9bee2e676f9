"""The reminder goes to who is not ready, and names just what is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from studio.accounts.permissions import Role
from studio.booking import links
from studio.booking.coming.service import confirm_attendance
from studio.booking.form.service import keep_answers, send_in
from studio.booking.models import Booking
from studio.booking.readiness_of import missing_for
from studio.booking.releases.models import Level, Release, Sitter
from studio.booking.releases.service import (
    NewSitter,
    Signature,
    answer_release,
    name_sitter,
)
from studio.db import db, transaction
from studio.messaging.jobs import send_due_mail
from studio.messaging.models import Message, MessageState
from studio.payments.models import Due, EntryKind, LedgerEntry
from studio.prep.models import PrepStep
from studio.prep.questionnaires.models import Questionnaire
from studio.prep.service import keep_checklist
from tests import factories, people
from tests.browsing import Browser
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN
from tests.fakes.mailer import FakeMailer

# Sunday 6 December, ten o'clock in London.
DUE = datetime(2026, 12, 6, 10, 0, tzinfo=UTC)


@pytest.fixture
def booked(database: None) -> Booking:
    factories.a_release_text()
    return factories.a_confirmed_booking()


def the_reminder(step: str = "reminder") -> Message:
    db.session.rollback()
    return db.session.scalars(select(Message).where(Message.step == step)).one()


def send(clock: Clock) -> None:
    """What is due two days before, with all that went before it gone."""
    with transaction() as session:
        session.execute(
            update(Message).where(Message.step != "reminder").values(state=MessageState.CANCELLED)
        )
    clock.set(DUE)
    send_due_mail(links.link_for, missing_for=missing_for)


def asked(days_before: int) -> Booking:
    """A booking of a kind whose form should be in so many days ahead."""
    package = factories.a_bookable_package(deposit_percent=0)
    factories.a_questionnaire(package.session_type_id, days_before=days_before)
    return factories.a_confirmed_booking(package)


def do_everything(booking: Booking, clock: Clock, *, besides: str = "") -> None:
    """All that a client can do, *besides* one thing."""
    clock.set(TEN_FIFTEEN - timedelta(days=3))
    if besides != "list":
        keep_checklist(booking.id, booking.guide_id or 0, {"tops", "hair"})
    else:
        keep_checklist(booking.id, booking.guide_id or 0, {"tops"})
    name_sitter(booking.id, NewSitter(name="Robin Ash"))
    if besides != "release":
        sitter = db.session.scalars(select(Sitter.id)).one()
        no = Signature(level=Level.NONE, name="", version=1, address="")
        answer_release(booking.id, sitter, no)
    if besides == "payment":
        with transaction() as session:
            session.execute(update(Due).values(due_at=clock.now()))
    else:
        factories.kept(
            LedgerEntry(
                booking_id=booking.id, kind=EntryKind.PAYMENT, ref="pi_1", amount_minor=39500,
                currency="GBP", at=clock.now(),
            )
        )  # fmt: skip
    if besides != "coming":
        confirm_attendance(booking.id)


def test_it_is_planned_on_a_day_of_its_own_two_days_before(booked: Booking) -> None:
    planned = the_reminder()

    assert planned.due_at == DUE
    assert planned.use_by == booked.starts_at
    days = [each.due_at.date() for each in db.session.scalars(select(Message))
            if each.kind == "prep"]  # fmt: skip
    assert len(days) == len(set(days))


def test_where_that_day_has_its_message_it_comes_sooner(database: None) -> None:
    package = factories.a_bookable_package(deposit_percent=0)
    with transaction() as session:
        session.execute(update(PrepStep).where(PrepStep.key == "ready").values(days=2))
    factories.a_confirmed_booking(package)

    assert the_reminder().due_at == DUE - timedelta(days=2)


def test_whoever_books_late_is_not_reminded(database: None, clock: Clock) -> None:
    clock.set(DUE - timedelta(hours=23))
    factories.a_confirmed_booking(factories.a_bookable_package(deposit_percent=0, lead_hours=0))

    assert db.session.scalars(select(Message).where(Message.step == "reminder")).all() == []


def test_whoever_did_nothing_is_told_all_of_it(
    booked: Booking, clock: Clock, mailer: FakeMailer
) -> None:
    send(clock)

    assert the_reminder().state is MessageState.SENT
    (mail,) = mailer.sent
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    for said in (
        "- Open your page and read the guide: it is short.",
        "- Tick off your list: 2 still open.",
        "- Say yes or no to showing your pictures. Either is fine.",
        "- Tell us with one press that you are coming.",
        "/prep",
    ):
        assert said in text
    assert "{missing}" not in text
    assert "Fill in the form" not in text


@pytest.mark.parametrize(
    ("besides", "said"),
    [
        ("list", "Tick off your list: 1 still open."),
        ("release", "Say yes or no to showing your pictures. Either is fine."),
        ("payment", "Pay what is due."),
        ("coming", "Tell us with one press that you are coming."),
    ],
)
def test_only_what_is_missing_is_named(
    booked: Booking, clock: Clock, mailer: FakeMailer, besides: str, said: str
) -> None:
    do_everything(booked, clock, besides=besides)
    send(clock)

    values = the_reminder().context["values"]
    assert values["missing"] == [said]
    assert len(mailer.sent) == 1


def test_whoever_is_ready_is_left_in_peace(
    booked: Booking, clock: Clock, mailer: FakeMailer
) -> None:
    do_everything(booked, clock)
    send(clock)

    left = the_reminder()
    assert (left.state, left.error) == (MessageState.SKIPPED, "Nothing was missing any more.")
    assert mailer.sent == []
    assert db.session.scalars(select(Release.level)).all() == [Level.NONE]


def test_staff_see_it_as_it_would_leave_now(app: Flask, browser: Browser, clock: Clock) -> None:
    with app.app_context():
        booking = factories.a_confirmed_booking()
        keep_checklist(booking.id, booking.guide_id or 0, {"tops"})
        reminder = the_reminder().id

    page = people.signed_in(app, Role.PREP).get(f"/office/prep/messages/{reminder}")

    assert "- Tick off your list: 1 still open." in page.one("pre").text
    assert "read the guide" not in page.one("pre").text


def test_a_missing_form_is_asked_for_until_it_is_in(booked: Booking, clock: Clock) -> None:
    do_everything(booked, clock)
    assert missing_for(db.session(), booked.id) == []
    asked = factories.a_questionnaire(booked.package.session_type_id).id

    said = "Fill in the form: what we prepare depends on it."
    assert missing_for(db.session(), booked.id) == [said]
    keep_answers(booked.id, asked, {"glasses": "never"})
    assert missing_for(db.session(), booked.id) == [said]
    send_in(booked.id, 0)
    assert missing_for(db.session(), booked.id) == []


def test_answers_are_asked_for_the_day_before_they_are_needed(
    database: None, clock: Clock, mailer: FakeMailer
) -> None:
    booking = asked(days_before=5)
    planned = the_reminder("form")
    # Thursday the third is when they are needed.
    assert planned.due_at == datetime(2026, 12, 2, 10, 0, tzinfo=UTC)
    assert planned.use_by == booking.starts_at

    clock.set(planned.due_at)
    send_due_mail(links.link_for, missing_for=missing_for)

    text = mailer.sent[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "- Fill in the form by Thursday 3 December: it takes a few minutes." in text
    assert "read the guide" not in text


@pytest.mark.parametrize(("days_before", "then"), [(6, 8), (2, 4), (1, 4), (0, None)])
def test_it_leaves_the_days_alone_that_have_a_message(
    database: None, days_before: int, then: int | None
) -> None:
    asked(days_before)

    days = db.session.scalars(select(Message.due_at).where(Message.kind == "prep")).all()
    assert len({each.date() for each in days}) == len(days)
    planned = db.session.scalars(select(Message).where(Message.step == "form")).all()
    assert [(TEN_FIFTEEN.date() - each.due_at.date()).days for each in planned] == (
        [then] if then else []
    )


def test_it_says_what_of_the_form_is_open_and_nothing_once_it_is_in(
    database: None, clock: Clock, mailer: FakeMailer
) -> None:
    booking = asked(days_before=5)
    clock.set(the_reminder("form").due_at)
    session = db.session()
    questionnaire = session.scalars(select(Questionnaire.id)).one()

    keep_answers(booking.id, questionnaire, {"glasses": "always"})
    one_open = missing_for(session, booking.id, "form")
    keep_answers(booking.id, questionnaire, {"darken": False})
    all_answered = missing_for(session, booking.id, "form")
    send_in(booking.id, 0)
    send_due_mail(links.link_for, missing_for=missing_for)

    assert one_open == ["Finish your form by Thursday 3 December: 1 answer is missing."]
    assert all_answered == [
        "Send in your form by Thursday 3 December: all that we need is answered."
    ]
    assert the_reminder("form").state is MessageState.SKIPPED


def test_nobody_is_reminded_of_a_form_that_asks_nothing(booked: Booking) -> None:
    assert db.session.scalars(select(Message).where(Message.step == "form")).all() == []
