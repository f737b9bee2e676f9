"""Where this installation stands, as its messages name it."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from flask import current_app

from studio.messaging.pace import AT_ONCE, CATCH_UP, Pace
from studio.settings import Settings


def base_url() -> str:
    """BASE_URL without a slash at its end: every link in a message begins with it."""
    return _settings().base_url


def host() -> str:
    """The name behind the @ of message ids and of the calendar's UIDs."""
    return urlsplit(base_url()).hostname or "localhost"


def mail_from() -> str | None:
    """MAIL_FROM; without it mail comes from the studio's own address."""
    return _settings().mail_from


def pace() -> Pace:
    """How fast messages may leave. What is kept on this machine needs no such care."""
    settings = _settings()
    if settings.mail_url is None:
        return AT_ONCE
    return Pace(settings.mail_per_minute, CATCH_UP)


def _settings() -> Settings:
    return cast("Settings", current_app.extensions["settings"])
