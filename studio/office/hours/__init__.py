"""The office's pages about when the studio works, and what it works with.

They show whose sessions a change of hours touches, so they stand above both.
"""

from flask import Blueprint

bp = Blueprint("scheduling_office", __name__, url_prefix="/office/studio")

from studio.office.hours import (  # noqa: E402
    copy,
    dates,
    equipment,
    holidays,
    overview,
    sets,
    time_off,
    week,
    weekly,
)

__all__ = [
    "bp",
    "copy",
    "dates",
    "equipment",
    "holidays",
    "overview",
    "sets",
    "time_off",
    "week",
    "weekly",
]
