from __future__ import annotations

import pytest
from flask import Flask

from studio.catalogue.models import Package
from tests import factories
from tests.api.calling import Caller, Sold


@pytest.fixture
def api(app: Flask, rolled_back: None) -> Caller:
    return Caller(app)


@pytest.fixture
def sold(app: Flask, rolled_back: None) -> Sold:
    """A package that Amara and Jonas shoot in two rooms, with an extra of 20 minutes."""
    with app.app_context():
        extra = factories.an_add_on(price=6000, minutes=20)
        rooms = [factories.a_resource(), factories.a_resource()]
        package: Package = factories.a_package(
            add_ons=[extra], sets=[factories.a_set(rooms=rooms)], people_max=2
        )
        amara = factories.a_photographer("Amara Vale")
        jonas = factories.a_photographer("Jonas Wick")
        return Sold(package.slug, extra.slug, amara.slug, jonas.slug)
