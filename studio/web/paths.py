"""What a part of an address may be; anything else is at no address and never asks the database."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import BaseConverter, IntegerConverter, Map


class _Slug(BaseConverter):
    """``<slug:...>``: the name that a package or kind of session has in addresses."""

    regex = "[a-z0-9-]{1,80}"


class _Id(IntegerConverter):
    """``<id:...>``: a row's number; what a 64-bit key cannot hold is nobody's."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**63 - 1)


def init_app(app: Flask) -> None:
    app.url_map.converters.update(slug=_Slug, id=_Id)
