"""The office's pages about places outside the studio, and the way to them.

What a change does to packages on sale and to booked sessions is looked at first, so they stand
above both.
"""

from flask import Blueprint

bp = Blueprint("places_office", __name__, url_prefix="/office/studio/places")

from studio.office.places import pages  # noqa: E402

__all__ = ["bp", "pages"]
