"""Sends mail to the server that MAIL_URL names."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import parse_qs, unquote, urlsplit

from studio.messaging.addresses import NotAnAddress, plain_address
from studio.ports.mailer import MailNotTaken
from studio.web.text import one_line

CONNECT_SECONDS = 5
STEP_SECONDS = 30
# For all steps up to the text, whose own time begins with a fresh lease.
CAP_SECONDS = 60
# On one line; servers end it themselves after some more.
MOST_MAILS = 50

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Full storage passes, and so does our own missing sign-in, whatever the first digit says.
_PASSING = frozenset({552, 530, 535})


class SmtpMailer:
    """A ``Mailer`` for ``smtp://`` and ``smtps://`` addresses.

    Encryption is demanded of every server that is not on this machine, and of that one too where
    the address says ``?tls=starttls``. Certificates are checked against the system's own. The line
    to the server is kept for the next mail.
    """

    def __init__(self, mail_url: str) -> None:
        parts = urlsplit(mail_url)
        self._host = parts.hostname or "localhost"
        self._smtps = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._smtps else 587)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        asked = parse_qs(parts.query).get("tls", [""])[0]
        self._starttls = not self._smtps and (asked == "starttls" or self._host not in _LOOPBACK)
        self._line: _Line | None = None
        self._lock = threading.Lock()

    def send(self, mail: EmailMessage, *, before_data: Callable[[], bool]) -> None:
        try:
            sender = plain_address(", ".join(each.addr_spec for each in mail["From"].addresses))
            recipient = plain_address(str(mail["To"]))
        except NotAnAddress as error:
            raise MailNotTaken(str(error), permanent=True) from error
        content = mail.as_bytes(policy=SMTP)
        with _in_our_words():
            line = self._begun(sender)
            try:
                handed_over = line.hand_over(recipient, content, before_data)
            except BaseException:
                line.server.close()
                raise
        # A conversation broken off in the middle is no beginning for the next one.
        self._keep(line) if handed_over else line.hang_up()

    def rest(self) -> None:
        line = self._kept()
        if line:
            line.hang_up()

    def check(self) -> None:
        """Do all that comes before a mail, signing in included, and hand over none.

        Raises:
            MailNotTaken: with the server's answer, or why there was none.
        """
        with _in_our_words():
            self._reached().hang_up()

    def _begun(self, sender: str) -> _Line:
        """A line on which the server has taken *sender*: the one that was kept, else a new one.

        A server may have ended what was kept, or want no more mails on it; nothing is lost then.
        """
        line = self._kept()
        if line:
            with contextlib.suppress(MailNotTaken, smtplib.SMTPException, OSError):
                line.begin(sender)
                return line
            line.server.close()
        line = self._reached()
        try:
            line.begin(sender)
        except BaseException:
            line.server.close()
            raise
        return line

    def _kept(self) -> _Line | None:
        with self._lock:
            line, self._line = self._line, None
        return line

    def _keep(self, line: _Line) -> None:
        line.mails += 1
        if line.mails >= MOST_MAILS:
            line.hang_up()
            return
        with self._lock:
            spare, self._line = self._line, line
        if spare:
            spare.hang_up()

    def _reached(self) -> _Line:
        """The server, with encryption where it is demanded, and signed in."""
        server = self._connect()
        try:
            return self._signed_in(server)
        except BaseException:
            server.close()
            raise

    def _connect(self) -> smtplib.SMTP:
        if self._smtps:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(
                self._host, self._port, timeout=CONNECT_SECONDS, context=context
            )
        return smtplib.SMTP(self._host, self._port, timeout=CONNECT_SECONDS)

    def _signed_in(self, server: smtplib.SMTP) -> _Line:
        line = _Line(server)
        line.next_step()
        server.ehlo_or_helo_if_needed()
        if self._starttls:
            line.next_step()
            server.starttls(context=ssl.create_default_context())
        if self._user:
            line.next_step()
            server.login(self._user, self._password)
        return line


class _Line:
    """A server that has let us in.

    Sets the socket's time-out before each step, so that all steps of a mail fit into a lease.
    """

    def __init__(self, server: smtplib.SMTP) -> None:
        self.server = server
        self.mails = 0
        self._until = time.monotonic() + CAP_SECONDS

    def begin(self, sender: str) -> None:
        if self.mails:
            self._until = time.monotonic() + CAP_SECONDS
        self.next_step()
        _expect(self.server.mail(sender), final=False)

    def hand_over(self, recipient: str, content: bytes, before_data: Callable[[], bool]) -> bool:
        """Whether the server has the mail; not if *before_data* says that it must not go.

        Only what the server says of the recipient and of the text can be its last word. A wrong
        password or a refused sender concerns every mail alike, and somebody mends it.
        """
        self.next_step()
        _expect(self.server.rcpt(recipient), final=True)
        if not before_data():
            return False
        self._wait(STEP_SECONDS)
        try:
            _expect(self.server.data(content), final=True)
        except smtplib.SMTPDataError as error:
            raise _not_taken(error.smtp_code, error.smtp_error, final=True) from error
        return True

    def hang_up(self) -> None:
        self._wait(2)
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self.server.quit()
        self.server.close()

    def next_step(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the server took too long")
        self._wait(min(STEP_SECONDS, left))

    def _wait(self, seconds: float) -> None:
        if self.server.sock is not None:
            self.server.sock.settimeout(seconds)


@contextlib.contextmanager
def _in_our_words() -> Iterator[None]:
    """What goes wrong with a server, as the port names it."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise _not_taken(error.smtp_code, error.smtp_error, final=False) from error
    except (smtplib.SMTPException, OSError) as error:
        raise _silent(error) from error


def _expect(answer: tuple[int, bytes], *, final: bool) -> None:
    code, words = answer
    if code not in {250, 251}:
        raise _not_taken(code, words, final=final)


def _not_taken(code: int, words: bytes | str, *, final: bool) -> MailNotTaken:
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    permanent = final and 500 <= code < 600 and code not in _PASSING
    return MailNotTaken(f"{code} {one_line(said, limit=400)}", permanent=permanent)


def _silent(error: Exception) -> MailNotTaken:
    return MailNotTaken(one_line(f"{type(error).__name__}: {error}", limit=400), permanent=False)
