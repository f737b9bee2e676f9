"""Stripe's form encoding, ``line_items[0][price_data][currency]=eur``, read into plain values."""

import re
from collections.abc import Collection, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from studio.sandbox.stripe.refusals import Refusal

Params: TypeAlias = dict[str, Any]

_PART = re.compile(r"\[([^\]]*)\]")


def parse(encoded: str) -> Params:
    """Nest what *encoded* says; lists are the keys that count from 0, or are left empty."""
    nested: Params = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        head, bracket, rest = name.partition("[")
        path = [head, *_PART.findall(bracket + rest)]
        at = nested
        for part in path[:-1]:
            at = at.setdefault(part, {})
            if not isinstance(at, dict):
                raise Refusal(400, f"Invalid parameter: {name}", param=name)
        last = path[-1]
        at[last or str(len(at))] = value
    return {name: _lists(value) for name, value in nested.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(each) for name, each in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def only(params: Mapping[str, Any], known: Collection[str], within: str = "") -> None:
    """Refuse what is not *known*, as Stripe does: a misspelt parameter must not pass unseen."""
    for name in params:
        if name not in known:
            where = f"{within}[{name}]" if within else name
            raise Refusal(
                400,
                f"Received unknown parameter: {where}",
                code="parameter_unknown",
                param=where,
            )


def required(params: Mapping[str, Any], name: str) -> str:
    """The text given as *name*."""
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
    return value


def whole(params: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """The whole number given as *name*, or *default*; without a default it must be there."""
    if name not in params and default is not None:
        return default
    text = required(params, name)
    if not re.fullmatch(r"-?\d{1,12}", text):
        raise Refusal(400, f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    return int(text)


def metadata(params: Mapping[str, Any], *, name: str = "metadata") -> dict[str, str]:
    """The caller's own notes: up to 50 short texts."""
    notes = params.get(name) or {}
    if not isinstance(notes, dict) or not all(isinstance(note, str) for note in notes.values()):
        raise Refusal(400, "Metadata must be a hash of strings.", param=name)
    if len(notes) > 50 or any(len(key) > 40 or len(notes[key]) > 500 for key in notes):
        raise Refusal(400, "Metadata has too many or too long entries.", param=name)
    return dict(notes)
