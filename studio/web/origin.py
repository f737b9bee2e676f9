"""Where a request says it comes from, and which studio it says it is for."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, request

from studio.web.errors import for_programs
from studio.web.guards import Audience, current_policy

_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
_USUAL_PORTS = {"http": 80, "https": 443}


def init_app(app: Flask, *, base_url: str, production: bool) -> None:
    """Refuse requests meant for another host and posts that another site's page sends.

    In production both have to name *base_url*; on a machine of one's own, whose pages answer to
    several names of the loopback address, a post has to come from the host that it goes to.
    """

    @app.before_request
    def check() -> None:
        if production and not _is_for(base_url) and request.blueprint != "health":
            # Containers and proxies ask for our health by names of their own.
            abort(400, "This address is not the studio's.")
        if request.method in _SAFE or for_programs() or _is_signed(app):
            return  # nothing changes, or no cookie decides who asks
        origin = request.headers.get("Origin")
        foreign = origin is not None and not _is_ours(origin, base_url if production else None)
        if foreign or request.headers.get("Sec-Fetch-Site") == "cross-site":
            abort(400, "This form was sent from another site. Please use our own page.")


def _is_signed(app: Flask) -> bool:
    policy = current_policy(app)
    return policy is not None and policy.audience is Audience.SIGNED


def _is_for(base_url: str) -> bool:
    return _place(f"{urlsplit(base_url).scheme}://{request.host}") == _place(base_url)


def _is_ours(origin: str, base_url: str | None) -> bool:
    return _place(origin) == _place(base_url or f"{request.scheme}://{request.host}")


def _place(address: str) -> tuple[str, str | None, int | None] | None:
    """Scheme, host and port; None where there is none, as in "null"."""
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname, parts.port or _USUAL_PORTS.get(parts.scheme)
    except ValueError:
        return None
