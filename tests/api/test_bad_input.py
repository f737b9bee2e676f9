"""Whatever is sent, the answer is a problem, and never a failure of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from studio.accounts import queries
from tests.api.calling import ROBIN, Caller, Sold
from tests.factories import TEN_FIFTEEN

START = TEN_FIFTEEN.isoformat()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"null",
        b"[]",
        b'"text"',
        b"17",
        b"[" * 100_000,
        b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
        b'{"people": NaN}',
        b'{"people": -Infinity}',
        b'{"people": ' + b"9" * 5000 + b"}",
        b'{"package": "a", "package": "b"}',
        b'{"\\ud800": 1}',
        b'{"a\\u0000": 1}',
        b'\xff\xfe{"a": 1}',
        b"\xef\xbb\xbf{}",
        '{"package": "é"}'.encode("latin-1"),
        '{"package": "x"}'.encode("utf-16"),
        b'{"package": "x"} {}',
        b"{'package': 'x'}",
    ],
)
def test_what_is_not_a_json_object_is_malformed(api: Caller, sold: Sold, body: bytes) -> None:
    for path in ("/holds", f"/holds/{_token(api, sold)}/confirm"):
        assert api.post(path, body, 400)["type"] == "/problems/malformed-json"


def _token(api: Caller, sold: Sold) -> str:
    token: str = api.hold(sold.at(), Idempotency_Key="once")["token"]
    return token


UNUSABLE: dict[str, list[Any]] = {
    "package": [
        *[None, 7, True, [], {}, "", "A B", "x" * 81],
        *["a\x00", "\ud800", "a\n", "é", "../a", "<b>"],
    ],
    "starts_at": [
        *[None, 0, 1796724900, True, [], {}, ""],
        "2026-12-08T10:15:00",  # no offset
        "2026-12-08",
        "10:15Z",
        "2026-12-08 10:15:00+00:00",
        "20261208T101500Z",
        "2026-W50-2T10:15:00Z",
        "2026-12-08T10:15:00.5Z",
        "2026-12-08T24:00:00Z",
        "2026-12-08T10:15:60Z",
        "2026-13-08T10:15:00Z",
        "2026-12-08T10:15:00+25:00",
        "２０２６-12-08T10:15:00Z",
        "2026-12-08T10:15:00Z\n",
        "0001-01-01T00:00:00+12:00",
        "9999-12-31T23:59:00-12:00",
        "x" * 100_000,
    ],
    "people": [
        *[True, False, 1.0, 1.5, "2", [1], {}, 0, -1, 101],
        *[2**31, 2**63, -(2**63), 10**4000],
    ],
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((field, value) for field, values in UNUSABLE.items() for value in values),
        ("photographer", 3),
        ("photographer", ["a"]),
        ("photographer", ""),
        ("add_ons", "one"),
        ("add_ons", [1]),
        ("add_ons", [None]),
        ("add_ons", {"a": 1}),
        ("add_ons", ["a"] * 2),
        ("add_ons", [f"a{n}" for n in range(21)]),
        ("add_ons", ["\x00"]),
        ("price", 1),
        ("price_minor", 1),
        ("minutes", 5),
        ("ends_at", START),
        ("state", "confirmed"),
        ("photographer_id", 1),
        ("held_by", "x"),
        ("replaces", 1),
        ("key", "x"),
        ("__proto__", {}),
    ],
)
def test_each_field_that_cannot_be_used_is_named(
    api: Caller, sold: Sold, field: str, value: Any
) -> None:
    problem = api.post("/holds", {**sold.at(), field: value}, 422)

    assert problem["type"] == "/problems/invalid-input"
    assert list(problem["errors"]) == [field]


def test_missing_fields_are_all_named(api: Caller, sold: Sold) -> None:
    assert set(api.post("/holds", {}, 422)["errors"]) == {"package", "starts_at"}


def test_thousands_of_unknown_fields_are_answered_shortly(api: Caller, sold: Sold) -> None:
    problem = api.post("/holds", {f"f{n}": n for n in range(15_000)}, 422)

    assert len(json.dumps(problem)) < 5000


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "text/json",
    ],
)
def test_other_content_types_are_refused(api: Caller, sold: Sold, kind: str) -> None:
    token = _token(api, sold)
    for path, body in (("/holds", sold.at()), (f"/holds/{token}/confirm", ROBIN)):
        headers = {"Content-Type": kind} if kind else {}
        response = api.client.post(f"/api/v1{path}", data=json.dumps(body), headers=headers)
        assert api.read(response, 415)["type"] == "/problems/unsupported-media-type"


def test_a_charset_beside_the_content_type_is_fine(api: Caller, sold: Sold) -> None:
    api.hold(sold.at(), Content_Type="application/json; charset=utf-8")


def test_a_large_body_is_refused(api: Caller, sold: Sold) -> None:
    problem = api.post("/holds", b'{"package": "' + b"x" * 300_000 + b'"}', 413)

    assert problem["type"] == "/problems/body-too-large"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/packages", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/packages/x/slots", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/holds", {"POST", "OPTIONS"}),
        ("GET", "/holds/x", {"DELETE", "OPTIONS"}),
        ("GET", "/holds/x/confirm", {"POST", "OPTIONS"}),
        ("TRACE", "/openapi.json", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_other_methods_are_told_which_there_are(
    api: Caller, method: str, path: str, allowed: set[str]
) -> None:
    response = api.client.open(f"/api/v1{path}", method=method)

    assert api.read(response, 405)["type"] == "/problems/method-not-allowed"
    assert set(response.headers["Allow"].split(", ")) == allowed
    asked = api.client.options(f"/api/v1{path}")
    assert asked.status_code == 200
    assert set(asked.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("path", ["", "/", "/nothing", "/holds/", "/holds/a/b/c", "/packages/a"])
def test_an_unknown_address_is_not_found(api: Caller, path: str) -> None:
    assert api.get(path, 404)["type"] == "/problems/not-found"


@pytest.mark.parametrize("path", ["/packages", "/openapi.json"])
def test_parameters_nobody_described_are_refused(api: Caller, sold: Sold, path: str) -> None:
    assert list(api.get(path, 422, {"limit": "3"})["errors"]) == ["limit"]


@pytest.mark.parametrize("path", ["/packages", "/openapi.json"])
def test_head_answers_as_get_without_a_body(api: Caller, sold: Sold, path: str) -> None:
    whole, head = (api.client.open(f"/api/v1{path}", method=m) for m in ("GET", "HEAD"))

    assert head.status_code == 200
    assert head.get_data() == b""
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]


def test_no_cookie_is_read_or_set(
    app: Flask, api: Caller, sold: Sold, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        raise AssertionError("the cookie was looked up")

    monkeypatch.setattr(queries, "live_sign_in", read)
    cookie = {"Cookie": f"sid={'a' * 43}; session=x"}

    response = api.client.get("/api/v1/packages", headers=cookie)
    posted = api.client.post("/api/v1/holds", json=sold.at(), headers=cookie)

    for answer, status in ((response, 200), (posted, 201)):
        api.read(answer, status)
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_posting_from_another_site_gains_nothing(api: Caller, sold: Sold) -> None:
    """What a page elsewhere may post without being asked first is never JSON."""
    headers = {"Origin": "https://elsewhere.example", "Content-Type": "text/plain"}

    response = api.client.post("/api/v1/holds", data=json.dumps(sold.at()), headers=headers)

    assert response.status_code == 415
    assert "Access-Control-Allow-Origin" not in response.headers
