"""The `studio` command; `flask --app wsgi` knows the same ones.

A fault is a sentence and exit 1, a database without its guards exit 78.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, with_appcontext

from studio.explain import explain_command
from studio.reconcile import reconcile_command
from studio.settings import Settings, SettingsError
from studio.sweep import sweep_command

EX_CONFIG = 78


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=None, version="0.1.0", prog_name="Sittings")
@click.pass_context
def studio(ctx: click.Context) -> None:
    """Run and look after one photography studio, in the folder that INSTANCE names."""
    ctx.obj = ScriptInfo(create_app=_application)


def _application() -> Flask:
    from studio.app import create_app

    return create_app(Settings.from_env())


@click.command("run")
@click.option(
    "--demo", "with_demo", is_flag=True, help="Load the demo studio into an empty database first."
)
def run_command(with_demo: bool) -> None:
    """Serve web and worker together, for one machine."""
    from studio.run import CannotRun, run

    try:
        run(demo=with_demo)
    except CannotRun as error:
        click.echo(str(error), err=True)
        sys.exit(error.code)


@click.command()
@with_appcontext
def web() -> None:
    """Serve the pages on the loopback address, at PORT."""
    from studio.server import serve

    port = _settings().port
    try:
        serve(_app(), port)
    except OSError as error:
        raise click.ClickException(f"Port {port} cannot be had ({error.strerror}).") from error


@click.command()
@click.option("--once", is_flag=True, help="Do what is due and end.")
@click.option("--at", metavar="ISO", help="With --once: act as if it were then.")
@with_appcontext
def worker(once: bool, at: str | None) -> None:
    """Send mail, settle payments and end holds, again and again."""
    from studio import worker as work

    if not once:
        if at:
            raise click.ClickException("--at goes with --once.")
        work.serve(_app())
        return
    try:
        well = work.run_due(_app(), _instant(at) if at else None)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    if not well:
        raise click.ClickException("A job failed; the lines above say which.")


@click.command()
@click.option("--demo", "with_demo", is_flag=True, hidden=True)
@with_appcontext
def migrate(with_demo: bool) -> None:
    """Bring the database to the newest migration; waits while another process does it."""
    from studio import schema
    from studio.db import db
    from studio.scheduling import guards
    from studio.scheduling.models import Studio

    schema.migrate()
    guards.check(db.engine)
    empty = db.session.get(Studio, 1) is None
    db.session.rollback()
    if with_demo and empty:
        _load_demo()


@click.command()
@click.option("--photographers", default=3, show_default=True, help="Three or more.")
@click.option("--days", default=0, show_default=True, help="Days ahead that hold sessions.")
@click.option("--fill", default=0.6, show_default=True, help="How much of those days is taken.")
@click.option("--history", default=0, show_default=True, help="Completed sessions behind.")
@click.option("--seed", default=1, show_default=True, help="The same seed, the same studio.")
@with_appcontext
def demo(**wanted: Any) -> None:
    """Load the demo studio North Light into an empty database."""
    from studio import schema
    from studio.demo.service import StudioExists

    schema.migrate()
    try:
        _load_demo(**wanted)
    except StudioExists as error:
        raise click.ClickException(
            "There is a studio in this database already; the demo is for an empty one."
        ) from error
    except ValueError as error:
        raise click.ClickException(f"{str(error).capitalize()}.") from error
    click.echo(f"North Light is loaded. Its sign-ins are in {_settings().instance / 'sign-in.txt'}")


@click.command("create-owner")
@click.argument("email")
@click.option("--name", default="", help="How the office calls them.")
@with_appcontext
def create_owner(email: str, name: str) -> None:
    """Let EMAIL sign in as an owner, or give an owner a new password."""
    from email_validator import EmailNotValidError, validate_email

    from studio.accounts import service

    try:
        address = validate_email(email, check_deliverability=False).normalized
        password = service.create_owner(address, name or address.partition("@")[0])
    except EmailNotValidError as error:
        raise click.ClickException(f"{email} is no address: {error}") from error
    except service.EmailTaken as error:
        raise click.ClickException(f"{email} belongs to somebody of another role.") from error
    click.echo(f"{address} may sign in at {_settings().base_url}/office/sign-in")
    click.echo(f"with the password {password}")
    click.echo("It is shown nowhere again; this command makes a new one.")


@click.command()
@with_appcontext
def doctor() -> None:
    """Check settings, database, migrations, mail and Stripe; a sentence for each fault."""
    from studio.doctor import faults

    found = faults(_settings())
    for fault in found:
        click.echo(fault)
    if found:
        sys.exit(1)
    click.echo("All is well.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write the database to FILE, whole and checked, while the studio runs.

    Pictures that clients showed go into FILE.pictures.tar beside it.
    """
    from studio import backup as copies

    try:
        copies.backup(Settings.from_env(), file)
    except copies.NotCopied as error:
        raise click.ClickException(str(error)) from error
    beside = copies.pictures_beside(file)
    with_it = f"{beside.name}, secret-key.txt" if beside.exists() else "secret-key.txt"
    click.echo(f"{file} holds the database. Keep {with_it} and the settings with it.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put the database from FILE in place; refuses where one is already."""
    from studio import backup as copies

    try:
        copies.restore(settings := Settings.from_env(), file)
    except copies.NotCopied as error:
        raise click.ClickException(str(error)) from error
    if missing := copies.missing_pictures(settings):
        beside = copies.pictures_beside(file)
        click.echo(
            f"{missing} of the pictures that clients showed are missing: they go into"
            f" {settings.pictures}, and {beside.name} should have held them.",
            err=True,
        )
    click.echo("Restored. `studio doctor` looks it over.")


COMMANDS: tuple[click.Command, ...] = (
    web,
    worker,
    migrate,
    demo,
    create_owner,
    explain_command,
    reconcile_command,
    doctor,
    backup,
    restore,
    sweep_command,
)
studio.add_command(run_command)
for _command in COMMANDS:
    studio.add_command(_command)


def register(app: Flask) -> None:
    """Give `flask --app wsgi` the commands, all but `run`, which is Flask's own."""
    for command in COMMANDS:
        app.cli.add_command(command)


def main() -> int:
    """Run a command; what it returns is the exit code."""
    from sqlalchemy.exc import OperationalError

    from studio import log
    from studio.db import DatabaseBusy
    from studio.scheduling.guards import GuardMissing

    try:
        log.configure(production=Settings.from_env().production)
        studio(prog_name="studio")
    except SettingsError as error:
        for fault in error.faults:
            click.echo(fault, err=True)
    except GuardMissing as error:
        click.echo(str(error), err=True)
        return EX_CONFIG
    except (OperationalError, DatabaseBusy) as error:
        reason = str(getattr(error, "orig", "") or "it is busy").strip().splitlines()[0]
        click.echo(f"The database cannot be used: {reason}.", err=True)
    return 1


def _load_demo(**wanted: Any) -> None:
    """Load the demo studio and keep its sign-ins beside the data."""
    from studio.demo import service
    from studio.files import SIGN_INS, write_private

    sign_ins = service.load(**wanted)
    text = "".join(f"{each.role}: {each.email}  {each.password}\n" for each in sign_ins)
    write_private(_settings().instance / SIGN_INS, text)


def _app() -> Flask:
    found: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    return found


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def _instant(text: str) -> datetime:
    """The aware instant that *text* names.

    Raises:
        ValueError: if it names none, or no zone.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError("--at wants a time such as 2026-12-01T09:00:00Z.")
    return instant


if __name__ == "__main__":
    sys.exit(main())
