"""A small storm of processes, half of which are killed; the long one is `python -m bench.storm`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.storm import BUSY, FITS, How, storm
from tests import postgres
from tests.conftest import DATABASES

pytestmark = pytest.mark.concurrency


@pytest.fixture(params=DATABASES)
def own_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database that nobody else uses."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'storm.db'}"
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as url:
        yield url


def test_as_many_win_as_fit(own_url: str) -> None:
    found = storm(own_url, "pool", clients=16, tries=40, processes=1)

    assert found.doubled == 0
    assert found.errors == {}
    assert found.won == FITS["pool"]


def test_as_many_win_as_fit_whoever_is_killed(own_url: str) -> None:
    found = storm(own_url, "triple", clients=16, tries=40, processes=4, how=How.KILLED)

    assert found.doubled == 0
    assert found.errors.keys() <= {BUSY}
    # Two processes live to the end and try every time often enough.
    assert found.won == FITS["triple"]


def test_control_without_guards_times_are_booked_twice(own_url: str) -> None:
    """If this fails, the ones above might be useless."""
    found = storm(own_url, "triple", clients=16, tries=40, processes=4, how=How.UNGUARDED)

    assert found.doubled > 0
