"""`studio run` as a person uses it: real processes on a free port of this machine."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

STUDIO = (sys.executable, "-m", "studio.cli")
ROOT = Path(__file__).parents[1]


def environment(instance: Path, **given: str) -> dict[str, str]:
    ours = re.compile("STRIPE|MAIL_|BASE_URL|DATABASE_URL|SECRET_KEY|PORT$|PYTEST")
    kept = {k: v for k, v in os.environ.items() if not ours.match(k)}
    return {**kept, "INSTANCE": str(instance), **given}


@contextmanager
def running(
    instance: Path, *arguments: str, **given: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A studio on any free port, and what it said until it was ready."""
    process = subprocess.Popen(
        [*STUDIO, "run", *arguments],
        env=environment(instance, PORT="0", **given),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    try:
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        yield process, said
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stdout.close()


def get(address: str, path: str) -> tuple[int, str]:
    connection = HTTPConnection(address.removeprefix("http://"), timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def until_ready(address: str) -> dict[str, object]:
    """What /readyz says once the worker has come up beside the site."""
    for _ in range(100):
        status, body = get(address, "/readyz")
        if status == 200:
            break
        time.sleep(0.2)
    found: dict[str, object] = json.loads(body)
    return found


def chosen(instance: Path) -> dict[str, str]:
    lines = (instance / "run.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def children(pid: int) -> list[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(each) for each in found.stdout.split()]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_studio_starts_keeps_its_choices_and_ends_whole(tmp_path: Path) -> None:
    with running(tmp_path, "--demo") as (process, said):
        first = chosen(tmp_path)
        address = first["BASE_URL"]
        assert f"{address}/office/sign-in" in said
        assert str(tmp_path / "mailbox") in said
        owner = next(line for line in said.splitlines() if "owner:" in line)
        assert owner.split()[-1] in (tmp_path / "sign-in.txt").read_text()
        for private in ("run.env", "sign-in.txt", "secret-key.txt"):
            assert (tmp_path / private).stat().st_mode & 0o077 == 0
        assert get(address, "/healthz") == (200, "ok\n")
        assert until_ready(address) == {"ready": True, "faults": []}

        beside = subprocess.run(
            [*STUDIO, "doctor"],
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (beside.returncode, beside.stdout) == (0, "All is well.\n")
        second = subprocess.run(
            [*STUDIO, "run"],
            env=environment(tmp_path, PORT="0"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert second.stderr == f"The studio in {tmp_path} is running already.\n"

        pids = children(process.pid)
        assert len(pids) == 3
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(12) == 0
        assert time.monotonic() - began < 10
        assert not [pid for pid in pids if alive(pid)]

    with running(tmp_path, "--demo") as (_, said):
        again = chosen(tmp_path)
        assert again["STRIPE_SECRET_KEY"] == first["STRIPE_SECRET_KEY"]
        assert again["STRIPE_WEBHOOK_SECRET"] == first["STRIPE_WEBHOOK_SECRET"]
        assert owner.split()[-1] in said


def test_a_child_that_dies_ends_the_rest(tmp_path: Path) -> None:
    with running(tmp_path) as (process, _):
        pids = children(process.pid)
        os.kill(pids[-1], signal.SIGKILL)

        assert process.wait(15) == 1
        assert not [pid for pid in pids if alive(pid)]


@pytest.mark.parametrize("command", ["run", "web"])
def test_a_taken_port_is_one_sentence(tmp_path: Path, command: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        tried = subprocess.run(
            [*STUDIO, command],
            env=environment(tmp_path, PORT=str(port)),
            capture_output=True,
            text=True,
            check=False,
        )

    assert tried.returncode == 1
    assert re.fullmatch(rf"(Error: )?Port {port} cannot be had \(.+\)[^\n]*\n", tried.stderr)


def test_production_without_a_key_takes_no_cards_and_loads_no_demo(tmp_path: Path) -> None:
    given = {"BASE_URL": "https://studio.example", "SECRET_KEY": "s" * 40}
    with running(tmp_path, "--demo", **given) as (process, said):
        assert "none are taken" in said
        assert "https://studio.example/office/sign-in" in said
        assert len(children(process.pid)) == 2
        assert not (tmp_path / "sign-in.txt").exists()
        assert "STRIPE_SECRET_KEY" not in chosen(tmp_path)
