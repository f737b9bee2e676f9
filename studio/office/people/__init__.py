"""The office's pages about who works here and where: photographers, artists and rooms.

Also what becomes of them, of equipment and of sets when they are archived: that takes what is on
sale and what is booked to be looked at, so it stands above both.
"""

from flask import Blueprint

bp = Blueprint("people_office", __name__, url_prefix="/office/studio")

from studio.office.people import archiving, crew, rooms  # noqa: E402

__all__ = ["archiving", "bp", "crew", "rooms"]
