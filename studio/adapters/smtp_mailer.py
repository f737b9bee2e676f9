"""Sends mail to the server that MAIL_URL names."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
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

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Full storage passes, and so does our own missing sign-in, whatever the first digit says.
_PASSING = frozenset({552, 530, 535})


class SmtpMailer:
    """A ``Mailer`` for ``smtp://`` and ``smtps://`` addresses.

    Encryption is demanded of every server that is not on this machine, and of that one too where
    the address says ``?tls=starttls``. Certificates are checked against the system's own.
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

    def send(self, mail: EmailMessage, *, before_data: Callable[[], bool]) -> None:
        try:
            sender = plain_address(", ".join(each.addr_spec for each in mail["From"].addresses))
            recipient = plain_address(str(mail["To"]))
        except NotAnAddress as error:
            raise MailNotTaken(str(error), permanent=True) from error
        content = mail.as_bytes(policy=SMTP)
        with self._server() as server:
            self._hand_over(server, sender, recipient, content, before_data)

    def check(self) -> None:
        """Do all that comes before a mail, signing in included, and hand over none.

        Raises:
            MailNotTaken: with the server's answer, or why there was none.
        """
        with self._server() as server:
            patience = self._sign_in(server)
            patience.farewell()
            server.quit()

    @contextlib.contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        """The server, just reached; what goes wrong with it is told in our words."""
        try:
            server = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise _silent(error) from error
        try:
            yield server
        except smtplib.SMTPResponseException as error:
            raise _not_taken(error.smtp_code, error.smtp_error, final=False) from error
        except (smtplib.SMTPException, OSError) as error:
            raise _silent(error) from error
        finally:
            server.close()

    def _connect(self) -> smtplib.SMTP:
        if self._smtps:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(
                self._host, self._port, timeout=CONNECT_SECONDS, context=context
            )
        return smtplib.SMTP(self._host, self._port, timeout=CONNECT_SECONDS)

    def _sign_in(self, server: smtplib.SMTP) -> _Patience:
        patience = _Patience(server)
        patience.next_step()
        server.ehlo_or_helo_if_needed()
        if self._starttls:
            patience.next_step()
            server.starttls(context=ssl.create_default_context())
        if self._user:
            patience.next_step()
            server.login(self._user, self._password)
        return patience

    def _hand_over(
        self,
        server: smtplib.SMTP,
        sender: str,
        recipient: str,
        content: bytes,
        before_data: Callable[[], bool],
    ) -> None:
        """Only what the server says of the recipient and of the text can be its last word.

        A wrong password or a refused sender concerns every mail alike, and somebody mends it.
        """
        patience = self._sign_in(server)
        patience.next_step()
        _expect(server.mail(sender), final=False)
        patience.next_step()
        _expect(server.rcpt(recipient), final=True)
        if before_data():
            patience.text()
            try:
                _expect(server.data(content), final=True)
            except smtplib.SMTPDataError as error:
                raise _not_taken(error.smtp_code, error.smtp_error, final=True) from error
        patience.farewell()
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.quit()


class _Patience:
    """Sets the socket's time-out before each step, so that all of them fit into a lease."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server
        self._until = time.monotonic() + CAP_SECONDS

    def next_step(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the server took too long")
        self._wait(min(STEP_SECONDS, left))

    def text(self) -> None:
        self._wait(STEP_SECONDS)

    def farewell(self) -> None:
        self._wait(2)

    def _wait(self, seconds: float) -> None:
        if self._server.sock is not None:
            self._server.sock.settimeout(seconds)


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
