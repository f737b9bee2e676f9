"""The API's description, and a machine that tries whatever it allows and does not allow."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.specs.openapi.checks import positive_data_acceptance

from studio.booking.forms import DetailsForm
from tests.api.calling import ROBIN, Caller, Sold

OPERATIONS = [
    ("GET", "/api/v1/packages"),
    ("GET", "/api/v1/packages/{slug}/slots"),
    ("POST", "/api/v1/holds"),
    ("POST", "/api/v1/holds/{token}/confirm"),
    ("DELETE", "/api/v1/holds/{token}"),
    ("GET", "/api/v1/openapi.json"),
]


def test_every_call_is_described(app: Flask, api: Caller) -> None:
    document = api.get("/openapi.json")
    described = {
        (method.upper(), path) for path, calls in document["paths"].items() for method in calls
    }

    routed = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule)))
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert document["openapi"].startswith("3.1")
    assert described == routed == set(OPERATIONS)


def test_the_described_lengths_are_those_of_the_form(app: Flask, api: Caller) -> None:
    described = api.get("/openapi.json")["components"]["schemas"]["DetailsGiven"]["properties"]
    with app.test_request_context():
        form = DetailsForm(meta={"csrf": False})

    assert described["name"]["maxLength"] == form.name._longest
    for field in ("phone", "notes"):
        (text, _nothing) = described[field]["anyOf"]
        assert text["maxLength"] == form[field]._longest


def test_every_reference_leads_somewhere(api: Caller) -> None:
    document = api.get("/openapi.json")

    for name in _references(document):
        assert name.startswith("#/components/schemas/")
        assert name.rpartition("/")[2] in document["components"]["schemas"]


def _references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if "$ref" in part else set()
        return own.union(*(_references(each) for each in part.values()))
    return set().union(*(_references(each) for each in part)) if isinstance(part, list) else set()


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        *((*each, GenerationMode.POSITIVE) for each in OPERATIONS),
        # Those that take nothing cannot be given anything wrong.
        *((*each, GenerationMode.NEGATIVE) for each in OPERATIONS[1:5]),
    ],
)
def test_what_the_description_allows_is_what_the_api_does(
    app: Flask, api: Caller, sold: Sold, method: str, path: str, mode: GenerationMode
) -> None:
    """Refusals, statuses, content types and answers are as described, and nothing breaks."""
    load_all_checks()
    # What is well-formed may still name a package that nobody sells.
    checks: Any = [each for each in CHECKS.get_all() if each is not positive_data_acceptance]
    token = api.hold(sold.at())["token"]
    document = api.get("/openapi.json")
    _choose_from(document, sold, token)
    operation = schemathesis.openapi.from_dict(document)[path][method]

    @seed(20261208)
    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def calls(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(checks=checks, app=app)

    calls()


def _choose_from(document: dict[str, Any], sold: Sold, token: str) -> None:
    """Name what is on sale, so that a part of what is tried goes through."""
    schemas, paths = document["components"]["schemas"], document["paths"]
    wanted = schemas["HoldWanted"]["properties"]
    wanted["package"]["examples"] = [sold.package]
    schemas["HoldWanted"]["examples"] = [sold.at()]
    schemas["DetailsGiven"]["examples"] = [ROBIN]
    paths["/api/v1/packages/{slug}/slots"]["get"]["parameters"][0]["schema"] = {
        "enum": [sold.package, "nothing"]
    }
    for path, method in (
        ("/api/v1/holds/{token}", "delete"),
        ("/api/v1/holds/{token}/confirm", "post"),
    ):
        paths[path][method]["parameters"][0]["schema"] = {"enum": [token, "nothing"]}
