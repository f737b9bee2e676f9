"""Who may call a route: each one says so, and the application does not start until all do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, request

View = TypeVar("View", bound=Callable[..., Any])


class Audience(StrEnum):
    PUBLIC = "public"  # anybody
    HOLDER = "holder"  # whoever has the token in the path; the view answers 404 to anyone else
    SIGNED = "signed"  # a machine that signs what it posts
    STAFF = "staff"  # somebody signed in whose role allows *action*


@dataclass(frozen=True, slots=True)
class Policy:
    audience: Audience
    action: str = ""


def open_to(audience: Audience, action: str = "") -> Callable[[View], View]:
    """Declare who may call the view below."""

    def declare(view: View) -> View:
        view.__dict__["policy"] = Policy(audience, action)
        return view

    return declare


public = open_to(Audience.PUBLIC)
holder = open_to(Audience.HOLDER)
signed = open_to(Audience.SIGNED)


def staff(action: str) -> Callable[[View], View]:
    return open_to(Audience.STAFF, action)


def declare(app: Flask, endpoint: str, policy: Policy) -> None:
    """The policy of a route that a library brings."""
    vars(app.view_functions[endpoint])["policy"] = policy


def policy_of(app: Flask, endpoint: str) -> Policy | None:
    return getattr(app.view_functions.get(endpoint), "policy", None)


def current_policy(app: Flask) -> Policy | None:
    return policy_of(app, request.endpoint) if request.endpoint else None


def check_policies(app: Flask) -> None:
    """Refuse to start while a route says nothing.

    Raises:
        RuntimeError: naming each of them.
    """
    silent = sorted(
        {rule.endpoint for rule in app.url_map.iter_rules() if not policy_of(app, rule.endpoint)}
    )
    if silent:
        raise RuntimeError(f"routes without a policy: {', '.join(silent)}")
