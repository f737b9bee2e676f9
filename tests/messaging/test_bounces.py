"""Mail that comes back: read from a mailbox or told by a provider; hostile mail does nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from studio.adapters.bounce_mailbox import MOST_BYTES, BounceMailbox
from studio.db import transaction
from studio.messaging import bounces, outbox
from studio.messaging.jobs import note_bounce, read_bounces, send_due_mail
from studio.messaging.models import Message, MessageState
from studio.ports.bounce_box import BoxUnreachable
from tests.browsing import Browser
from tests.clock import START
from tests.fakes.mail_boxes import Box, served
from tests.fakes.mailer import FakeMailer
from tests.messaging.posting import a_message, no_link, read

SECRET = "a-secret-of-32-characters-or-more"
ID = f"<{'0' * 32}@studio.example>"


def report(
    message_id: str = ID,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    said: str = "550 5.1.1 no such user",
    quoted: str = "text/rfc822-headers",
) -> bytes:
    """A delivery status notification (RFC 3464) as mail servers write it."""
    return f"""From: MAILER-DAEMON@mail.example
To: bounces@studio.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; robin@client.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--b
Content-Type: {quoted}

Message-ID: {message_id}
Subject: Ready?

--b--
""".replace("\n", "\r\n").encode()


def sent() -> Message:
    message = a_message()
    send_due_mail(no_link)
    return read(message.dedupe_key)


@pytest.fixture
def told(app: Flask) -> Iterator[Flask]:
    """The provider tells of what comes back."""
    given = app.extensions["settings"]
    app.extensions["settings"] = replace(given, bounce_secret=SECRET)
    yield app
    app.extensions["settings"] = given


@pytest.mark.parametrize("scheme", ["imap", "pop3"])
@pytest.mark.parametrize("quoted", ["text/rfc822-headers", "message/rfc822"])
@pytest.mark.usefixtures("database")
def test_what_came_back_is_marked_with_the_servers_words(
    app: Flask, mailer: FakeMailer, scheme: str, quoted: str
) -> None:
    message, other = sent(), sent()
    box = Box(report(message.message_id, quoted=quoted), b"Subject: hello\r\n\r\nJust a letter.")
    given = app.extensions["ports"]
    with served(scheme, box) as url:
        app.extensions["ports"] = replace(given, bounces=BounceMailbox(url))
        try:
            assert read_bounces() == 2
            assert read_bounces() == 0, "what was read is not read again"
        finally:
            app.extensions["ports"] = given

    kept = read(message.dedupe_key)
    assert kept.state is MessageState.DEAD
    assert kept.error == "Came back: 550 5.1.1 no such user"
    assert read(other.dedupe_key).state is MessageState.SENT


@pytest.mark.parametrize("scheme", ["imap", "pop3"])
def test_a_mailbox_that_refuses_loses_nothing_and_tells_no_password(scheme: str) -> None:
    box = Box(report())
    with served(scheme, box) as url:
        wrong = url.replace("a%20pass%3Aword", "another-word")
        with pytest.raises(BoxUnreachable) as refusal:
            BounceMailbox(wrong).each(lambda _: None)
    assert "another-word" not in str(refusal.value)
    assert len(box.mails) == 1
    assert not box.seen
    with pytest.raises(BoxUnreachable):
        BounceMailbox(url).each(lambda _: None)


@pytest.mark.parametrize("scheme", ["imap", "pop3"])
def test_of_a_huge_mail_only_the_beginning_is_read(scheme: str) -> None:
    found: list[bytes] = []
    with served(scheme, Box(b"Subject: big\r\n\r\n" + b"x\r\n" * MOST_BYTES)) as url:
        BounceMailbox(url).each(found.append)
    assert len(found[0]) <= MOST_BYTES


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff" * 500,
        report(action="delayed", status="4.4.1"),
        report(action="failed", status="4.2.2"),
        report(action="delivered", status="2.0.0"),
        report("<not-ours@evil.example>"),
        report("<" + "0" * 32 + "@" + "x" * 5000 + ">"),
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n" * 30_000,
        b"".join(
            b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n)
            for n in range(3000)
        ),
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.0.0\r\n",
    ],
    ids=["empty", "noise", "delayed", "full for now", "delivered", "foreign", "long id", "many",
         "deep", "no original"],
)  # fmt: skip
def test_what_is_no_failure_of_ours_is_left_alone(raw: bytes) -> None:
    assert bounces.read(raw) is None


def test_the_servers_words_are_one_cleaned_line() -> None:
    found = bounces.read(report(said="550 <b>no</b>\r\n\tBcc: \u202ethief " + "x" * 2000))
    assert found
    assert "\n" not in found.words
    assert len(found.words) <= 400


@pytest.mark.usefixtures("database")
def test_what_left_with_a_message_comes_back_with_it_and_is_tried_by_itself(
    mailer: FakeMailer,
) -> None:
    carrier, other, apart = a_message(), a_message(), a_message()
    with transaction() as session:
        joined = session.get_one(Message, other.id)
        joined.state, joined.into_id = MessageState.JOINED, carrier.id
    send_due_mail(no_link)
    assert read(other.dedupe_key).state is MessageState.SENT

    assert note_bounce(bounces.Bounce(carrier.message_id, "Came back: no"))

    for each in (carrier, other):
        kept = read(each.dedupe_key)
        assert (kept.state, kept.error, kept.into_id) == (MessageState.DEAD, "Came back: no", None)
    assert read(apart.dedupe_key).state is MessageState.SENT
    assert not note_bounce(bounces.Bounce(carrier.message_id, "again"))
    with transaction() as session:
        outbox.retry(session, session.get_one(Message, carrier.id), START)
    send_due_mail(no_link)
    assert read(carrier.dedupe_key).state is MessageState.SENT
    assert read(other.dedupe_key).state is MessageState.DEAD


@pytest.mark.usefixtures("database")
def test_a_forged_id_and_an_unsent_message_change_nothing(mailer: FakeMailer) -> None:
    waiting = a_message()
    assert not note_bounce(bounces.Bounce(waiting.message_id, "no"))
    assert not note_bounce(bounces.Bounce(ID, "no"))
    assert read(waiting.dedupe_key).state is MessageState.PLANNED


def test_a_provider_tells_by_a_signed_notice(
    told: Flask, browser: Browser, mailer: FakeMailer
) -> None:
    with told.app_context():
        message = sent()
        key, message_id = message.dedupe_key, message.message_id
    body = json.dumps({"message_id": message_id, "reason": "mailbox\nunknown"}).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()

    def post(body: bytes, signature: str) -> int:
        answer = browser.client.post(
            "/messages/bounced", data=body, headers={"X-Signature": signature}
        )
        return int(answer.status_code)

    assert post(body, "sha256=" + "0" * 64) == 400
    assert post(body + b" ", signature) == 400
    with told.app_context():
        assert read(key).state is MessageState.SENT
    assert post(body, f"sha256={signature}") == 204
    with told.app_context():
        assert read(key).state is MessageState.DEAD
        assert read(key).error == "Came back: mailbox unknown"
    for hostile in (b"[" * 5000, b"[]", b'{"message_id": 1, "reason": "x"}', b"\xff"):
        signed = hmac.new(SECRET.encode(), hostile, hashlib.sha256).hexdigest()
        assert post(hostile, signed) == 400


def test_without_a_secret_nobody_is_listened_to(browser: Browser) -> None:
    assert browser.client.post("/messages/bounced", data=b"{}").status_code == 404
