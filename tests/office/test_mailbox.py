from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from flask import Flask

from studio.accounts.permissions import Role
from studio.messaging.mailbox import Mailbox
from studio.settings import Settings
from tests import factories, people
from tests.browsing import Browser
from tests.clock import START

CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def mailbox(app: Flask, browser: Browser) -> Iterator[Mailbox]:
    with app.app_context():
        factories.a_studio()
    settings: Settings = app.extensions["settings"]
    yield Mailbox(settings.mailbox)
    for file in settings.mailbox.glob("*"):
        file.unlink()


@pytest.fixture
def owner(app: Flask, mailbox: Mailbox) -> Browser:
    return people.signed_in(app, Role.OWNER)


def a_mail(subject: str = "It is booked", at: datetime = START) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "hello@northlight.example"
    mail["To"] = "robin@client.example"
    mail["Subject"] = subject
    mail["Date"] = at
    mail["Message-ID"] = f"<{abs(hash(subject))}@example.com>"
    mail["X-Sittings-Kind"] = "confirmation"
    mail.set_content("Hello Robin, <b>see</b> http://127.0.0.1/booking/abc")
    mail.add_alternative("<p>Hello <script>alert(1)</script>Robin</p>", subtype="html")
    mail.add_attachment(
        CALENDAR.encode(), maintype="text", subtype="calendar", params={"method": "REQUEST"}
    )
    return mail


def test_kept_mail_is_listed_the_newest_first(mailbox: Mailbox, owner: Browser) -> None:
    mailbox.keep(a_mail("First"), START)
    mailbox.keep(a_mail("Second <i>"), START + timedelta(minutes=5))

    page = owner.get("/office/mailbox")

    assert [a.text for a in page.all("tbody a")] == ["Second <i>", "First"]
    assert "robin@client.example" in page.words
    assert "confirmation" in page.words
    assert "Mon 23 Nov, 10:30" in page.words


def test_an_empty_mailbox_says_so(owner: Browser) -> None:
    assert "No mail yet" in owner.get("/office/mailbox").words


def test_a_mail_shows_its_headers_its_text_and_its_parts(mailbox: Mailbox, owner: Browser) -> None:
    name = mailbox.keep(a_mail(), START)

    page = owner.get(f"/office/mailbox/{name}")

    assert page.one("h1").text == "It is booked"
    for said in (
        "To robin@client.example",
        "Date Monday 23 November, 10:30",
        "X-Sittings-Kind confirmation",
        "BEGIN:VCALENDAR",
    ):
        assert said in page.words
    text = page.all("pre.letter")[0]
    assert "Hello Robin, <b>see</b>" in text.text
    assert [a["href"] for a in text.select("a")] == ["http://127.0.0.1/booking/abc"]
    assert len(page.all("main a.btn")) == 3


def test_its_html_may_run_nothing(mailbox: Mailbox, owner: Browser) -> None:
    name = mailbox.keep(a_mail(), START)

    answer = owner.client.get(f"/office/mailbox/{name}/html")

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith(
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    )
    assert answer.content_type == "text/html; charset=utf-8"
    assert "<p>Hello" in answer.text


def test_the_invitation_and_the_whole_mail_can_be_saved(mailbox: Mailbox, owner: Browser) -> None:
    name = mailbox.keep(a_mail(), START)

    calendar = owner.client.get(f"/office/mailbox/{name}/calendar")
    raw = owner.client.get(f"/office/mailbox/{name}/raw")

    assert calendar.text == CALENDAR
    assert calendar.headers["Content-Disposition"].startswith("attachment")
    assert raw.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert raw.content_type == "message/rfc822"
    assert b"X-Sittings-Kind: confirmation" in raw.data


def test_a_mail_of_text_alone_has_nothing_else_to_show(mailbox: Mailbox, owner: Browser) -> None:
    mail = EmailMessage()
    mail["To"], mail["Message-ID"] = "a@b.example", "<1@example.com>"
    mail.set_content("Only words")
    name = mailbox.keep(mail, START)

    page = owner.get(f"/office/mailbox/{name}")

    assert page.one("h1").text == "No subject"
    assert len(page.all("main a.btn")) == 1
    owner.get(f"/office/mailbox/{name}/html", status=404)
    owner.get(f"/office/mailbox/{name}/calendar", status=404)


@pytest.mark.parametrize(
    "name",
    ["studio.db", "..%2fstudio.db", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "x.eml", "%00", "a" * 300],
)
@pytest.mark.parametrize("part", ["", "/html", "/raw", "/calendar"])
def test_no_other_file_can_be_named(
    app: Flask, mailbox: Mailbox, owner: Browser, name: str, part: str
) -> None:
    settings: Settings = app.extensions["settings"]
    settings.mailbox.mkdir(exist_ok=True)
    (settings.mailbox / "x.eml").write_text("To: secret\n\nsecret")

    owner.get(f"/office/mailbox/{name}{part}", status=404)


def test_a_studio_that_sends_its_mail_has_no_mailbox(
    app: Flask, mailbox: Mailbox, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    name = mailbox.keep(a_mail(), datetime(2026, 11, 23, tzinfo=UTC))
    sends = replace(app.extensions["settings"], mail_url="smtp://mail.example")
    monkeypatch.setitem(app.extensions, "settings", sends)

    gone = owner.get("/office/mailbox", status=404)
    assert "Mail is sent, not kept here." in gone.words
    assert "your session" not in gone.words
    assert gone.one("main a")["href"] == gone.one("a.brand")["href"] == "/office/"
    owner.get(f"/office/mailbox/{name}", status=404)


def test_only_those_who_run_the_studio_read_its_mail(app: Flask, mailbox: Mailbox) -> None:
    refused = people.signed_in(app, Role.PREP).get("/office/mailbox", status=403)
    assert "Your role does not open it" in refused.words
    people.signed_in(app, Role.MANAGER).get("/office/mailbox")
