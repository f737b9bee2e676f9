"""The client's pages, from choosing a time to the session's own page."""

from flask import Blueprint

bp = Blueprint("booking", __name__)

from studio.booking.views import (  # noqa: E402
    changing,
    checkout,
    choosing,
    contract,
    extras,
    own_page,
    paying,
)

__all__ = ["bp", "changing", "checkout", "choosing", "contract", "extras", "own_page", "paying"]
