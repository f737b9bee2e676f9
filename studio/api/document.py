"""The API described by itself, in OpenAPI 3.1.

Put together from the shapes themselves: spectree would bring its own reader of JSON, which fails
on deep nesting, and pydantic into every start of the application.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from flask import Response

from studio.api import answers, reading
from studio.api.answers import as_json
from studio.api.blueprint import bp
from studio.web.guards import public

_JSON, _PROBLEM = "application/json", "application/problem+json"

_SLUG = {"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}}
_TOKEN = {
    "name": "token",
    "in": "path",
    "required": True,
    "description": "The hold's token.",
    "schema": {"type": "string"},
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A long random text of your own. The same key and body answer the same hold.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}

_REFUSALS = {
    400: "The body is not JSON that can be read.",
    404: "There is nothing at this address.",
    409: "Another was quicker, or it is too late.",
    410: "The hold has run out or was given up.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Fields that cannot be used, each with the reason; unknown ones too.",
    429: "Too many requests, or too many holds at once.",
    503: "The database or the payment page cannot be reached; try again after Retry-After.",
}


@bp.get("/openapi.json")
@public
def describe() -> Response:
    from studio.api.bodies import Nothing

    reading.parameters(Nothing)
    return as_json(_document())


@cache
def _document() -> str:
    from studio.api import bodies

    schemas = _schemas()
    return json.dumps(
        {
            "openapi": "3.1.0",
            "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
            "info": {
                "title": "Sittings",
                "version": "1",
                "description": (
                    "Packages, free times, holds and their confirmation. Amounts are whole minor"
                    " units. Times carry an offset. Every refusal is a problem (RFC 9457) with a"
                    " type that stays the same."
                ),
            },
            "paths": {
                "/api/v1/packages": {
                    "get": _call("list_packages", "What is on sale.", answer="Offers")
                },
                "/api/v1/packages/{slug}/slots": {
                    "get": _call(
                        "list_slots",
                        "When a package is free; what is held or booked is not offered.",
                        answer="Slots",
                        parameters=[_SLUG, *_query(bodies.SlotsWanted.model_json_schema())],
                        refusals=(404, 422),
                    )
                },
                "/api/v1/holds": {
                    "post": _call(
                        "hold",
                        "Hold a time. Where another was quicker, `nearest` names free ones.",
                        status=201,
                        answer="HeldTime",
                        parameters=[_KEY],
                        body="HoldWanted",
                        refusals=(409, 410),
                    )
                },
                "/api/v1/holds/{token}/confirm": {
                    "post": _call(
                        "confirm",
                        "Say who comes. Repeated, it answers the present state.",
                        answer="Confirmation",
                        parameters=[_TOKEN],
                        body="DetailsGiven",
                        refusals=(404, 410),
                    )
                },
                "/api/v1/holds/{token}": {
                    "delete": _call(
                        "give_up",
                        "Give a time up, also while payment is open; repeated, the same.",
                        status=204,
                        parameters=[_TOKEN],
                        refusals=(404, 409),
                    )
                },
                "/api/v1/openapi.json": {
                    "get": _call("describe", "This description.", answer="Description")
                },
            },
            "components": {"schemas": schemas},
        }
    )


def _call(
    name: str,
    summary: str,
    *,
    status: int = 200,
    answer: str = "",
    parameters: list[dict[str, Any]] | None = None,
    body: str = "",
    refusals: tuple[int, ...] = (),
) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done."}
    if answer:
        done["content"] = {_JSON: {"schema": _ref(answer)}}
    if status == 201:
        done["links"] = {to: _link(to) for to in ("confirm", "give_up")}
    statuses = {*refusals, 422, 429, 503, *((400, 413, 415) if body else ())}
    call: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "responses": {
            str(status): done,
            **{
                str(each): {
                    "description": _REFUSALS[each],
                    "content": {_PROBLEM: {"schema": _ref("Problem")}},
                }
                for each in sorted(statuses)
            },
        },
    }
    if parameters:
        call["parameters"] = parameters
    if body:
        call["requestBody"] = {"required": True, "content": {_JSON: {"schema": _ref(body)}}}
    return call


def _query(shape: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of *shape* as parameters of an address, where nothing can be null."""
    found = []
    for name, schema in shape["properties"].items():
        described = schema.pop("description", "")
        variants = [each for each in schema.pop("anyOf", []) if each != {"type": "null"}]
        kept = variants[0] if variants else schema
        found.append(
            {
                "name": name,
                "in": "query",
                "required": name in shape["required"],
                "description": described,
                "schema": {key: value for key, value in kept.items() if key not in _NOISE},
            }
        )
    return found


_NOISE = {"title", "default"}


def _link(to: str) -> dict[str, Any]:
    return {"operationId": to, "parameters": {"token": "$response.body#/token"}}


def _ref(schema: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema}"}


def _schemas() -> dict[str, Any]:
    from pydantic import TypeAdapter

    from studio.api import bodies

    found: dict[str, Any] = {
        "Confirmation": {
            "oneOf": [_ref("Confirmed"), _ref("AwaitingPayment"), _ref("Requested")],
            "discriminator": {
                "propertyName": "state",
                "mapping": {
                    "confirmed": _ref("Confirmed")["$ref"],
                    "awaiting_payment": _ref("AwaitingPayment")["$ref"],
                    "requested": _ref("Requested")["$ref"],
                },
            },
        },
        "Description": {"type": "object", "description": "An OpenAPI document."},
        "Problem": _problem(),
    }
    shapes: tuple[Any, ...] = (
        answers.Offers,
        answers.Slots,
        answers.HeldTime,
        answers.Confirmed,
        answers.AwaitingPayment,
        answers.Requested,
        bodies.HoldWanted,
        bodies.DetailsGiven,
    )
    for shape in shapes:
        schema = TypeAdapter(shape).json_schema(ref_template="#/components/schemas/{model}")
        found |= schema.pop("$defs", {})
        found[shape.__name__] = schema
    return found


def _problem() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "description": "Such as /problems/slot-taken."},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "A sentence."},
            "errors": {
                "type": "object",
                "description": "Sentences by field.",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
            },
            "nearest": {
                "type": "array",
                "description": "With slot-taken: up to three open starts.",
                "maxItems": 3,
                "items": _ref("Slot"),
            },
        },
    }
