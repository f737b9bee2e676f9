"""Requests read strictly: what is not described is refused, and nothing breaks the reader."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from flask import request

from studio.api.problems import Errors, InvalidInput, MalformedJson, NotJson
from studio.web.text import unwanted

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    Shape = TypeVar("Shape", bound=BaseModel)

# A body with thousands of unknown names is not told of each.
_MOST_ERRORS = 20

_SENTENCES = {
    "missing": "This is missing.",
    "extra_forbidden": "There is no such field.",
    "string_type": "This has to be a text.",
    "string_too_short": "This is too short.",
    "string_too_long": "This is too long.",
    "string_pattern_mismatch": "This is not one of our names.",
    "int_type": "This has to be a whole number.",
    "bool_type": "This has to be true or false.",
    "list_type": "This has to be a list.",
    "too_long": "These are too many.",
    "greater_than_equal": "This is too small.",
    "less_than_equal": "This is too large.",
}


def body(shape: type[Shape]) -> Shape:
    """The request's JSON object as *shape*.

    Raises:
        NotJson: if it is sent as anything else.
        MalformedJson: if it cannot be read, or holds NaN, or a name twice.
        InvalidInput: naming each field that is not as *shape* wants it.
    """
    if request.mimetype != "application/json":
        raise NotJson
    return _shaped(shape, _parsed(request.get_data()))


def parameters(shape: type[Shape], *lists: str) -> Shape:
    """The address's parameters as *shape*; those in *lists* may come several times.

    Raises:
        InvalidInput: naming each parameter that is not as *shape* wants it.
    """
    given = request.args
    twice = [name for name in given if name not in lists and len(given.getlist(name)) > 1]
    if twice:
        raise InvalidInput({name: ["Please give this once."] for name in twice})
    return _shaped(
        shape, {name: given.getlist(name) if name in lists else given[name] for name in given}
    )


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content.decode(), object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise MalformedJson from None
    if not isinstance(found, dict):
        raise MalformedJson
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs) or any(unwanted(name) for name in found):
        raise ValueError("a name stands twice, or cannot be printed")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _shaped(shape: type[Shape], given: dict[str, Any]) -> Shape:
    from pydantic import ValidationError

    try:
        return shape.model_validate(given)
    except ValidationError as refused:
        raise InvalidInput(_explained(refused)) from None


def _explained(refused: ValidationError) -> Errors:
    found: Errors = {}
    for error in refused.errors(include_url=False, include_input=False)[:_MOST_ERRORS]:
        own = error.get("ctx", {}).get("error")
        sentence = str(own) if own else _SENTENCES.get(error["type"], "This cannot be used.")
        sentences = found.setdefault(str(error["loc"][0]), [])
        if sentence not in sentences:
            sentences.append(sentence)
    return found
