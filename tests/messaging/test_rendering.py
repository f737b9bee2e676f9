from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from bs4 import BeautifulSoup

from studio.db import db
from studio.messaging import rendering
from studio.messaging.addresses import NotAnAddress, plain_address
from studio.messaging.guard import UnsafeMail, check
from studio.messaging.models import MessageKind
from studio.messaging.rendering import Draft, Stationery, envelope, write
from studio.scheduling.models import Studio
from tests import factories
from tests.clock import START
from tests.messaging.posting import CONTEXT, a_message

pytestmark = pytest.mark.usefixtures("database")

# CVE-2024-6923 and its relatives: what was seen to write headers, or to end them.
PAYLOADS = [
    "Robin\r\nBcc: thief@evil.example",
    "Robin\nBcc: thief@evil.example",
    "Robin\x0b\x0cBcc: thief@evil.example",
    "Robin\u2028Bcc: thief@evil.example",
    "Robin\x85Bcc: thief@evil.example",
    "=?utf-8?q?Robin=0D=0ABcc=3A_thief=40evil.example?=",
    "=?utf-8?b?Um9iaW4NCkJjYzogdGhpZWZAZXZpbC5leGFtcGxl?=",
    "Robin\x00\u202eBcc: thief@evil.example\r\n\r\nA body of my own",
]


def studio() -> Stationery:
    return Stationery.of(factories.a_studio())


def draft(template: str = "prep", **context: object) -> Draft:
    return Draft(
        message_id="<0123456789abcdef0123456789abcdef@studio.example>",
        kind=MessageKind.PREP.value,
        template=template,
        recipient="robin@client.example",
        context={**CONTEXT, "link_to": "prep", **context},
        subject=None,
        body=None,
    )


def mail_of(wanted: Draft) -> EmailMessage:
    letter = write(wanted, studio(), "https://studio.example/booking/token/prep")
    return envelope(wanted, letter, studio(), START)


def parsed(mail: EmailMessage) -> EmailMessage:
    read = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_name_writes_a_header(payload: str) -> None:
    wanted = draft(
        subject="For {first_name}", values={"first_name": payload, "day": "Tuesday 8 December"}
    )
    hostile = factories.a_studio()
    db.session.refresh(hostile)
    db.session.expunge(hostile)
    hostile.name = payload
    letter = write(wanted, Stationery.of(hostile), "https://studio.example/x")

    mail = parsed(envelope(wanted, letter, Stationery.of(hostile), START))

    assert mail["Bcc"] is None
    assert [address.addr_spec for address in mail["To"].addresses] == ["robin@client.example"]
    assert len(mail["Subject"].splitlines()) == 1
    assert mail["From"].addresses[0].addr_spec == "hello@northlight.example"
    assert mail.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_name_breaks_out_of_an_invitation(payload: str) -> None:
    from icalendar import Calendar

    from studio.messaging.invitation import Invitation, Method

    text = Invitation(
        uid="R@studio.example",
        sequence=0,
        method=Method.REQUEST,
        stamped_at=START,
        starts_at=START,
        ends_at=START,
        summary=f"{payload}\r\nATTENDEE:mailto:thief@evil.example",
        location=payload,
        description=f"{payload}\r\nEND:VEVENT",
        organizer=f'{payload}";X="',
        organizer_email="hello@northlight.example",
        attendee=payload,
        attendee_email="robin@client.example",
    ).text()

    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert str(event["attendee"]) == "mailto:robin@client.example"
    assert str(event["organizer"]) == "mailto:hello@northlight.example"
    assert text.count("\r\nATTENDEE") == text.count("\r\nEND:VEVENT") == 1
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "robin",
        "robin@a.example, thief@evil.example",
        "robin@a.example\r\nRCPT TO:<thief@evil.example>",
        "<robin@a.example>",
        '"robin x"@a.example',
        "robin @a.example",
        "robin@a.example;",
        "robin@[127.0.0.1]",
        "a@b@c.example",
        "ro\u0301bin@a.example",
        f"{'a' * 65}@a.example",
    ],
)
def test_only_one_bare_address_is_written_to(address: str) -> None:
    with pytest.raises(NotAnAddress):
        plain_address(address)


