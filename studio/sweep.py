"""`studio sweep-pictures`: pictures that no session knows any more, on the command line.

A command and not a job: what it removes is gone for good, and a database that was put back or
mistaken for another one knows nothing of pictures that are somebody's.
"""

from __future__ import annotations

import click
from flask.cli import with_appcontext


@click.command("sweep-pictures")
@click.option("--remove", is_flag=True, help="Remove them, for good.")
@with_appcontext
def sweep_command(*, remove: bool) -> None:
    """Name the files in the folder of pictures that no session knows, a week old or older.

    Nothing is removed without --remove. Refuses where the database knows no picture, or one that
    is not in the folder: then the two may not belong together.
    """
    from studio.booking.form.showing import folder
    from studio.booking.form.sweeping import NotTogether, forgotten
    from studio.db import db
    from studio.ports import ports

    pictures = folder()
    try:
        found = forgotten(db.session(), pictures, ports().now())
    except NotTogether as error:
        raise click.ClickException(str(error)) from error
    for name in found:
        click.echo(name)
        if remove:
            pictures.drop(name)
    many = f"{len(found)} {'file belongs' if len(found) == 1 else 'files belong'} to no session"
    if not found:
        click.echo("Every picture belongs to a session, or is younger than a week.")
    elif remove:
        click.echo(f"{many}, and {'was' if len(found) == 1 else 'were'} removed.")
    else:
        click.echo(f"{many}. Remove with --remove.")
