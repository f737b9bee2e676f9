"""The blueprint that every page below /office/ joins, whichever module draws it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("office", __name__, url_prefix="/office")
