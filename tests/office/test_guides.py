"""Guides in the office: written, looked at, kept in versions, handed on, and tried on oneself."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking import links
from studio.booking.models import Booking, BookingEvent
from studio.db import db, transaction
from studio.messaging.models import Message, MessageKind, MessageState
from studio.prep import queries
from studio.prep.models import PrepGuide, PrepStep
from studio.prep.service import keep_checklist
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import START, Clock


@pytest.fixture
def booking_id(app: Flask, browser: Browser) -> int:
    with app.app_context():
        return factories.a_confirmed_booking().id


@pytest.fixture
def path(app: Flask, booking_id: int) -> str:
    """The guide's page."""
    with app.app_context():
        slug = db.session.get_one(Booking, booking_id).package.session_type.slug
    return f"/office/prep/guides/{slug}"


@pytest.fixture
def staff(app: Flask, booking_id: int) -> Browser:
    return people.signed_in(app, Role.PREP)


def guides(app: Flask) -> list[PrepGuide]:
    with app.app_context():
        return list(db.session.scalars(select(PrepGuide).order_by(PrepGuide.version)))


def save(staff: Browser, path: str, status: Any = 303, **changed: Any) -> Page:
    return staff.submit(staff.get(f"{path}/edit"), changed, form="/edit", status=status)


def prep(app: Flask) -> dict[str, Message]:
    with app.app_context():
        theirs = select(Message).where(Message.kind == MessageKind.PREP).order_by(Message.id)
        return {each.step: each for each in db.session.scalars(theirs)}


def test_saving_makes_a_version_and_changes_none(
    app: Flask, staff: Browser, path: str, booking_id: int
) -> None:
    before = guides(app)[0].body

    saved = staff.follow(
        save(
            staff,
            path,
            title="Be ready",
            **{"step0-subject": "Soon: {session}", "step0-days": "12"},
        )
    )

    assert "Saved as version 2" in saved.words
    assert "12 days before, 09:00 Soon: {session}" in saved.words
    old, new = guides(app)
    assert (old.version, old.title, old.body) == (1, "Get ready", before)
    assert (new.version, new.title, new.saved_by, new.body) == (
        2,
        "Be ready",
        "Prep Person",
        before,
    )
    with app.app_context():
        kept = db.session.get_one(Booking, booking_id)
        kind = kept.package.session_type_id
        assert kept.guide_id == old.id
        steps = [[s.days for s in queries.steps_of(db.session, kind, v)] for v in (1, 2)]  # type: ignore[arg-type]
        assert steps == [[14, 7, 3, 1, 0], [12, 7, 3, 1, 0]]


def test_a_second_press_saves_nothing_more(app: Flask, staff: Browser, path: str) -> None:
    page = staff.get(f"{path}/edit")
    for _ in range(2):
        staff.submit(page, {"title": "Be ready"}, form="/edit")

    assert [each.version for each in guides(app)] == [1, 2]


