"""The stand-in as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import stripe

from studio.sandbox.stripe import server
from tests.sandbox.conftest import a_line
from tests.sandbox.driving import send, submit, verb

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "studio.sandbox.stripe"]


def test_it_prints_where_it_is_and_stops_when_told() -> None:
    with subprocess.Popen(
        [*COMMAND, "--webhook", "http://127.0.0.1:9/", "--secret", "whsec_only_for_tests"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    ) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            match = re.fullmatch(r"Stripe stand-in on (http://127\.0\.0\.1:\d+)\n", first)
            assert match is not None
            assert send("GET", f"{match[1]}/_test/state").status == 200
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def test_notices_need_a_secret() -> None:
    done = subprocess.run(
        [*COMMAND, "--webhook", "http://127.0.0.1:9/"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "whsec_" in done.stderr


def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    running = server.start()
    done = subprocess.run(
        [*COMMAND, "--port", running.url.rpartition(":")[2]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    running.close()

    assert done.returncode == 1
    assert done.stderr.startswith("The Stripe stand-in cannot start:")


def test_a_secret_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        server.start(webhooks=["http://127.0.0.1:9/"], secret="sk_test_mixed_up")


def a_client(url: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        "sk_test_only_for_tests",
        base_addresses={"api": url},
        http_client=stripe.RequestsClient(timeout=10),
    )


def test_it_remembers_from_run_to_run_where_it_is_told_to(tmp_path: Path) -> None:
    remembered = tmp_path / "stripe.json"
    first = server.start(remembered=remembered)
    params: Any = {
        "mode": "payment",
        "line_items": [a_line(8400)],
        "success_url": "http://127.0.0.1:8000/",
    }
    options: Any = {"idempotency_key": "payment-17-cs"}
    pages = a_client(first.url).v1.checkout.sessions
    made = [pages.create(params, options), pages.create(params)]
    submit(made[1].url or "", card="4242424242424242")
    verb(first, "advance", seconds=60)
    first.close()

    second = server.start(remembered=remembered)
    client = a_client(second.url)

    still_open, paid = (client.v1.checkout.sessions.retrieve(each.id) for each in made)
    assert still_open.url == f"{second.url}/c/pay/{made[0].id}"
    assert send("GET", still_open.url).status == 200
    again = client.v1.checkout.sessions.create(params=params, options=options)
    assert again.id == made[0].id
    assert client.v1.refunds.create({"payment_intent": str(paid.payment_intent)}).amount == 8400
    assert len(client.v1.events.list({"types": ["checkout.session.completed"]}).data) == 1
    assert abs(second.core.world.now() - time.time() - 60) <= 2
    second.close()
    assert remembered.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("held", ["", "[]", "{}", "rubbish"])
def test_a_file_that_is_no_memory_is_not_taken_for_one(tmp_path: Path, held: str) -> None:
    remembered = tmp_path / "notes.txt"
    remembered.write_text(held)

    with pytest.raises(ValueError, match="holds no memory"):
        server.start(remembered=remembered)

    assert remembered.read_text() == held