def test_a_domain_is_written_in_plain_letters() -> None:
    assert plain_address("robin@b\u00fccher.example") == "robin@xn--bcher-kva.example"


def test_the_guard_stops_what_cleaning_let_through() -> None:
    whole = mail_of(draft())
    text = text_of(whole)

    extra = mail_of(draft())
    extra["Bcc"] = "thief@evil.example"
    twice = mail_of(draft())
    twice._headers.append(("Subject", "another"))  # type: ignore[attr-defined]
    other_id = "<other@studio.example>"
    check(whole, str(whole["Message-ID"]), text, enclosed=[])
    for mail, message_id, body, calendar in (
        (extra, str(extra["Message-ID"]), text, False),
        (twice, str(twice["Message-ID"]), text, False),
        (whole, other_id, text, False),
        (whole, str(whole["Message-ID"]), "something else", False),
        (whole, str(whole["Message-ID"]), text, True),
    ):
        with pytest.raises(UnsafeMail):
            check(mail, message_id, body, enclosed=["text/calendar"] if calendar else [])


def test_headers_say_who_writes_and_where_answers_go() -> None:
    mail = parsed(mail_of(draft()))
    assert mail["From"] == "North Light <hello@northlight.example>"
    assert mail["Reply-To"] == "hello@northlight.example"
    assert mail["X-Sittings-Kind"] == "prep"
    assert mail["Date"].datetime == START
    assert mail["Message-ID"] == "<0123456789abcdef0123456789abcdef@studio.example>"


def test_a_host_with_a_long_name_keeps_its_message_id() -> None:
    long = Draft(
        message_id=f"<{'0' * 32}@{'long-name.' * 8}example>",
        kind="prep",
        template="prep",
        recipient="robin@client.example",
        context=dict(CONTEXT),
        subject=None,
        body=None,
    )
    assert parsed(mail_of(long))["Message-ID"] == long.message_id


def test_values_are_words_and_never_marks() -> None:
    name = "[Robin](https://evil.example) **x** <b>&amp; {link} `y`"
    mail = mail_of(draft(values={"first_name": name, "day": "Tuesday"}))

    assert name in text_of(mail)
    page = BeautifulSoup(html_of(mail), "html.parser")
    assert name in page.get_text()
    assert not page.find_all("a", href=re.compile("evil"))
    assert not page.find_all("b")


def test_lists_and_lines_come_out_in_both_parts() -> None:
    mail = mail_of(
        draft(
            body="Pack:\n\n{checklist}\n\n{place}\n\n## Then\n\nSee [us](https://a.example).",
            values={
                "checklist": ["two tops", "*shoes*"],
                "place": "1 Yard\nLondon\n\nRing the bell.",
            },
        )
    )
    text = text_of(mail)
    assert "- two tops\n- *shoes*" in text
    assert "1 Yard\nLondon\n\nRing the bell." in text
    assert "\nThen\n" in text
    assert "us: https://a.example" in text
    page = BeautifulSoup(html_of(mail), "html.parser")
    assert [li.get_text() for li in page.find_all("li")] == ["two tops", "*shoes*"]
    assert page.find("h2", string="Then")
    assert len(page.find_all("br")) == 1


def test_carried_essentials_stand_on_top_unless_the_body_has_a_place_for_them() -> None:
    given: dict[str, Any] = {"essentials": ["Come at {arrive_time}.", "Sleep well."]}
    values = {"arrive_time": "10:05"}
    above = text_of(mail_of(draft(body="BODY", values=values, **given)))
    inside = text_of(mail_of(draft(body="BODY\n\n{essentials}", values=values, **given)))
    assert above.index("- Come at 10:05.") < above.index("BODY")
    assert inside.index("BODY") < inside.index("- Come at 10:05.")
    assert inside.count("Sleep well.") == 1


