"""Who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import abort, g
from flask_security import current_user

from studio.accounts.permissions import Action, Role, allows


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in; *photographer_id* is whose sessions are theirs, if anybody's."""

    id: int
    name: str
    role: Role
    photographer_id: int | None


def current() -> Person | None:
    """Whoever this request comes from, or None."""
    if "person" not in g:
        signed_in = current_user.is_authenticated
        g.person = (
            Person(
                current_user.id, current_user.name, current_user.role, current_user.photographer_id
            )
            if signed_in
            else None
        )
    return cast("Person | None", g.person)


def asking() -> Person:
    """Whoever this request comes from; 403 if that is nobody."""
    return current() or abort(403)


def address() -> str:
    """Where whoever asks, who is signed in, reads their mail."""
    return cast("str", current_user.email)


def may(action: str) -> bool:
    """Whether whoever asks may do *action*; nobody may do anything."""
    person = current()
    return person is not None and allows(person.role, Action(action))


def scope(person: Person) -> int | None:
    """The photographer whose sessions are all that *person* may see, or None for everybody's."""
    if allows(person.role, Action.SEE_SESSIONS):
        return None
    if person.photographer_id is None:
        raise ValueError("somebody who sees no sessions but their own has none")
    return person.photographer_id
