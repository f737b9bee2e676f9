"""Who calls, and how often they may ask: counted in this process's memory."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Mapping

from flask import Flask, current_app, request
from flask_limiter import Limiter


def network(address: str) -> str:
    """What stands for everybody at *address*: itself, or with IPv6 its network of 64 bits.

    A household has such a network to itself, and all its addresses at no cost.
    """
    try:
        host = ipaddress.ip_address(address.partition("%")[0] or "0.0.0.0")  # noqa: S104 -- not a bind
    except ValueError:
        return address  # whatever a proxy wrote there
    if isinstance(host, ipaddress.IPv4Address):
        return str(host)
    if host.ipv4_mapped:
        return str(host.ipv4_mapped)
    return str(ipaddress.ip_network((host, 64), strict=False))


def caller() -> str:
    """What stands for the address this request comes from."""
    return network(request.remote_addr or "")


def caller_mark(secret: str) -> str:
    """The same, 32 characters from which nobody without *secret* learns the address."""
    return hashlib.sha256(f"{secret}{caller()}".encode()).hexdigest()[:32]


limiter = Limiter(caller, default_limits=["600 per minute"], storage_uri="memory://")


def typed_code() -> bool:
    """Whether the request tries a code: few a minute, since codes can be guessed."""
    given = request.get_json(silent=True) if request.is_json else request.form
    return bool(isinstance(given, Mapping) and given.get("code"))


few_codes = limiter.shared_limit(
    "10 per minute", scope="codes", exempt_when=lambda: not typed_code()
)


def init_app(app: Flask, *, enabled: bool) -> None:
    """Count what *app* is asked, unless not *enabled*, whatever other applications here do.

    The limiter's own switch is one for the whole process, so it stays on and a filter says no.
    """
    app.extensions[_UNCOUNTED] = not enabled
    limiter.init_app(app)


_UNCOUNTED = "uncounted"


@limiter.request_filter
def _uncounted() -> bool:
    return bool(current_app.extensions[_UNCOUNTED])
