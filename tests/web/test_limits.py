"""Who counts as one caller."""

from __future__ import annotations

import pytest
from flask import Flask

from studio.web import limits
from studio.web.limits import caller, caller_mark, limiter


@pytest.mark.parametrize(
    ("address", "stands_for_it"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("", "0.0.0.0"),
    ],
)
def test_a_network_is_one_caller(app: Flask, address: str, stands_for_it: str) -> None:
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
        assert caller() == stands_for_it
        assert limiter._key_func() == stands_for_it


def marks(app: Flask, *addresses: str, secret: str = "a") -> set[str]:
    found = set()
    for address in addresses:
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
            found.add(caller_mark(secret))
    return found


def test_the_mark_stands_for_the_caller_and_hides_the_address(app: Flask) -> None:
    assert len(marks(app, "2001:db8::1", "2001:db8::2")) == 1
    assert len(marks(app, "2001:db8::1", "2001:db8:0:1::1", "192.0.2.7")) == 3
    assert not marks(app, "192.0.2.7") & marks(app, "192.0.2.7", secret="b")
    assert "192.0.2.7" not in marks(app, "192.0.2.7").pop()


@pytest.mark.parametrize("made_last", [False, True])
def test_each_application_of_a_process_counts_as_it_was_told(made_last: bool) -> None:
    """Those of the suite share one process and one limiter."""
    answers = {}
    made = []
    for counts in (not made_last, made_last):
        application = Flask(f"counts_{counts}_{made_last}")
        limits.init_app(application, enabled=counts)
        application.add_url_rule("/", application.name, limiter.limit("1 per minute")(lambda: ""))
        made.append((counts, application.test_client()))
    for counts, client in made:
        answers[counts] = [client.get("/").status_code for _ in range(2)]

    assert answers == {False: [200, 200], True: [200, 429]}
