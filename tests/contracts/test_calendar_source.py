"""Calendars elsewhere, over real TLS on this machine, and every address that is refused."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from studio.adapters import ics_source
from studio.adapters.ics_source import IcsSource, is_public, split
from studio.ports.calendar_source import Fetched, SourceFailed, Trouble

ICS = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"

# What each begins with, and what it then says every tenth of a second for four seconds.
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
DRIPS = {
    "/body": (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "/status": (b"HTTP/1.1 2", b"0"),
    "/header": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "/continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "/chunk-size": (_CHUNKED, b"0"),
    "/trailer": (_CHUNKED + b"0\r\n", b"X: x\r\n"),
}

# Versions that could not be written down, or be sent back.
ODD = {
    "/zero": b'"\0"',
    "/folded": b'"1\r\n 2"',
    "/foreign": '"ü"'.encode(),
    "/long": b'"' + b"1" * 500 + b'"',
}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        where = {
            "/away": "https://private.example/x",
            "/loop": "/loop",
            "/plain": "http://calendar.example/ok",
            "/on": "/ok",
            "/nowhere": "https://[::1",
        }
        if self.path in where:
            self.send_response(302)
            self.send_header("Location", where[self.path])
            self.end_headers()
        elif self.path == "/ok" and self.headers.get("If-None-Match") == '"1"':
            self.send_response(304)
            self.end_headers()
        elif self.path in {"/gone", "/fault"}:
            self.send_response(404 if self.path == "/gone" else 503)
            self.end_headers()
            self.wfile.write(b"secret-of-the-other-side")
        elif self.path in DRIPS:
            begin, again = DRIPS[self.path]
            with suppress(OSError):
                self.wfile.write(begin)
                for _ in range(40):
                    self.wfile.write(again)
                    time.sleep(0.1)
        elif self.path in ODD:
            self.wfile.write(b"HTTP/1.0 200 OK\r\nETag: " + ODD[self.path])
            self.wfile.write(b"\r\nLast-Modified: " + ODD[self.path] + b"\r\n\r\n" + ICS)
        else:
            self.send_response(200)
            self.send_header("ETag", '"1"')
            self.end_headers()
            self.wfile.write(b"x" * (3 * 1024 * 1024) if self.path == "/big" else ICS)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, ssl.SSLContext]]:
    """A server with a certificate of its own for calendar.example, and who trusts it."""
    folder: Path = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-keyout", key, "-out", cert, "-subj", "/CN=calendar.example",
         "-addext", "subjectAltName=DNS:calendar.example"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    trust = ssl.create_default_context(cafile=str(cert))
    yield server.server_address[1], trust
    server.shutdown()
    server.server_close()


@pytest.fixture
def source(served: tuple[int, ssl.SSLContext]) -> IcsSource:
    """One that may reach this machine, under one name only."""

    def resolve(host: str, _port: int) -> list[str]:
        return ["127.0.0.1"] if host == "calendar.example" else ["10.0.0.7"]

    return IcsSource(resolve=resolve, allow=lambda a: a == "127.0.0.1", trust=served[1])


def url(served: tuple[int, ssl.SSLContext], path: str) -> str:
    return f"https://calendar.example:{served[0]}{path}"


def trouble(source: IcsSource, address: str) -> Trouble:
    with pytest.raises(SourceFailed) as failed:
        source.fetch(address, "", "")
    return failed.value.trouble


def test_a_calendar_is_read_and_not_again_until_it_changes(
    source: IcsSource, served: tuple[int, ssl.SSLContext]
) -> None:
    first = source.fetch(url(served, "/ok"), "", "")
    assert (first.body, first.etag) == (ICS, '"1"')
    assert source.fetch(url(served, "/ok"), first.etag, "").body is None


@pytest.mark.parametrize("path", ODD)
def test_a_version_that_cannot_be_kept_is_none(
    served: tuple[int, ssl.SSLContext], source: IcsSource, path: str
) -> None:
    assert source.fetch(url(served, path), "", "") == Fetched(ICS, "", "")
    assert source.fetch(url(served, "/on"), "", "").body == ICS
    webcal = url(served, "/on").replace("https:", "webcal:")
    assert source.fetch(webcal, "", "").body == ICS


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/gone", Trouble.REFUSED),
        ("/fault", Trouble.BROKEN),
        ("/loop", Trouble.REDIRECTS),
        ("/away", Trouble.ADDRESS),
        ("/plain", Trouble.ADDRESS),
        ("/nowhere", Trouble.ADDRESS),
        ("/big", Trouble.TOO_BIG),
    ],
)
def test_what_goes_wrong_is_told_in_our_words(
    source: IcsSource, served: tuple[int, ssl.SSLContext], path: str, why: Trouble
) -> None:
    assert trouble(source, url(served, path)) is why


@pytest.mark.parametrize("path", DRIPS)
def test_what_drips_ends_in_time(
    source: IcsSource,
    served: tuple[int, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    """Whatever drips: one that never ends would keep all other calendars waiting, and SIGTERM."""
    monkeypatch.setattr(ics_source, "SECONDS", 0.5)
    began = time.monotonic()
    assert trouble(source, url(served, path)) is Trouble.SLOW
    assert time.monotonic() - began < 2


def test_a_certificate_of_another_name_is_not_trusted(
    served: tuple[int, ssl.SSLContext],
) -> None:
    other = IcsSource(
        resolve=lambda _host, _port: ["127.0.0.1"], allow=lambda _: True, trust=served[1]
    )
    address = f"https://another.example:{served[0]}/ok"
    assert trouble(other, address) is Trouble.UNREACHABLE


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "::1", "::ffff:7f00:1", "::ffff:10.0.0.1", "169.254.169.254", "10.1.2.3",
        "172.16.0.1", "192.168.1.1", "fc00::1", "fe80::1%eth0", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "2002:7f00:1::", "192.0.2.1", "255.255.255.255", "64:ff9b::7f00:1",
        "fec0::1", "::7f00:1", "64:ff9b:1::7f00:1", "5f00::1", "::", "ff02::1", "2001::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_of_the_open_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"]
)
def test_addresses_of_the_open_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://calendar.example/x", "ftp://calendar.example/", "file:///etc/passwd", "https://",
        "https://user:word@calendar.example/", "https://calendar.example:0/",
        "https://calendar.example:99999/", "https://calendar.example/ x",
        "https://calendar.example\\@evil.example/", "javascript:alert(1)", "https://[::1",
        "https://kälender.example/", "https://calendar.example/\x00",
    ],
)  # fmt: skip
def test_addresses_that_cannot_be_meant(address: str) -> None:
    with pytest.raises(SourceFailed):
        split(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/x", "https://[::1]/x", "https://[::ffff:7f00:1]/x", "https://0x7f.1/x",
        "https://2130706433/x", "https://localhost/x", "https://169.254.169.254/latest",
    ],
)  # fmt: skip
def test_this_machine_and_its_network_are_never_asked(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real resolver and the real rule."""
    asked: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *given: asked.append(given))

    assert trouble(IcsSource(), address) is Trouble.ADDRESS
    assert not asked


def test_one_private_answer_among_public_ones_is_enough_to_refuse() -> None:
    both = IcsSource(resolve=lambda _host, _port: ["93.184.215.14", "127.0.0.1"])
    assert trouble(both, "https://rebinding.example/x") is Trouble.ADDRESS


def test_webcal_is_https_by_another_name() -> None:
    assert split("webcal://calendar.example/x.ics").scheme == "https"
