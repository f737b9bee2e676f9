"""The blueprint of the guides' editor, whose forms may be larger than others."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request

from studio.accounts import people
from studio.accounts.people import Person
from studio.catalogue.models import SessionType
from studio.db import db

bp = Blueprint("guides_office", __name__, url_prefix="/office/prep/guides")

# What is too long is refused in a sentence and kept in the form, so it has to come as far as here.
_LARGEST = 4 * 1024 * 1024


@bp.url_value_preprocessor
def _roomy(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    request.max_content_length = request.max_form_memory_size = _LARGEST


def editor() -> Person:
    return people.asking()


def kind_of(slug: str) -> SessionType:
    session = db.session()
    found = session.query(SessionType).filter_by(slug=slug).one_or_none()
    return found or abort(404)
