"""The one form in which an address may reach a header or a mail server."""

from __future__ import annotations

import re

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)

# Reserved for ever: no mail can reach it.
_ERASED = "erased.invalid"


def erased_address(client_id: int) -> str:
    """What stands for the address of a client who was forgotten."""
    return f"client-{client_id}@{_ERASED}"


def is_erased(address: str) -> bool:
    """Whether *address* is that of somebody who was forgotten: nothing is written to them."""
    return address.endswith(f"@{_ERASED}")


class NotAnAddress(ValueError):
    """Mail cannot be sent there: it is no bare address in plain letters."""


def plain_address(text: str) -> str:
    """*text* as one bare address, its domain in ASCII; quoted forms and lists are refused.

    Raises:
        NotAnAddress: if it is anything else.
    """
    local, _, domain = text.rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        address = ""
    if len(address) > 254 or len(local) > 64 or not _ADDRESS.fullmatch(address):
        raise NotAnAddress("not one bare address in plain letters")
    return address
