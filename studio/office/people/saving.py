"""What the pages of people and rooms have in common: finding, adding, and saying why not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field

from studio.db import db
from studio.office.people.addresses import Addresses, addresses
from studio.scheduling import roster
from studio.scheduling.models import Resource, ResourceKind
from studio.scheduling.queries import of_kind


def known_or_404(resource_id: int, *kinds: ResourceKind) -> Resource:
    """One of *kinds*, archived or not."""
    found = db.session().get(Resource, resource_id)
    return found if found is not None and found.kind in kinds else abort(404)


def gone(*kinds: ResourceKind) -> list[tuple[str, Addresses]]:
    """What of some kinds is archived, by name, and where it is brought back."""
    found = of_kind(db.session(), *kinds, archived=True)
    return [(each.name, addresses(each)) for each in found]


@contextmanager
def told_apart(name: Field) -> Iterator[None]:
    """Say beside the field *name* if another one is called so."""
    try:
        yield
    except roster.NameTaken as taken:
        name.errors = [f"There is another {taken.name}: please tell them apart."]


def begun(resource_id: int, name: str, hours_of: int | None) -> ResponseReturnValue:
    """On to the hours of somebody or something new."""
    if hours_of is None:
        flash(f"{name} is added, without hours: nobody can book them yet.", "warning")
    else:
        flash(f"{name} is added, with the hours below. Change them here, or leave them.")
    return redirect(url_for("scheduling_office.hours", resource_id=resource_id), 303)
