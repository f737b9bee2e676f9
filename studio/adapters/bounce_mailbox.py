"""Reads the mailbox that BOUNCE_URL names, by IMAP or by POP."""

from __future__ import annotations

import contextlib
import imaplib
import poplib
import ssl
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

from studio.ports.bounce_box import BoxUnreachable

SECONDS = 20
MOST_MAILS = 50
# A report and the headers it quotes are far shorter; anybody may write to this mailbox.
MOST_BYTES = 128 * 1024
_POP_LINES = 1500

_PORTS = {"imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class BounceMailbox:
    """A ``BounceBox`` for imap, imaps, pop3 and pop3s addresses.

    By IMAP a mail that was read is marked as seen and stays, by POP it is deleted. Encryption is
    demanded of every server that is not on this machine.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._scheme = parts.scheme
        self._host = parts.hostname or "localhost"
        self._port = parts.port or _PORTS[parts.scheme]
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._folder = unquote(parts.path.strip("/")) or "INBOX"

    def each(self, keep: Callable[[bytes], None]) -> int:
        read = self._by_imap if self._scheme.startswith("imap") else self._by_pop
        with _in_our_words():
            return read(keep)

    def _by_imap(self, keep: Callable[[bytes], None]) -> int:
        with self._imap() as box:
            box.login(self._user, self._password)
            _, chosen = box.select(self._folder)
            if box.state != "SELECTED":
                raise BoxUnreachable(f"there is no folder {self._folder}: {chosen!r}"[:200])
            _, found = box.uid("SEARCH", "UNSEEN")
            names = (found[0] or b"").split()[:MOST_MAILS]
            for name in names:
                uid = name.decode("ascii")
                _, answer = box.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
                for part in answer:
                    if isinstance(part, tuple):
                        keep(part[1][:MOST_BYTES])
                box.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
            return len(names)

    def _imap(self) -> imaplib.IMAP4:
        context = ssl.create_default_context()
        if self._scheme == "imaps":
            return imaplib.IMAP4_SSL(self._host, self._port, ssl_context=context, timeout=SECONDS)
        box = imaplib.IMAP4(self._host, self._port, timeout=SECONDS)
        if self._host not in _LOOPBACK:
            box.starttls(context)
        return box

    def _by_pop(self, keep: Callable[[bytes], None]) -> int:
        box = self._pop()
        try:
            box.user(self._user)
            box.pass_(self._password)
            count = min(box.stat()[0], MOST_MAILS)
            for number in range(1, count + 1):
                _, lines, _ = box.top(number, _POP_LINES)
                keep(b"\r\n".join(lines)[:MOST_BYTES])
                box.dele(number)
            box.quit()  # only now are they deleted
        finally:
            box.close()
        return count

    def _pop(self) -> poplib.POP3:
        context = ssl.create_default_context()
        if self._scheme == "pop3s":
            return poplib.POP3_SSL(self._host, self._port, timeout=SECONDS, context=context)
        box = poplib.POP3(self._host, self._port, timeout=SECONDS)
        if self._host not in _LOOPBACK:
            box.stls(context)
        return box


@contextlib.contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except (imaplib.IMAP4.error, poplib.error_proto, OSError) as error:
        # Never the server's own words: some repeat what was typed.
        raise BoxUnreachable(type(error).__name__) from error
