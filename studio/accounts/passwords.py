"""Passwords: argon2id at a stated cost, by way of Flask-Security's context."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from flask_security import Security

LONGEST = 256
SHORTEST = 12

# OWASP's second choice for argon2id: 19 MiB, two passes, one lane. Several people signing in at
# once must not cost a small machine its memory.
COST = {"argon2__memory_cost": 19 * 1024, "argon2__time_cost": 2, "argon2__parallelism": 1}


def invented() -> str:
    """A password nobody chose: 20 letters and digits and more than 110 bits."""
    return "-".join(secrets.token_hex(2) for _ in range(7))


def hashed(password: str) -> str:
    """The hash to keep.

    Raises:
        ValueError: if the password is shorter than 12 or longer than 256 characters.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError("a password has 12 to 256 characters")
    security = _security()
    return cast("str", security.pwd_context.hash(security.password_util.normalize(password)))


def verify(password: str, kept: str | None) -> tuple[bool, str | None]:
    """Whether *password* is the one *kept*, and a new hash where the cost has changed.

    Without one to compare with it takes as long and answers no.
    """
    security = _security()
    normal = security.password_util.normalize(password)
    if kept is None:
        security.pwd_context.hash(normal)
        return False, None
    right, newer = security.pwd_context.verify_and_update(normal, kept)
    return bool(right), newer


def _security() -> Security:
    return cast("Security", current_app.extensions["security"])
