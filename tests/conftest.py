"""Two databases, rolled back after each test; a browser that reads every page it is given."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from studio import schema
from studio.app import create_app
from studio.db import Base, db
from studio.ports import Ports
from studio.scheduling.memory import memory
from studio.settings import Settings
from tests import postgres
from tests.browsing import Browser
from tests.clock import Clock
from tests.fakes.mailer import FakeMailer
from tests.fakes.payment_gateway import FakeGateway
from tests.people import cheapen_passwords

DATABASES = os.environ.get("TEST_DATABASES", "sqlite,postgresql").split(",")

# The server's wheel asks for a runtime folder of one's own, which a container's root has not.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="sittings-"))


def settings_for(instance: Path, **given: str) -> Settings:
    return Settings.from_env(
        {
            "INSTANCE": str(instance),
            "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
            "STRIPE_SECRET_KEY": "sk_test_not_a_real_key",
            "STRIPE_WEBHOOK_SECRET": "whsec_only_for_tests_0123456789",
            "STRIPE_API_BASE": "http://127.0.0.1:9",
            "RATELIMIT_ENABLED": "0",
            **given,
        }
    )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session", params=DATABASES)
def database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'studio.db'}"
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture(scope="session")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def mailer() -> FakeMailer:
    return FakeMailer()


@pytest.fixture(scope="session")
def gateway(clock: Clock) -> FakeGateway:
    return FakeGateway(clock.now)


@pytest.fixture(scope="session")
def app(
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    clock: Clock,
    mailer: FakeMailer,
    gateway: FakeGateway,
) -> Iterator[Flask]:
    """The application on a database built by the migrations, with the outside faked."""
    settings = settings_for(tmp_path_factory.mktemp("instance"), DATABASE_URL=database_url)
    app = create_app(settings, Ports(now=clock.now, mailer=mailer, gateway=gateway))
    app.config["TESTING"] = False
    cheapen_passwords(app)
    with app.app_context():
        schema.migrate()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def rolled_back(
    app: Flask, clock: Clock, mailer: FakeMailer, gateway: FakeGateway
) -> Iterator[None]:
    """Everything a test commits is rolled back, on both databases, and the fakes are emptied."""
    clock.reset()
    mailer.reset()
    gateway.reset()
    with app.app_context():
        memory().forget()
        engine, engines = db.engine, db.engines
    connection = engine.connect().execution_options(sqlite_begin="IMMEDIATE")
    outer = connection.begin()
    engines[None] = connection  # type: ignore[index]
    try:
        yield
    finally:
        engines[None] = engine  # type: ignore[index]
        outer.rollback()
        connection.close()


@pytest.fixture
def database(app: Flask, rolled_back: None) -> Iterator[None]:
    """A database in an open application context, for tests that call use cases."""
    with app.app_context():
        yield


@pytest.fixture
def browser(app: Flask, rolled_back: None) -> Browser:
    """HTTP in process. No context stays open, else `g` leaks from one request to the next."""
    return Browser(app)


@pytest.fixture
def committed(
    app: Flask, clock: Clock, mailer: FakeMailer, gateway: FakeGateway
) -> Iterator[Flask]:
    """Real commits, for rivals in threads; every table is emptied afterwards."""
    clock.reset()
    mailer.reset()
    gateway.reset()
    yield app
    with app.app_context(), db.engine.connect() as connection:
        memory().forget()
        if connection.dialect.name == "postgresql":
            names = ", ".join(t.name for t in Base.metadata.sorted_tables)
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        else:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            triggers = list(
                raw.execute(
                    "SELECT name, sql FROM sqlite_master"
                    " WHERE type='trigger' AND name LIKE '%keep%'"
                )
            )
            raw.execute("PRAGMA foreign_keys=OFF")
            for name, _ in triggers:
                raw.execute(f"DROP TRIGGER {name}")
            for table in Base.metadata.sorted_tables:
                raw.execute(f"DELETE FROM {table.name}")
            for _, sql in triggers:
                raw.execute(sql)
            raw.execute("PRAGMA foreign_keys=ON")
        connection.execute(text("INSERT INTO calendar_lock (id, version, taken) VALUES (1, 0, 0)"))
        connection.commit()
