"""A small storm of processes, half of which are killed; the long one is `python -m bench.storm`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.storm import BUSY, FITS, How, storm
from bench.storm_terms import TURNAROUND
from tests import postgres
from tests.conftest import DATABASES

pytestmark = pytest.mark.concurrency


@pytest.fixture(scope="module", params=DATABASES)
def own_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a database that nobody else uses; one serves all storms."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('storm') / 'storm.db'}"
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.mark.parametrize("mode", ["pool", TURNAROUND])
def test_as_many_win_as_fit(own_url: str, mode: str) -> None:
    found = storm(own_url, mode, clients=16, tries=40, processes=1)

    assert found.doubled == 0
    assert found.astray == 0
    assert found.errors == {}
    assert found.won == FITS[mode]


def test_as_many_win_as_fit_whoever_is_killed(own_url: str) -> None:
    found = storm(own_url, "triple", clients=16, tries=40, processes=4, how=How.KILLED)

    assert found.doubled == 0
    assert found.astray == 0
    assert found.errors.keys() <= {BUSY}
    # Two processes live to the end and try every time often enough.
    assert found.won == FITS["triple"]


@pytest.mark.parametrize("mode", ["triple", TURNAROUND])
def test_control_without_guards_times_are_booked_twice(own_url: str, mode: str) -> None:
    """If this fails, the ones above might be useless."""
    found = storm(own_url, mode, clients=16, tries=40, processes=4, how=How.UNGUARDED)

    assert found.doubled > 0
