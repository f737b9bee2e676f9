"""The blueprint of the questions' editor, whose forms are larger than others."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

bp = Blueprint("questions_office", __name__, url_prefix="/office/prep/questions")

# What is too long is refused in a sentence and kept in the form, so it has to come as far as here.
_LARGEST = 2 * 1024 * 1024


@bp.url_value_preprocessor
def _roomy(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    request.max_content_length = request.max_form_memory_size = _LARGEST
    # A dozen fields a question.
    request.max_form_parts = 2_000
