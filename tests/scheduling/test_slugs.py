from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.db import db
from studio.scheduling.places import Place
from studio.scheduling.slugs import free_slug
from tests import factories

pytestmark = pytest.mark.usefixtures("database")


def slug(name: str) -> str:
    return free_slug(db.session(), Place.slug, name, "place")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Canal Park", "canal-park"),
        ("  Café — Zoë's corner! ", "cafe-zoe-s-corner"),
        ("Straße 12", "strasse-12"),
        ("河边", "place"),
        ("---", "place"),
        ("x" * 80, "x" * 60),
    ],
)
def test_it_is_made_of_the_name(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_a_name_that_comes_again_is_told_apart() -> None:
    factories.a_place(slug="canal-park")
    factories.a_place(slug="canal-park-3")
    factories.a_place(slug="canal-parking")

    assert slug("Canal Park") == "canal-park-2"
    factories.a_place(slug="canal-park-2")
    assert slug("Canal Park") == "canal-park-4"


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80))
def test_an_address_holds_it_whatever_the_name(name: str) -> None:
    assert re.fullmatch("[a-z0-9-]{1,80}", slug(name))
