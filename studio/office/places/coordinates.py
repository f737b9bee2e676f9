"""A spot on the earth, as people type it or paste it from a map."""

from __future__ import annotations

import re

from studio.web.fields import TypedField

Degrees = tuple[float, float]

_NUMBER = r"([+-]?\d{1,3}(?:\.\d{1,20})?)°?"
_PAIR = re.compile(rf"\(?{_NUMBER}(?:\s*[,;]\s*|\s+){_NUMBER}\)?", re.ASCII)
_MINUS = str.maketrans("\u2212\u2013", "--")
# "51,5" is one number with the comma of other countries, and not two whole ones.
_COMMA = re.compile(r"\d+,\d+", re.ASCII)
# About ten centimetres.
_DIGITS = 6


def parse_coordinates(text: str) -> Degrees:
    """Degrees north and east.

    Raises:
        ValueError: with a sentence for whoever typed it.
    """
    plain = text.translate(_MINUS)
    found = _PAIR.fullmatch(plain)
    if found is None or _COMMA.fullmatch(plain):
        raise ValueError(
            "Please give two numbers with points, north first, such as 51.54, -0.03: south and"
            " west have a minus."
        )
    north, east = float(found[1]), float(found[2])
    if abs(north) > 90:
        raise ValueError("North goes from -90 to 90, and comes first: are the two in order?")
    if abs(east) > 180:
        raise ValueError("East goes from -180 to 180.")
    return round(north, _DIGITS), round(east, _DIGITS)


class CoordinatesField(TypedField):
    def parse(self, text: str) -> Degrees:
        return parse_coordinates(text)

    def written(self, value: Degrees) -> str:
        return ", ".join(f"{each:.{_DIGITS}f}".rstrip("0").rstrip(".") for each in value)
