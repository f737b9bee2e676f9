"""What makes a form count once, however often it is sent."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from flask import abort
from wtforms import HiddenField

_LENGTH = 32


def new_once() -> str:
    return secrets.token_hex(_LENGTH // 2)


def is_once(text: str) -> bool:
    """Whether *text* is a number as `new_once` makes it."""
    return len(text) == _LENGTH and set(text) <= set("0123456789abcdef")


def once_of(text: str) -> str:
    """*text*, which a form of ours brought back.

    Raises:
        werkzeug.exceptions.BadRequest: if it is none of ours.
    """
    if not is_once(text):
        abort(400, "That form was not one of ours. Please load the page again.")
    return text


class OnceField(HiddenField):
    """The number of a form, in its page from the first: the same form counts once."""

    data: str

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default=new_once, **kwargs)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        given = valuelist[0] if valuelist else ""
        if isinstance(given, str) and is_once(given):
            self.data = given
        else:
            self.data = new_once()
            raise ValueError("That form was not one of ours. Please send it once more.")
