"""The stand-in as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from studio.sandbox.stripe import server
from tests.sandbox.driving import send

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
        assert process.wait(timeout=10) == 0


def test_notices_need_a_secret() -> None:
    done = subprocess.run(
        [*COMMAND, "--webhook", "http://127.0.0.1:9/"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
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
        timeout=20,
        check=False,
    )
    running.close()

    assert done.returncode == 1
    assert done.stderr.startswith("The Stripe stand-in cannot start:")


def test_a_secret_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        server.start(webhooks=["http://127.0.0.1:9/"], secret="sk_test_mixed_up")
