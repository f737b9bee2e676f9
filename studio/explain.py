"""`studio explain`: the office's answer to "why not?", on the command line."""

from __future__ import annotations

import sys
from typing import Any

import click
from flask.cli import with_appcontext


@click.command("explain")
@click.argument("package")
@click.argument("at", metavar="TIME")
@click.option("--photographer", metavar="SLUG", help="Only this one.")
@click.option("--add-on", "add_ons", metavar="SLUG", multiple=True, help="May come several times.")
@click.option("--people", type=int, help="How many are photographed.")
@click.option("--place", metavar="SLUG", help="Where, for what is shot on location.")
@with_appcontext
def explain_command(package: str, at: str, **wanted: Any) -> None:
    """Say why PACKAGE cannot start at TIME, such as 2026-12-08T10:00 on the studio's clock.

    Ends 0 if it is open, 1 if something is in the way, 2 if it is not on sale like that.
    """
    from studio.booking.sale import NotOffered
    from studio.office.overriding import told

    try:
        said, is_open = told(package, at, **wanted)
    except (NotOffered, ValueError) as error:
        raise click.UsageError(str(error)) from error
    click.echo("\n".join(said))
    if not is_open:
        sys.exit(1)