def test_staffs_own_words_take_the_place_of_the_template() -> None:
    message = a_message(booking_id=None)
    message.subject, message.body = "Rain on {day}", "Dear {first_name}, bring a **coat**."
    letter = rendering.preview(db.session(), message)
    assert letter.subject == "Rain on Tuesday 8 December" == rendering.subject_line(message)
    assert "Dear Robin, bring a coat." in letter.text
    assert "<strong>coat</strong>" in letter.html
    db.session.rollback()


def test_a_preview_masks_the_link() -> None:
    message = a_message(context={**CONTEXT, "link_to": "prep"})
    letter = rendering.preview(db.session(), message)
    assert "http://127.0.0.1:8000/booking/…/prep" in letter.text
    assert not re.search(r"[\w-]{43}", letter.text)


def test_the_html_survives_mail_programs() -> None:
    html = html_of(mail_of(draft(essentials=["Sleep well."])))
    page = BeautifulSoup(html, "html.parser")
    assert "prefers-color-scheme: dark" in html
    assert "max-width: 600px" in str(page.find("table", class_="card"))
    assert not page.find_all(["img", "script", "link", "iframe", "form"])
    assert not re.search(r"url\(|@import", html)
    assert page.find("h3")
    button = page.select_one(".button a")
    assert button is not None
    assert button["href"] == "https://studio.example/booking/token/prep"


def test_the_studio_may_send_from_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.messaging.origin.mail_from", lambda: "post@sender.example")
    mail = parsed(mail_of(draft()))
    assert mail["From"].addresses[0].addr_spec == "post@sender.example"
    assert mail["Reply-To"] == "hello@northlight.example"
    assert db.session.get_one(Studio, 1).email == "hello@northlight.example"


def test_what_goes_on_without_its_greeting_begins_like_a_sentence() -> None:
    when = {"time": "10:15", "arrive_time": "10:05", "session": "portrait"}
    values = {**CONTEXT["values"], **when}
    carrier = draft(body="Hello {first_name},\n\nsee you soon.", values=values)
    other = draft(body="Hello {first_name},\n\nplease bring a coat.", values=values)
    letter = write(replace(carrier, joined=(other,)), studio(), "https://a.example", ("/b",))

    assert letter.text.count("Hello Robin,") == 1
    assert "see you soon." in letter.text
    assert "Please bring a coat." in letter.text


def test_what_is_missing_is_said_of_each_session_though_it_is_the_same() -> None:
    body = "Hello {first_name},\n\nyour {session} is near. Still open:\n\n{missing}\n\nBye."
    values = {**CONTEXT["values"], "time": "10:15", "arrive_time": "10:05", "missing": ["The form"]}
    carrier = draft(body=body, values={**values, "session": "headshot"})
    other = draft(body=body, values={**values, "session": "portrait"})
    letter = write(replace(carrier, joined=(other,)), studio(), "https://a.example", ("/b",))

    assert letter.text.count("- The form") == 2
    assert letter.text.count("Bye.") == 1


def test_two_messages_of_another_session_stand_under_one_heading() -> None:
    when = {"time": "10:15", "arrive_time": "10:05", "session": "portrait"}
    values = {**CONTEXT["values"], **when}
    coat, hat = (
        replace(
            draft(body=f"Hello {{first_name}},\n\nbring a {each}.", values=values), booking_id=2
        )
        for each in ("coat", "hat")
    )
    hello = "Hello {first_name},\n\nsee you soon."
    carrier = replace(draft(body=hello, values=values), booking_id=1, joined=(coat, hat))
    letter = write(carrier, studio(), "https://a.example", ("/b", "/b"))

    assert letter.text.count("AND FOR YOUR PORTRAIT") == letter.html.count("Open that guide") == 1
    assert letter.text.index("Bring a coat.") < letter.text.index("Bring a hat.")
