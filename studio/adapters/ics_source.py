"""Calendars over HTTPS, from public addresses only.

A photographer may type any address, so the server must not be led to its own network: every
address that a name has must be public, and the connection goes to the very one that was looked at.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import SplitResult, urljoin, urlsplit

from studio.ports.calendar_source import Fetched, SourceFailed, Trouble

MOST_BYTES = 2 * 1024 * 1024
MOST_REDIRECTS = 2
LONGEST_VERSION = 200
SECONDS = 10.0

# Of version 6 the open internet has this one eighth; what Python calls global besides is not.
_ASSIGNED = ipaddress.IPv6Network("2000::/3")
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")

Resolve = Callable[[str, int], Sequence[str]]
Allow = Callable[[str], bool]


def addresses(host: str, port: int) -> list[str]:
    """Every address that *host* has now."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


def is_public(address: str) -> bool:
    """Whether *address* is one of the open internet, however it is written."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if not found.is_global or found.is_multicast:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return True
    # Addresses of version 6 that stand for one of version 4 are worth what that is.
    if found in _TRANSLATED:
        return ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF).is_global
    carried = found.sixtofour
    return found in _ASSIGNED and (carried is None or carried.is_global)


class IcsSource:
    """Fetches by name, from the addresses that *allow* lets pass."""

    def __init__(
        self,
        *,
        resolve: Resolve = addresses,
        allow: Allow = is_public,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._resolve, self._allow = resolve, allow
        self._trust = trust or ssl.create_default_context()

    def fetch(self, url: str, etag: str, last_modified: str) -> Fetched:
        until = time.monotonic() + SECONDS
        for _ in range(MOST_REDIRECTS + 1):
            try:
                answer = self._ask(url, etag, last_modified, until)
                # A line that was cut looks like an answer that ended.
                _left(until)
            except (OSError, HTTPException) as error:
                slow = isinstance(error, TimeoutError) or time.monotonic() >= until
                raise SourceFailed(Trouble.SLOW if slow else Trouble.UNREACHABLE) from None
            if isinstance(answer, Fetched):
                return answer
            url = _onward(url, answer)
        raise SourceFailed(Trouble.REDIRECTS)

    def _ask(self, url: str, etag: str, last_modified: str, until: float) -> Fetched | str:
        """What *url* answers, or where it leads on to."""
        parts = split(url)
        port = parts.port or 443
        address = self._address(parts.hostname or "", port)
        connection = _Pinned(parts.hostname or "", port, address, self._trust, until)
        # A byte now and then, of a header as of the body, keeps every single read in time.
        cut = threading.Timer(_left(until), connection.cut)
        cut.start()
        try:
            headers = {"Accept": "text/calendar", "User-Agent": "Sittings"}
            if etag:
                headers["If-None-Match"] = etag
            if last_modified:
                headers["If-Modified-Since"] = last_modified
            connection.request(
                "GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers=headers
            )
            # The answer takes the line with it, so it has to be closed as well.
            with connection.getresponse() as answer:
                if answer.status in {301, 302, 303, 307, 308}:
                    return answer.getheader("Location") or ""
                return _read(answer)
        finally:
            cut.cancel()
            connection.close()

    def _address(self, host: str, port: int) -> str:
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError):
            raise SourceFailed(Trouble.UNREACHABLE) from None
        # One private answer among public ones is somebody trying.
        if not found or not all(self._allow(each) for each in found):
            raise SourceFailed(Trouble.ADDRESS)
        return found[0]


def split(url: str) -> SplitResult:
    """The parts of an address that may be fetched; webcal is https by another name.

    Raises:
        SourceFailed: unless it is https, names a host, and carries no user and no odd characters.
    """
    refused = SourceFailed(Trouble.ADDRESS)
    if not url.isascii() or any(c <= " " or c == "\\" for c in url) or len(url) > 2000:
        raise refused
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refused from None
    if parts.scheme.lower() == "webcal":
        parts = parts._replace(scheme="https")
    if parts.scheme.lower() != "https" or not parts.hostname or parts.username is not None:
        raise refused
    if port == 0:
        raise refused
    return parts._replace(path=parts.path or "/", fragment="")


def _onward(url: str, answer: str) -> str:
    """Where an *answer* leads that may be relative, which to webcal nothing would be."""
    try:
        return urljoin(split(url).geturl(), answer)
    except ValueError:
        raise SourceFailed(Trouble.ADDRESS) from None


class _Pinned(HTTPSConnection):
    """A connection to one address that shows and checks the certificate of its name."""

    def __init__(
        self, host: str, port: int, address: str, trust: ssl.SSLContext, until: float
    ) -> None:
        super().__init__(host, port, context=trust, timeout=_left(until))
        self._address, self._trust, self._until = address, trust, until
        self._line: socket.socket | None = None

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), _left(self._until))
        try:
            plain.settimeout(_left(self._until))
            self.sock = self._line = self._trust.wrap_socket(plain, server_hostname=self.host)
            _left(self._until)
        except OSError:
            plain.close()
            raise

    def cut(self) -> None:
        """End the line, also when the answer has taken it: whoever reads from it wakes."""
        if self._line is not None:
            with suppress(OSError):
                # Not TLS's own, which would change what another thread is reading from.
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)


def _read(answer: HTTPResponse) -> Fetched:
    etag, changed = (_version(answer, name) for name in ("ETag", "Last-Modified"))
    if answer.status == 304:
        return Fetched(None, etag, changed)
    if answer.status != 200:
        raise SourceFailed(Trouble.BROKEN if answer.status >= 500 else Trouble.REFUSED)
    body = answer.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise SourceFailed(Trouble.TOO_BIG)
    return Fetched(body, etag, changed)


def _version(answer: HTTPResponse, name: str) -> str:
    """What names the version that was read; "" for what could not be stored or be sent back."""
    given = answer.getheader(name) or ""
    return (
        given if len(given) <= LONGEST_VERSION and given.isascii() and given.isprintable() else ""
    )


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
