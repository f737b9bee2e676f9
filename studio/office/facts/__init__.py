"""The office's page about the studio itself: what it is called, where it is, and its limits.

Clock and currency are fixed by the first booking or voucher, so the page stands above these.
"""

from flask import Blueprint

bp = Blueprint("facts_office", __name__, url_prefix="/office/studio")

from studio.office.facts import page  # noqa: E402

__all__ = ["bp", "page"]
