"""Whether planted bugs are found: minutes, so `make faults drift` runs it and not the suite."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import Phase

from tests.drift import machine
from tests.drift.ground import Stage
from tests.drift.planted import BUGS, ELSEWHERE


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found_by_chance(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    BUGS[name].plant(monkeypatch)

    # Found is enough: to tell it shortly would take minutes.
    with pytest.raises(AssertionError):
        machine.run(stage, 200, phases=(Phase.generate,), derandomize=False)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_planted_bug_is_seen_by_the_test_it_names(name: str) -> None:
    _, test = ELSEWHERE[name]
    given = {**os.environ, "PLANTED": name, "TEST_DATABASES": "sqlite"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.drift.planting", test]

    ended = subprocess.run(command, env=given, check=False, capture_output=True, text=True)

    assert ended.returncode == 1, ended.stdout
