"""What every mailer promises: the fake, the local mailbox, and SMTP with a server on loopback."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from socket import socket
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope

from studio.adapters.local_mailbox import LocalMailbox
from studio.adapters.smtp_mailer import SmtpMailer
from studio.messaging.mailbox import Mailbox
from studio.ports.mailer import Mailer, MailNotTaken
from tests.fakes.mailer import FakeMailer

AT = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


class Server:
    """A mail server that answers as it is told, with codes for the recipient and for the text."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.rcpt: list[str] = []
        self.data: list[str] = []
        self.lines = 0
        self.quits = 0
        self.ending: list[str] = []

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.ending:
            return self.ending.pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_QUIT(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.quits += 1
        return "221 Bye"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt:
            return self.rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.data:
            return self.data.pop(0)
        self.got.append(envelope)
        return "250 OK"


class Loopback(Controller):
    """The library looks up the port it was given; the system's choice stands on the socket."""

    def _trigger_server(self) -> None:
        listening: Any = self.server
        self.port = listening.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]

    def factory(self) -> SMTP:
        self.handler.lines += 1
        protocol: SMTP = super().factory()  # type: ignore[no-untyped-call]
        return protocol


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def port(server: Server) -> Iterator[int]:
    controller = Loopback(server, hostname="127.0.0.1", port=0)
    controller.start()
    server.lines = 0  # the controller has looked whether anybody answers
    yield controller.port
    controller.stop()


@pytest.fixture
def smtp(port: int) -> Iterator[SmtpMailer]:
    mailer = SmtpMailer(f"smtp://127.0.0.1:{port}")
    yield mailer
    mailer.rest()


@pytest.fixture(params=["fake", "mailbox", "smtp"])
def mailer(
    request: pytest.FixtureRequest, tmp_path: Path, server: Server
) -> tuple[Mailer, Callable[[], list[EmailMessage]]]:
    """A mailer, and what it has handed over so far."""
    if request.param == "fake":
        fake = FakeMailer()
        return fake, lambda: list(fake.sent)
    if request.param == "mailbox":
        folder = tmp_path / "mailbox"
        return LocalMailbox(folder), lambda: [m.mail for m in Mailbox(folder).messages()]
    return request.getfixturevalue("smtp"), lambda: [_read(e) for e in server.got]


def _read(envelope: Envelope) -> EmailMessage:
    assert isinstance(envelope.content, bytes)
    return message_from_bytes(envelope.content, policy=policy.default)


def a_mail(to: str = "robin@client.example", message_id: str = "<1@studio.example>") -> Any:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = "North Light <hello@northlight.example>"
    mail["To"] = to
    mail["Subject"] = "Für Zoë: bring a coat"
    mail["Date"] = AT
    mail["Message-ID"] = message_id
    mail.set_content("Grüße\n.\n. a line that begins with a dot\nend\n", cte="quoted-printable")
    return mail


Both = tuple[Mailer, Callable[[], list[EmailMessage]]]


def test_a_mail_arrives_whole(mailer: Both) -> None:
    sender, arrived = mailer
    asked: list[int] = []

    def before_data() -> bool:
        asked.append(len(arrived()))
        return True

    sender.send(a_mail(), before_data=before_data)
    assert asked == [0], "before_data is asked once, before anything has left"
    (mail,) = arrived()
    assert mail["Subject"] == "Für Zoë: bring a coat"
    assert mail["Message-ID"] == "<1@studio.example>"
    body = mail.get_content().replace("\r\n", "\n")
    assert body == "Grüße\n.\n. a line that begins with a dot\nend\n"


def test_nothing_leaves_when_somebody_else_has_the_message(mailer: Both) -> None:
    sender, arrived = mailer
    sender.send(a_mail(), before_data=lambda: False)
    assert arrived() == []


@pytest.mark.parametrize(
    "to",
    [
        "robin@client.example, thief@evil.example",
        '"robin x"@client.example',
        "robin",
        "a group: robin@client.example;",
    ],
)
def test_only_one_bare_address_is_served(mailer: Both, to: str) -> None:
    sender, arrived = mailer
    with pytest.raises(MailNotTaken) as refusal:
        sender.send(a_mail(to), before_data=lambda: True)
    assert refusal.value.permanent
    assert arrived() == []


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ("550 no such user", True),
        ("553 mailbox name not allowed", True),
        ("450 greylisted, come back", False),
        ("452 too many", False),
        ("552 mailbox full", False),
        ("530 sign in first", False),
    ],
)
@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_the_servers_answer_decides(
    server: Server, smtp: SmtpMailer, stage: str, answer: str, *, permanent: bool
) -> None:
    getattr(server, stage).append(answer)
    begun: list[bool] = []

    def before_data() -> bool:
        begun.append(True)
        return True

    with pytest.raises(MailNotTaken) as refusal:
        smtp.send(a_mail(), before_data=before_data)
    assert (refusal.value.answer, refusal.value.permanent) == (answer, permanent)
    assert bool(begun) is (stage == "data")
    assert server.got == []


