"""A database for each test that changes the schema itself, on both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from studio import schema
from studio.app import create_app
from studio.db import db
from studio.ports import Ports
from tests import postgres
from tests.clock import Clock
from tests.conftest import DATABASES, settings_for
from tests.fakes.mailer import FakeMailer


def build(url: str, instance: Path) -> Flask:
    settings = settings_for(instance, DATABASE_URL=url)
    return create_app(settings, Ports(now=Clock().now, mailer=FakeMailer(), gateway=None))


@pytest.fixture(params=DATABASES)
def own_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database that nobody else uses."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'own.db'}"
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture
def empty(own_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application on an empty database, with an open context."""
    app = build(own_url, tmp_path)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def migrated(empty: Flask) -> Flask:
    schema.migrate()
    return empty
