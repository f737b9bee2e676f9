"""Two databases, rolled back after each test; a browser that reads every page it is given."""

from __future__ import annotations

import functools
import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from zlib import crc32

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import text

from studio import schema
from studio.app import create_app
from studio.db import Base, db
from studio.ports import Ports
from studio.scheduling.memory import memory
from studio.settings import Settings
from tests import effort, postgres
from tests.browsing import Browser
from tests.chromium import chromium
from tests.clock import Clock
from tests.fakes.mailer import FakeMailer
from tests.fakes.payment_gateway import FakeGateway
from tests.people import cheapen_passwords

__all__ = ["chromium"]

effort.choose_profile()

DATABASES = os.environ.get("TEST_DATABASES", "sqlite,postgresql").split(",")

# The server's wheel asks for a runtime folder of one's own, which a container's root has not.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="sittings-"))


# These wait for processes, browsers and rivals more than they compute: the others fill the gaps.
LONGEST = (
    "test_run.py",
    "browser/test_booking.py",
    "browser",
    "demo/test_timetable.py",
    "architecture/test_look_in_browser.py",
    "concurrency",
    "drift",
    "migrations",
    "journeys",
    "test_cli.py",
    "walk",
    "scheduling",
)

# What these ask of pages is asked of the databases in turn: the rules below are tested on each.
# TEST_DATABASES=postgresql asks everything of one.
IN_TURN = ("accounts", "api", "demo", "journeys", "office", "web")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take databases in turn, and let the longest begin first: none is left alone at the end."""
    here = Path(__file__).parent
    left_out = _out_of_turn([i for i in items if i.path.relative_to(here).parts[0] in IN_TURN])
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
    items.sort(
        key=lambda item: next(
            (turn for turn, name in enumerate(LONGEST) if item.path.is_relative_to(here / name)),
            len(LONGEST),
        )
    )


def _out_of_turn(items: list[pytest.Item]) -> set[pytest.Item]:
    """Those of *items* whose turn it is not; what races, or is marked so, asks each database.

    The turn goes by the test's name, so that a test alone meets the database it meets in the run.
    """
    database = {
        item: callspec.params["app"]
        for item in items
        if (callspec := getattr(item, "callspec", None)) and "app" in callspec.params
        if not any(map(item.get_closest_marker, ("concurrency", "each_database")))
    }
    return {
        item
        for item, of in database.items()
        if of != DATABASES[crc32(item.nodeid.replace(of, "").encode()) % len(DATABASES)]
    }


def pytest_collection_finish() -> None:
    """Keep the collector from looking again and again at what the whole run needs."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


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
def server_of_postgres() -> Iterator[Callable[[], str]]:
    """Starts the server when somebody first asks where it is, and ends it after all of them."""
    with ExitStack() as opened:
        yield functools.cache(lambda: opened.enter_context(postgres.server()))


@pytest.fixture(scope="session")
def postgres_server(server_of_postgres: Callable[[], str]) -> str:
    return server_of_postgres()


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
def applications(
    server_of_postgres: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
    clock: Clock,
    mailer: FakeMailer,
    gateway: FakeGateway,
) -> Iterator[Callable[[str], Flask]]:
    """By the database's name, the application on one built by the migrations, the outside faked.

    Each is made once and kept: pytest asks in turns, file by file, and migrating takes seconds.
    All processes of a run share the templates they have compiled.
    """
    templates = tmp_path_factory.getbasetemp().parent / "templates"
    templates.mkdir(exist_ok=True)
    with ExitStack() as opened:

        @functools.cache
        def application(name: str) -> Flask:
            if name == "sqlite":
                url = f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'studio.db'}"
            else:
                url = opened.enter_context(postgres.database(server_of_postgres()))
            settings = settings_for(tmp_path_factory.mktemp("instance"), DATABASE_URL=url)
            app = create_app(settings, Ports(now=clock.now, mailer=mailer, gateway=gateway))
            app.config["TESTING"] = False
            app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(templates))
            cheapen_passwords(app)
            with app.app_context():
                schema.migrate()
                opened.callback(db.engine.dispose)
            return app

        yield application


@pytest.fixture(scope="session", params=DATABASES)
def app(request: pytest.FixtureRequest, applications: Callable[[str], Flask]) -> Flask:
    """The application, once on SQLite and once on PostgreSQL."""
    return applications(request.param)


@contextmanager
def undone(app: Flask) -> Iterator[None]:
    """Whatever is committed meanwhile is rolled back, on both databases."""
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
def fresh(app: Flask, clock: Clock, mailer: FakeMailer, gateway: FakeGateway) -> Iterator[Flask]:
    """The application as it was made, with empty fakes, whatever the test before has changed."""
    clock.reset()
    mailer.reset()
    gateway.reset()
    made = {name: app.extensions[name] for name in ("ports", "settings")}
    yield app
    app.extensions.update(made)


@pytest.fixture
def rolled_back(fresh: Flask) -> Iterator[None]:
    """Everything a test commits is rolled back."""
    with undone(fresh):
        yield


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
def committed(fresh: Flask) -> Iterator[Flask]:
    """Real commits, for rivals in threads; every table is emptied afterwards."""
    app = fresh
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