def test_the_envelope_holds_the_two_addresses(server: Server, smtp: SmtpMailer) -> None:
    smtp.send(a_mail(), before_data=lambda: True)
    (envelope,) = server.got
    assert envelope.mail_from == "hello@northlight.example"
    assert envelope.rcpt_tos == ["robin@client.example"]


def test_one_line_serves_many_mails_until_nothing_more_is_due(
    server: Server, smtp: SmtpMailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.adapters.smtp_mailer.MOST_MAILS", 3)
    for number in range(4):
        smtp.send(a_mail(message_id=f"<{number}@studio.example>"), before_data=lambda: True)
    assert (len(server.got), server.lines, server.quits) == (4, 2, 1)

    smtp.rest()
    smtp.rest()
    assert server.quits == 2
    smtp.send(a_mail(), before_data=lambda: True)
    assert (len(server.got), server.lines) == (5, 3)


def test_a_line_that_the_server_has_ended_loses_no_mail(server: Server, smtp: SmtpMailer) -> None:
    smtp.send(a_mail(), before_data=lambda: True)
    server.ending = ["421 enough for today, call again"]
    smtp.send(a_mail(), before_data=lambda: True)
    assert (len(server.got), server.lines) == (2, 2)

    kept = smtp._line
    assert kept
    kept.server.close()
    smtp.send(a_mail(), before_data=lambda: True)
    assert (len(server.got), server.lines) == (3, 3)


def test_a_new_line_on_which_the_sender_is_refused_is_told(
    server: Server, smtp: SmtpMailer
) -> None:
    server.ending = ["451 not now"]
    with pytest.raises(MailNotTaken) as refusal:
        smtp.send(a_mail(), before_data=lambda: True)
    assert (refusal.value.answer, refusal.value.permanent) == ("451 not now", False)
    assert server.lines == 1


@pytest.mark.parametrize("broken_off", ["refused", "withdrawn"])
def test_what_was_broken_off_is_not_gone_on_with(
    server: Server, smtp: SmtpMailer, broken_off: str
) -> None:
    if broken_off == "refused":
        server.rcpt.append("550 no such user")
        with pytest.raises(MailNotTaken):
            smtp.send(a_mail("gone@client.example"), before_data=lambda: True)
    else:
        smtp.send(a_mail("gone@client.example"), before_data=lambda: False)
    smtp.send(a_mail(), before_data=lambda: True)

    assert [each.rcpt_tos for each in server.got] == [["robin@client.example"]]
    assert server.lines == 2


def test_no_server_is_tried_again_later(port: int) -> None:
    with socket() as unused:
        unused.bind(("127.0.0.1", 0))
        free = unused.getsockname()[1]
    with pytest.raises(MailNotTaken) as refusal:
        SmtpMailer(f"smtp://127.0.0.1:{free}").send(a_mail(), before_data=lambda: True)
    assert not refusal.value.permanent


@pytest.mark.parametrize("silent_after", ["the call", "its greeting", "the text"])
def test_a_server_that_falls_silent_is_tried_again_later(
    silent_after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half-open lines and stalls: the time-out of each step ends them, and the mail is kept."""
    for name in ("CONNECT_SECONDS", "STEP_SECONDS"):
        monkeypatch.setattr(f"studio.adapters.smtp_mailer.{name}", 0.3)
    with silent_server(silent_after) as port, pytest.raises(MailNotTaken) as refusal:
        SmtpMailer(f"smtp://127.0.0.1:{port}").send(a_mail(), before_data=lambda: True)
    assert not refusal.value.permanent


def test_a_slow_server_cannot_keep_a_mail_beyond_its_lease(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each step is quick enough, but all of them together are not."""
    monkeypatch.setattr("studio.adapters.smtp_mailer.CAP_SECONDS", 0.3)
    with silent_server("nothing", pause=0.2) as port, pytest.raises(MailNotTaken) as refusal:
        SmtpMailer(f"smtp://127.0.0.1:{port}").send(a_mail(), before_data=lambda: True)
    assert not refusal.value.permanent
    assert "timed out" in refusal.value.answer


@contextmanager
def silent_server(silent_after: str, pause: float = 0.0) -> Iterator[int]:
    """A server that answers each line after a *pause*, and at some moment no more."""
    answers = ["220 here", "250 hello", "250 from", "250 to", "354 go on", "250 taken", "221 bye"]
    known = {"the call": 0, "its greeting": 1, "the text": 5}.get(silent_after, len(answers))
    ended = threading.Event()

    def serve(listening: socket) -> None:
        line, _ = listening.accept()
        with line, line.makefile("rb") as said:
            for number in range(known):
                if number and not said.readline():
                    return
                while number == 5 and said.readline() not in {b".\r\n", b""}:
                    pass
                ended.wait(pause)
                line.sendall(answers[number].encode() + b"\r\n")
            ended.wait(10)

    with socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        yield listening.getsockname()[1]
        ended.set()
        thread.join()


def test_a_server_without_encryption_gets_nothing_where_it_is_asked_for(
    server: Server, port: int
) -> None:
    with pytest.raises(MailNotTaken) as refusal:
        SmtpMailer(f"smtp://127.0.0.1:{port}?tls=starttls").send(a_mail(), before_data=lambda: True)
    assert not refusal.value.permanent
    assert server.got == []


@pytest.mark.parametrize(
    ("url", "encrypted"),
    [
        ("smtp://mail.example:587", True),
        ("smtp://mail.example:587?tls=none", True),
        ("smtp://10.0.0.7:25", True),
        ("smtp://localhost:25", False),
        ("smtp://[::1]:25", False),
        ("smtp://localhost:25?tls=starttls", True),
    ],
)
def test_only_this_machine_is_spoken_to_in_the_clear(url: str, *, encrypted: bool) -> None:
    assert SmtpMailer(url)._starttls is encrypted


def test_a_wrong_password_is_the_studios_fault_and_not_the_mails(server: Server) -> None:
    def refuse(*_: object) -> AuthResult:
        return AuthResult(success=False, handled=False)

    def factory() -> SMTP:
        return SMTP(server, auth_require_tls=False, authenticator=refuse)

    controller = Loopback(server, hostname="127.0.0.1", port=0)
    controller.factory = factory  # type: ignore[method-assign]
    controller.start()
    try:
        with pytest.raises(MailNotTaken) as refusal:
            SmtpMailer(f"smtp://us%40er:p%3Ass@127.0.0.1:{controller.port}").send(
                a_mail(), before_data=lambda: True
            )
    finally:
        controller.stop()
    assert not refusal.value.permanent
    assert "535" in refusal.value.answer
    assert "p:ss" not in refusal.value.answer


def test_the_mailbox_is_private_and_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "mailbox"
    box = LocalMailbox(folder)
    for number in range(3):
        mail = a_mail(message_id=f"<{number}@studio.example>")
        del mail["Date"]
        mail["Date"] = AT + timedelta(minutes=number)
        box.send(mail, before_data=lambda: True)

    kept = Mailbox(folder).messages()
    assert [m.mail["Message-ID"] for m in kept] == [f"<{n}@studio.example>" for n in (2, 1, 0)]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert [path.suffix for path in folder.iterdir()] == [".eml"] * 3
    assert len(Mailbox(folder).messages(limit=2)) == 2


def test_a_repeat_of_a_message_takes_the_place_of_the_first(tmp_path: Path) -> None:
    box = LocalMailbox(tmp_path)
    for minutes in (0, 5):
        mail = a_mail()
        del mail["Date"]
        mail["Date"] = AT + timedelta(minutes=minutes)
        box.send(mail, before_data=lambda: True)
    (kept,) = Mailbox(tmp_path).messages()
    assert kept.mail["Date"].datetime == AT + timedelta(minutes=5)


@pytest.mark.parametrize("name", ["../secret.eml", "/etc/passwd", "x.eml", "", ".part"])
def test_no_other_file_can_be_read_through_the_mailbox(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.eml").write_text("Subject: secret\n\n")
    folder = tmp_path / "mailbox"
    folder.mkdir()
    (folder / "x.eml").write_text("Subject: not ours\n\n")
    assert Mailbox(folder).read(name) is None


def test_an_empty_mailbox_is_empty_and_a_full_disk_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Mailbox(tmp_path / "none").messages() == []

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MailNotTaken) as refusal:
        LocalMailbox(tmp_path).send(a_mail(), before_data=lambda: True)
    assert not refusal.value.permanent
    assert list(tmp_path.iterdir()) == []
