"""The client's pages, from choosing a time to the session's own page."""

from flask import Blueprint

bp = Blueprint("booking", __name__)

from studio.booking.views import checkout, choosing, own_page  # noqa: E402

__all__ = ["bp", "checkout", "choosing", "own_page"]
