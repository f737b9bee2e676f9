"""The API's blueprint: each refusal on it is answered as a problem."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from studio.api.problems import Problem, TooLarge, TooManyRequests, answer_to

bp = Blueprint("api", __name__, url_prefix="/api/v1")

bp.register_error_handler(Problem, answer_to)


@bp.errorhandler(413)
def _too_large(_error: Any) -> Response:
    return answer_to(TooLarge())


@bp.errorhandler(429)
def _too_often(_error: Any) -> Response:
    return answer_to(TooManyRequests())