def test_the_second_of_two_is_told_and_loses_nothing(app: Flask, staff: Browser, path: str) -> None:
    other = people.signed_in(app, Role.MANAGER)
    page = staff.get(f"{path}/edit")
    save(other, path, title="By the manager")

    told = staff.submit(page, {"title": "By me", "intro": "My words."}, form="/edit", status=409)

    assert "Manager Person has saved version 2 meanwhile" in told.words
    assert "Removed: Title: By the manager Added: Title: By me" in told.words
    fields = told.fields(told.form("/edit"))
    assert (fields["title"], fields["intro"]) == ("By me", "My words.")
    assert [each.title for each in guides(app)] == ["Get ready", "By the manager"]
    staff.submit(told, form="/edit")
    assert [each.title for each in guides(app)] == ["Get ready", "By the manager", "By me"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"title": ""}, "Title: Please fill this in."),
        ({"body": "x" * 1_000_000}, "That is too long: 60,000 characters at most."),
        ({"body": "## On {day}"}, "Nothing fills {day} on the guide's page"),
        ({"step0-subject": "Hello {frist_name}"}, "Did you mean {first_name}?"),
        ({"step1-essentials": "By {tiem}"}, "Nothing fills {tiem}. Did you mean {time}?"),
        ({"step1-guide_sections": "What to waer"}, "Did you mean What to wear?"),
        ({"step1-days": "-1"}, "Please type a whole number, in digits."),
        ({"step1-minute": ""}, "Please give a time of the day"),
        ({"step5-subject": "Alone"}, "Text: Please fill this in."),
        ({"step1-body": ""}, "Text: Please fill this in."),
        ({"body": "## Glasses {when: glases}\n\nClean."}, "Did you mean “glasses”?"),
        ({"checklist": "A lead {when: pet}"}, "Did you mean “pets”?"),
        ({"checklist": "A lead | plain {when: zebra}"}, "Nobody knows “zebra”."),
        ({"essentials": "Shave. {when: (beard}"}, "A bracket is not closed."),
        ({"body": "## Safety {when: pets}\n\nAll."}, "This speaks of safety"),
        ({"title": "Ready {when: pets}"}, "A condition belongs to a section"),
        ({"step0-condition": "outdors"}, "Did you mean “outdoors”?"),
        ({"step0-condition": "pets", "step0-body": "Any allergy?"}, "This speaks of safety"),
        ({"step0-condition": "pets", "step0-essentials": "Any allergy?"}, "This speaks of safety"),
        ({"step0-condition": "looks more than two"}, "asks for a number"),
        ({"step1-body": "Clean them. {when: glases}"}, "Did you mean “glasses”?"),
        ({"step1-essentials": "Shave. {when: bread}"}, "Did you mean “beard”?"),
        ({"step1-subject": "Shave {when: beard}"}, "A condition belongs to a section"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_kept(
    app: Flask, staff: Browser, path: str, changed: dict[str, str], said: str
) -> None:
    refused = save(staff, path, 422, **changed)

    assert said in refused.words
    fields = refused.fields(refused.form("/edit"))
    assert {name: fields[name] for name in changed} == changed
    assert len(guides(app)) == 1


def test_markdown_carries_no_script(staff: Browser, path: str) -> None:
    save(staff, path, body="## Arrive\n\n<script>alert(1)</script> [go](javascript:alert(1))")

    shown = staff.get(path)
    article = shown.one("article")
    assert not article.select("script, a")
    assert "<script>alert(1)</script>" in article.text


def test_the_preview_draws_what_is_written_for_a_real_session(
    app: Flask, staff: Browser, path: str
) -> None:
    page = staff.get(f"{path}/edit")
    assert "Plan: standard headshot on Tuesday 8 December" in page.one("[data-pane]").text

    seen = staff.submit(
        page,
        {"body": "## New\n\nSection", "step0-body": "Hello {first_name}, anew: {checklist}",
         "checklist": "One thing"},
        form="/edit", button="/look", status=200,
    )  # fmt: skip

    pane = seen.one("[data-pane]").text
    assert "Hello Robin, anew: - One thing" in pane
    assert "New" in pane
    assert seen.fields(seen.form("/edit"))["step0-body"].startswith("Hello {first_name}, anew")
    assert len(guides(app)) == 1
    assert "anew" not in str(prep(app)["plan"].context)


CONDITIONS = {
    "body": "## Always\n\nSleep.\n\n## Rain {when: outdoors}\n\nBoots.\n\n"
    "## Two {when: looks is 2}\n\nBoth.",
    "checklist": "Slept\nBoots {when: outdoors} | Dry ones\nGlasses {when: glasses}",
    "essentials": "Sleep.\nBoots. {when: outdoors}",
    "step0-condition": "outdoors",
    "step1-body": "{checklist}\n\nBring boots. {when: outdoors}\n\nBring both. {when: looks is 2}",
    "step1-guide_sections": "*",
}  # fmt: skip


def test_page_mail_preview_and_board_leave_out_what_does_not_concern_a_client(
    app: Flask, staff: Browser, path: str, booking_id: int
) -> None:
    seen = staff.submit(
        staff.get(f"{path}/edit"), CONDITIONS, form="/edit", button="/look", status=200
    )
    pane = seen.one("[data-pane]")
    assert "Rain left out when outdoors" in pane.text
    assert "Two shown when looks is 2" in pane.text
    assert "Glasses shown when glasses" in pane.text
    assert [each.text for each in pane.select("article h3")] == ["Get ready", "Always", "Two"]
    assert not [each for each in pane.select("summary") if "Plan:" in each.text]

    save(staff, path, **CONDITIONS)
    staff.submit(staff.get(path), form="/give")

    after = prep(app)
    assert after["plan"].state is MessageState.CANCELLED
    said = after["prepare"].context
    assert said["body"] == "{checklist}\n\nBring both.\n\n## Always\n\nSleep.\n\n## Two\n\nBoth."
    assert said["values"]["checklist"] == ["Slept", "Glasses"]
    assert "0 of 2" in staff.get("/office/prep").words
    for told in ("Only when outdoors", "Only when looks is 2"):
        assert told in staff.get(path).words
    with app.app_context(), transaction() as session:
        token = links.link_for(session, booking_id, "prep").split("/")[-2]
    client = staff.get(f"/booking/{token}/prep")
    assert [h.text for h in client.all(".prep-section h2")][:2] == ["Always", "Two"]
    assert "Boots" not in client.one(".prep-list").text
    assert "0 of 2 ready" in client.words


def test_what_is_ticked_and_not_asked_for_now_stays_ticked(app: Flask, booking_id: int) -> None:
    with app.app_context():
        guide = guides(app)[0].id
        keep_checklist(booking_id, guide, {"tops", "hair"})
        keep_checklist(booking_id, guide, set(), {"tops"})

        assert queries.ticks(db.session(), booking_id) == {"hair"}


def test_conditions_are_compared_between_versions(staff: Browser, path: str) -> None:
    save(staff, path, **CONDITIONS)

    added = [each.text for each in staff.get(f"{path}/versions/1/2").all("ins")]
    assert "Boots {when: outdoors} | Dry ones" in added
    assert "Only when: outdoors" in added


def test_the_list_keeps_its_ticks_where_words_hardly_change(
    app: Flask, staff: Browser, path: str
) -> None:
    lines = (
        "Hair as for an audition | Cut a week before",
        "Two plain tops, tried",
        "Your own glasses",
    )
    save(staff, path, checklist="\n".join(lines))

    kept = [(each["key"], each["text"], each["note"]) for each in guides(app)[1].checklist]
    assert kept == [
        ("hair", "Hair as for an audition", "Cut a week before"),
        ("tops", "Two plain tops, tried", ""),
        ("your-own-glasses", "Your own glasses", ""),
    ]


def test_messages_are_added_and_left_out(app: Flask, staff: Browser, path: str) -> None:
    save(
        staff, path,
        **{"step0-left_out": "y", "step5-subject": "One more", "step5-body": "Words",
           "step5-anchor": "after", "step5-hours": "48"},
    )  # fmt: skip

    with app.app_context():
        steps = db.session.scalars(select(PrepStep).where(PrepStep.version == 2)).all()
        assert {each.key for each in steps} == {
            "prepare", "ready", "tomorrow", "thanks", "added-2-5",
        }  # fmt: skip


def test_a_session_keeps_its_version_until_it_is_given_the_new_one(
    app: Flask, staff: Browser, path: str, booking_id: int, clock: Clock
) -> None:
    changes: dict[str, dict[str, Any]] = {
        "plan": {"state": MessageState.SENT, "sent_at": START},
        "ready": {"state": MessageState.HELD},
        "tomorrow": {"body": "By hand", "subject": "By hand"},
    }
    with app.app_context(), transaction() as session:
        for step, values in changes.items():
            message = session.scalars(select(Message).where(Message.step == step)).one()
            for name, value in values.items():
                setattr(message, name, value)
    before = prep(app)
    save(
        staff, path,
        **{"step0-body": "Never sent {link}", "step1-left_out": "y", "step2-body": "Held {link}",
           "step2-days": "4", "step3-body": "Not this", "step5-subject": "More",
           "step5-body": "Added {link}", "step5-days": "2"},
    )  # fmt: skip
    assert {k: m.context for k, m in prep(app).items()} == {k: m.context for k, m in before.items()}

    page = staff.get(path)
    assert "Give this version to 1 upcoming session" in page.words
    done = staff.follow(staff.submit(page, form="/give"))

    assert "Version 2 is given to 1 session" in done.words
    assert "Give this version" not in done.words
    after = prep(app)
    assert after["plan"].context == before["plan"].context
    assert after["prepare"].state is MessageState.CANCELLED
    assert (after["ready"].state, after["ready"].context["body"]) == (
        MessageState.HELD, "Held {link}",
    )  # fmt: skip
    assert (before["ready"].due_at - after["ready"].due_at).days == 1
    assert after["ready"].message_id == before["ready"].message_id
    assert after["tomorrow"].context == before["tomorrow"].context
    assert after["added-2-5"].state is MessageState.PLANNED
    with app.app_context():
        booking = db.session.get_one(Booking, booking_id)
        assert booking.guide_id == guides(app)[1].id
        kinds = db.session.scalars(select(BookingEvent.kind)).all()
        assert kinds.count("guide renewed") == 1


def test_giving_an_old_page_s_version_says_so(
    app: Flask, staff: Browser, path: str, booking_id: int
) -> None:
    save(staff, path, title="Second")
    page = staff.get(path)
    save(staff, path, title="Third")

    assert "There is a newer version" in staff.follow(staff.submit(page, form="/give")).words
    with app.app_context():
        assert db.session.get_one(Booking, booking_id).guide_id == guides(app)[0].id


def test_a_step_that_is_brought_back_is_planned_again(
    app: Flask, staff: Browser, path: str
) -> None:
    save(staff, path, **{"step1-left_out": "y"})
    staff.submit(staff.get(path), form="/give")
    assert prep(app)["prepare"].state is MessageState.CANCELLED

    listed = staff.get(f"{path}/versions")
    back = staff.follow(staff.submit(listed, form="/versions/1/restore"))
    assert "Version 1 is back, as version 3." in back.words
    staff.submit(staff.get(path), form="/give")

    assert prep(app)["prepare"].state is MessageState.PLANNED


def test_versions_are_listed_and_compared(app: Flask, staff: Browser, path: str) -> None:
    save(staff, path, title="Second", body="## What to wear\n\nPlain tones.")
    listed = staff.get(f"{path}/versions")

    assert "Prep Person" in listed.words
    assert [cell.text.strip() for cell in listed.all("td[data-label^=Sessions]")] == ["0", "1"]
    page = staff.get(f"{path}/versions/1/2")
    assert [each.text for each in page.all("del")][:2] == ["Title: Get ready", "Plain, mid tones."]
    assert "Added: Plain tones." in page.words
    assert "They say the same." in staff.get(f"{path}/versions/2/2").words
    staff.get(f"{path}/versions/1/9", status=404)


def test_bringing_back_twice_or_late_makes_one(app: Flask, staff: Browser, path: str) -> None:
    save(staff, path, title="Second")
    listed = staff.get(f"{path}/versions")
    for _ in range(2):
        staff.submit(listed, form="/versions/1/restore")
    assert [each.title for each in guides(app)] == ["Get ready", "Second", "Get ready"]

    late = staff.get(f"{path}/versions")
    save(staff, path, title="Fourth")
    assert (
        "has saved version 4 meanwhile"
        in staff.follow(staff.submit(late, form="/versions/2/restore")).words
    )


def test_a_test_goes_to_oneself_alone(app: Flask, staff: Browser, path: str) -> None:
    page = staff.get(f"{path}/edit")
    fields = page.fields(page.form("/edit"))

    for _ in range(2):
        given = {**fields, "step0-body": "Try {first_name}", "step": "plan"}
        sent = staff.post(f"{path}/test", given)

    assert "is on its way to prep@example.com" in sent.words
    with app.app_context():
        test = db.session.scalars(select(Message).where(Message.step == "test")).one()
        assert (test.recipient, test.kind, test.due_at) == (
            "prep@example.com", MessageKind.STAFF, START,
        )  # fmt: skip
        assert test.booking_id is None
        assert test.context["subject"].startswith("Test: ")
        assert "link_to" not in test.context
        assert "Try {first_name}" in test.context["body"]
    assert len(guides(app)) == 1


def test_review_is_switched_by_kind(app: Flask, staff: Browser, path: str, booking_id: int) -> None:
    on = staff.follow(staff.submit(staff.get(path), {"review": "on"}, form="/review"))
    assert "wait until somebody has approved them" in on.words
    assert {message.state for message in prep(app).values()} == {MessageState.PLANNED}
    with app.app_context():
        package = db.session.get_one(Booking, booking_id).package
        assert package.session_type.review_prep
        again = factories.a_confirmed_booking(
            package, factories.days_after(days=1), name="Kim Oak", email="kim@client.example"
        )
        theirs = select(Message.state).where(
            Message.booking_id == again.id, Message.kind == MessageKind.PREP
        )
        assert set(db.session.scalars(theirs)) == {MessageState.HELD}


def test_photographers_read_guides_and_do_not_write_them(
    app: Flask, path: str, booking_id: int
) -> None:
    with app.app_context():
        whose = db.session.get_one(Booking, booking_id).photographer_id
    theirs = people.signed_in(app, Role.PHOTOGRAPHER, whose)

    assert "Write the guide" not in theirs.get(path).words
    token = theirs.get("/office/prep").one("input[name=csrf_token]")["value"]
    theirs.get(f"{path}/edit", status=403)
    for act in ("edit", "look", "test", "review", "give", "versions/1/restore"):
        theirs.post(f"{path}/{act}", {"csrf_token": token, "once": "0" * 32}, status=403)


def test_ticks_count_for_the_version_a_session_has(
    app: Flask, staff: Browser, path: str, booking_id: int
) -> None:
    with app.app_context():
        keep_checklist(booking_id, guides(app)[0].id, {"tops"})
    save(staff, path, checklist="Two plain tops, tried on\nOne more\nAnd one more")
    assert "1 of 2" in staff.get("/office/prep").words

    staff.submit(staff.get(path), form="/give")

    assert "1 of 3" in staff.get("/office/prep").words
